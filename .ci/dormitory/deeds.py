"""What one can do to the site, without a word: demo, story and kill loop tell of it each in their own way."""
import contextlib, shutil, signal, time, uuid

from .houses import is_water
from .processes import wait_until
from .say import Failure, note, step
from .wire import NoAnswer, Refused

FENCE_SECONDS = 60
CLAIM_SECONDS = 60
SETTLE_SECONDS = 120
CLAIM_HOURS = 8760


def key():
    return str(uuid.uuid4())


# -- money

def recharge(place, room, yuan_text, wish=None):
    return place.api.call('cashier', 'POST', f'rooms/{room}/recharges', {'amount': yuan_text, 'channel': 'cash'}, wish or key())


def order(place, number):
    return place.api.get(f'orders/{number}')


def entries(place, room):
    cursor = ''
    while cursor is not None:
        page = place.api.get(f'rooms/{room}/entries?limit=200' + (f'&cursor={cursor}' if cursor else ''))
        yield from page['items']
        cursor = page['next_cursor']


def last_payment(place, room):
    for entry in entries(place, room):
        kind, _, number = entry.get('outside_id', '').partition('/')
        if kind == 'pay':
            return number
    raise Failure(f'nothing was ever paid for room {room}.')


def refund(place, room, yuan_text, payment):
    return place.api.call('cashier', 'POST', f'rooms/{room}/refunds', {'amount': yuan_text, 'payment': payment}, key())


def pay_out(place, refund_order):
    """The cashier says what he pays, and then pays it."""
    waiting = [part for part in refund_order.get('parts', []) if part['state'] == 'waiting']
    for part in waiting:
        place.api.call('cashier', 'POST', f"orders/{refund_order['id']}/parts/{part['part']}", {'outcome': 'paid'}, key())
    return waiting


def sell_code(place, room, yuan_text):
    return place.api.call('cashier', 'POST', f'rooms/{room}/codes', {'amount': yuan_text, 'channel': 'cash'}, key())['code']


def type_code(place, room, code):
    return place.box(place.house_of(room)).type_code(room, code)


def move(place, room, house):
    return place.api.call('admin', 'POST', f'rooms/{room}/moves', {'edge': house.slot}, key())


# -- power

def meters_of_electricity(house, room):
    return [meter for meter in house.meters_of(room) if not is_water(meter)]


def draw(place, room, watts):
    """A load in place of the curve of the room's first circuit of electricity; None gives the curve back. The first of three is the
    lamps, which are cut last."""
    house = place.house_of(room)
    meter = meters_of_electricity(house, room)[0]
    place.meters(house).ask(f"{meter['bus']} load {meter['meter']} {'curve' if watts is None else watts}")


def draw_at(place, house, meters, watts):
    for meter in meters:
        for number in range(1, len(meter['circuits']) + 1):
            place.meters(house).ask(f"{meter['bus']} load {meter['meter']}.{number} {'curve' if watts is None else watts}")


def draw_power(place, room, watts):
    """The same for every circuit of electricity."""
    house = place.house_of(room)
    draw_at(place, house, meters_of_electricity(house, room), watts)


def draw_water(place, room, litres_an_hour):
    """The same for the room's water; nothing where it has no such meter."""
    house = place.house_of(room)
    draw_at(place, house, [meter for meter in house.meters_of(room) if is_water(meter)], litres_an_hour)


def draw_all(place, room, watts):
    """The same for every circuit of the room, its water among them: a watt is a litre an hour there."""
    draw_power(place, room, watts)
    draw_water(place, room, watts)


def circuits_of(place, room):
    """What the room's meters of electricity show of each circuit. A valve is slower than any relay."""
    house = place.house_of(room)
    shown = place.meters(house).status()
    return [circuit for meter in meters_of_electricity(house, room) for circuit in shown[meter['meter']]]


def limit(place, circuit, watts):
    """The administrator's power limit of one circuit; everything else stays as it is."""
    wanted = place.api.get(f'circuits/{circuit}/control')['desired']
    return place.api.call('admin', 'PUT', f'circuits/{circuit}/control', {**wanted, 'limit_w': watts})


def clear_trip(place, room, circuit):
    """By the console; names the trip, as the box has reported it."""
    shown = next(c for c in place.api.get(f'rooms/{room}')['circuits'] if c['circuit'] == circuit)
    if 'trip' in shown:
        place.api.call('admin', 'POST', f'circuits/{circuit}/clear', {'trip': shown['trip']})


def power(place, room):
    """As the box reads it."""
    seen = place.box(place.house_of(room)).room(room)
    return sum(circuit.get('power_w', 0) for circuit in seen['circuits']) if seen else 0


def relays(place, room):
    """As the meters have them, not as anybody tells."""
    return [circuit['relay'] for circuit in circuits_of(place, room)]


# -- lines and links

def cut(place, house):
    place.processes.signal(house.gate, signal.SIGUSR1)


def heal(place, house):
    place.processes.signal(house.gate, signal.SIGUSR2)


def link_of(place, house):
    for edge in place.api.get('edges')['items']:
        if edge['edge'] == house.slot and not edge['fenced']:
            return edge
    return None


