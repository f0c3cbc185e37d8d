#!/usr/bin/env python3
"""`wattle-edge decode` as a technician calls it: every golden frame, bad ones, wrong calls.  decode_test.py PROGRAM VECTORS"""
import json, os, subprocess, sys, unittest

PROGRAM, VECTORS = sys.argv[1], sys.argv[2]
GOOD, BAD_FRAME, WRONG_CALL = 0, 1, 2
PROTOCOLS = {'modbus-rtu.json': 'modbus-rtu', 'modbus-tcp.json': 'modbus-tcp', 'meter-dlt645-1997.json': 'dlt645-1997',
             'meter-dlt645-2007.json': 'dlt645-2007', 'meter-cjt188.json': 'cjt188', 'meter-mbus.json': 'mbus'}
NEGATIVE = {'DL/T645-2007': 'dlt645-2007', 'CJ/T188': 'cjt188', 'M-Bus': 'mbus'}
CHECKSUM, LENGTH, FRAMING, DATA, LIMIT, APPLICATION = 2, 5, 10, 14, 15, 400
# A maker's own control code, and an error report instead of an answer.
NOT_GOOD = {'dlt645-2007-064'}
# What is wrong with each, and the byte at which it shows.
FAULTS = {'001': (CHECKSUM, 20), '003': (DATA, 10), '004': (LENGTH, 9), '006': (CHECKSUM, 33), '008': (CHECKSUM, 14),
          '009': (DATA, 32), '012': (LIMIT, 40), '014': (APPLICATION + 1, 7), '015': (DATA, 31)}


def vectors(name):
    with open(os.path.join(VECTORS, name), encoding='utf-8') as file:
        return json.load(file)


def decode(*words, log=''):
    """Exit code, the objects, what was complained of. `log` is its standard input."""
    done = subprocess.run([PROGRAM, 'decode', *words], input=log, capture_output=True, encoding='utf-8', timeout=60)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def shown(value):
    """A field as the vectors' `shows` writes it."""
    if value is None:
        return 'not available'
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, dict):
        return ' '.join(part for part in (value['value'], value.get('unit', '')) if part)
    return str(value)


