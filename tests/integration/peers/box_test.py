#!/usr/bin/env python3
"""The box with meters of other programs: pymodbus and modbus-serial, each on a serial line and over Modbus-TCP, five models each.
Broker, cloud and box are the real programs. What the box reads, switches, charges and records must be what those meters hold.

  box_test.py PROGRAMS NODE_MODULES"""
import contextlib, itertools, os, pathlib, shutil, sys, tempfile, time, unittest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path.insert(0, str(TOP / '.ci'))

from dormitory.houses import House
from dormitory.place import Place
from dormitory.say import micros
from dormitory.wire import NoAnswer
from foreign_meters import ALL, Shown
from stage import Line, Peer, answers_modbus_tcp, free_port, need, wait_until

PROGRAMS, MODULES = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
SPEED = 600  # half an hour, after which a reading is recorded, in three seconds
PORT_SHIFT = 14_000
BAUD = 9600
PRICE_MICROS_A_WH = 500
ABSENT_UNIT = 40
REOPENED_WITHIN_SECONDS = 120  # a lost connection is tried again after 1, 2, 4 ... 60 s and a fifth of it


def pymodbus(*words):
    """Debian's package is for Debian's Python."""
    return ['/usr/bin/python3', HERE / 'pymodbus_meters.py', *words]


def modbus_serial(*words):
    return ['node', HERE / 'modbus_serial_meters.js', *words]


class Bus:
    """One program with a meter of each model, and a unit in the box's configuration that nobody has."""

    def __init__(self, name, program, way, first_room):
        self.name, self.way = name, way
        units = range(1, len(ALL) + 1)
        self.line = Line() if way == 'serial' else None
        self.port = None if self.line else free_port()
        place = [self.line.ends[0], BAUD] if self.line else [self.port]
        self.peer = Peer(program(way, *place, *units), lambda write: self.meters[write['unit'] - 1].obey(write))
        self.meters = [model(self.peer, unit, first_room * 1000 + unit) for model, unit in zip(ALL, units)]
        self.rooms = {first_room + i: meter for i, meter in enumerate(self.meters)}
        self.absent = first_room + len(ALL)

    def listed(self):
        """As a building lists its meters."""
        way = {'port': self.port, 'framing': 'modbus-tcp'} if self.port else {}
        common = {'bus': self.name, 'baud': BAUD, 'protocol': 'modbus-rtu', **way}
        for room, meter in self.rooms.items():
            yield {**common, 'room': room, 'meter': meter.number, 'address': meter.unit, 'profile': meter.profile,
                   'circuits': [{'circuit': room * 10 + i} for i in range(meter.circuits)]}
        yield {**common, 'room': self.absent, 'meter': self.absent * 1000, 'address': ABSENT_UNIT, 'profile': 'hiking-dds238',
               'circuits': [{'circuit': self.absent * 10}]}

    def close(self):
        self.peer.stop()
        if self.line:
            self.line.close()


class Site(Place):
    """Broker, cloud, the gate before the box, and the box."""

    def __init__(self, run, buses):
        super().__init__(TOP, run=run, programs=PROGRAMS, port_shift=PORT_SHIFT)
        self.houses = [House('A', 1, '')]
        self.houses[0].meters = [meter for bus in buses for meter in bus.listed()]
        self.services = ['broker', 'cloud', 'gate-a', 'edge-a']

    def circuits(self):
        """As the box has them."""
        with contextlib.suppress(NoAnswer, ValueError):
            return {c['circuit']: {**c, 'live': r['live'], 'open': r['open']}
                    for r in self.box(self.houses[0]).status()['rooms'] for c in r['circuits']}
        return {}


def figures(start, step):
    """Of each circuit, unlike any other's; the energies lie around where the low word of two runs over. Power is what voltage and
    current say, as far as the current's step of 10 mA tells it."""
    def shown(n, i):
        power, voltage = 100 * (n + 1) + step + i * 7, 219_000 + n * 300 + step * 100
        return Shown(start + n * 65_530 + i * 10_000, power, voltage, round(power * 100_000 / voltage) * 10)
    return shown


