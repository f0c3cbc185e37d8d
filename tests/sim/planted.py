#!/usr/bin/env python3
"""Plants known bugs one at a time in a copy of the sources, and looks whether the simulation finds them.

  planted.py [--work DIR] [--jobs N] [NUMBER…]   NUMBER as in planted/table.txt: 7, 07, 11 (all of 11a, 11b…), 11b
  planted.py --fit                               only whether each patch still fits the sources

A bug that another check than table.txt names for it was the first to find is found: it is told, that line says so, and they are listed at
the end. A death of the process, or a run without end, is noticed by no check, and finds a bug only where the table names it.

Exit code 0: all that were asked for were found. 1: not all. 2: a wrong call, a patch that does not fit, a copy that does not build or cannot be written.
"""
import argparse, filecmp, os, re, shutil, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDERS = ['shared/base', 'shared/crypto', 'shared/tariff', 'shared/ledger', 'shared/meter', 'shared/policy',
           'shared/readings', 'shared/sync', 'edge/core', 'cloud/core', 'simulator/world', 'simulator/nodes', 'simulator/checks', 'simulator/scenarios']
ENDS = ('the process died', 'the run does not end')
UNTOLD = 'story'  # the check by which a directed scenario says that it did not come to its point: no bug was noticed
SECONDS_MAX = 60  # within which a bug must be found once it is built


class Wrong(Exception):
    pass


def is_pattern(text):
    try:
        return bool(text) and bool(re.compile(text))
    except re.error:
        return False


def read_table():
    """[(number, bug, how, noticed)] in the order of the file."""
    rows = []
    with open(os.path.join(HERE, 'planted', 'table.txt'), encoding='utf-8') as file:
        for line in file:
            if not line.strip() or line.startswith('#'):
                continue
            parts = line.strip().split(' | ', 3)
            if len(parts) != 4 or not re.fullmatch(r'\d{2,3}[a-z]?', parts[0]) or not is_pattern(parts[3]):
                raise Wrong(f'table.txt: {line.strip()}')
            rows.append(tuple(parts))
    return rows


def asked(rows, numbers):
    if not numbers:
        return rows
    picked = []
    for number in numbers:
        match = re.fullmatch(r'0*(\d+)([a-z]?)', number)
        wanted = match and f'{int(match[1]):02}{match[2]}'
        here = [row for row in rows if match and (row[0] == wanted or (not match[2] and row[0].rstrip('abc') == wanted))]
        if not here:
            raise Wrong(f'there is no planted bug {number}; the table has {", ".join(row[0] for row in rows)}')
        picked += [row for row in here if row not in picked]
    return picked


def patch_of(number):
    names = [name for name in os.listdir(os.path.join(HERE, 'planted')) if name.startswith(number + '-') and name.endswith('.patch')]
    if len(names) != 1:
        raise Wrong(f'{number}: {len(names)} patches of that number')
    return os.path.join(HERE, 'planted', names[0])


def bring_up_to_date(sources):
    """Only what differs is copied, so that only that is built again; what the last patch had changed goes back."""
    for folder in FOLDERS:
        here, there = os.path.join(ROOT, folder), os.path.join(sources, folder)
        os.makedirs(there, exist_ok=True)
        names = [name for name in os.listdir(here) if name.endswith(('.cpp', '.hpp', '.proto'))]
        for name in names:
            a, b = os.path.join(here, name), os.path.join(there, name)
            if not os.path.exists(b) or not filecmp.cmp(a, b, shallow=False):
                shutil.copyfile(a, b)
        for name in set(os.listdir(there)) - set(names):
            os.remove(os.path.join(there, name))


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', **more)


def build(work, jobs):
    """The binary; the copy at WORK/sources is built at WORK/build."""
    folder = os.path.join(work, 'build')
    if not os.path.exists(os.path.join(folder, 'build.ninja')):
        done = run(['cmake', '-S', os.path.join(HERE, 'planted'), '-B', folder, '-G', 'Ninja',
                    '-DSOURCES=' + os.path.join(work, 'sources')])
        if done.returncode:
            raise Wrong(done.stdout)
    done = run(['cmake', '--build', folder, '-j', str(jobs)])
    if done.returncode:
        raise Wrong(done.stdout[-3000:])
    return os.path.join(folder, 'wattle-sim')


