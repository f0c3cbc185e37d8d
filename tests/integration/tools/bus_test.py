#!/usr/bin/env python3
"""`wattle-edge bus` as a technician calls it, on pseudo-terminals with virtual meters.  bus_test.py PROGRAM METERS [SUBCOMMAND]"""
import fcntl, json, os, pty, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time, unittest

PROGRAM, METERS = sys.argv[1], sys.argv[2]
DONE, NOTHING, WRONG_CALL, PORT_TROUBLE, REFUSED = 0, 1, 2, 3, 4
PATIENCE = 120
MODBUS, DLT_2007, DLT_1997 = 'generic-relay-meter', 'generic-dlt645-2007', 'generic-dlt645-1997'
WATER, MBUS = 'generic-cjt188-cold-water', 'generic-mbus-water'
FITTING = [MODBUS, 'generic-display-meter']  # models whose registers are all there
PROTOCOLS = {'modbus-rtu': MODBUS, 'dlt645-2007': DLT_2007, 'dlt645-1997': DLT_1997, 'cjt188': WATER, 'mbus': MBUS}


class Line:
    """Virtual meters on a line of their own, until the test is over."""

    def __init__(self, test, *options):
        self.folder = tempfile.mkdtemp(prefix='wattle-tools-')
        test.addCleanup(shutil.rmtree, self.folder)
        self.port = os.path.join(self.folder, 'line')
        self.control = os.path.join(self.folder, 'control')
        self.meters = subprocess.Popen([METERS, '--link', self.port, '--control', self.control, *options],
                                       stdout=subprocess.PIPE, encoding='utf-8')
        test.addCleanup(self.end)
        told = self.meters.stdout.readline()
        assert told.startswith('meters: '), told
        self.tcp = ''.join(re.findall(r'port (\d+)', told))
        self.gateway = ''.join(re.findall(r'Modbus-TCP on port (\d+)', told))

    def end(self):
        self.meters.terminate()
        self.meters.wait()
        self.meters.stdout.close()

    def command(self, text):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(self.control)
            peer.sendall(text.encode() + b'\n')
            reply = b''
            while not re.search(rb'(^|\n)(ok|error.*)\n$', reply):
                reply += peer.recv(4096)
        assert reply.endswith(b'ok\n'), reply
        return reply.decode()


def bus(*words, **more):
    """Exit code, the objects, what was told beside them."""
    done = subprocess.run([PROGRAM, 'bus', *words], capture_output=True, encoding='utf-8', timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, **more)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


