#!/usr/bin/env python3
"""api-spec/profile.schema.json against the shipped profiles and against the reader of shared/profiles: what one takes the other
takes too.  schema_test.py PROGRAM ROOT"""
import copy, os, re, subprocess, sys, tempfile, tomllib, json, unittest

import jsonschema

PROGRAM, ROOT = sys.argv[1], sys.argv[2]
PROFILES = os.path.join(ROOT, 'edge', 'profiles')
READER = os.path.join(ROOT, 'shared', 'profiles')
PARAMETERS = os.path.join(ROOT, 'shared', 'base', 'parameter.cpp')
EVENTS = os.path.join(ROOT, 'shared', 'base', 'meter_event.hpp')
NAMED = re.compile(r'ParameterKind::\w+, "(\w+)"')
ONCE = re.compile(r'ParameterKind::.*, "(\w+)"\}')  # a name that older files have
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


def faults(profiles):
    """What the reader has against each, '' when nothing. [[block]] as an inline array means the same."""
    with tempfile.TemporaryDirectory() as folder:
        # Each is named as its model is, as far as that can be a file's name.
        names = [name if re.fullmatch(r'[\w.-]+', name := str(profile.get('model'))) else 'none' for profile in profiles]
        paths = [os.path.join(folder, f'{n:05}', f'{name}.toml') for n, name in enumerate(names)]
        for path, profile in zip(paths, profiles):
            os.mkdir(os.path.dirname(path))
            with open(path, 'w', encoding='utf-8') as file:
                file.write(''.join(f'{key} = {toml_value(value)}\n' for key, value in profile.items()))
        done = subprocess.run([PROGRAM, '--check-profile', *paths], capture_output=True, encoding='utf-8', timeout=60)
    said = [[line for line in done.stderr.splitlines() if line.startswith(path + ':')] for path in paths]
    for path, lines in zip(paths, said):  # each is named, as right or with what is wrong
        assert lines or f'{path}: right' in done.stdout, f'{path}: {done.stderr}'
    return ['\n'.join(lines) for lines in said]


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


def changed_by(profile, path, key, value):
    """A copy with one key set, or left out where the value is None."""
    changed = copy.deepcopy(profile)
    if value is None:
        del at(changed, path)[key]
    else:
        at(changed, path)[key] = value
    return changed


class Named(unittest.TestCase):
    def test_the_checker_wants_a_model_to_be_named_as_its_file(self):
        name, profile = next((name, profile) for name, profile in shipped() if 'refused' not in profile)
        with tempfile.TemporaryDirectory() as folder:
            for stem, is_right in ((name, True), ('zz', False)):
                path = os.path.join(folder, stem + '.toml')
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(''.join(f'{key} = {toml_value(value)}\n' for key, value in profile.items()))
                done = subprocess.run([PROGRAM, '--check-profile', path], capture_output=True, encoding='utf-8', timeout=60)
                self.assertEqual(done.returncode == 0, is_right)
                self.assertEqual('must be "zz"' in done.stderr, not is_right)


