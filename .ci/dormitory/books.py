"""Compares what payers were told, what the cloud tells, what the boxes tell, and what the meters show."""
import collections

from . import deeds
from .processes import wait_until
from .say import micros

MEET_SECONDS = 90
LINES_SHOWN = 12


def room_differences(place, house, room, cloud, box):
    """At rest: both ends hold the same money, and every circuit is charged up to its meter."""
    found = []
    if cloud['balance'] != box['balance']:
        found.append(f"room {room}: balance {cloud['balance']} at the cloud, {box['balance']} at the box")
    if cloud['waiting_payments']:
        found.append(f"room {room}: {len(cloud['waiting_payments'])} payments wait")
    return found


def ends_differ(place):
    found = []
    for house in place.houses:
        apart = [f'house {house.letter}: {one}' for one in deeds.apart(place, house)]
        found += apart
        if apart:
            continue
        at_box = {room['room']: room for room in place.box(house).status()['rooms']}
        for room in house.rooms:
            cloud = place.api.get(f'rooms/{room}')
            if cloud['open_at'] and cloud['open_at']['edge'] == house.slot:
                found += room_differences(place, house, room, cloud, at_box[room])
    return found


def wait_agreed(place, seconds=MEET_SECONDS):
    """Slices close meanwhile; one moment of agreement is enough. Gives what still differs at the end."""
    found = []

    def agreed():
        nonlocal found
        found = ends_differ(place)
        return not found

    wait_until(seconds, agreed, 0.5)
    return found


def account(place, room):
    """What the room's entries say, added up by themselves: (balance, sold), in micro-units."""
    balance = sold = 0
    pocket, seen = f'room/{room}@', set()
    for entry in deeds.entries(place, room):
        mark = tuple(sorted(entry['place'].items()))
        if mark in seen:
            continue
        seen.add(mark)
        for line in entry['lines']:
            amount = micros(line['amount'])
            balance += amount * (line['to'].startswith(pocket) - line['from'].startswith(pocket))
            if line['to'].startswith('sold/') or line['from'].startswith('sold/'):
                sold += amount if line['to'].startswith('sold/') else -amount
    return balance, sold


def account_differs(place, room, first_wh, price):
    """The balance is what the entries add up to, and what was sold is what the registers moved, at the price."""
    shown = place.api.get(f'rooms/{room}')
    balance, sold = account(place, room)
    moved = sum(circuit['charged_to'] for circuit in shown['circuits']) - first_wh
    found = []
    if balance != micros(shown['balance']):
        found.append(f"room {room}: the API shows {shown['balance']}, its entries add up to {balance / 1e6:.6f}")
    if not price[0] * moved <= sold <= price[1] * moved:
        found.append(f'room {room}: {moved} Wh were sold for {sold / 1e6:.6f}')
    return found, sold, moved


def payments_booked(place, rooms):
    """number → list of micro-units, as entries of the rooms' ledgers tell"""
    booked = collections.defaultdict(list)
    for room in rooms:
        seen = set()
        for entry in deeds.entries(place, room):
            kind, _, number = entry.get('outside_id', '').partition('/')
            paid = sum(micros(line['amount']) for line in entry['lines'] if line['from'].startswith('clearing/'))
            mark = (entry['place'].get('edge'), entry['place'].get('incarnation'), entry['place']['stream'], entry['place']['number'])
            if kind == 'pay' and paid and mark not in seen:
                seen.add(mark)
                booked[number].append(paid)
    return booked


def payments_differ(place, told):
    """told: number → (micro-units, room). Everything that was told is booked once, with its amount."""
    booked = payments_booked(place, sorted({room for _, room in told.values()}))
    return [f'payment {number} for room {room}: told {amount}, booked {booked[number]}'
            for number, (amount, room) in told.items() if booked[number] != [amount]]


def uncharged(place):
    """Meters whose register is not what their circuit is charged up to. Empty only when nothing draws and the hour has closed."""
    found = []
    for house in place.houses:
        shown = place.meters(house).status()
        for meter in house.meters:
            cloud = place.api.get(f"rooms/{meter['room']}")
            register = shown[meter['bus'], meter['address']]['energy_wh']
            for circuit in cloud['circuits']:
                if len(meter['circuits']) == 1 and circuit['charged_to'] != register:
                    found.append(f"circuit {circuit['circuit']}: charged to {circuit['charged_to']} Wh, the meter shows {register}")
    return found


def registers_file(place):
    """For `wattle audit --registers`."""
    file = place.run / 'registers'
    lines = []
    for house in place.houses:
        shown = place.meters(house).status()
        for meter in house.meters:
            if len(meter['circuits']) == 1:
                lines.append(f"{meter['meter']} {shown[meter['bus'], meter['address']]['energy_wh']}\n")
    file.write_text(''.join(lines))
    return file


def shorten(lines):
    return lines[:LINES_SHOWN] + ([f'… and {len(lines) - LINES_SHOWN} more'] if len(lines) > LINES_SHOWN else [])