class Box(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need('node'), need('mosquitto')
        os.environ['NODE_PATH'] = str(MODULES)
        cls.ends = contextlib.ExitStack()
        cls.addClassCleanup(cls.ends.close)
        cls.run_folder = pathlib.Path(tempfile.mkdtemp(prefix='wattle-peers-'))
        cls.ends.callback(shutil.rmtree, cls.run_folder, ignore_errors=True)
        cls.buses = []
        for name, program, way, room in (('py-serial', pymodbus, 'serial', 100), ('py-tcp', pymodbus, 'tcp', 200),
                                         ('js-serial', modbus_serial, 'serial', 300), ('js-tcp', modbus_serial, 'tcp', 400)):
            bus = Bus(name, program, way, room)
            cls.ends.callback(bus.close)
            cls.buses.append(bus)
        cls.show(figures(65_000, 0))
        cls.site = Site(cls.run_folder, cls.buses)
        cls.site.prepare(SPEED)
        lines = cls.site.run / 'house-a'
        for bus in cls.buses:
            if bus.line:
                (lines / bus.name).symlink_to(bus.line.ends[1])
            else:
                wait_until(f'{bus.name} answers', lambda bus=bus: not answers_modbus_tcp(bus.port))
        cls.ends.callback(cls.site.stop_all, lambda text: None)
        cls.site.start_all(lambda text: None)

    @classmethod
    def show(cls, shown):
        for number, meter in enumerate(meter for bus in cls.buses for meter in bus.meters):
            meter.show([shown(number, i) for i in range(meter.circuits)])

    def each(self):
        for bus in self.buses:
            for room, meter in bus.rooms.items():
                for i in range(meter.circuits):
                    yield bus, room, meter, i, room * 10 + i

    def wrong(self):
        """Where the box does not have what the meters hold."""
        seen = self.site.circuits()
        out = [failure for bus in self.buses for failure in bus.peer.failures]
        for bus, room, meter, i, circuit in self.each():
            relay = 'unknown' if not meter.has_relay else 'closed' if meter.closed[i] else 'open'
            want = (meter.shown[i].energy, meter.shown[i].power, relay, False)
            has = seen.get(circuit, {})
            got = (has.get('reading_wh'), has.get('power_w'), has.get('relay'), has.get('silent'))
            if got != want:
                out.append(f'{bus.name} {meter.profile} {circuit}: {got}, not {want}')
        return out

    def wrong_relays(self, closed):
        return self.wrong() + [f'{bus.name} {meter.profile} {circuit} is {meter.closed[i]}'
                               for bus, room, meter, i, circuit in self.each() if meter.has_relay and meter.closed[i] != closed]

    def test_1_what_the_meters_hold_is_read(self):
        wait_until('every value of every meter is read', self.wrong)
        wait_until('the unit that nobody has is silent, alone', lambda: [
            bus.name for bus in self.buses if not self.site.circuits().get(bus.absent * 10, {}).get('silent')] + self.wrong())

    def test_2_relays_are_switched_and_read_back(self):
        call = self.site.api.call
        call('admin', 'PUT', 'prices/1', {'starts': '2020-01-01T00:00:00Z', 'tiers': [{'rate': '0.5'}]})
        for room, meter in ((room, meter) for bus in self.buses for room, meter in bus.rooms.items()):
            call('admin', 'POST', 'rooms', {'room': room, 'edge': 1, 'circuits': [
                {'circuit': room * 10 + i, 'meter': meter.number, 'first_reading': meter.shown[i].energy} for i in range(meter.circuits)]})
        wait_until('rooms without money are cut', lambda: self.wrong_relays(False))
        for room in (room for bus in self.buses for room in bus.rooms):
            call('cashier', 'POST', f'rooms/{room}/recharges', {'amount': '100.00', 'channel': 'cash'}, key=f'peer-{room}')
        wait_until('rooms with money are switched on', lambda: self.wrong_relays(True))
        for bus, room, meter, i, circuit in self.each():
            with self.subTest(bus.name, circuit=circuit):
                orders = [closed for _, closed in (meter.ordered(write) for write in meter.seen if meter.ordered(write)[0] == i)]
                # The same again is the box's second try, where the program was slow to obey.
                changes = [closed for closed, _ in itertools.groupby(orders)]
                self.assertEqual(changes, [False, True] if meter.has_relay else [])

    def test_3_what_was_used_is_charged_and_recorded(self):
        begun = {circuit: meter.shown[i].energy for _, _, meter, i, circuit in self.each()}
        self.show(figures(66_000, -3))
        wait_until('the next values are read', self.wrong)
        seen = self.site.circuits()
        for bus, room, meter, i, circuit in self.each():
            used = sum(meter.shown[k].energy - begun[room * 10 + k] for k in range(meter.circuits))
            with self.subTest(bus.name, circuit=circuit):
                self.assertEqual(micros(seen[circuit]['live']), 100_000_000 - used * PRICE_MICROS_A_WH)
        wait_until('every quantity is recorded', self.not_recorded, 150)  # voltage and current are asked once a minute, and recorded so

    def not_recorded(self):
        day = time.strftime('%Y-%m-%dT00:00:00Z', time.gmtime(self.site.clock.now() - 86_400))
        end = time.strftime('%Y-%m-%dT00:00:00Z', time.gmtime(self.site.clock.now() + 86_400))
        rows = {room: self.site.api.get(f'rooms/{room}/readings?from={day}&to={end}&limit=1000')['items']
                for bus in self.buses for room in bus.rooms}
        out = []
        for bus, room, meter, i, circuit in self.each():
            s = meter.shown[i]
            want = {'register_wh': s.energy, 'power_w': s.power, 'voltage_mv': meter.shown[0].voltage, 'current_ma': s.current}
            got = [{key: row.get(key) for key in want} for row in rows[room] if row['circuit'] == circuit]
            if want not in got:
                out.append(f'{bus.name} {meter.profile} {circuit}: no {want} among {got}')
        return out

    def test_4_a_program_that_ends_and_comes_back(self):
        for bus in self.buses:
            bus.peer.stop()
        wait_until('nobody is heard', lambda: [c for c in self.site.circuits().values() if not c['silent']])
        for bus in self.buses:
            bus.peer.start()
        self.show(figures(67_000, 2))
        wait_until('all are read again', self.wrong, REOPENED_WITHIN_SECONDS)


unittest.main(argv=sys.argv[:1], verbosity=2)