class Tool:
    """A tool that is under way."""

    def __init__(self, test, *words, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([PROGRAM, 'bus', *words], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        encoding='utf-8')
        self.told = b''
        test.addCleanup(lambda: self.process.poll() is None and self.process.kill())

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait_told(self, words):
        while words.encode() not in self.told:  # a question does not end with a line
            self.told += next_byte(self.process.stderr, self.told)

    def first_object(self):
        """Of its results, which are told without it then."""
        line = b''
        while not line.endswith(b'\n'):
            line += next_byte(self.process.stdout, line)
        return json.loads(line)

    def has_open(self, path):
        folder, wanted = f'/proc/{self.process.pid}/fd', os.path.realpath(path)
        return wanted in (where_to(os.path.join(folder, name)) for name in os.listdir(folder))

    def result(self):
        out, rest = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, [json.loads(line) for line in out.splitlines()], self.told.decode() + rest


class Scanning(unittest.TestCase):
    def found(self, line, *words):
        code, meters, told = bus('scan', line.port, *words)
        self.assertIn(f'meters found: {len(meters)}', told)
        self.assertEqual(code, DONE if meters else NOTHING)
        return meters


class Narrow(Scanning):
    def test_wildcards_are_narrowed(self):
        for protocol, digits in (('dlt645-2007', 12), ('dlt645-1997', 12), ('cjt188', 14), ('mbus', 8)):
            with self.subTest(protocol):
                line = Line(self, '--protocol', protocol, '--rooms', '3', '--meter-number', '4711')
                for number in (4711, 4712, 4713):
                    line.command(f'energy {number} {number * 1000}')
                words = ['--protocol', protocol, '--baud', '115200', '--quick']
                meters = self.found(line, *words)
                numbers = [meter for meter in meters if len(meter['address']) == digits]
                if protocol == 'mbus':  # found by primary address before, where the numbers are told
                    self.assertEqual([meter['address'] for meter in meters], ['1', '2', '3'])
                    self.assertEqual([meter['told']['id'] for meter in meters], ['00004711', '00004712', '00004713'])
                    self.assertEqual(meters[0]['profiles'], ['generic-mbus-water'])
                    continue
                self.assertEqual(sorted(int(meter['address']) for meter in numbers), [4711, 4712, 4713])
                self.assertIn(PROTOCOLS[protocol], numbers[0]['profiles'])
                if 'dlt645' in protocol:
                    self.assertIn(f'generic-{protocol}-energy', numbers[0]['profiles'])
                self.assertTrue(numbers[0]['told'])


class Protocols(Scanning):
    def test_all_protocols_are_tried(self):
        line = Line(self, '--protocol', 'dlt645-2007', '--meter-number', '161')
        meters = self.found(line, '--quick')
        self.assertEqual([(meter['protocol'], meter['address'], meter['baud']) for meter in meters],
                         [('dlt645-2007', '000000000161', 2400)])
        self.assertEqual(meters[0]['told']['forward_energy.total']['unit'], 'Wh')


class Scan(Scanning):
    def test_modbus(self):
        line = Line(self, '--address', '2', '--address', '4')
        meters = self.found(line, '--protocol', 'modbus-rtu', '--baud', '9600', '--parity', 'even', '--addresses', '1-5')
        self.assertEqual([meter['address'] for meter in meters], ['2', '4'])
        for meter in meters:
            self.assertEqual((meter['protocol'], meter['baud'], meter['parity'], meter['stop_bits']), ('modbus-rtu', 9600, 'even', 1))
            self.assertEqual(meter['profiles'], FITTING)
            self.assertIn('register_1', meter['told'])

    def test_two_at_one_address(self):
        line = Line(self, '--address', '3', '--address', '3', '--clash', '--profile', 'hiking-dds238')
        line.command('energy 3 900000000')  # what the two say differs
        meters = self.found(line, '--protocol', 'modbus-rtu', '--baud', '9600', '--parity', 'even', '--addresses', '3-3')
        self.assertEqual([(meter['address'], meter.get('garbled')) for meter in meters], [('3', True)])

    def test_an_electricity_meter_of_mbus_tells_what_it_measures(self):
        line = Line(self, '--protocol', 'mbus', '--profile', 'generic-mbus-energy', '--meter-number', '77')
        code, (meter,), _ = bus('read', line.port, '--profile', 'generic-mbus-energy', '--address', '77', '--full')
        (circuit,) = meter['circuits']
        self.assertEqual((code, meter['voltage']['unit'], meter['frequency']['value']), (DONE, 'V', '50.000'))
        self.assertEqual((circuit['current']['unit'], circuit['power']['value']), ('A', '200'))

    def test_electricity_meters_of_mbus_at_primary_addresses(self):
        energy = 'generic-mbus-energy'
        line = Line(self, '--protocol', 'mbus', '--profile', energy, '--address', '5', '--address', '7', '--meter-number', '7005')
        words = ['--protocol', 'mbus', '--baud', '115200', '--parity', 'even', '--addresses', '4-8']
        meters = self.found(line, *words)
        self.assertEqual([(meter['address'], meter['told']['id'], meter['profiles']) for meter in meters],
                         [('5', '00007005', [energy]), ('7', '00007006', [energy])])
        code, (meter,), _ = bus('read', line.port, '--profile', energy, '--address', '7006')
        self.assertEqual((code, meter['meter']), (DONE, '7006'))

    def test_electricity_meters_of_mbus_as_from_the_factory(self):
        """All at 0, and they speak in step."""
        for first, count in ((7005, 2), (7004, 2), (7005, 3)):
            with self.subTest((first, count)):
                line = Line(self, '--protocol', 'mbus', '--profile', 'generic-mbus-energy', *['--address', '0'] * count, '--clash',
                            '--meter-number', str(first))
                meters = self.found(line, '--protocol', 'mbus', '--baud', '115200', '--parity', 'even', '--addresses', '0-1')
                by_number = [meter for meter in meters if not meter.get('garbled')]
                self.assertEqual([meter['address'] for meter in meters if meter.get('garbled')], ['0'])
                self.assertEqual([int(meter['address']) for meter in by_number], list(range(first, first + count)))
                self.assertEqual([meter['profiles'] for meter in by_number], [['generic-mbus-energy']] * count)

    def test_a_virtual_meter_speaks_what_its_model_speaks(self):
        for words in (['--protocol', 'mbus', '--profile', MODBUS], ['--protocol', 'dlt645-1997', '--profile', DLT_2007]):
            done = subprocess.run([METERS, '--link', '/tmp/no-line', *words], capture_output=True, encoding='utf-8', timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stdout), (1, ''))
            self.assertIn('not ' + words[1], done.stderr)

    def test_a_value_that_cannot_be_is_named(self):
        line = Line(self, '--address', '1')
        own = changed_profile(self, MODBUS, 'closed = 1', 'closed = 7')
        code, (meter,), _ = bus('read', line.port, '--profile', own, '--address', '1')
        self.assertEqual((code, meter['error']['code'], meter['error']['value'], meter['error']['raw']),
                         (NOTHING, 7, 'circuit_1.relay', '0001'))

    def test_behind_a_serial_server(self):
        line = Line(self, '--address', '7', '--tcp', '0')
        code, meters, told = bus('scan', 'tcp://127.0.0.1:' + line.tcp, '--protocol', 'modbus-rtu', '--addresses', '6-8')
        self.assertEqual((code, [meter['address'] for meter in meters]), (DONE, ['7']))
        self.assertNotIn('baud', meters[0])

    def test_behind_a_gateway(self):
        line = Line(self, '--address', '7', '--address', '9', '--modbus-tcp', '0')
        code, meters, _ = bus('scan', 'modbus-tcp://127.0.0.1:' + line.gateway, '--addresses', '6-9')
        self.assertEqual((code, [meter['address'] for meter in meters]), (DONE, ['7', '9']))
        self.assertEqual((meters[0]['protocol'], meters[0]['profiles']), ('modbus-tcp', FITTING))

    def test_a_parity_that_is_named(self):
        line = Line(self, '--address', '2')
        meters = self.found(line, '--protocol', 'modbus-rtu', '--baud', '9600', '--parity', 'odd', '--parity', 'none',
                            '--addresses', '2-2')  # a pseudo-terminal has no parity: it answers at both
        self.assertEqual([(meter['address'], meter['parity']) for meter in meters], [('2', 'odd'), ('2', 'none')])

    def test_dead_line(self):
        line = Line(self, '--address', '1')
        line.command('dead 1 on')
        self.assertEqual(self.found(line, '--protocol', 'modbus-rtu', '--baud', '9600', '--addresses', '1-3'), [])

    def test_noise_is_nobody(self):
        line = Line(self, '--address', '1')
        for seed in range(3):
            line.command('noise 1000')
            meters = self.found(line, '--protocol', 'modbus-rtu', '--baud', '9600', '--addresses', '1-2')
            self.assertLessEqual({meter['address'] for meter in meters}, {'1'})

    def test_ctrl_c_leaves_what_was_found(self):
        line = Line(self, '--address', '1')
        with Tool(self, 'scan', line.port, '--protocol', 'modbus-rtu', '--baud', '9600') as tool:
            first = tool.first_object()
            tool.process.send_signal(signal.SIGINT)
            code, rest, told = tool.result()
        self.assertEqual((first['address'], rest, code), ('1', [], DONE))
        self.assertIn('scan: stopped, meters found: 1', told)
        self.assertIn('remain', told)

    def test_wrong_calls(self):
        for words in ([], ['--loud', '/dev/null'], ['ftp://x:1'], ['tcp://nowhere'], ['/dev/null', '--protocol', 'morse'],
                      ['/dev/null', '--baud', '1234'], ['/dev/null', '--addresses', '9-3'], ['/dev/null', '--addresses', '1-9999'],
                      ['tcp://127.0.0.1:9', '--baud', '9600'], ['tcp://127.0.0.1:9', '--parity', 'none'],
                      ['/dev/null', '--parity', 'seldom'], ['/dev/null', '--protocol', 'modbus-tcp']):
            with self.subTest(words):
                code, meters, told = bus('scan', *words)
                self.assertEqual((code, meters), (WRONG_CALL, []))
                self.assertTrue(told)


