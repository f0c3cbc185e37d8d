#!/usr/bin/env python3
"""Shape of the sources: how long files and functions are, and which deserve a second look. A report, not a limit.

  shape.py ROOT    function lengths come from matching braces, so they are approximate
"""
import os, re, statistics, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from layers import code_only, sources

FUNCTION_LINES, FILE_LINES = 70, 400
NOT_A_FUNCTION = {'if', 'for', 'while', 'switch', 'catch', 'namespace', 'struct', 'class', 'enum', 'union', 'do', 'else',
                  'try', 'extern'}


def function_name(head):
    """The name before the parameter list, or None when the brace opens something else."""
    call = re.search(r'([~\w:]+|operator\S+)\s*\(', head)
    first = re.match(r'[\w:~]+', head)
    if not call or head.endswith('=') or call.group(1).isupper() or call.group(1) in NOT_A_FUNCTION or (first and first.group(0) in NOT_A_FUNCTION):
        return None
    return call.group(1)


def functions(text):
    """(name, first line, lines) of each function body; lambdas count with their holder."""
    code, stack, holder, line, head = code_only(text), [], None, 1, 0
    for at, char in enumerate(code):
        if char == '\n':
            line += 1
        elif char == '{':
            name = function_name(code[head:at].strip()) if holder is None else None
            stack.append((name, line))
            if name:
                holder = len(stack)
        elif char == '}' and stack:
            name, start = stack.pop()
            if holder == len(stack) + 1:
                yield name, start, line - start + 1
                holder = None
        if char in ';{}':
            head = at + 1


def table(title, rows):
    if rows:
        print(f'{title}:')
        for row in rows:
            print(f'  {row}')


def spread(values):
    values = sorted(values)
    return f'median {statistics.median(values):.0f}, p90 {values[int(len(values) * 0.9)]}, longest {values[-1]}'


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else '.'
    lengths, bodies, swallowed = {}, [], []
    for path in sources(root):
        if path.startswith('tests/'):
            continue
        with open(os.path.join(root, path), encoding='utf-8', errors='replace') as file:
            text = file.read()
        lengths[path] = text.count('\n')
        bodies += [(lines, path, start, name) for name, start, lines in functions(text)]
        swallowed += [f'{path}:{number}' for number, line in enumerate(text.split('\n'), 1)
                      if re.search(r'catch\s*\(\s*\.\.\.\s*\)', line)]
    if not lengths or not bodies:
        print('no sources yet')
        return
    print(f'{len(lengths)} product files, {sum(lengths.values())} lines: {spread(lengths.values())}')
    print(f'{len(bodies)} functions: {spread([body[0] for body in bodies])}')
    table(f'functions over {FUNCTION_LINES} lines',
          [f'{path}:{start} {name} {lines}' for lines, path, start, name in sorted(bodies, reverse=True) if lines > FUNCTION_LINES])
    table(f'files over {FILE_LINES} lines',
          [f'{path} {lines}' for path, lines in sorted(lengths.items(), key=lambda item: -item[1]) if lines > FILE_LINES])
    table('catch (...)', swallowed)


main()
