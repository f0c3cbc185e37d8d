"""`./wattle demo WHAT`: one thing done to the site that is up, printed as it happens. Only calls of the public API, local sockets,
signals, and what a technician does with a box or a database."""
import pathlib, re, signal, sys, time

from . import deeds
from .follow import Follower
from .houses import is_water
from .say import Failure, micros, note, say, step, yuan
from .wire import NoAnswer, Refused

FOLLOW_SECONDS = 25
RELAY_SECONDS = 5
VALVE_SECONDS = 40         # its meter is read again half a minute after the order
RUN_DOWN_SECONDS = 600
RUN_DOWN_WATTS = 30_000
HAIRDRYER_WATTS = 1_600
HAIRDRYER_SECONDS = 30
LIMIT_WATTS = 1_000

USAGE = pathlib.Path(__file__).parents[1].joinpath('help/demo').read_text(encoding='utf-8').rstrip()


def need(words, count, what):
    if len(words) != count:
        raise Failure(f'this needs {what}.', './wattle demo --help')
    return words


def room_of(place, text):
    if not text.isdigit():
        raise Failure(f"a room is a number, not '{text}'.")
    place.house_of(int(text))
    return int(text)


def amount_of(text):
    if not re.fullmatch(r'\d{1,4}(\.\d{1,2})?', text) or float(text) == 0:
        raise Failure(f"an amount is in yuan, like 20 or 7.50, not '{text}'.")
    return text


def seconds_until_on(place, room):
    """From the money at the box until it has read every contact of the room closed."""
    return VALVE_SECONDS if any(is_water(meter) for meter in place.house_of(room).meters_of(room)) else RELAY_SECONDS


def recharge(place, words):
    room, text = need(words, 2, 'a room and how many yuan')
    room, text = room_of(place, room), amount_of(text)
    step(f'{text} yuan in cash for room {room}')
    follower = Follower(place, room)
    before = micros(follower.look().get('box live', '0'))
    began = time.monotonic()
    order = deeds.recharge(place, room, text)
    note(f"the cloud booked payment {order['number']} after {time.monotonic() - began:.2f} s ({order['state']})")
    arrived = lambda seen: micros(seen.get('box live', '0')) > before + micros(text) // 2
    if not follower.until(FOLLOW_SECONDS, arrived):
        note('it has not reached the box: its network is cut, or it does not run; the money waits for it')
        return
    note(f'the box has it, {time.monotonic() - began:.2f} s after the cash desk asked')
    if follower.until(seconds_until_on(place, room), lambda seen: set(follower.relays()) == {'closed'}):
        note('every circuit is on')
    else:
        note('not every circuit is on: is the room still in debt, or another rule at work?')


def run_down(place, words):
    room = room_of(place, need(words, 1, 'a room')[0])
    # An oven, a kettle and every heater of the corridor.
    step(f'{RUN_DOWN_WATTS} W in room {room} until the money has gone')
    follower = Follower(place, room)
    deeds.draw(place, room, RUN_DOWN_WATTS)
    try:
        cut = follower.until(RUN_DOWN_SECONDS, lambda seen: 'open' in follower.relays())
    finally:
        deeds.draw(place, room, None)
    if not cut:
        raise Failure(f'the room was not cut within {RUN_DOWN_SECONDS} s.', './wattle demo status; see run/log/edge-*.log')
    follower.rest(2)
    note(f'cut; ./wattle demo recharge {room} 20 brings it back')


def hairdryer(place, words):
    room = room_of(place, need(words, 1, 'a room')[0])
    circuit = place.house_of(room).meters_of(room)[0]['circuits'][0]['circuit']
    step(f'circuit {circuit} of room {room} may draw {LIMIT_WATTS} W; a hair dryer of {HAIRDRYER_WATTS} W is switched on')
    deeds.limit(place, circuit, LIMIT_WATTS)
    follower = Follower(place, room)
    follower.look()
    deeds.draw(place, room, HAIRDRYER_WATTS)
    try:
        cut = follower.until(HAIRDRYER_SECONDS, lambda seen: 'open' in follower.relays())
        if cut:
            follower.until(HAIRDRYER_SECONDS, lambda seen: seen.get(f'cloud reason of {circuit}') == 'overload')
    finally:
        deeds.draw(place, room, None)
    if not cut:
        deeds.limit(place, circuit, 0)
        raise Failure(f'the circuit was not cut within {HAIRDRYER_SECONDS} s.', 'Is the room dark anyway? ./wattle demo status')
    note('unplugged; by itself the circuit comes back after five minutes of ours, a timeout; somebody at the console is quicker')
    deeds.clear_trip(place, room, circuit)
    back = follower.until(HAIRDRYER_SECONDS, lambda seen: set(follower.relays()) == {'closed'})
    deeds.limit(place, circuit, 0)
    note('on again' if back else 'not back yet')


def refund(place, words):
    room, text = need(words, 2, 'a room and how many yuan')
    room, text = room_of(place, room), amount_of(text)
    payment = deeds.last_payment(place, room)
    step(f'at most {text} yuan of payment {payment} back from room {room}')
    follower = Follower(place, room)
    follower.look()
    order = deeds.refund(place, room, text, payment)
    follower.until(FOLLOW_SECONDS, lambda seen: deeds.order(place, order['id'])['state'] == 'done')
    order = deeds.order(place, order['id'])
    if order['state'] != 'done':
        note('the box has not answered yet; it must agree, since it alone knows what is left')
        return
    note(f"the box released {order.get('released', '?')} ({order.get('reason', '?')})")
    for part in deeds.pay_out(place, order):
        note(f"paid out {part['amount']} in cash for payment {part['payment']}")