class Port(unittest.TestCase):
    """What is wrong with the port is told by every subcommand."""
    CALLS = {'scan': ['--protocol', 'modbus-rtu', '--addresses', '1-2'],
             'read': ['--profile', MODBUS, '--address', '1'],
             'relay': ['--profile', MODBUS, '--address', '1', '--yes', 'open'],
             'monitor': ['--protocol', 'modbus-rtu']}

    def test_a_line_that_a_box_has_is_left_alone(self):
        line = Line(self)
        with open(line.port, 'rb', buffering=0) as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # as the box does
            for name, words in self.CALLS.items():
                with self.subTest(name):
                    code, out, told = bus(name, line.port, *words)
                    self.assertEqual((code, out), (PORT_TROUBLE, []))
                    self.assertIn('Is wattle-edge running on it?', told)

    def test_no_port(self):
        for name, words in self.CALLS.items():
            for port in ('/dev/no-such-device', '/dev/null', 'tcp://127.0.0.1:9'):
                with self.subTest((name, port)):
                    code, out, told = bus(name, port, *words)
                    self.assertEqual((code, out), (PORT_TROUBLE, []))
                    self.assertIn(port, told)


class Read(unittest.TestCase):
    def test_each_protocol(self):
        for protocol, profile in PROTOCOLS.items():
            with self.subTest(protocol):
                line = Line(self, '--protocol', protocol, '--meter-number', '1')
                line.command('energy 1 123450')
                code, (meter,), _ = bus('read', line.port, '--profile', profile, '--address', '1', '--full')
                self.assertEqual((code, meter['profile'], meter['meter']), (DONE, profile, '1'))
                (circuit,) = meter['circuits']
                if protocol in ('cjt188', 'mbus'):
                    self.assertEqual((circuit['volume']['value'], circuit['volume']['unit']), ('123.450', 'm³'))
                else:
                    self.assertEqual((circuit['energy']['value'], circuit['energy']['unit']), ('123450', 'Wh'))
                raw = {'modbus-rtu': '0001e23a', 'dlt645-2007': '45230100', 'dlt645-1997': '45230100'}.get(protocol)
                if raw:
                    self.assertEqual(circuit['energy']['raw'], raw)

    def test_three_phases(self):
        for profile in ('generic-dlt645-2007-three-phase', 'eastron-sdm630'):
            with self.subTest(profile):
                line = Line(self, '--profile', profile, '--protocol', 'dlt645-2007' if 'dlt645' in profile else 'modbus-rtu')
                code, (meter,), _ = bus('read', line.port, '--profile', profile, '--address', '1', '--full')
                (circuit,) = meter['circuits']
                volts = [meter['voltage'], circuit['voltage_b'], circuit['voltage_c']]
                self.assertEqual(code, DONE)
                self.assertEqual([one['unit'] for one in volts], ['V'] * 3)
                self.assertEqual(len({one['value'] for one in volts}), 3)
                self.assertEqual(circuit['current_c']['unit'], 'A')

    def test_behind_a_serial_server(self):
        line = Line(self, '--address', '7', '--tcp', '0')
        code, (meter,), _ = bus('read', 'tcp://127.0.0.1:' + line.tcp, '--profile', MODBUS, '--address', '7')
        self.assertEqual((code, meter['circuits'][0]['relay']['value']), (DONE, 'closed'))

    def test_behind_a_gateway(self):
        line = Line(self, '--address', '7', '--modbus-tcp', '0')
        port = 'modbus-tcp://127.0.0.1:' + line.gateway
        code, (meter,), _ = bus('read', port, '--profile', MODBUS, '--address', '7', '--full')
        self.assertEqual((code, meter['voltage']['unit']), (DONE, 'V'))
        code, (meter,), _ = bus('read', port, '--profile', MODBUS, '--address', '8')
        self.assertEqual((code, meter['error']['code']), (NOTHING, 111))  # the gateway says that its target is silent

    def test_a_dead_meter_and_a_wrong_one(self):
        line = Line(self, '--address', '1', '--address', '2')
        line.command('dead 1 on')
        code, (meter,), _ = bus('read', line.port, '--profile', MODBUS, '--address', '1')
        self.assertEqual((code, meter['error']), (NOTHING, {'code': 1, 'reason': 'no answer', 'question': 1, 'register': '0x0000',
                                                           'count': 10}))
        line.command('misaddress 2 on')
        code, (meter,), _ = bus('read', line.port, '--profile', MODBUS, '--address', '2')
        self.assertEqual((code, meter['error']['code']), (NOTHING, 3))

    def test_another_model_answers_with_a_refusal(self):
        line = Line(self, '--address', '1')
        code, (meter,), _ = bus('read', line.port, '--profile', 'chint-ddsu666', '--address', '1')
        self.assertEqual((code, meter['error']['code']), (NOTHING, 102))

    def test_noise_is_never_a_value(self):
        line = Line(self, '--address', '1')
        line.command('energy 1 123450')
        line.command('noise 1000')
        for _ in range(5):
            code, (meter,), _ = bus('read', line.port, '--profile', MODBUS, '--address', '1')
            if code == DONE:
                self.assertEqual(meter['circuits'][0]['energy']['value'], '123450')
            else:
                self.assertIn(meter['error']['code'], (1, 2, 3, 4, 5, 6))

    def test_a_number_that_another_meter_answers_to(self):
        line = Line(self, '--protocol', 'mbus', '--profile', 'generic-mbus-energy', '--meter-number', '7005', '--tcp', '0')
        gate = Renaming(self, int(line.tcp), b'\x05\x70\x00\x00', b'\x06\x70\x00\x00')
        words = ['--profile', 'generic-mbus-energy', '--address', '7005']
        code, (meter,), _ = bus('read', line.port, *words)
        self.assertEqual((code, meter['meter']), (DONE, '7005'))
        code, (meter,), _ = bus('read', gate.port, *words)
        self.assertEqual((code, meter['error']['code']), (NOTHING, 3))

    def test_a_model_that_nobody_ships_is_told_with_those_that_there_are(self):
        code, out, told = bus('read', '/dev/null', '--profile', 'eastron-sdm631', '--address', '1')
        self.assertEqual((code, out), (WRONG_CALL, []))
        self.assertIn('no profile "eastron-sdm631" is shipped', told)
        self.assertIn('eastron-sdm630', told)

    def test_wrong_calls(self):
        for words in ([], ['/dev/null'], ['/dev/null', '--profile', 'no-such', '--address', '1'],
                      ['/dev/null', '--profile', 'acrel-adm130', '--address', '1'],
                      ['/dev/null', '--profile', MODBUS, '--address', '248'],
                      ['/dev/null', '--profile', MODBUS, '--address', '1', '--baud', '1234'],
                      ['/dev/null', '--profile', MODBUS, '--address', '1', '--parity', 'sometimes'],
                      ['modbus-tcp://127.0.0.1:9', '--profile', WATER, '--address', '1']):
            with self.subTest(words):
                code, out, told = bus('read', *words)
                self.assertEqual((code, out), (WRONG_CALL, []))
                self.assertTrue(told)


