#!/usr/bin/env python3
"""Masters of others at the virtual meters: mbpoll on a serial line and over Modbus-TCP, libmbus (by node-mbus) over TCP. What they
read must be what the meter says of itself, what they write must move its relay.

  masters_test.py PROGRAMS NODE_MODULES"""
import contextlib, json, os, pathlib, re, shutil, subprocess, sys, tempfile, unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / '.ci'))

from dormitory.wire import ask_socket
from stage import need, value, words

PROGRAMS, MODULES = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
COILS, INPUT, HOLDING = '0', '3', '4'  # mbpoll's names of the tables
UNITS = (1, 7, 247)
FIRST_NUMBER = 88_000_101  # of eight digits, as on M-Bus plates
ENERGY = 70_123_450   # Wh: more than 16 bits
POWER, VOLTAGE_MV, CURRENT_MA = 2200, 216_700, 10_152  # a riser that loses 1.5 V a kilowatt


class Meters:
    """A bus of our virtual meters, as `wattle-meter` shows them."""

    def __init__(self, profile, addresses):
        self.ends = contextlib.ExitStack()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='wattle-meters-'))
        self.ends.callback(shutil.rmtree, self.folder)
        places = [word for address in addresses for word in ('--address', str(address))]
        command = [PROGRAMS / 'simulator/wattle-meter', '--link', self.folder / 'bus', '--control', self.folder / 'control', '--profile',
                   profile, '--meter-number', str(FIRST_NUMBER), '--tcp', '0', '--modbus-tcp', '0', *places]
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        self.ends.callback(process.stdout.close)
        self.ends.callback(process.wait)
        self.ends.callback(process.kill)
        said = re.search(r'port (\d+), Modbus-TCP on port (\d+)', process.stdout.readline())
        if not said:
            self.ends.close()
            raise AssertionError('the virtual meters did not start')
        self.stream_port, self.modbus_port = said.groups()
        self.device = str(self.folder / 'bus')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.close()

    def order(self, line):
        answer = ask_socket(self.folder / 'control', line)
        assert answer.endswith('ok\n'), f'{line}: {answer}'
        return answer

    def relays(self):
        return [re.search('relay=(\\w+)', line).group(1) for line in self.order('status').splitlines() if line.startswith('meter')]


class Mbpoll:
    def __init__(self, meters, way):
        self.way = ['-m', 'rtu', '-b', '9600', '-P', 'none'] if way == 'serial' else ['-m', 'tcp', '-p', meters.modbus_port]
        self.place = meters.device if way == 'serial' else '127.0.0.1'

    def call(self, unit, table, address, options=(), values=()):
        """Exit code and text."""
        command = ['mbpoll', *self.way, '-0', '-1', '-a', unit, '-t', table, '-r', address, *options, self.place, *values]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr

    def read(self, unit, table, address, count=1):
        code, text = self.call(unit, table, address, ['-c', count])
        assert code == 0, text
        return [float(word) if '.' in word or 'e' in word else int(word)
                for word in re.findall(r'^\[\d+\]:\s+(\S+)', text, re.MULTILINE)]

    def write(self, unit, table, address, *values):
        code, text = self.call(unit, table, address, values=values)
        assert code == 0 and f'Written {len(values)} references' in text, text


def at_meters(profile, addresses=UNITS):
    """The check is made on a serial line and over Modbus-TCP, each with meters of its own."""
    def made(check):
        def both(self):
            for way in ('serial', 'tcp'):
                with self.subTest(way=way), Meters(profile, addresses) as meters:
                    check(self, meters, Mbpoll(meters, way))
        return both
    return made


