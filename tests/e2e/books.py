#!/usr/bin/env python3
"""Compares what the payer was told, what the cloud tells and what the box tells, once they have met: books.py RUN CLOUD ROOM SLOT

Prints one line; exit code 1 and the differences if there are any.
"""
import collections, json, socket, sys, time, urllib.request

PATIENCE_SECONDS = 90
FIRST_RECHARGE_PAYMENTS = 1  # by the set-up


class Site:
    def __init__(self, run, cloud, room, slot):
        self.run, self.cloud, self.room, self.slot = run, cloud, int(room), int(slot)
        with open(f'{run}/tokens/monitor') as file:
            self.token = file.read().strip()

    def get(self, path):
        request = urllib.request.Request(f'{self.cloud}/api/v1/{path}', headers={'Authorization': 'Bearer ' + self.token})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def box(self):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(f'{self.run}/edge/data/edge.sock')
            line.sendall(b'status\n')
            return json.loads(line.makefile().readline())

    def entries(self):
        cursor = ''
        while cursor is not None:
            page = self.get(f'rooms/{self.room}/entries?limit=200' + (f'&cursor={cursor}' if cursor else ''))
            yield from page['items']
            cursor = page['next_cursor']

    def differences_of_ends(self):
        """Empty once both ends hold the same entries and the same money."""
        cloud, box = self.get(f'rooms/{self.room}'), self.box()
        link = next(e for e in self.get('edges')['items'] if e['edge'] == self.slot and not e['fenced'])
        at_box = next(r for r in box['rooms'] if r['room'] == self.room)
        pairs = {'entries of the box': (link['up']['number'], box['head']),
                 'entries of the cloud': (link['down']['number'], box['cursor']),
                 'balance': (cloud['balance'], at_box['balance']),
                 'waiting payments': (cloud['waiting_payments'], []),
                 'stopped': (link.get('stopped'), None)}
        return [f'{what}: cloud {a}, box {b}' for what, (a, b) in pairs.items() if a != b]


def settled(site):
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found = site.differences_of_ends()
        except OSError as error:
            found = [f'no answer: {error}']
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.5)


def main():
    site = Site(*sys.argv[1:])
    found = settled(site)
    with open(f'{site.run}/acknowledged') as file:
        told = {number: int(fen) for number, fen in map(str.split, file)}
    booked = collections.defaultdict(list)
    for entry in site.entries():
        kind, _, number = entry.get('outside_id', '').partition('/')
        if kind == 'pay':
            booked[number].append(sum(round(float(line['amount']) * 100) for line in entry['lines']))
    for number, fen in told.items():
        if booked[number] != [fen]:
            found.append(f'payment {number}: told {fen} fen, booked {booked[number]}')
    if len(booked) != len(told) + FIRST_RECHARGE_PAYMENTS:
        found.append(f'{len(told)} payments were told and {len(booked)} booked')
    balance = site.get(f'rooms/{site.room}')['balance']
    print(f'{len(told)} acknowledged recharges, {sum(told.values()) / 100:.2f} yuan; balance {balance}; {site.box()["head"]} entries '
          f'of the box; {len(found)} differences')
    for one in found:
        print('   ' + one)
    return 1 if found else 0


sys.exit(main())