class Measuring(Scanning):
    def test_a_meter_without_a_relay_is_offered_models_without_one(self):
        for own, offered in (('generic-dlt645-2007-measuring', {'generic-dlt645-2007-energy', 'generic-dlt645-2007-measuring'}),
                             ('generic-dlt645-2007-energy', {'generic-dlt645-2007-energy'})):
            with self.subTest(own):
                line = Line(self, '--profile', own, '--meter-number', '4711')
                (meter,) = self.found(line, '--protocol', 'dlt645-2007', '--baud', '115200', '--parity', 'even')
                self.assertLessEqual(offered, set(meter['profiles']))
                self.assertEqual('generic-dlt645-2007' in meter['profiles'], 'measuring' in own)  # a virtual meter has the status word
                code, (meter,), _ = bus('read', line.port, '--profile', own, '--address', '4711', '--full')
                self.assertEqual((code, meter['circuits'][0].get('relay')), (DONE, None))


class Water(Scanning):
    def test_each_shipped_model_is_found_and_read(self):
        for profile in (WATER, WATER + '-low-first', 'generic-cjt188-hot-water'):
            with self.subTest(profile):
                line = Line(self, '--profile', profile, '--meter-number', '4711')
                line.command('energy 4711 123450')
                (meter,) = self.found(line, '--protocol', 'cjt188', '--baud', '115200', '--parity', 'even')
                self.assertEqual(meter['address'], '00000000004711')
                self.assertIn(profile, meter['profiles'])
                code, (meter,), _ = bus('read', line.port, '--profile', profile, '--address', '00000000004711')
                self.assertEqual((code, meter['circuits'][0]['volume']['value']), (DONE, '123.450'))

    def test_a_maker_in_the_address(self):
        """As a scan shows it, it is read and its valve is moved."""
        own = changed_profile(self, WATER, 'maker = "0000"', 'maker = "A031"')
        line = Line(self, '--profile', own, '--meter-number', '4711')
        (meter,) = self.found(line, '--protocol', 'cjt188', '--baud', '115200', '--parity', 'even')
        self.assertEqual(meter['address'], 'A0310000004711')
        self.assertIn(WATER, meter['profiles'])
        code, (meter,), _ = bus('read', line.port, '--profile', WATER, '--address', 'A0310000004711')
        self.assertEqual((code, meter['meter']), (DONE, '4711'))
        code, (meter,), _ = bus('read', line.port, '--profile', WATER, '--address', '4711')
        self.assertEqual((code, meter['error']['code']), (NOTHING, 1))
        for address in ('A031', 'A03100000047110', 'x', '-1', ''):
            self.assertEqual(bus('read', line.port, '--profile', WATER, '--address', address)[:2], (WRONG_CALL, []))


