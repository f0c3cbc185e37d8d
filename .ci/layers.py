#!/usr/bin/env python3
"""The layering checker: every include of the tree against .ci/layers.txt.

  layers.py ROOT         check; each violation is one line `file:line: what`, exit code 1 if any
  layers.py --self-test  plant one violation of each rule in a scratch tree and see that it is found
"""
import os, re, sys, tempfile

SKIP = {'build', 'run', '.git', 'node_modules', 'api-spec', 'docs', '.ci'}
SOURCE = ('.cpp', '.hpp', '.h', '.cc')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'layers.txt')


class Rules:
    def __init__(self, path):
        section = None
        self.pure, self.whole, self.edges, self.libraries, self.exceptions, self.at_most = set(), set(), {}, {}, set(), {}
        self.impure_headers, self.impure_words, self.words_nowhere = [], [], []
        with open(path, encoding='utf-8') as table:
            for line in table:
                line = line.rstrip('\n')
                if not line.strip() or line.startswith('#'):
                    continue
                if line.startswith('['):
                    section = line.strip('[]').replace(' ', '_')
                    continue
                getattr(self, 'read_' + section)(line)
        shared = {f for f in self.pure if f.startswith('shared/')} - {'shared/api'}
        for folder, allowed in self.edges.items():
            if '@pure' in allowed:
                self.edges[folder] = (allowed - {'@pure'}) | shared

    def read_folders(self, line):
        left, right = line.split(':')
        folder, *kind = left.split()
        if folder.endswith('/*'):
            folder = folder[:-2]
            self.whole.add(folder)
        self.edges[folder] = set(right.split())
        if kind == ['pure']:
            self.pure.add(folder)

    def read_libraries(self, line):
        prefix, folders = line.split(' :')
        self.libraries[prefix.strip()] = set(folders.split())

    def read_impure_headers(self, line):
        self.impure_headers += line.split()

    def read_impure_words(self, line):
        self.impure_words.append(re.compile(line.strip()))

    def read_words_nowhere(self, line):
        self.words_nowhere.append(re.compile(line.strip()))

    def read_exceptions(self, line):
        self.exceptions.add(tuple(line.split(':')[0].split()))

    def read_at_most(self, line):
        header, count = line.split()
        self.at_most[header] = int(count)

    def layer(self, path):
        """The file's own folder, or the one above it that the table names with all below it."""
        folder = os.path.dirname(path)
        if folder in self.edges:
            return folder
        return next((whole for whole in self.whole if folder.startswith(whole + '/')), None)


def begins(name, prefix):
    """`sodium` matches sodium.h and sodium/…, not sodiumfoo; `mqtt/` matches only what lies below."""
    return name.startswith(prefix) and (prefix[-1] == '/' or not name[len(prefix):len(prefix) + 1].isalnum())


