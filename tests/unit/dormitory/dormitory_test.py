#!/usr/bin/env python3
"""The parts of .ci/dormitory that need no site: figures, the picture of the live view, processes, the clock."""
import json, pathlib, re, subprocess, sys, tempfile, threading, time, types, unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / '.ci'))

from dormitory import books, demo, setup, up, view, wire
from dormitory.clock import SiteClock
from dormitory.houses import House, edge_config
from dormitory.processes import Processes, wait_until
from dormitory.say import Failure, micros, yuan


class Figures(unittest.TestCase):
    def test_money_is_exact_both_ways(self):
        for text, value in (('12.340000', 12_340_000), ('-0.000001', -1), ('0.000000', 0), ('-1234.5', -1_234_500_000)):
            self.assertEqual(micros(text), value)
        self.assertEqual(yuan(12_345_678), '12.34')
        self.assertEqual(yuan(-5_000), '-0.00')
        self.assertEqual(yuan(-1_230_000), '-1.23')


def circuit(relay, **more):
    return {'circuit': 1010, 'relay': relay, 'power_w': 120, **more}


def box_room(number, live, *circuits):
    return {'room': number, 'live': live, 'circuits': list(circuits)}


class Picture(unittest.TestCase):
    def setUp(self):
        self.paint = view.Paint(True, True)

    def cell(self, *circuits, live='23.450000', cloud=None):
        return view.cell(self.paint, 101, box_room(101, live, *circuits), cloud)

    def test_a_cell_is_always_as_wide(self):
        cloud = {'on_the_way': '5.000000', 'waiting_payments': [], 'balance': '28.450000'}
        cells = [self.cell(circuit('closed')), self.cell(circuit('open'), live='-12.340000'), self.cell(*[circuit('closed')] * 3),
                 self.cell(*[circuit('unknown', silent=True)] * 4, live='999.990000', cloud=cloud),
                 view.cell(self.paint, 1216, None, cloud), view.cell(self.paint, 101, None, None)]
        self.assertEqual({view.visible(cell) for cell in cells}, {view.CELL})

    def test_state_is_shown_by_sign_and_by_colour(self):
        self.assertIn('\x1b[32m●', self.cell(circuit('closed')))
        self.assertIn('\x1b[33m●', self.cell(circuit('closed'), live='1.000000'))
        self.assertIn('\x1b[31m○', self.cell(circuit('open'), live='-0.100000'))
        self.assertIn('\x1b[35m◐', self.cell(circuit('open', reason='overload')))
        self.assertIn('✕', self.cell(circuit('closed', silent=True)))
        plain = view.Paint(False, False)
        self.assertNotIn('\x1b', view.cell(plain, 101, box_room(101, '1.000000', circuit('open')), None))

    def test_the_screen_fits(self):
        houses = [House('A', 1, ''), House('B', 2, '')]
        for house in houses:
            house.meters = [{'room': house.slot * 1000 + n} for n in range(32)]
        sight = types.SimpleNamespace(boxes={'A': None, 'B': {'link': 'connected', 'head': 12345, 'backlog': 999, 'rooms': []}}, links={},
                                      rooms={}, losses={}, shown={}, ways={}, events=[('09:00:00', 'x' * 30)] * 50, lock=threading.Lock(), cloud_answers=True,
                                      broker_answers=False, box_room=lambda house, number: None)
        clock = types.SimpleNamespace(text=lambda: 'Sat 28 Nov 18:45', speed=60)
        place = types.SimpleNamespace(houses=houses, clock=clock, api=types.SimpleNamespace(url='http://127.0.0.1:8480'))
        for columns, lines in ((80, 24), (200, 60), (60, 24), (80, 10)):
            shown = view.picture(self.paint, sight, place, columns, lines)
            self.assertLessEqual(len(shown), lines)
            if columns >= 80:
                self.assertLessEqual(max(view.visible(line) for line in shown), columns)
        before = view.picture(self.paint, sight, place, 80, 60)
        sight.losses = {1: {'main': 123_456, 'rooms': 120_370, 'loss': 3086}}
        with_loss = view.picture(self.paint, sight, place, 80, 60)
        self.assertTrue(any('in 123.5 kWh, lost 3.1 (2.5 %)' in line for line in with_loss))
        sight.ways = {'B': [{'bus': 'b4', 'collector': 'DTU-0B04', 'dialled': 'off'}]}
        full = view.picture(self.paint, sight, place, 80, 24)
        self.assertTrue(any('\x1b[31mDTU-0B04 away' in line for line in full))
        for shown in (with_loss, full):
            for house in houses:  # no room gave way to it
                for room in house.rooms:
                    self.assertTrue(any(str(room) in line for line in shown), room)
        self.assertTrue(any('2031' in line for line in before))

    def test_meters_of_other_kinds_are_seen(self):
        house = House('B', 2, '')
        house.meters = [{'meter': 1, 'profile': 'generic-prepaid-meter', 'circuits': [{'circuit': 11150, 'name': 'purse'}]},
                        {'meter': 2, 'profile': 'generic-display-meter', 'circuits': [{'circuit': 11160, 'name': 'display'}]},
                        {'meter': 3, 'profile': 'generic-cjt188-cold-water', 'circuits': [{'circuit': 11059, 'name': 'water'}]}]
        self.assertTrue(house.has_other_kinds)
        self.assertEqual(view.waters_of(house), {11059})
        shown = {1: [{'purse': 'purchase', 'remaining': '12.34', 'bought': '20.00', 'energy_wh': 5}], 3: [{'energy_wh': 2500}],
                 2: [{'purse': 'display', 'remaining': '-0.50', 'bought': '60.00', 'used_wh': 5140, 'energy_wh': 5}]}
        self.assertEqual(view.meters_line(house, shown), 'purse 12.34 water 2.5 m³')
        self.assertEqual(view.display_lines(house, shown), ['LCD -0.50, used 5.1 kWh, bought 60.00'])
        shown[2][0].update(remaining='-999.99', used_wh=9_999_900, bought='99999.99')
        self.assertEqual(view.display_lines(house, shown), ['LCD -999.99 used 9999.9 bought 99999.99'])
        self.assertEqual(len(view.display_lines(house, shown)[0]), view.HOUSE_WIDTH)
        self.assertEqual(view.display_lines(house, {}), [])
        self.assertIsNone(view.meters_line(house, {}))
        wet = view.cell(self.paint, 1105, box_room(1105, '9.000000', circuit('closed'), {'circuit': 11059, 'relay': 'closed'}), None, {11059})
        self.assertIn('\x1b[32m●', wet)
        self.assertIn('\x1b[34m≈', wet)
        self.assertEqual(view.visible(wet), view.CELL)


    def test_collectors_and_gateways_are_seen(self):
        ways = [{'bus': 'b4', 'collector': 'DTU-0B04', 'dialled': 'on', 'beat_s': 120}, {'bus': 'b5', 'gateway': 19283, 'masters': 1}]
        self.assertEqual(view.ways_line(ways), ('DTU-0B04 in, beat 120 s; gateway in use', view.GREY))
        self.assertLessEqual(len(view.ways_line(ways)[0]), view.HOUSE_WIDTH)
        ways = [{'bus': 'b4', 'collector': 'DTU-0B04', 'dialled': 'off'}, {'bus': 'b5', 'gateway': 19283, 'masters': 0}]
        self.assertEqual(view.ways_line(ways), ('DTU-0B04 away; gateway idle', view.RED))
        self.assertIsNone(view.ways_line([]))

    def test_a_control_socket_tells_meters_and_ways_apart(self):
        meters = wire.Meters('nowhere')
        meters.ask = lambda line: 'bus=b4 collector=DTU-0B04 dialled=on beat_s=3\nbus=b4 meter address=1 number=7 energy_wh=5\nok\n'
        self.assertEqual(meters.status(), {7: [{'bus': 'b4', 'address': 1, 'number': 7, 'energy_wh': 5}]})
        self.assertEqual(meters.look()[1], [{'bus': 'b4', 'collector': 'DTU-0B04', 'dialled': 'on', 'beat_s': 3}])