def look(binary, how, jobs):
    """(seeds until found, or None; the finding, "check: text", or why there is none)."""
    words = how.split()
    if words[0] not in ('scenario', 'swarm'):
        raise Wrong(f'table.txt: how is "{how}"?')
    settings = dict(word.split('=', 1) for word in words[1:] if '=' in word)
    if words[0] == 'scenario':
        command = [binary, '--scenario', words[1]]
    else:
        command = [binary, '--seeds', f'1-{settings["seeds"]}', '--steps', settings['steps'], '--first', '--as-found',
                   '--processes', str(jobs)]
        command += ['--faults=' + settings['faults']] if 'faults' in settings else []
    try:
        done = run(command, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return None, f'not within {SECONDS_MAX} s'
    if done.returncode == 2:
        raise Wrong(done.stdout)
    found = re.search(r'^(?:seed \d+|\S+): FAILED (.*)', done.stdout, re.M)
    if not found:
        return None, (done.stdout.strip().splitlines() or ['nothing was said'])[-1]
    if words[0] == 'scenario':
        return (None, 'the story cannot be told: ' + found[1]) if found[1].startswith(UNTOLD) else (words[1], found[1])
    ran = re.search(r'^(\d+) seeds', done.stdout, re.M)
    return (f'{ran[1]} seeds' if ran else None), found[1]


def is_meant(text, noticed):
    """Whether the finding is what the table says: of the check's name, or of name and how the text begins. A death and a run
    without end are noticed by no check, unless the table names them whole."""
    check = text.split(': ', 1)[0]
    if text.endswith(ENDS):
        return re.fullmatch(noticed, text) is not None
    return re.fullmatch(noticed, check) is not None or (': ' in noticed and re.match(noticed, text) is not None)


def plant(number, how, work, jobs):
    sources = os.path.join(work, 'sources')
    bring_up_to_date(sources)
    patched = run(['patch', '-p1', '--no-backup-if-mismatch', '-i', patch_of(number)], cwd=sources)
    if patched.returncode:
        raise Wrong(f'{number}: the patch does not fit\n{patched.stdout}')
    binary = build(work, jobs)
    began = time.monotonic()
    seeds, text = look(binary, how, jobs)
    return seeds, text, time.monotonic() - began


def do_not_fit(rows):
    """The rows whose patch does not fit the sources as they are."""
    names = [(number, run(['patch', '--dry-run', '-p1', '-i', patch_of(number)], cwd=ROOT)) for number, *_ in rows]
    return [(number, done.stdout) for number, done in names if done.returncode]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--work', default=os.path.join(ROOT, 'build', 'planted'))
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--fit', action='store_true')
    parser.add_argument('numbers', nargs='*', metavar='NUMBER')
    call = parser.parse_args()
    work = os.path.abspath(call.work)
    missed, wrong, elsewhere = [], [], []
    try:
        rows = asked(read_table(), call.numbers)
    except Wrong as error:
        sys.exit(print(error, file=sys.stderr) or 2)
    if call.jobs < 1:
        sys.exit(print('--jobs: a whole number above zero', file=sys.stderr) or 2)
    if call.fit:
        loose = do_not_fit(rows)
        for number, text in loose:
            print(f'{number}: the patch does not fit\n{text}')
        print(f'{len(rows) - len(loose)} of {len(rows)} patches fit')
        sys.exit(2 if loose else 0)
    try:
        os.makedirs(work, exist_ok=True)
        with open(os.path.join(work, '.writable'), 'w', encoding='utf-8'):
            pass
    except OSError as error:
        sys.exit(print(f'{work}: {error.strerror}. Name another folder: --work DIR', file=sys.stderr) or 2)
    print(f'{"#":4} {"bug":58} {"found by":26} {"sec":>4}  noticed as')
    for number, bug, how, noticed in rows:
        try:
            seeds, text, seconds = plant(number, how, work, call.jobs)
            print(f'{number:4} {bug[:58]:58} {seeds or "NOT FOUND":26} {seconds:4.0f}  {text[:110]}', flush=True)
            if seeds is None:
                missed.append(number)
            elif text.endswith(ENDS) and not is_meant(text, noticed):
                print(f'{"":4} NOT FOUND PROPERLY: no check noticed it', flush=True)
                missed.append(number)
            elif not is_meant(text, noticed):
                print(f'{"":4} by another check than {noticed}', flush=True)
                elsewhere.append(number)
        except Wrong as error:
            print(f'{number:4} {bug[:58]:58} {"WRONG":26} {"":4}  {str(error).strip()[-600:]}', flush=True)
            wrong.append(number)
    bring_up_to_date(os.path.join(work, 'sources'))
    print(f'{len(rows) - len(missed) - len(wrong)} of {len(rows)} found' + (f'; not: {", ".join(missed + wrong)}' if missed or wrong else ''))
    if elsewhere:
        print(f'noticed by another check than the table names: {", ".join(elsewhere)}')
    return 2 if wrong else 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
