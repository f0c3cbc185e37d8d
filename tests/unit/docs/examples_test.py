#!/usr/bin/env python3
"""What the pages of docs/operating show must be right: examples_test.py SOURCES WATTLE-EDGE WATTLE-CLOUD WATTLE-BUILDING

Every TOML block of a page names the files of which it is a part, in a comment above it that no reader sees:

    <!-- part of: modbus, dlt645-2007 -->

The parts of a file are joined in the page's order. Of two values for one key the later part's holds; tables of arrays follow each other.
A profile without `model` gets it, as its file is named. The page says which program checks its files.
"""
import pathlib, re, subprocess, sys, tempfile, unittest

SOURCES, EDGE, CLOUD, BUILDING = (pathlib.Path(word) for word in sys.argv[1:5])
PAGES = SOURCES / 'docs/operating'
CHECKS = {'profiles.md': lambda file: [EDGE, '--check-profile', file], 'edge.md': lambda file: [EDGE, '--config', file, '--check-config'],
          'cloud.md': lambda file: [CLOUD, 'check-config', '--config', file],
          'scenarios.md': lambda file: [BUILDING, '--scenario', file, '--check']}
MARK = re.compile(r'<!-- part of: ([a-z0-9 ,-]+) -->')


class Joined:
    """A TOML file out of parts. A statement is the lines from a key or header up to the next one."""

    def __init__(self):
        self.tables = [('', {})]

    def add(self, text):
        table = self.tables[0][1]
        array = None
        for line in text.splitlines():
            header = re.match(r'(\[\[?)([\w.-]+)\]', line)
            key = re.match(r'([\w.-]+) *=', line)
            if header:
                is_array = header[1] == '[['
                array = header[2] if is_array else array if array and header[2].startswith(array + '.') else None
                table = self._table(f'[[{header[2]}]]' if is_array else f'[{header[2]}]', array)
            elif key:
                table[key[1]] = line
            elif line.strip() and not line.lstrip().startswith('#'):
                raise ValueError(f'neither key nor table: {line}')

    def _table(self, header, array):
        for known, keys in self.tables if array is None else ():
            if known == header:
                return keys
        self.tables.append((header, {}))
        return self.tables[-1][1]

    def text(self):
        return ''.join('\n'.join([header, *keys.values()]).lstrip() + '\n\n' for header, keys in self.tables)


def examples(page):
    """File → its text. A block that is in none is an error."""
    files, mark, block, faults = {}, None, None, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if block is None and line.startswith('```toml'):
            block = []
            if mark is None:
                faults.append(f'{page.name}:{number}: the block is part of no example: <!-- part of: … --> above it')
        elif block is not None and line.startswith('```'):
            for name in mark.split(', ') if mark else ():
                files.setdefault(name, Joined()).add('\n'.join(block))
            mark = block = None
        elif block is not None:
            block.append(line)
        elif found := MARK.fullmatch(line):
            mark = found[1]
        elif line.strip():
            mark = None
    return {name: file.text() for name, file in files.items()}, faults


def check(page, name, text):
    """Empty, or what the program says is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder, 'building/scenarios')  # a scenario names curves that lie beside such a folder
        place.mkdir(parents=True)
        pathlib.Path(folder, 'devices').symlink_to(SOURCES / 'simulator/devices')
        if page.name == 'profiles.md':
            name = next((line.split('"')[1] for line in text.splitlines() if line.startswith('model =')), name)
            text = text if 'model =' in text else f'model = "{name}"\n{text}'
        for secret in re.findall(r'^password_file = "([^"]+)"', text, re.MULTILINE):
            (place / secret).write_text('0000000000000000\n')
            (place / secret).chmod(0o600)
        file = place / f'{name}.toml'
        file.write_text(text)
        done = subprocess.run(CHECKS[page.name](file), capture_output=True, text=True, timeout=60)
        said = (done.stdout + done.stderr).replace(f'{place}/', '')
        return '' if done.returncode == 0 else f'{page.name}, example {name}: {said}\n{numbered(text)}'


def numbered(text):
    return ''.join(f'{number:4} {line}\n' for number, line in enumerate(text.splitlines(), 1))


class Examples(unittest.TestCase):
    def test_every_example_passes_the_check_of_its_program(self):
        for page in sorted(PAGES.glob('*.md')):
            if '```toml' not in page.read_text():
                continue
            self.assertIn(page.name, CHECKS)
            files, faults = examples(page)
            self.assertEqual(faults, [])
            for name, text in files.items():
                with self.subTest(page=page.name, example=name):
                    wrong = check(page, name, text)
                    if wrong:
                        self.fail(wrong)

    def test_an_example_that_is_broken_is_found(self):
        breaks = {'profiles.md': ('count = 44', 'count = 27'), 'edge.md': ('framing = "any"', 'framing = "rtu"'),
                  'cloud.md': ('port = 8480', 'port = 99999'), 'scenarios.md': ('bus = "a0"', 'bus = "b0"')}
        for name, (right, wrong) in breaks.items():
            page = PAGES / name
            files, _ = examples(page)
            broken = {file: text.replace(right, wrong) for file, text in files.items() if right in text}
            self.assertTrue(broken, f'{name} has no {right}')
            for file, text in broken.items():
                self.assertEqual(check(page, file, files[file]), '')
                self.assertNotEqual(check(page, file, text), '', f'{name}, {file}')

    def test_a_block_without_a_mark_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, 'page.md')
            page.write_text('<!-- part of: a -->\n\ntext\n```toml\nx = 1\n```\n')
            self.assertEqual(len(examples(page)[1]), 1)
            page.write_text('<!-- part of: a, b -->\n```toml\nx = 1\n[t]\ny = 2\n[[c]]\nk = 1\n```\n'
                            '<!-- part of: b -->\n```toml\nx = 3\n[[c]]\n[c.d]\nz = 4\n[t]\ny = 5\n```\n')
            files, faults = examples(page)
            self.assertEqual(faults, [])
            self.assertEqual(files['a'].split(), 'x = 1 [t] y = 2 [[c]] k = 1'.split())
            self.assertEqual(files['b'].split(), 'x = 3 [t] y = 5 [[c]] k = 1 [[c]] [c.d] z = 4'.split())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=1)