def offline_code(place, words):
    room, text = need(words, 2, 'a room and how many whole yuan')
    room, text = room_of(place, room), amount_of(text)
    step(f'an offline code over {text} yuan for room {room}')
    follower = Follower(place, room)
    follower.look()
    code = deeds.sell_code(place, room, text)
    note(f'sold at the desk: {code}')
    answer = deeds.type_code(place, room, code)
    note(f"typed at the box of house {place.house_of(room).letter}: {answer['outcome']}, {answer['amount']} yuan")
    if answer['outcome'] == 'used':
        note('the network was quicker: the box had heard of the sale and has credited it; without a network the digits carry it')
    follower.rest(3)


def move_room(place, words):
    room, letter = need(words, 2, 'a room and a house')
    room, house = room_of(place, room), place.house(letter)
    step(f'room {room} goes to the box of house {house.letter}')
    follower = Follower(place, room)
    follower.look()
    order = deeds.move(place, room, house)
    arrived = follower.until(FOLLOW_SECONDS, lambda seen: seen.get('cloud open_at', '').startswith(f'box {house.slot}.'))
    if not arrived:
        note(f"the order waits ({order['id']}): the box that has the room closes it first, with its last reading")
        return
    note('closed with its last reading, the money went along, opened at the other box')
    note("its meter is still on the old house's wire: until an installer moves it, the new box has money for it and no reading")


def cut_network(place, words):
    house = place.house(need(words, 1, 'a house')[0])
    step(f'cutting the line between house {house.letter} and the broker')
    deeds.cut(place, house)
    room = house.rooms[0]
    Follower(place, room).rest(8)
    note(f'the house goes on by itself; ./wattle demo heal-network {house.letter} joins them again')


def heal_network(place, words):
    houses = [place.house(word) for word in words] or place.houses
    for house in houses:
        step(f'the line of house {house.letter} is mended')
        deeds.heal(place, house)
    for house in houses:
        began = time.monotonic()
        if not deeds.wait_met(place, house, 90):
            raise Failure(f'house {house.letter} and the cloud did not meet again within 90 s.', f'See run/log/{house.edge}.log')
        note(f'house {house.letter} and the cloud agree on everything, {time.monotonic() - began:.1f} s later')


def kill(place, name, room):
    pid = place.processes.pid(name)
    if not pid:
        raise Failure(f'{name} does not run just now.', './wattle demo status')
    step(f'kill -9 of {name} (pid {pid})')
    place.processes.signal(name, signal.SIGKILL)
    follower = Follower(place, room)
    back = lambda seen: place.processes.pid(name) not in (None, pid) and place.is_ready(name)
    if not follower.until(40, back):
        raise Failure(f'{name} did not come back; see {place.processes.log(name)}')
    note(f'{name} is back from its store (pid {place.processes.pid(name)})')
    follower.rest(4)


def kill_edge(place, words):
    house = place.house(words[0]) if words else place.houses[0]
    kill(place, house.edge, house.rooms[0])


def kill_cloud(place, _):
    kill(place, 'cloud', place.rooms[0])


def replace_edge(place, words):
    house = place.house(need(words, 1, 'a house')[0])
    deeds.replace_edge(place, house)


def restore_cloud(place, _):
    deeds.restore_cloud(place, deeds.make_backup(place))


def status(place, _):
    for name in place.services:
        pid = place.processes.pid(name)
        note(f"{name:<10} {f'pid {pid}' if pid else 'not running'}")
    note(f"site's clock {place.clock.text('%F %T')}, ×{place.clock.speed}")
    try:
        edges = {edge['edge']: edge for edge in place.api.get('edges')['items'] if not edge['fenced']}
    except (NoAnswer, Refused):
        edges = {}
    for house in place.houses:
        try:
            box = place.box(house).status()
        except (NoAnswer, ValueError):
            note(f'house {house.letter}: the box does not answer')
            continue
        behind = edges.get(house.slot, {}).get('backlog', '?')
        note(f"house {house.letter}: {box['link']}, {box['head']} entries, {box['backlog']} not yet at the cloud, {behind} not yet at the box")
        say('      ' + 'room  relays               live yuan      W')
        for room in box['rooms']:
            relays = ' '.join(circuit['relay'] for circuit in room['circuits'])
            watts = sum(circuit.get('power_w', 0) for circuit in room['circuits'])
            say(f"      {room['room']:>4}  {relays:<20} {yuan(micros(room['live'])):>9} {watts:>6}")


COMMANDS = {'status': status, 'recharge': recharge, 'run-down': run_down, 'hairdryer': hairdryer, 'refund': refund,
            'offline-code': offline_code, 'move-room': move_room, 'cut-network': cut_network, 'heal-network': heal_network,
            'kill-edge': kill_edge, 'kill-cloud': kill_cloud, 'replace-edge': replace_edge, 'restore-cloud': restore_cloud}


def demo(place, words):
    what = words[0] if words else '--help'
    if what == 'story':
        from . import story
        return story.tell(place, words[1:])
    if what not in COMMANDS:
        (say if what in ('--help', '-h') else lambda text: print(text, file=sys.stderr))(USAGE)
        return 0 if what in ('--help', '-h') else 1
    if not place.processes.pid('up'):
        raise Failure('Wattle is not up.', 'Start it first: ./wattle up   (in another terminal, or with --detach)')
    place.read_scenarios()
    try:
        COMMANDS[what](place, words[1:])
    except Refused as refused:
        raise Failure(f'the cloud refused: {refused}') from refused
    except NoAnswer as silent:
        raise Failure(str(silent), './wattle demo status') from silent
    return 0