class Running(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.run_folder = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_a_pid_of_another_process_is_not_ours(self):
        processes = Processes(self.run_folder)
        processes.start('sleeper', ['sleep', '60'])
        pid = processes.pid('sleeper')
        self.assertIsNotNone(pid)
        (self.run_folder / 'pid/other').write_text(f'{pid} 1\n')
        self.assertIsNone(processes.pid('other'))
        self.assertTrue(processes.stop('sleeper'))
        self.assertIsNone(processes.pid('sleeper'))
        self.assertFalse(processes.stop('sleeper'))

    def test_what_is_up_is_not_made_anew_in_silence(self):
        clock, processes = SiteClock(self.run_folder, '/nowhere'), Processes(self.run_folder)
        clock.set_speed(60)
        place = types.SimpleNamespace(processes=processes, clock=clock)
        self.assertEqual(up.already_up(place, ['--fresh']), up.NOT_UP)
        processes.start('up', ['sleep', '60'])
        for words, why in ((['--fresh'], 'not made fresh'), (['--detach', '--speed', '30'], 'stays ×60')):
            with self.assertRaisesRegex(Failure, why) as refused:
                up.already_up(place, words)
            self.assertEqual(refused.exception.code, 2)
            self.assertIn(f"./wattle up {' '.join(words)}", refused.exception.remedy[0])
        processes.stop('up')

    def test_the_sites_clock_goes_on_where_it_was(self):
        clock = SiteClock(self.run_folder, '/nowhere')
        self.assertEqual(clock.environment(), {})
        clock.set_speed(1000)
        begin = clock.now()
        time.sleep(0.05)
        self.assertGreater(clock.now(), begin + 40)
        clock.keep()
        ahead = clock.now()
        clock.set_speed(1)
        self.assertGreaterEqual(clock.now(), ahead)
        self.assertRegex(clock.environment()['FAKETIME'], r'^\+\d+\.\d{3} x1$')

    def test_a_box_polls_every_meter_of_its_house(self):
        house = House('A', 1, '')
        house.meters = [{'bus': f'a{n % 2}', 'baud': 9600, 'room': 101 + n, 'address': n + 1, 'meter': 7000 + n, 'protocol': 'modbus-rtu',
                         'profile': 'generic-relay-meter', 'circuits': [{'circuit': 1010 + 10 * n}]} for n in range(4)]
        text = edge_config(house, 'http://127.0.0.1:1', 2, 3, '/meters')
        self.assertEqual(len(re.findall(r'^\[\[bus\]\]$', text, re.M)), 2)
        self.assertEqual(len(re.findall(r'^\[\[meter\]\]$', text, re.M)), 4)
        self.assertNotIn('collector', text)

    def test_a_box_listens_for_the_collectors_of_its_house(self):
        house = House('B', 2, '')
        house.meters = [{'bus': 'b1', 'baud': 9600, 'room': 1101, 'address': 1, 'meter': 7001, 'protocol': 'dlt645-2007',
                         'profile': 'generic-dlt645-2007', 'circuits': [{'circuit': 11010}], 'collector': 'DTU-1', 'heartbeat': 'hb'}]
        text = edge_config(house, 'http://127.0.0.1:1', 2, 3, '/meters')
        self.assertIn('[collectors]', text)
        self.assertIn('listen = "127.0.0.1:3"', text)
        self.assertIn('collector = "DTU-1"', text)
        self.assertNotIn('device', text)

    def test_a_box_dials_the_gateway_of_its_house(self):
        house = House('B', 2, '')
        house.meters = [{'bus': 'b5', 'baud': 9600, 'room': 1115, 'address': 1, 'meter': 7115, 'protocol': 'modbus-rtu', 'gateway': True,
                         'profile': 'generic-prepaid-meter', 'circuits': [{'circuit': 11150, 'name': 'purse'}]}]
        text = edge_config(house, 'http://127.0.0.1:1', 2, 3, '/meters', gateways_port=4)
        self.assertTrue(house.has_gateways)
        self.assertIn('connect = "127.0.0.1:4"', text)
        self.assertIn('framing = "modbus-tcp"', text)
        self.assertNotIn('device', text)


def site(run_folder, *meters, shown=None, live='0.000000'):
    """One house whose meters and box say what they are told to."""
    house = House('B', 2, '')
    house.meters = list(meters)
    return types.SimpleNamespace(run=run_folder, houses=[house], house_of=lambda room: house,
                                 meters=lambda house: types.SimpleNamespace(status=lambda: shown),
                                 box=lambda house: types.SimpleNamespace(room=lambda number: {'live': live}))


class Meters(unittest.TestCase):
    purse = {'meter': 71, 'room': 1115, 'profile': 'generic-prepaid-meter', 'circuits': [{'circuit': 11150, 'name': 'purse'}]}
    water = {'meter': 78, 'room': 1105, 'profile': 'generic-cjt188-cold-water', 'circuits': [{'circuit': 11059, 'name': 'water'}]}

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.run_folder = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_a_site_with_other_meters_does_not_go_on(self):
        place = site(self.run_folder, self.purse, self.water)
        setup.refuse_other_meters(place)  # nothing was set up yet
        kept = self.run_folder / 'first-readings.json'
        kept.write_text(json.dumps({'71': [5], '78': [6]}))
        setup.refuse_other_meters(place)
        for other in ({'71': [5]}, {'71': [5], '79': [6]}, {'71': [5], '78': [6], '79': [7]}):
            kept.write_text(json.dumps(other))
            with self.assertRaises(Failure) as raised:
                setup.refuse_other_meters(place)
            self.assertIn('--fresh', ' '.join(raised.exception.remedy))

    def test_a_purse_holds_what_its_room_has(self):
        differs = lambda remaining, live: books.purses_differ(
            site(self.run_folder, self.purse, shown={71: [{'purse': 'purchase', 'remaining': remaining}]}, live=live), [self.purse])
        self.assertEqual(differs('12.34', '12.849999'), [])
        self.assertEqual(differs('-0.50', '-0.200000'), [])
        for remaining, live in (('24.68', '12.345000'), ('0.00', '12.345000'), ('12.34', '12.860000'), ('1.00', '-0.500000')):
            self.assertEqual(len(differs(remaining, live)), 1, (remaining, live))
        self.assertEqual(setup.meters_with_purse(site(self.run_folder, self.water, self.purse)), [self.purse])
        self.assertEqual(setup.rates(), {360_000, 600_000, 840_000})

    def test_a_valve_has_more_time_than_a_relay(self):
        place = site(self.run_folder, self.purse, self.water)
        self.assertGreater(demo.seconds_until_on(place, 1105), 30)
        self.assertLessEqual(demo.seconds_until_on(place, 1115), 5)


unittest.main()