class Slow(unittest.TestCase):
    def test_mbus_at_300(self):
        """A meter may take 330 bits and 50 ms for its answer: 1.15 s there."""
        line = Line(self, '--profile', MBUS, '--protocol', 'mbus', '--address', '5', '--timed', '--baud', '300', '--turnaround-ms', '1000')
        words = ['--profile', MBUS, '--address', '5', '--baud', '300', '--parity', 'even']
        code, (meter,), _ = bus('read', line.port, *words)
        self.assertEqual((code, meter.get('error')), (DONE, None))
        code, meters, _ = bus('scan', line.port, '--protocol', 'mbus', '--baud', '300', '--parity', 'even', '--addresses', '5-5')
        self.assertEqual(code, DONE)
        self.assertIn(MBUS, [name for meter in meters for name in meter['profiles']])


class Counting:
    """A way to a line's port that counts the orders to relays (1CH of DL/T 645) that pass."""

    def __init__(self, test, line, refusal=None):
        self.orders = 0
        self.refusal = refusal  # its bits, told instead of the meter
        self.line = line
        listener = socket.create_server(('127.0.0.1', 0))
        test.addCleanup(listener.close)
        self.port = f'tcp://127.0.0.1:{listener.getsockname()[1]}'
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(('127.0.0.1', self.line))
            for source, to in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(source, to, source is near), daemon=True).start()

    def carry(self, source, to, counts):
        try:
            while data := source.recv(4096):
                orders = re.findall(rb'\x68(.{6})\x68\x1c\x10', data, re.DOTALL) if counts else []
                self.orders += len(orders)
                if orders and self.refusal is not None:
                    frame = b'\x68' + orders[0] + bytes((0x68, 0xdc, 0x01, self.refusal + 0x33))
                    source.sendall(frame + bytes((sum(frame) % 256, 0x16)))
                else:
                    to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        finally:
            source.close()


class Renaming(Counting):
    """A way on which a meter's telegrams (M-Bus) get another number, with a checksum that fits."""

    def __init__(self, test, line, number, other):
        self.number, self.other = number, other
        super().__init__(test, line)

    def carry(self, source, to, counts):
        try:
            while data := source.recv(4096):
                if not counts and self.number in data and data[:1] == b'\x68':
                    while len(data) < data[1] + 6:
                        data += source.recv(4096)
                    inside = data[4:-2].replace(self.number, self.other)
                    data = data[:4] + inside + bytes((sum(inside) % 256, 0x16))
                to.sendall(data)
        except OSError:
            pass
        finally:
            source.close()