class Schema(unittest.TestCase):
    def agree(self, profile, by_reader):
        """The schema may take what contradicts itself across keys; what the reader takes it must take."""
        by_schema = VALIDATOR.is_valid(profile)
        if not by_reader:
            self.assertTrue(by_schema, 'the reader takes it')
        elif 'contradicts' not in by_reader:
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
        with open(PARAMETERS, encoding='utf-8') as source:  # asked for by their names
            parameters = set(NAMED.findall(source.read()))
        self.assertGreater(len(parameters), 10)
        with open(PARAMETERS, encoding='utf-8') as source:
            parameters |= set(ONCE.findall(source.read()))
        with open(EVENTS, encoding='utf-8') as source:
            events = set(re.findall(r'return "(\w+)"', source.read()))
        self.assertGreater(len(events), 6)
        self.assertEqual(asked | parameters | events, schema_keys())

    def test_a_key_that_is_unknown_is_refused_by_both(self):
        changed = [(f'{name} {path}', 'refused' if 'refused' in profile else 'unknown key', changed_by(profile, path, 'colour', 'blue'))
                   for name, profile in shipped() for path in ([()] if 'refused' in profile else tables(profile))]
        for (label, reason, profile), said in zip(changed, faults([profile for _, _, profile in changed])):
            with self.subTest(label):
                self.assertFalse(VALIDATOR.is_valid(profile))
                self.assertIn(reason, said)

    def test_both_say_the_same_of_a_key_left_out_or_wrong(self):
        seen, changed = set(), []
        for name, profile in shipped():
            for path in [] if 'refused' in profile else tables(profile):
                for key in at(profile, path):
                    kind = (profile.get('protocol'), tuple(step for step in path if isinstance(step, str)), key)
                    if kind in seen:  # two circuits, and two models of a protocol, are read alike
                        continue
                    seen.add(kind)
                    changed += [(f'{name} {path} {key} {wrong}', changed_by(profile, path, key, wrong))
                                for wrong in (None, -1, 'x', [], True)]
        self.assertGreater(len(seen), 60)
        for (label, profile), said in zip(changed, faults([profile for _, profile in changed])):
            with self.subTest(label):
                self.agree(profile, said)

    def test_both_say_the_same_of_values_at_their_limits(self):
        """Texts and numbers that look right by their kind; each must also be taken or refused as it says here."""
        by_name = dict(shipped())
        modbus, dlt645, old = (by_name[name] for name in ('generic-prepaid-meter', 'generic-dlt645-2007', 'generic-dlt645-1997'))
        water = by_name['generic-cjt188-cold-water']
        modbus = changed_by(modbus, (), 'rollover_wh', 100_000_000)  # what each of the steps and encodings can hold
        circuit, energy = ('circuit', 0), ('circuit', 0, 'energy')
        stepless = changed_by(modbus, energy, 'encoding', 'f32')  # of which any rollover is a multiple
        private = by_name['generic-dlt645-1997-prepaid']
        loads = by_name['generic-dlt645-2007-load-records']
        cases = [
            (dlt645, ('timing',), 'answers_within', {'1ms': 1, '10000ms': 1, '10s': 1, '0010s': 1, '0ms': 0, '20s': 0, '11s': 0, '10001ms': 0,
                                                     '1m': 0, '1d': 0, '0s': 0, '1.5s': 0, '': 0}),
            (dlt645, ('timing',), 'gap', {'0ms': 1, '1s': 1, '1000ms': 1, '0m': 1, '2s': 0, '1001ms': 0, '1m': 0}),
            (dlt645, ('timing',), 'relay_settles', {'0s': 1, '60s': 1, '1m': 1, '60000ms': 1, '61s': 0, '2m': 0, '1h': 0}),
            (modbus, ('line',), 'baud', {300: 1, 600: 1, 9600: 1, 57600: 1, 115200: 1, 1234: 0, 9601: 0, 14400: 0, 299: 0, 115201: 0}),
            (modbus, ('purse',), 'settles', {'0s': 1, '10m': 1, '600s': 1, '11m': 0, '601s': 0, '1h': 0}),
            (dlt645, ('clock',), 'within', {'1m': 1, '60s': 1, '60m': 1, '1h': 1, '3600000ms': 1, '59s': 0, '61m': 0, '2h': 0, '5': 0}),
            (water, ('clock',), 'within', {'5m': 1, '2h': 0}),
            (stepless, energy, 'unit', {'Wh': 1, '0.01 kWh': 1, '0.0001kWh': 1, '999 MWh': 1, '999999.999 kWh': 1, '123456789 Wh': 1,
                                        '0 kWh': 0, '0.000 Wh': 0, '1234567890 Wh': 0, '0.1234567890 kWh': 0, '1000 MWh': 0,
                                        '1000000 kWh': 0, '1. kWh': 0, '.1 kWh': 0, '-1 Wh': 0, '1 kW': 0, '': 0, '0.01': 0}),
            (modbus, circuit + ('remaining_money',), 'unit', {'fen': 1, '99999 fen': 1, '999 yuan': 1, '1000 yuan': 0, '100000 fen': 0, '0 fen': 0}),
            (by_name['hiking-dds238'], circuit + ('power_factor',), 'unit', {'': 1, '%': 1, '0.001': 1, '0': 0, '0 %': 0, '1000000': 0, 'W': 0}),
            (modbus, energy, 'encoding', {'bcd32': 1, 'i32': 1, 'bcd64': 0, '': 0}),
            (modbus, energy, 'invalid', {0: 1, 0xffffffff: 1, -1: 0, '0xffff': 0}),
            (dlt645, (), 'voltage', {'0201 0100': 1, '02010100': 1, '': 0, ' ': 0, '0201 010': 0}),
            (dlt645, circuit, 'power', {'0203 0000': 1, '': 0}),
            (dlt645, ('parameters',), 'power_limit', {'0400 0E01': 1, '': 0}),
            (dlt645, ('history', 'daily_freeze'), 'step', {'0.01 kWh': 1, '1 Wh': 1, '0.010 kWh': 1, '0.0001 kWh': 0, '0.5 Wh': 0, '0 kWh': 0}),
            (loads, ('history', 'load_records'), 'minutes', {1: 1, 15: 1, 60: 1, 7: 0, 45: 0, 0: 0, 61: 0, 120: 0}),
            (loads, ('history', 'load_records'), 'blocks', {1: 1, 6: 1, 7: 0, 0: 0}),
            (dlt645, ('parameters', 'zone_table'), 'zones', {1: 1, 12: 1, 13: 0, 0: 0}),
            (private, (), 'address_fill', {'00': 1, 'AA': 1, 'aa': 0, '': 0}),
            (private, circuit + ('relay', 'write'), 'open', {'1A': 1, ' 1a 00': 1, '00' * 44: 1, '00' * 45: 0, '1': 0, '': 0, '1G': 0}),
            (private, circuit + ('remaining_money',), 'step', {'0.01 yuan': 1, 'fen': 1, '0.000001 yuan': 1, '0.0000001 yuan': 0,
                                                               '0.0001 fen': 1, '0.00001 fen': 0, '1 Wh': 0, '': 0}),
            (private, circuit + ('remaining_money',), 'bytes', {1: 1, 4: 1, 5: 0, 0: 0}),
            (private, ('history', 'monthly_freeze'), 'keeps', {1: 1, 2: 1, 3: 0}),
            (dlt645, (), 'refused', {'': 0}),
            (modbus, (), 'refused', {'': 0}),
            (old, (), 'refusals', {('no_such_data', 'other', 'password'): 1, ('password',) * 7: 1, ('password',) * 8: 0, ('tariffs',): 0, (): 0,
                                     ('password', 'secret'): 0}),
        ]
        changed = [(f'{profile["model"]} {path} {key} = {value!r}', changed_by(profile, path, key, list(value) if isinstance(value, tuple) else value), right)
                   for profile, path, key, values in cases for value, right in values.items()]
        self.assertGreater(len(changed), 90)
        for (label, profile, right), said in zip(changed, faults([profile for _, profile, _ in changed])):
            with self.subTest(label):
                self.assertEqual(said, '') if right else self.assertNotEqual(said, '')
                self.agree(profile, said)

    def test_what_1997_may_be_told_is_what_it_has(self):
        """Here nothing may contradict itself: each key has an identifier that the reader takes, and no other key is one."""
        table = lambda n: {'item': f'C3{n + 2:X}F', 'periods': 8}
        told = {'settlement_day': 'C117', 'weekend_mask': 'C022', 'zone_table': {'item': 'C32F', 'zones': 12}}
        told |= {f'day_table_{n}': table(n) for n in range(1, 9)}
        offered = set(SCHEMA['$defs']['dlt645_parameters_1997']['properties'])
        self.assertEqual(offered, set(told) | {'day_table'})
        old, private = (dict(shipped())[name] for name in ('generic-dlt645-1997', 'generic-dlt645-1997-prepaid'))
        named = [changed_by(old, (), 'parameters', parameters) for parameters in (told, {'day_table': table(1)})]
        for profile, said in zip(named, faults(named)):
            self.assertEqual(said, '')
            self.assertTrue(VALIDATOR.is_valid(profile))
        others = sorted(set(SCHEMA['$defs']['dlt645_parameters_2007']['properties']) - offered)
        self.assertGreater(len(others), 12)
        others = [changed_by(private, ('parameters',), key, 'C117') for key in others]
        for profile, said in zip(others, faults(others)):
            with self.subTest(said):
                self.assertIn('unknown key', said)
                self.assertFalse(VALIDATOR.is_valid(profile))

    def test_the_first_day_table_has_an_older_name_and_not_both(self):
        new = dict(shipped())['generic-dlt645-2007']
        first = new['parameters']['day_table_1']
        both = changed_by(new, ('parameters',), 'day_table', first)
        once = changed_by(both, ('parameters',), 'day_table_1', None)
        said = faults([once, both])
        self.assertEqual(said[0], '')
        self.assertTrue(VALIDATOR.is_valid(once))
        self.assertIn('day_table', said[1])
        self.assertFalse(VALIDATOR.is_valid(both))

    def test_a_coil_is_one_bit_to_both(self):
        profile = dict(shipped())['generic-relay-meter']
        coil = changed_by(profile, ('circuit', 0), 'relay', {'source': 'coil', 'register': 7})
        coil['block'] = coil['block'] + [{'source': 'coil', 'start': 7, 'count': 1}]
        more = [changed_by(coil, ('circuit', 0, 'relay'), key, value) for key, value in
                (('encoding', 'u16'), ('order', 'ABCD'), ('invalid', 1))]
        said = faults([coil] + more)
        self.assertEqual(said[0], '')
        self.assertTrue(VALIDATOR.is_valid(coil))
        for profile, faulty in zip(more, said[1:]):
            self.assertIn('unknown key', faulty)
            self.assertFalse(VALIDATOR.is_valid(profile))


unittest.main(argv=sys.argv[:1])