class Mbpolled(unittest.TestCase):
    def setUp(self):
        need('mbpoll')

    @at_meters('generic-relay-meter')
    def test_integers(self, meters, master):
        for n, unit in enumerate(UNITS):
            meters.order(f'load {unit} 0')
            meters.order(f'energy {unit} {ENERGY + n}')
            read = master.read(unit, HOLDING, 0, 10)
            self.assertEqual(value('I', read[0:2]), ENERGY + n)
            self.assertEqual(value('Q', read[6:10]), FIRST_NUMBER + n)
            meters.order(f'load {unit} {POWER}')
            self.assertEqual(master.read(unit, HOLDING, 2, 4), [VOLTAGE_MV // 100, round(CURRENT_MA / 10), POWER, 1])

    @at_meters('eastron-sdm120', UNITS[:1])
    def test_floats(self, meters, master):
        meters.order('load 1 0')
        meters.order(f'energy 1 {ENERGY}')
        self.assertEqual(self.float(master, 0x48), float32(ENERGY / 1000))
        meters.order(f'load 1 {POWER}')
        for address, shown in ((0x00, VOLTAGE_MV / 1000), (0x06, CURRENT_MA / 1000), (0x0c, POWER), (0x1e, 1), (0x46, 50)):
            self.assertEqual(self.float(master, address), float32(shown))

    def float(self, master, address):
        """As mbpoll prints it, and as its registers say."""
        code, text = master.call(1, INPUT + ':float', address, ['-B'])
        self.assertEqual(code, 0, text)
        exact = value('f', master.read(1, INPUT, address, 2))
        self.assertEqual(re.search(r'^\[\d+\]:\s+(\S+)', text, re.MULTILINE).group(1), f'{exact:g}')
        return exact

    @at_meters('generic-relay-meter')
    def test_a_coil_moves_the_relay(self, meters, master):
        for closed in (0, 1, 0):
            master.write(7, COILS, 0, closed)
            self.assertEqual(meters.relays(), ['closed', 'closed' if closed else 'open', 'closed'])
            self.assertEqual(master.read(7, HOLDING, 5), [closed])
            self.assertEqual(master.read(7, COILS, 0), [closed])

    @at_meters('hiking-dds238', UNITS[:1])
    def test_a_register_moves_the_relay(self, meters, master):
        for closed in (0, 1, 0):
            master.write(1, HOLDING, 0x1a, closed)
            self.assertEqual(meters.relays(), ['closed' if closed else 'open'])
            self.assertEqual(master.read(1, HOLDING, 0x1a), [closed])

    @at_meters('generic-three-circuits', UNITS[:1])
    def test_three_relays_in_the_bits_of_one_word(self, meters, master):
        master.write(1, HOLDING, 0x101, 0)
        self.assertEqual((master.read(1, HOLDING, 0x12), meters.relays()), ([0b101], ['closed', 'open', 'closed']))
        master.write(1, HOLDING, 0x100, 0, 1)  # both in one request
        self.assertEqual((master.read(1, HOLDING, 0x12), meters.relays()), ([0b110], ['open', 'closed', 'closed']))

    @at_meters('generic-relay-meter')
    def test_what_there_is_not_is_refused(self, meters, master):
        for table, address in ((HOLDING, 9_000), (INPUT, 0), (COILS, 50)):
            code, text = master.call(1, table, address)
            self.assertNotEqual(code, 0)
            self.assertRegex(text, 'Illegal (data address|function)')
        code, text = master.call(9, HOLDING, 0, ['-o', '0.3'])
        self.assertNotEqual(code, 0)
        self.assertRegex(text, 'timed out|Target device failed to respond')
        self.assertEqual(master.read(1, HOLDING, 5), [1])  # and the next question is answered again


def float32(number):
    return value('f', words('f', number))


class Libmbus(unittest.TestCase):
    """M-Bus frames of the virtual meters, taken apart by somebody else."""

    def read(self, meters, *addresses):
        done = subprocess.run(['node', HERE / 'mbus_master.js', meters.stream_port, *map(str, addresses)], capture_output=True, text=True,
                              timeout=60, env={**os.environ, 'NODE_PATH': str(MODULES)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def setUp(self):
        need('node')

    def records(self, read, number):
        self.assertEqual(read['SlaveInformation']['Id'], number)
        return [(record['Function'], record['StorageNumber'], record['Unit'], record['Value']) for record in read['DataRecord']]

    def test_water_at_primary_addresses(self):
        shown = {1: 4_321_987, 7: 12}
        with Meters('generic-mbus-water', shown) as meters:
            for unit, litres in shown.items():
                meters.order(f'load {unit} 0')
                meters.order(f'energy {unit} {litres}')
            for n, (read, litres) in enumerate(zip(self.read(meters, *shown), shown.values())):
                self.assertEqual(self.records(read, FIRST_NUMBER + n), [('Instantaneous value', 0, 'Volume (m m^3)', litres)])

    def test_energy_selected_by_number(self):
        with Meters('generic-mbus-energy', UNITS[:2]) as meters:
            meters.order(f'load {FIRST_NUMBER} {POWER}')
            meters.order(f'load {FIRST_NUMBER + 1} 0')
            meters.order(f'energy {FIRST_NUMBER + 1} {ENERGY}')
            # Manufacturer, version and medium are left open, as people do.
            first, second = self.read(meters, f'{FIRST_NUMBER}FFFFFFFF', f'{FIRST_NUMBER + 1}FFFFFFFF')
            self.assertEqual(self.records(first, FIRST_NUMBER)[1], ('Instantaneous value', 0, 'Power (W)', POWER))
            # That master knows the tables of 2004, in which the frequency (FB 2CH) is not yet.
            self.assertEqual(self.records(second, FIRST_NUMBER + 1), [('Instantaneous value', 0, 'Energy (Wh)', ENERGY),
                                                                    ('Instantaneous value', 0, 'Power (W)', 0),
                                                                    ('Instantaneous value', 0, 'm V', 220_000),
                                                                    ('Instantaneous value', 0, 'm A', 0),
                                                                    ('Instantaneous value', 0, 'Reserved (0x2c)', 50_000)])


unittest.main(argv=sys.argv[:1], verbosity=2)
