#!/usr/bin/env python3
"""api-spec/profile.schema.json against the shipped profiles and against the reader of shared/profiles: what one takes the other
takes too.  schema_test.py PROGRAM ROOT"""
import copy, os, re, subprocess, sys, tempfile, tomllib, json, unittest

import jsonschema

PROGRAM, ROOT = sys.argv[1], sys.argv[2]
PROFILES = os.path.join(ROOT, 'edge', 'profiles')
READER = os.path.join(ROOT, 'shared', 'profiles')
# A call that asks for a key: section.text("model", …), root.sections("circuit"), read_u16(section, "start"), and the like.
ASKED = re.compile(r'\b(?:text|integer|boolean|choice|duration|sections?|read_\w+)\((?:\w+, )?"(\w+)"')

with open(os.path.join(ROOT, 'api-spec', 'profile.schema.json'), encoding='utf-8') as file:
    SCHEMA = json.load(file)
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def shipped():
    for name in sorted(os.listdir(PROFILES)):
        with open(os.path.join(PROFILES, name), 'rb') as toml:
            yield name.removesuffix('.toml'), tomllib.load(toml)


def toml_value(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, dict):
        return '{' + ', '.join(f'{key} = {toml_value(part)}' for key, part in value.items()) + '}'
    if isinstance(value, list):
        return '[' + ', '.join(map(toml_value, value)) + ']'
    return json.dumps(value)


def faults(profile):
    """What the reader has against it. [[block]] as an inline array means the same."""
    with tempfile.NamedTemporaryFile('w', suffix='.toml', encoding='utf-8') as file:
        file.write(''.join(f'{key} = {toml_value(value)}\n' for key, value in profile.items()))
        file.flush()
        done = subprocess.run([PROGRAM, '--check-profile', file.name], capture_output=True, encoding='utf-8', timeout=60)
    return '' if done.returncode == 0 else done.stderr


def schema_keys(part=SCHEMA):
    """Every key that the schema lets a profile have, wherever."""
    if isinstance(part, list):
        return set().union(*map(schema_keys, part)) if part else set()
    if not isinstance(part, dict):
        return set()
    own = set(part['properties']) if part.get('type') == 'object' and isinstance(part.get('properties'), dict) else set()
    return own.union(*(schema_keys(value) for value in part.values()))


def tables(value, path=()):
    """Every table of a profile, by its path."""
    if isinstance(value, dict):
        yield path
        for key, part in value.items():
            yield from tables(part, path + (key,))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from tables(part, path + (n,))


def at(profile, path):
    for step in path:
        profile = profile[step]
    return profile


class Schema(unittest.TestCase):
    def agree(self, profile):
        """The schema may take what contradicts itself across keys; what the reader takes it must take."""
        by_schema, by_reader = VALIDATOR.is_valid(profile), faults(profile)
        if not by_reader:
            self.assertTrue(by_schema, 'the reader takes it')
        elif 'contradicts itself' not in by_reader:
            self.assertFalse(by_schema, by_reader)

    def test_shipped_profiles_satisfy_it(self):
        names = []
        for name, profile in shipped():
            with self.subTest(name):
                self.assertEqual([error.message for error in VALIDATOR.iter_errors(profile)], [])
                self.assertEqual(profile['model'], name)
            names.append(name)
        self.assertGreaterEqual(len(names), 12)

    def test_the_reader_asks_for_the_keys_of_the_schema(self):
        asked = set()
        for name in os.listdir(READER):
            if name.endswith('_sections.cpp') or name == 'profile_file.cpp':
                with open(os.path.join(READER, name), encoding='utf-8') as source:
                    asked |= set(ASKED.findall(source.read()))
        self.assertEqual(asked, schema_keys())

    def test_a_key_that_is_unknown_is_refused_by_both(self):
        for name, profile in shipped():
            for path in [()] if 'refused' in profile else tables(profile):
                with self.subTest(f'{name} {path}'):
                    changed = copy.deepcopy(profile)
                    at(changed, path)['colour'] = 'blue'
                    self.assertFalse(VALIDATOR.is_valid(changed))
                    self.assertIn('unknown key' if 'refused' not in profile else 'refused', faults(changed))

    def test_both_say_the_same_of_a_key_left_out_or_wrong(self):
        seen = set()
        for name, profile in shipped():
            for path in [] if 'refused' in profile else tables(profile):
                for key, value in at(profile, path).items():
                    kind = (profile.get('protocol'), tuple(step for step in path if isinstance(step, str)), key)
                    if kind in seen:  # two circuits, and two models of a protocol, are read alike
                        continue
                    seen.add(kind)
                    for wrong in (None, -1, 'x', [], True):
                        with self.subTest(f'{name} {path} {key} {wrong}'):
                            changed = copy.deepcopy(profile)
                            if wrong is None:
                                del at(changed, path)[key]
                            else:
                                at(changed, path)[key] = wrong
                            self.agree(changed)
        self.assertGreater(len(seen), 60)


unittest.main(argv=sys.argv[:1])