def code_only(text):
    """Comments and literals blanked, lines kept."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group(0))
    return re.sub(r'R"([^()\\ ]{0,16})\((?:.|\n)*?\)\1"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"'
                  r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", blank, text)


def sources(root):
    for folder, below, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        below[:] = sorted(d for d in below if not (relative == '.' and d in SKIP) and d != '.git')
        for name in sorted(files):
            if name.endswith(SOURCE):
                yield os.path.normpath(os.path.join(relative, name))


def check_own_include(rules, root, layer, name):
    if '/' not in name and name.endswith('.pb.h'):  # protoc's output, in the build folder of its own layer
        return check_library(rules, layer, 'google/protobuf')
    target = rules.layer(name)
    if target is None:
        return f'"{name}" does not begin at the repository root with a folder of the table'
    if not name.endswith('.pb.h') and not os.path.exists(os.path.join(root, name)):
        return f'"{name}" does not exist'
    if os.path.basename(name).startswith('main.'):
        return f'"{name}": nothing includes a main'
    if '*' not in rules.edges[layer] and target != layer and target not in rules.edges[layer]:
        return f'{layer} may not include {target} ("{name}")'
    return None


def check_library(rules, layer, name):
    if layer == 'tests':
        return None
    if layer in rules.pure and any(begins(name, header) for header in rules.impure_headers):
        return f'{layer} is pure and may not include <{name}>'
    for prefix, folders in rules.libraries.items():
        if begins(name, prefix) and layer not in folders:
            return f'{layer} may not use <{name}>; only {", ".join(sorted(folders))}'
    return None


def check_words(rules, layer, code):
    patterns = list(rules.words_nowhere if layer != 'tests' else [])
    if layer in rules.pure:
        patterns += rules.impure_words
    for number, line in enumerate(code.split('\n'), 1):
        for pattern in patterns:
            found = pattern.search(line)
            if found:
                yield number, found.group(0).strip(' (')


def check(rules, root):
    users = {header: [] for header in rules.at_most}
    for path in sources(root):
        layer = rules.layer(path)
        if layer is None:
            yield f'{path}:1: stands in no folder of the table'
            continue
        with open(os.path.join(root, path), encoding='utf-8', errors='replace') as file:
            text = file.read()
        for number, line in enumerate(text.split('\n'), 1):
            include = INCLUDE.match(line)
            if not include:
                continue
            kind, name = include.groups()
            for header in users:
                if begins(name, header) and path not in users[header]:
                    users[header].append(path)
            own = kind == '"' and not any(begins(name, prefix) for prefix in rules.libraries)  # Paho's own style is quoted
            wrong = check_own_include(rules, root, layer, name) if own else check_library(rules, layer, name)
            if wrong and (path, name) not in rules.exceptions:
                yield f'{path}:{number}: {wrong}'
        for number, word in check_words(rules, layer, code_only(text)):
            if (path, word) not in rules.exceptions:
                yield f'{path}:{number}: {layer} may not write `{word}`'
    for header, limit in rules.at_most.items():
        if len(users[header]) > limit:
            yield f'{users[header][limit]}:1: <{header}…> is included by more than {limit} files: {", ".join(users[header])}'


PLANTED = [  # file, text, what the finding must say
    ('shared/ledger/a.cpp', '#include "edge/core/engine.hpp"\n', 'shared/ledger may not include edge/core'),
    ('edge/core/b.cpp', '#include "cloud/core/site.hpp"\n', 'edge/core may not include cloud/core'),
    ('shared/base/c.cpp', '#include "shared/ledger/a.hpp"\n', 'shared/base may not include shared/ledger'),
    ('cloud/store/d.cpp', '#include "cloud/api/rooms.hpp"\n', 'cloud/store may not include cloud/api'),
    ('shared/ledger/e.cpp', '#include "entry.hpp"\n', 'does not begin at the repository root'),
    ('shared/ledger/f.cpp', '#include "shared/base/none.hpp"\n', 'does not exist'),
    ('shared/sync/g.cpp', '#include <thread>\n', 'pure and may not include <thread>'),
    ('shared/sync/h.cpp', '#include <boost/asio/io_context.hpp>\n', 'pure and may not include <boost/asio'),
    ('shared/ledger/i.cpp', '#include <sys/socket.h>\n', 'pure and may not include <sys/socket.h>'),
    ('shared/ledger/j.cpp', 'auto t = std::chrono::system_clock::now();\n', '::now`'),
    ('shared/ledger/k.cpp', 'auto t = time(nullptr);\n', 'time(nullptr)'),
    ('shared/tariff/k.cpp', 'void f() { std::puts("x"); }\n', 'puts'),
    ('shared/ledger/l.cpp', 'std::random_device seed;\n', 'random_device'),
    ('cloud/http/m.cpp', 'auto* home = getenv("HOME");\n', 'getenv'),
    ('shared/meter/n.cpp', '#include <sodium.h>\n', 'shared/meter may not use <sodium.h>'),
    ('edge/store/t.cpp', '#include "sync.pb.h"\n', 'edge/store may not use <google/protobuf>'),
    ('cloud/core/o.cpp', '#include <sqlite3.h>\n', 'pure and may not include <sqlite3.h>'),
    ('edge/io/p.cpp', '#include <mutex>\n', 'edge/io may not use <mutex>'),
    ('edge/io/q.cpp', '#include "edge/main.hpp"\n', 'nothing includes a main'),
    ('mobile/r.cpp', '\n', 'stands in no folder'),
    ('edge/new/s.cpp', '\n', 'stands in no folder'),
] + [(f'cloud/http/beast{n}.cpp', '#include <boost/beast/core.hpp>\n', 'more than 3 files') for n in range(4)]

INNOCENT = {
    'edge/core/engine.hpp': '#pragma once\n#include <chrono>\n#include <vector>\n#include "shared/ledger/a.hpp"\n',
    'shared/ledger/a.hpp': '// getenv and time(nullptr) in a comment\ninline const char* s = "std::cout";\nlong time(long);\n',
    'cloud/core/site.hpp': '#include "shared/sync/wire.pb.h"\n',
    'cloud/api/rooms.hpp': '#include "cloud/core/site.hpp"\n',
    'edge/main.hpp': '#include "edge/core/engine.hpp"\n',
    'tests/unit/t.cpp': '#include <thread>\n#include "edge/core/engine.hpp"\n',
}


def write(root, files):
    for path, text in files:
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
            file.write(text)


def self_test():
    rules = Rules(TABLE)
    with tempfile.TemporaryDirectory() as root:
        write(root, INNOCENT.items())
        failures = [f'found in an innocent tree: {line}' for line in check(rules, root)]
        write(root, [(path, text) for path, text, _ in PLANTED])
        found = list(check(rules, root))
    for path, text, what in PLANTED:
        if not any(what in line and (line.startswith(path + ':') or 'more than' in line) for line in found):
            failures.append(f'not found: {path}: {text.strip()}')
    print('\n'.join(failures) or f'all {len(PLANTED)} planted violations were found')
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    root = sys.argv[1] if len(sys.argv) > 1 else '.'
    found = list(check(Rules(TABLE), root))
    print('\n'.join(found) or f'layers: {sum(1 for _ in sources(root))} files keep to .ci/layers.txt')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