class Decode(unittest.TestCase):
    def test_golden_frames(self):
        for name, protocol in PROTOCOLS.items():
            for vector in vectors(name):
                with self.subTest(vector['id']):
                    code, frames, _ = decode(protocol, *vector['hex'].split())
                    self.assertEqual(len(frames), 1)
                    is_good = vector['id'] not in NOT_GOOD
                    self.assertEqual(code, GOOD if is_good else BAD_FRAME)
                    self.assertEqual(frames[0]['good'], is_good)
                    for field, value in vector.get('shows', {}).items():
                        self.assertEqual(shown(frames[0]['fields'][field]), value)

    def test_a_protocol_in_one_string(self):
        for name, protocol in PROTOCOLS.items():
            with self.subTest(name):
                all_of_it = vectors(name)
                _, frames, _ = decode(protocol, ''.join(vector['hex'] for vector in all_of_it))
                self.assertEqual(len(frames), len(all_of_it))
                self.assertEqual([frame['offset'] for frame in frames], sorted(frame['offset'] for frame in frames))

    def test_bad_frames(self):
        for vector in vectors('meter-negative.json'):
            with self.subTest(vector['id']):
                code, (frame,), _ = decode(NEGATIVE[vector['protocol']], vector['hex'].replace(' ', ':'))
                fault = FAULTS[vector['id'].removeprefix('negative-and-quirks-')]
                self.assertEqual((code, frame['good']), (BAD_FRAME, False))
                self.assertEqual((frame['error']['code'], frame['error']['offset']), fault)

    def test_a_header_of_another_protocol(self):
        foreign, question = '0001 0001 0006 01 03 0000 0002', '0002 0000 0006 01 03 0000 0002'
        code, (frame,), _ = decode('modbus-tcp', *foreign.split())
        self.assertEqual((code, frame['error']['code'], frame['error']['offset'], frame['size']), (BAD_FRAME, FRAMING, 2, 12))
        code, frames, _ = decode('modbus-tcp', *(foreign + ' ' + question).split())
        self.assertEqual([frame['good'] for frame in frames], [False, True])

    def test_a_profile_names_registers(self):
        question, answer = '01 04 00 48 00 02 F1 DD', '01 04 04 42 F6 E9 79 81 BC'
        code, frames, _ = decode('modbus-rtu', '--profile', 'eastron-sdm120', question, answer)
        self.assertEqual(code, GOOD)
        self.assertEqual(frames[1]['fields']['circuit_1.energy'], {'value': '123456', 'unit': 'Wh'})
        code, frames, _ = decode('modbus-rtu', '--profile', 'eastron-sdm630', '01 04 00 02 00 0A D1 CD',
                                 '01 04 14 43 66 00 00 43 57 00 00 40 20 00 00 40 00 00 00 3F 80 00 00 0C F1')
        self.assertEqual(code, GOOD)
        self.assertEqual(frames[1]['fields']['circuit_1.voltage_c'], {'value': '215.000', 'unit': 'V'})
        self.assertEqual(frames[1]['fields']['circuit_1.current_b'], {'value': '2.000', 'unit': 'A'})
        for profile in ('no-such-meter', 'acrel-adm130', 'generic-dlt645-2007'):
            code, frames, complaint = decode('modbus-rtu', '--profile', profile, question)
            self.assertEqual((code, frames), (WRONG_CALL, []))
            self.assertTrue(complaint)
            if profile == 'acrel-adm130':
                self.assertIn('register map is not public', complaint)

    def test_wrong_calls(self):
        for words in ([], ['mbus'], ['morse', '68'], ['mbus', '6'], ['mbus', 'xy'], ['mbus', '--loud', '68'],
                      ['modbus-rtu', '--request', '--answer', '68']):
            with self.subTest(words):
                code, frames, complaint = decode(*words)
                self.assertEqual((code, frames), (WRONG_CALL, []))
                self.assertTrue(complaint)

    def test_reasons_are_as_right_for_a_question_as_for_an_answer(self):
        for words, reason in ((['--request', '0111c02c'], 'a frame of another function'), (['010300'], 'breaks off')):
            code, frames, _ = decode('modbus-rtu', *words)
            self.assertEqual(code, BAD_FRAME)
            self.assertIn(reason, frames[-1]['error']['reason'])

    def test_a_log_from_standard_input(self):
        answer = 'FE 68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8A 16\n'
        for words in (['dlt645-2007'], ['dlt645-2007', '-']):
            code, frames, _ = decode(*words, log=answer * 2000)
            self.assertEqual(code, GOOD)
            self.assertEqual([frame['offset'] for frame in frames], [1 + 21 * n for n in range(2000)])
        code, frames, _ = decode('dlt645-2007', log=answer * 1500 + '68 61 01')
        self.assertEqual((code, len(frames), frames[-1]['good']), (BAD_FRAME, 1501, False))
        code, frames, complaint = decode('dlt645-2007', log=answer + 'at 12:00')
        self.assertEqual((code, '"at"' in complaint), (WRONG_CALL, True))
        code, _, complaint = decode('dlt645-2007', answer * 1000)
        self.assertEqual((code, 'standard input' in complaint), (WRONG_CALL, True))

    def test_the_example_of_the_help_works(self):
        done = subprocess.run([PROGRAM, 'decode', '--help'], capture_output=True, encoding='utf-8', timeout=60)
        self.assertEqual(done.returncode, 0)
        example = next(line.split() for line in done.stdout.splitlines() if line.strip().startswith('wattle-edge decode'))
        code, frames, _ = decode(*example[2:])
        self.assertEqual((code, len(frames), frames[0]['fields']['item']), (GOOD, 1, 'forward_energy'))


unittest.main(argv=sys.argv[:1])