def apart(place, house):
    """How cloud and box differ; empty once both ends hold the same entries and the same money."""
    try:
        link, box = link_of(place, house), place.box(house).status()
    except (NoAnswer, Refused, ValueError) as error:
        return [str(error)]
    if link is None:
        return [f'no living box of house {house.letter}']
    pairs = {'entries of the box': (link['up']['number'], box['head']), 'entries of the cloud': (link['down']['number'], box['cursor']),
             'behind': (link['backlog'], 0), 'link': ('connected', box['link']), 'asking': (link['asking'], box['asking']),
             'stopped': (link.get('stopped', ''), box['stopped'])}
    return [f'{what}: cloud {a}, box {b}' for what, (a, b) in pairs.items() if a != b]


def rooms_open(place, house):
    """As the box has them; none while it does not answer."""
    try:
        return sum(1 for room in place.box(house).status()['rooms'] if room['open'])
    except (NoAnswer, ValueError):
        return 0


def wait_met(place, house, seconds):
    """Slices go on closing meanwhile: equal heads at one moment are enough."""
    return wait_until(seconds, lambda: not apart(place, house), 0.1)


# -- boxes and databases

@contextlib.contextmanager
def held(place, name):
    """`up` leaves this program alone meanwhile, and starts it again afterwards."""
    mark = place.run / f'hold-{name}'
    mark.touch()
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def aside(path):
    """Out of the way, and kept."""
    if not path.exists():
        return None
    place = path.with_name(f'{path.name}-{time.strftime("%H%M%S")}-{uuid.uuid4().hex[:4]}')
    path.rename(place)
    return place


def fence(place, house, destination=None):
    link = link_of(place, house)
    if link is None:
        raise Failure(f'house {house.letter} has no living box.')
    body = {'incarnation': link['incarnation'], 'destination': (destination or house).slot, 'reason': 'the box has burnt'}
    place.api.insist(FENCE_SECONDS, 'admin', 'POST', f'edges/{house.slot}/fence', body)
    restorable = lambda: any(e['edge'] == house.slot and e['incarnation'] == link['incarnation'] and e['fence_restorable']
                             for e in place.api.get('edges')['items'])
    if not wait_until(FENCE_SECONDS, restorable, 0.2):
        raise Failure('the fence did not become restorable: its backup was not verified.', 'See run/log/cloud.log')
    return link['incarnation']


def new_claim_code(place, house):
    code = place.api.call('admin', 'POST', f'edges/{house.slot}/claim-codes', {'hours': CLAIM_HOURS})['claim_code']
    (place.run / house.edge / 'claim-code').write_text(code + '\n')


def replace_edge(place, house, tell=note, chapter=step):
    """The old box is gone with its disk; a new one takes its place, as an installer does it."""
    rooms = rooms_open(place, house)
    with held(place, house.edge):
        chapter(f'the box of house {house.letter} is gone, with its disk')
        place.processes.kill(house.edge)
        aside(place.run / house.edge / 'data')
        old = fence(place, house)
        tell(f'incarnation {old} is fenced: its rooms are closed with their last figures, a verified backup holds the fence')
        new_claim_code(place, house)
        place.start(house.edge)
        place.wait_ready(house.edge, CLAIM_SECONDS)
    if not wait_until(CLAIM_SECONDS, lambda: rooms_open(place, house) >= rooms, 0.2):
        raise Failure(f'the new box opened {rooms_open(place, house)} of {rooms} rooms.', 'See run/log/cloud.log')
    new = link_of(place, house)['incarnation']
    tell(f'a new box claimed slot {house.slot} as incarnation {new}; {rooms} rooms are open at it')
    return old, new


def make_backup(place):
    """Its path."""
    name = place.api.call('admin', 'POST', 'backups', {})['name']
    return place.run / 'cloud/backups' / name


def settled(place):
    try:
        return place.api.health()['settled']
    except (NoAnswer, Refused):
        return False


def restore_cloud(place, backup, tell=note, chapter=step, refused=None):
    """The machine's disk has died; yesterday's copy is put in its place. `refused` is a backup from before a fence, which must not be."""
    with held(place, 'cloud'):
        chapter(f"the cloud's database is lost; {backup.name} takes its place")
        place.processes.kill('cloud')
        lost = place.run / 'old' / uuid.uuid4().hex[:6]
        lost.mkdir(parents=True)
        for file in (place.run / 'cloud').glob('cloud.sqlite*'):
            shutil.move(file, lost)
        if refused is not None:
            code, text = place.cloud_command('restore', '--from', refused, may_fail=True)
            if code == 0:
                raise Failure(f'{refused.name} is from before a fence and was restored all the same.', text)
            tell(f'{refused.name} is refused: {text.strip().rpartition(": ")[2]}')
        tell(place.cloud_command('restore', '--from', backup).strip())
        place.start('cloud')
        place.wait_ready('cloud')
    if not wait_until(SETTLE_SECONDS, lambda: settled(place), 0.2):
        raise Failure('the cloud has not heard from every box since the restore.', 'See run/log/cloud.log')
    tell('every box has given back what the cloud had forgotten')
