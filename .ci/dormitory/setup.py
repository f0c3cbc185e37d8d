"""What an installer does once, by the public API alone: prices, the rooms with their meters as they stand, the first money. Each call
may be made again and changes nothing then, so a set-up that was interrupted is simply done again."""
import json, random

from . import deeds, register
from .houses import is_water, shown_wh, utility_of
from .processes import wait_until
from .say import Failure, micros, note, step
from .wire import NoAnswer, Refused

OPEN_SECONDS = 90
PATIENCE_SECONDS = 20
FIRST_YUAN = (4, 50)  # least and most of a room's first recharge
# By the time of the day, yuan a kWh.
PRICE = {'starts': '2020-01-01T00:00:00Z',
         'bands': [{'name': 'valley', 'tiers': [{'rate': '0.36'}]}, {'name': 'flat', 'tiers': [{'rate': '0.60'}]},
                   {'name': 'peak', 'tiers': [{'rate': '0.84'}]}],
         'profiles': [{'spans': [{'from': '00:00', 'band': 'valley'}, {'from': '08:00', 'band': 'flat'}, {'from': '18:00', 'band': 'peak'},
                                 {'from': '22:00', 'band': 'flat'}]}],
         'seasons': [{'working': 0}]}
WATER_PRICE = {'utility': 'cold_water', 'starts': '2020-01-01T00:00:00Z', 'tiers': [{'rate': '4.10'}]}
# Of a meter with three circuits: what goes first, and what lasts (yuan). Other circuits are cut when nothing is left.
CONTROLS = {'lamps': {'load': 'lighting', 'cut_at': '0'}, 'sockets': {'load': 'socket', 'cut_at': '1'},
            'air-conditioning': {'load': 'air_conditioning', 'cut_at': '2'}}
RETURN_PAUSE_SECONDS = 1
PRICES_MICROS = {'electricity': (360, 840), 'cold_water': (4_100, 4_100)}  # least and most, of a Wh and of a litre
PURSES = {'purse': 'purse', 'display': 'display'}  # by the names of the circuits whose meters have one: how it is kept


def meters_with_purse(place):
    """In the order of their rooms."""
    found = [meter for house in place.houses for meter in house.meters if meter['circuits'][0]['name'] in PURSES]
    return sorted(found, key=lambda meter: meter['room'])


def rates():
    """All that a kWh may cost, in micro-units."""
    return {micros(tier['rate']) for band in PRICE['bands'] for tier in band['tiers']}


def first_readings(place):
    """As the meters stood when their rooms were set up; asked once, then kept."""
    file = place.run / 'first-readings.json'
    if not file.exists():
        found = {}
        for house in place.houses:
            shown = place.meters(house).status()
            for meter in house.meters:
                found[str(meter['meter'])] = [shown_wh(meter, circuit['energy_wh']) for circuit in shown[meter['meter']]]
        new = file.with_suffix('.new')
        new.write_text(json.dumps(found))
        new.replace(file)
    return json.loads(file.read_text())


def refuse_other_meters(place):
    """A site that was set up with other meters cannot go on with these: their registers begin elsewhere."""
    file = place.run / 'first-readings.json'
    if not file.exists():
        return
    before, now = set(json.loads(file.read_text())), {str(meter['meter']) for house in place.houses for meter in house.meters}
    if before != now:
        told = [f"{what} {', '.join(sorted(meters))}" for what, meters in (('only then:', before - now), ('only now:', now - before)) if meters]
        raise Failure(f'the site in {place.run} was set up with other meters than the scenarios have.', *told,
                      './wattle up --fresh forgets it and begins anew.')


def fitting(place, house, room, readings):
    circuits = []
    for meter in house.meters_of(room):
        for circuit, first in zip(meter['circuits'], readings[str(meter['meter'])]):
            circuits.append({'circuit': circuit['circuit'], 'meter': meter['meter'], 'utility': utility_of(meter), 'first_reading': first,
                             **({'bus_address': meter['address']} if meter['protocol'].startswith('modbus') else {})})
    return {'room': room, 'edge': house.slot, 'circuits': circuits}


def first_amount(room):
    return random.Random(room).randint(*FIRST_YUAN)


def admin(place, method, path, body, key=None):
    try:
        return place.api.insist(PATIENCE_SECONDS, 'admin', method, path, body, key)
    except Refused as refused:
        raise Failure(f'the cloud refused the set-up: {method} {path}: {refused}') from refused
    except NoAnswer as silent:
        raise Failure(f'the set-up had no answer: {method} {path}: {silent}', 'See run/log/cloud.log') from silent


def rooms_open(place):
    """As the boxes have them; the cloud's own count follows with their next entries."""
    return sum(deeds.rooms_open(place, house) for house in place.houses)


def cut_at(circuit):
    """Micro-units, at or below which a circuit of the scenario is off."""
    return int(CONTROLS.get(circuit['name'], {'cut_at': '0'})['cut_at']) * 1_000_000


def set_controls(place):
    admin(place, 'PUT', 'defaults', {'circuit': {}, 'return_pause_s': RETURN_PAUSE_SECONDS})
    for house in place.houses:
        for meter in house.meters:
            for circuit in meter['circuits']:
                if circuit['name'] in CONTROLS:
                    admin(place, 'PUT', f"circuits/{circuit['circuit']}/control", CONTROLS[circuit['name']])
                if circuit['name'] in PURSES:
                    admin(place, 'PUT', f"circuits/{circuit['circuit']}/purse", {'mode': PURSES[circuit['name']]})


def set_up_rooms(place):
    """Prices, and every room open at its box, without money yet."""
    readings = first_readings(place)
    admin(place, 'PUT', 'prices/1', PRICE)
    if any(is_water(meter) for house in place.houses for meter in house.meters):
        admin(place, 'PUT', 'prices/2', WATER_PRICE)
    for house in place.houses:
        for room in house.rooms:
            admin(place, 'POST', 'rooms', fitting(place, house, room, readings))
    if not wait_until(OPEN_SECONDS, lambda: rooms_open(place) >= len(place.rooms), 0.5):
        raise Failure(f'the boxes opened {rooms_open(place)} of {len(place.rooms)} rooms within {OPEN_SECONDS} s.',
                      'See run/log/edge-a.log, edge-b.log and cloud.log')


def set_up(place):
    if (place.run / 'set-up').exists():
        return
    rooms = place.rooms
    step(f'setting the site up: prices by the time of day, {len(rooms)} rooms, what is cut first')
    set_up_rooms(place)
    set_controls(place)
    register.write_places(place, admin)
    register.write_people(place, admin)
    note(f'{len(rooms)} rooms are open; the first recharges, in cash')
    for room in rooms:
        place.api.insist(PATIENCE_SECONDS, 'cashier', 'POST', f'rooms/{room}/recharges',
                         {'amount': f'{first_amount(room)}.00', 'channel': 'cash'}, key=f'first-{room}')
    (place.run / 'set-up').touch()
