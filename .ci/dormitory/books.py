"""Compares what payers were told, what the cloud tells, what the boxes tell, and what the meters show."""
import collections

from . import deeds
from .houses import shown_wh
from .processes import wait_until
from .say import micros
from .wire import NoAnswer

MEET_SECONDS = 90
LINES_SHOWN = 12
LOOKS_AT_AN_ACCOUNT = 20
# The box lets half a yuan be, since each purchase wears the meter; and a purse counts whole fen.
PURSE_TOLERANCE_MICROS = 510_000


def room_differs(place, house, room):
    """Both ends hold the same money for the room, and nothing waits. One look at each: an hour may close between the two."""
    cloud = place.api.get(f'rooms/{room}')
    box = place.box(house).room(room)
    if cloud['open_at'] and cloud['open_at']['edge'] != house.slot:
        return ''
    if box is None or cloud['balance'] != box['balance']:
        return f"room {room}: balance {cloud['balance']} at the cloud, {box['balance'] if box else 'no such room'} at the box"
    return f"room {room}: {len(cloud['waiting_payments'])} payments wait" if cloud['waiting_payments'] else ''


def wait_agreed(place, seconds=MEET_SECONDS):
    """Until each link was seen with both ends alike, and each room too. Hours close meanwhile, so every one has its own moment.
    Gives what was never seen alike."""
    houses = {house.letter: house for house in place.houses}
    rooms = {room: house for house in place.houses for room in house.rooms}
    found = {}

    def agreed():
        for letter, house in list(houses.items()):
            found[letter] = [f'house {letter}: {one}' for one in deeds.apart(place, house)]
            if not found[letter]:
                del houses[letter], found[letter]
        for room, house in list(rooms.items()):
            try:
                differs = room_differs(place, house, room)
            except (NoAnswer, ValueError) as silent:
                differs = f'room {room}: {silent}'
            found[room] = [differs]
            if not differs:
                del rooms[room], found[room]
        return not houses and not rooms

    wait_until(seconds, agreed, 0.2)
    return [line for lines in found.values() for line in lines]


def account(place, room):
    """What the room's entries say, added up by themselves: (balance, utility → sold), in micro-units."""
    balance, sold = 0, collections.Counter()
    pocket, seen = f'room/{room}@', set()
    for entry in deeds.entries(place, room):
        mark = tuple(sorted(entry['place'].items()))
        if mark in seen:
            continue
        seen.add(mark)
        for line in entry['lines']:
            amount = micros(line['amount'])
            balance += amount * (line['to'].startswith(pocket) - line['from'].startswith(pocket))
            for side, sign in (('to', 1), ('from', -1)):
                if line[side].startswith('sold/'):
                    sold[line[side].removeprefix('sold/').partition('@')[0]] += sign * amount
    return balance, sold


def figures_of(shown):
    return shown['balance'], shown['on_the_way'], [circuit['charged_to'] for circuit in shown['circuits']]


def still_account(place, room):
    """The room and its account at one moment: no hour has closed between the two."""
    for _ in range(LOOKS_AT_AN_ACCOUNT):
        shown = place.api.get(f'rooms/{room}')
        balance, sold = account(place, room)
        if figures_of(place.api.get(f'rooms/{room}')) == figures_of(shown):
            break
    return shown, balance, sold


def account_differs(place, room, first, prices):
    """The balance is what the entries add up to, and what was sold of each utility is what its registers moved, at its price. `first`:
    utility → what they showed at first, in Wh or litres."""
    shown, balance, sold = still_account(place, room)
    moved, found = collections.Counter(), []
    for circuit in shown['circuits']:
        moved[circuit['utility']] += circuit['charged_to']
    moved.subtract(first)
    if balance != micros(shown['balance']):
        found.append(f"room {room}: the API shows {shown['balance']}, its entries add up to {balance / 1e6:.6f}")
    for utility, (least, most) in prices.items():
        if not least * moved[utility] <= sold[utility] <= most * moved[utility]:
            found.append(f'room {room}: {moved[utility]} Wh or litres of {utility} were sold for {sold[utility] / 1e6:.6f}')
    return found, sold, moved


def told_sold(sold, moved):
    """"12.345 kWh for 6.789000 yuan, 0.120 m³ for …"."""
    units = {'electricity': 'kWh', 'cold_water': 'm³ of water'}
    return ', '.join(f'{moved[utility] / 1000:.3f} {units[utility]} for {sold[utility] / 1e6:.6f} yuan' for utility in moved)


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


def purses_differ(place, meters):
    """What remains in the purses of these meters, or on their displays, is not what their rooms have. Of rooms that draw nothing."""
    found = []
    for meter in meters:
        house, room = place.house_of(meter['room']), meter['room']
        shown = place.meters(house).status()[meter['meter']][0]
        live = place.box(house).room(room)['live']
        if abs(micros(shown['remaining']) - micros(live)) > PURSE_TOLERANCE_MICROS:
            found.append(f"room {room}: its meter shows {shown['remaining']} yuan, the box has {live}")
    return found


def registers(place):
    """circuit → what its meter shows, Wh"""
    out = {}
    for house in place.houses:
        shown = place.meters(house).status()
        for meter in house.meters:
            for circuit, seen in zip(meter['circuits'], shown[meter['meter']]):
                out[circuit['circuit']] = shown_wh(meter, seen['energy_wh'])
    return out


def uncharged(place):
    """Circuits whose register is not what they are charged up to. Empty only when nothing draws and the hour has closed."""
    found, shown = [], registers(place)
    for room in place.rooms:
        for circuit in place.api.get(f'rooms/{room}')['circuits']:
            register = shown[circuit['circuit']]
            if circuit['charged_to'] != register:
                found.append(f"circuit {circuit['circuit']}: charged to {circuit['charged_to']} Wh, the meter shows {register}")
    return found


def registers_file(place):
    """For `wattle audit --registers`: what every meter shows of each of its circuits."""
    file, shown = place.run / 'registers', registers(place)
    file.write_text(''.join(f"{meter['meter']} {shown[circuit['circuit']]} {circuit['circuit']}\n"
                            for house in place.houses for meter in house.meters for circuit in meter['circuits']))
    return file


def balances_differ(place, audit):
    """Rooms whose money the API shows otherwise than the audit has added it up. `audit`: what `wattle audit --json` says."""
    found = []
    for room in place.rooms:
        shown = place.api.get(f'rooms/{room}')
        at = shown['open_at'] and f"@{shown['open_at']['edge']}."
        summed = sum(micros(amount) for pocket, amount in audit['balances'].items() if at and pocket.startswith(f'room/{room}{at}'))
        if summed != micros(shown['balance']):
            found.append(f"room {room}: the API shows {shown['balance']}, the audit has {summed / 1e6:.6f}")
    return found


def shorten(lines):
    return lines[:LINES_SHOWN] + ([f'… and {len(lines) - LINES_SHOWN} more'] if len(lines) > LINES_SHOWN else [])