class Relay(unittest.TestCase):
    def switch(self, line, profile, *words, address='1'):
        return bus('relay', line.port, '--profile', profile, '--address', address, *words)

    def is_closed(self, line):
        return 'relay=closed' in line.command('status')

    def password(self, line, text):
        path = os.path.join(line.folder, 'password')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text + '\n')
        return ['--password-file', path]

    def test_open_and_close(self):
        for protocol, profile in (('modbus-rtu', MODBUS), ('dlt645-2007', DLT_2007), ('cjt188', WATER)):
            with self.subTest(protocol):
                line = Line(self, '--protocol', protocol)
                password = self.password(line, '02000000') if protocol == 'dlt645-2007' else []
                for action, state in (('open', 'open'), ('close', 'closed')):
                    before = 'closed' if state == 'open' else 'open'
                    if protocol == 'cjt188' and action == 'close':
                        continue  # ten more seconds of a valve's travel tell nothing new
                    code, (relay,), told = self.switch(line, profile, *password, '--yes', action)
                    self.assertEqual((code, relay['outcome']), (DONE, 'done'))
                    self.assertEqual((relay['before'], relay['wanted'], relay['after']), (before, state, state))
                    self.assertEqual(self.is_closed(line), state == 'closed')
                    self.assertIn(f'read back: {state}', told)
                    self.assertNotIn('02000000', told)

    def test_one_circuit_of_several(self):
        for profile, circuits in (('generic-two-circuits', 2), ('generic-four-circuits', 4), ('generic-dlt645-2007-four-circuits', 4)):
            with self.subTest(profile):
                is_modbus = 'dlt645' not in profile
                line = Line(self, '--profile', profile, '--protocol', 'modbus-rtu' if is_modbus else 'dlt645-2007', '--meter-number', '1')
                password = [] if is_modbus else self.password(line, '02000000')
                code, (relay,), _ = self.switch(line, profile, *password, '--circuit', '2', '--yes', 'open')
                self.assertEqual((code, relay['outcome']), (DONE, 'done'))
                shown = re.findall(r'relay=(\w+)', line.command('status'))
                self.assertEqual(shown, ['closed', 'open'] + ['closed'] * (circuits - 2))
                code, (meter,), _ = bus('read', line.port, '--profile', profile, '--address', '1', '--full')
                self.assertEqual([circuit['relay']['value'] for circuit in meter['circuits']], shown)

    def test_what_is_so_already_is_not_sent(self):
        line = Line(self)
        code, (relay,), told = self.switch(line, MODBUS, '--yes', 'close')
        self.assertEqual((code, relay['outcome']), (DONE, 'already'))
        self.assertNotIn('read back', told)

    def test_a_wrong_password_is_sent_once(self):
        for password in ('02999999', '98999999'):
            line = Line(self, '--protocol', 'dlt645-2007', '--tcp', '0')
            gate = Counting(self, int(line.tcp))
            code, (relay,), _ = bus('relay', gate.port, '--profile', DLT_2007, '--address', '1', *self.password(line, password), '--yes', 'open')
            self.assertEqual((code, relay['outcome'], relay['after']), (REFUSED, 'refused', 'closed'))
            self.assertEqual(relay['error']['code'], 21)
            self.assertTrue(self.is_closed(line))
            self.assertEqual(gate.orders, 1)

    def test_a_refusal_that_is_not_of_the_password_is_told(self):
        line = Line(self, '--protocol', 'dlt645-2007', '--tcp', '0')
        gate = Counting(self, int(line.tcp), refusal=0x01)
        code, (relay,), _ = bus('relay', gate.port, '--profile', DLT_2007, '--address', '1', *self.password(line, '02000000'), '--yes', 'open')
        self.assertEqual((code, relay['outcome'], relay['after']), (NOTHING, 'does_not_obey', 'closed'))
        self.assertEqual(relay['error']['code'], 26)
        self.assertEqual(gate.orders, 3)

    def test_a_welded_contact_does_not_obey(self):
        line = Line(self)
        line.command('weld 1 on')
        code, (relay,), told = self.switch(line, MODBUS, '--yes', 'open')
        self.assertEqual((code, relay['outcome']), (NOTHING, 'does_not_obey'))
        self.assertIn('power flows through it', told)

    def test_a_dead_meter(self):
        line = Line(self)
        line.command('dead 1 on')
        code, (relay,), _ = self.switch(line, MODBUS, '--yes', 'open')
        self.assertEqual((code, relay['error']['code']), (NOTHING, 1))

    def test_a_stuck_valve_does_not_obey(self):
        line = Line(self, '--protocol', 'cjt188')
        line.command('weld 1 on')
        code, (relay,), _ = self.switch(line, timed_profile(self, WATER, 'relay_settles', '1s'), '--yes', 'close')
        self.assertEqual((code, relay['outcome'], relay['after']), (NOTHING, 'does_not_obey', None))

    def test_each_of_three_circuits(self):
        for protocol, profile in (('modbus-rtu', 'generic-three-circuits'), ('dlt645-2007', 'generic-dlt645-2007-three-circuits')):
            with self.subTest(protocol):
                line = Line(self, '--profile', profile)
                password = self.password(line, '02000000') if protocol == 'dlt645-2007' else []
                opened = set()
                for circuit in ('2', '3'):
                    code, (relay,), _ = self.switch(line, profile, *password, '--yes', '--circuit', circuit, 'open')
                    self.assertEqual((code, relay['outcome'], relay['circuit']), (DONE, 'done', int(circuit)))
                    opened.add(circuit)
                    self.assertEqual(set(re.findall(r'circuit=(\d) .* relay=open', line.command('status'))), opened)
                code, (relay,), _ = self.switch(line, profile, *password, '--yes', '--circuit', '2', 'close')
                self.assertEqual((code, relay['outcome'], relay['before']), (DONE, 'done', 'open'))
                self.assertEqual(re.findall(r'circuit=(\d) .* relay=open', line.command('status')), ['3'])
                self.assertEqual(self.switch(line, profile, '--yes', '--circuit', '4', 'open')[0], WRONG_CALL)

    def test_ctrl_c_leaves_it_as_it_was_seen(self):
        line = Line(self)
        line.command('weld 1 on')  # so that it is told again and again
        with Tool(self, 'relay', line.port, '--profile', MODBUS, '--address', '1', '--yes', 'open') as tool:
            tool.wait_told('read back: open')
            tool.process.send_signal(signal.SIGINT)
            code, (relay,), _ = tool.result()
        self.assertEqual((code, relay['outcome']), (NOTHING, 'stopped'))
        self.assertEqual((relay['before'], relay['wanted'], relay['after']), ('closed', 'open', 'open'))

    def test_ctrl_c_before_anything_was_read(self):
        line = Line(self)
        line.command('slow 1 60000')
        patient = timed_profile(self, MODBUS, 'answers_within', '10s')
        with Tool(self, 'relay', line.port, '--profile', patient, '--address', '1', '--yes', 'open') as tool:
            wait_until(lambda: tool.has_open(line.port))
            tool.process.send_signal(signal.SIGINT)
            self.assertEqual(tool.result()[:2], (NOTHING, []))
        self.assertTrue(self.is_closed(line))

    def test_a_person_is_asked(self):
        for answer, outcome in (('n', None), ('y', 'done')):
            with self.subTest(answer):
                line = Line(self)
                near, far = pty.openpty()
                self.addCleanup(os.close, near)
                asked = subprocess.Popen([PROGRAM, 'bus', 'relay', line.port, '--profile', MODBUS, '--address', '1', 'open'],
                                         stdin=far, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8')
                os.close(far)
                os.write(near, (answer + '\n').encode())
                out, told = asked.communicate(timeout=PATIENCE)
                self.assertIn('Meter 1: circuit 1 is closed, 200 W flow. Open it? [y/N]', told)
                self.assertEqual(asked.returncode, DONE if outcome else NOTHING)
                self.assertEqual(json.loads(out)['outcome'] if out else None, outcome)
                self.assertEqual(self.is_closed(line), outcome is None)

    def test_wrong_calls(self):
        line = Line(self)
        for words in ([], ['open'], ['--yes'], ['--yes', 'ajar'], ['--yes', '--circuit', '2', 'open'], ['--yes', '--circuit', '0', 'open'],
                      ['--yes', '--password', '02000000', 'open'], ['--yes', '--password-file', '/no/such', 'open'],
                      ['--yes', *self.password(line, 'secret'), 'open']):
            with self.subTest(words):
                code, out, told = self.switch(line, MODBUS, *words)
                self.assertEqual((code, out), (WRONG_CALL, []))
                self.assertTrue(told)
                self.assertNotIn('secret', told)
        self.assertEqual(self.switch(line, 'eastron-sdm120', '--yes', 'open')[0], WRONG_CALL)
        self.assertTrue(self.is_closed(line))


class Unseen(unittest.TestCase):
    """Alone, since it is waited for as long as valves may travel."""

    def test_a_meter_that_falls_silent_is_given_up(self):
        line = Line(self)
        near, far = pty.openpty()
        self.addCleanup(os.close, near)
        with Tool(self, 'relay', line.port, '--profile', MODBUS, '--address', '1', 'open', stdin=far) as tool:
            os.close(far)
            tool.wait_told('Open it?')
            line.command('dead 1 on')
            os.write(near, b'y\n')
            code, (relay,), told = tool.result()
        self.assertEqual((code, relay['outcome']), (NOTHING, 'not_seen'))
        self.assertEqual((relay['before'], relay['after']), ('closed', None))
        self.assertIn('the meter is silent: no answer', told)


class Gone(unittest.TestCase):
    """The port goes away in the middle."""

    def broken_off(self, tool, line, how='went away'):
        line.meters.kill()
        code, out, told = tool.result()
        self.assertEqual(code, PORT_TROUBLE)
        self.assertIn(line.port, told)
        self.assertRegex(told, how)
        return out, told

    def test_read_and_relay(self):
        patient = timed_profile(self, MODBUS, 'answers_within', '10s')
        for name, words in (('read', ['--full']), ('relay', ['--yes', 'open'])):
            with self.subTest(name):
                line = Line(self)
                line.command('slow 1 60000')
                with Tool(self, name, line.port, '--profile', patient, '--address', '1', *words) as tool:
                    wait_until(lambda: tool.has_open(line.port))
                    time.sleep(0.5)  # it has asked, and waits
                    self.assertEqual(self.broken_off(tool, line)[0], [])

    def test_relay_between_order_and_reading_back(self):
        line = Line(self)
        line.command('weld 1 on')
        with Tool(self, 'relay', line.port, '--profile', MODBUS, '--address', '1', '--yes', 'open') as tool:
            tool.wait_told('read back: open')
            self.assertEqual(self.broken_off(tool, line)[0], [])

    def test_scan(self):
        line = Line(self, '--address', '1')
        with Tool(self, 'scan', line.port, '--protocol', 'modbus-rtu', '--baud', '9600') as tool:
            first = tool.first_object()
            # It opens the port again for each setting of the line: then there is none.
            out, told = self.broken_off(tool, line, 'went away|No such file')
        self.assertEqual((first['address'], out), ('1', []))
        self.assertIn('scan: broken off, meters found: 1', told)

    def test_monitor(self):
        question, _, _ = exchange(self, 'modbus-rtu', MODBUS)
        line = Line(self)
        with Tool(self, 'monitor', line.port, '--protocol', 'modbus-rtu') as tool:
            wait_until(lambda: tool.has_open(line.port))
            time.sleep(0.5)  # what came before the line was set is thrown away
            line.command('say ' + question)
            frame = tool.first_object()
            _, told = self.broken_off(tool, line)
        self.assertTrue(frame['good'])
        self.assertIn('frames: 1', told)

    def test_a_serial_server(self):
        line = Line(self, '--address', '7', '--tcp', '0')
        line.command('slow 7 60000')
        port = 'tcp://127.0.0.1:' + line.tcp
        patient = timed_profile(self, MODBUS, 'answers_within', '10s')
        with Tool(self, 'read', port, '--profile', patient, '--address', '7') as tool:
            wait_until(lambda: has_peer(int(line.tcp)))
            time.sleep(0.5)  # the same
            line.meters.kill()
            code, out, told = tool.result()
        self.assertEqual((code, out), (PORT_TROUBLE, []))
        self.assertIn(port, told)


class Monitor(unittest.TestCase):
    def listen(self, line, says, *words, pause=0.2):
        """The frames, and the summary."""
        ear = subprocess.Popen([PROGRAM, 'bus', 'monitor', line.port, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               encoding='utf-8')
        self.addCleanup(lambda: ear.poll() is None and ear.kill())
        wait_until(lambda: is_locked(line.port))
        time.sleep(0.5)  # what came before the line was set is thrown away
        for text in says:
            line.command('say ' + text)
            time.sleep(pause)
        time.sleep(0.5)  # with many tests at once the last frame may be late
        ear.send_signal(signal.SIGINT)
        out, summary = ear.communicate(timeout=PATIENCE)
        self.assertEqual(ear.returncode, DONE)
        return [json.loads(text) for text in out.splitlines()], summary

    def test_each_protocol(self):
        for protocol, profile in PROTOCOLS.items():
            with self.subTest(protocol):
                question, answer, address = exchange(self, protocol, profile)
                line = Line(self)
                frames, summary = self.listen(line, [question, answer] * 2, '--protocol', protocol, pause=0.4)
                self.assertEqual([frame['good'] for frame in frames], [True] * 4)
                sides = [frame['fields']['from'] for frame in frames]
                self.assertEqual(sides, ['master', 'meter'] * 2)
                for before, frame in zip(frames, frames[1:]):
                    self.assertEqual(frame['since_last_us'], frame['at_us'] - before['at_us'])
                    self.assertGreater(frame['gap_us'], 50_000)
                    self.assertLess(frame['gap_us'], frame['since_last_us'])
                self.assertIn('frames: 4, of these from masters: 2, bad: 0', summary)
                self.assertRegex(summary, rf'turnaround of {address}: median \d+\.\d ms, p99 \d+\.\d ms, answers: 2')
                self.assertRegex(summary, r'the line was busy for \d+\.\d %')

    def test_an_answer_is_named_by_the_question_before(self):
        question, answer, _ = exchange(self, 'modbus-rtu', MODBUS)
        frames, _ = self.listen(Line(self), [question, answer], '--protocol', 'modbus-rtu', '--profile', MODBUS)
        self.assertEqual(frames[1]['fields']['circuit_1.relay'], 'closed')

    def test_bad_bytes(self):
        question, answer, _ = exchange(self, 'dlt645-2007', DLT_2007)
        broken = answer[:-4] + ('00' if answer[-4:-2] != '00' else '01') + answer[-2:]
        frames, summary = self.listen(Line(self), [question, broken, '0102030405', question], '--protocol', 'dlt645-2007')
        self.assertEqual([frame['good'] for frame in frames], [True, False, False, True])
        self.assertEqual([frame.get('error', {}).get('code') for frame in frames], [None, 2, 10, None])
        self.assertIn('bad: 2', summary)
        self.assertIn('bad checksum (2): 1', summary)

    def test_nothing_is_sent(self):
        line = Line(self)
        frames, summary = self.listen(line, [], '--protocol', 'modbus-rtu')
        self.assertEqual(frames, [])
        self.assertIn('frames: 0', summary)

    def test_wrong_calls(self):
        for words in ([], ['/dev/null'], ['/dev/null', '--protocol', 'morse'], ['modbus-tcp://127.0.0.1:9', '--protocol', 'modbus-tcp'],
                      ['/dev/null', '--protocol', 'mbus', '--profile', MODBUS], ['/dev/null', '--protocol', 'mbus', '--baud', '1234']):
            with self.subTest(words):
                code, out, told = bus('monitor', *words)
                self.assertEqual((code, out), (WRONG_CALL, []))
                self.assertTrue(told)


def next_byte(pipe, before):
    """Past the pipe's own buffer: what stood in that would be lost to communicate()."""
    byte = os.read(pipe.fileno(), 1)
    assert byte, before
    return byte


def where_to(link):
    """Of a descriptor of another process, which may close it meanwhile."""
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return None


def wait_until(is_so):
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def has_peer(port):
    """Whether somebody is connected to this port."""
    with open('/proc/net/tcp', encoding='ascii') as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return any(row[1].endswith(f':{port:04X}') and row[3] == '01' for row in rows)


def timed_profile(test, model, key, value):
    """The shipped profile, but for one of its times."""
    with open(os.path.join(os.path.dirname(__file__), '..', '..', '..', 'edge', 'profiles', model + '.toml'), encoding='utf-8') as file:
        text = file.read()
    changed = re.sub(rf'{key} = "\w+"', f'{key} = "{value}"', text)
    if changed == text:
        assert '[timing]' not in text
        changed += f'\n[timing]\n{key} = "{value}"\n'
    return written_profile(test, model, changed)


def changed_profile(test, model, what, into):
    with open(os.path.join(os.path.dirname(__file__), '..', '..', '..', 'edge', 'profiles', model + '.toml'), encoding='utf-8') as file:
        text = file.read()
    assert what in text
    return written_profile(test, model, text.replace(what, into))


def written_profile(test, model, changed):
    folder = tempfile.mkdtemp(prefix='wattle-tools-')
    test.addCleanup(shutil.rmtree, folder)
    with open(os.path.join(folder, model + '.toml'), 'w', encoding='utf-8') as file:
        file.write(changed)
    return file.name


def is_locked(path):
    with open(path, 'rb', buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            return True


def exchange(test, protocol, profile):
    """A question that reads a meter, and its answer, as a virtual meter and a master speak: caught between the two."""
    line = Line(test, '--protocol', protocol)
    near, far = pty.openpty()
    for end in (near, far):
        subprocess.run(['stty', '-F', os.ttyname(far), 'raw', '-echo'], check=True)
    meters = os.open(line.port, os.O_RDWR | os.O_NOCTTY)
    reading = subprocess.Popen([PROGRAM, 'bus', 'read', os.ttyname(far), '--profile', profile, '--address', '1'],
                               stdout=subprocess.DEVNULL)
    passed = []
    try:
        while reading.poll() is None:
            for source, drain in ((near, meters), (meters, near)):
                os.set_blocking(source, False)
                try:
                    data = os.read(source, 1024)
                except BlockingIOError:
                    continue
                passed.append((source == near, data))
                os.write(drain, data)
            time.sleep(0.002)
    finally:
        for end in (near, far, meters):
            os.close(end)
    test.assertEqual(reading.returncode, 0)
    last = max(i for i, (is_question, _) in enumerate(passed) if is_question)
    question, answer = passed[last][1], b''.join(data for is_question, data in passed[last + 1:] if not is_question)
    address = {'modbus-rtu': '1', 'mbus': '1', 'cjt188': '0' * 13 + '1'}.get(protocol, '0' * 11 + '1')
    return question.hex(), answer.hex(), address


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
