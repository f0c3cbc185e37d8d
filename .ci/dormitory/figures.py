"""`./wattle bench dormitory`: figures of the real programs together, beside what the design asks of them.

  recharge   from the API's acceptance of a payment to the first contact that closes, both houses running, in real time, on
             timed lines of 9600 baud with meters that think for 60 ms; and to the last one of a room with three circuits
  box        a box with 256 meters on 8 buses, cut off for 30 days of its clock: memory, and what an entry writes

With --json one object a figure and line, as the other areas give them; the exit code is 1 when a figure misses its target.
"""
import argparse, json, pathlib, re, shutil, tempfile, time

from . import deeds, setup
from .houses import House
from .place import Place
from .processes import wait_until
from .say import Failure, micros, say

PORT_SHIFT = 4_000
TURNAROUND = '60ms'
DRAIN_WATTS = 10_000         # of each circuit
TRIAL_FEN = 2            # above what is owed
MICROS_A_FEN = 10_000
TRIALS = 200
LONGEST_TRIAL_SECONDS = 10
WATCH_PAUSE_SECONDS = 0.002
RECHARGE_P99_MS = 300

BOX_BUSES, BOX_METERS_A_BUS = 8, 32
OUTAGE_DAYS, OUTAGE_SPEED = 30, 14_400
RESIDENT_KIB = 24 * 1024
ANONYMOUS_GROWTH_KIB = 1024  # from a third of the outage to its end: flat, but for what the allocator rounds to


def figure(name, value, unit, at_most=None):
    return {'name': f'dormitory.{name}', 'value': value, 'unit': unit, 'baseline': None, 'ratio': None, 'target': at_most,
            'ok': at_most is None or value <= at_most}


def in_words(found):
    wanted = '' if found['target'] is None else f"at most {found['target']:,}"
    verdict = '' if found['target'] is None else 'ok' if found['ok'] else 'MISSED'
    return f"{found['name']:<38} {found['value']:>12,} {found['unit']:<12} {wanted:<20} {verdict}".rstrip()


def scenario_text(path, change):
    """A shipped scenario, changed, for a folder elsewhere."""
    text = change(path.read_text())
    return text.replace('../../devices', str(path.parents[2] / 'devices'))


def own_place(place, folder):
    own = Place(place.top, run=folder / 'run', programs=place.programs, port_shift=PORT_SHIFT)
    own.run.mkdir(parents=True)
    return own


def start(own, speed):
    own.read_scenarios()
    own.prepare(speed)
    own.start_all(lambda text: None)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


# -- recharge

def meter_closed(own, room):
    return all(relay == 'closed' for relay in deeds.relays(own, room))


def one_trial(own, room):
    """Seconds from the API's answer to the room's first contact that closes, and to its last; None if the room was not cut."""
    before = deeds.relays(own, room)
    if 'open' not in before:
        return None
    owed = -micros(own.box(own.house_of(room)).room(room)['live'])
    fen = max(0, -(-owed // MICROS_A_FEN)) + TRIAL_FEN
    deeds.recharge(own, room, f'{fen // 100}.{fen % 100:02}')
    accepted = time.monotonic()
    first = None
    while True:
        relays, waited = deeds.relays(own, room), time.monotonic() - accepted
        if first is None and ('open', 'closed') in zip(before, relays):
            first = waited
        if first is not None and 'open' not in relays:
            return first, waited
        if waited > LONGEST_TRIAL_SECONDS:
            raise Failure(f'room {room} was paid for and stayed dark for {LONGEST_TRIAL_SECONDS} s.')
        before = relays
        time.sleep(WATCH_PAUSE_SECONDS)


def recharge_figure(place, folder):
    own = own_place(place, folder)
    timed = lambda text: re.sub(r'^baud = \d+$', f'baud = 9600\ntimed = true\nturnaround = "{TURNAROUND}"', text, flags=re.M)
    for house in own.houses:
        file = folder / pathlib.Path(house.scenario).name
        file.write_text(scenario_text(own.top / house.scenario, timed))
        house.scenario = str(file)
    try:
        start(own, 1)
        setup.set_up_rooms(own)
        for room in own.rooms:
            deeds.draw_all(own, room, DRAIN_WATTS)
        if not wait_until(60, lambda: not any(meter_closed(own, room) for room in own.rooms), 1):
            raise Failure('rooms without money are not cut.')
        took, rooms = [], own.rooms
        end = time.monotonic() + 240
        while len(took) < TRIALS and time.monotonic() < end:
            for room in rooms[::2] + rooms[1::2]:
                trial = one_trial(own, room)
                if trial is not None:
                    took.append(trial)
        first, last = ([round(seconds * 1000) for seconds in each] for each in zip(*took))
        return [figure('recharges', len(took), 'trials'), figure('recharge_median', percentile(first, 0.5), 'ms'),
                figure('recharge_p99', percentile(first, 0.99), 'ms', RECHARGE_P99_MS),
                figure('recharge_longest', max(first), 'ms'), figure('recharge_whole_room_p99', percentile(last, 0.99), 'ms')]
    finally:
        own.stop_all(lambda text: None)


# -- box

def big_scenario(own, folder):
    curve = own.top / 'simulator/devices/data/home_two_weeks.curve'
    text = f'name = "big"\nseed = 5\n[[curve]]\nname = "home"\nfile = "{curve}"\n'
    for bus in range(BOX_BUSES):
        text += f'[[bus]]\nname = "m{bus}"\n'
    for bus in range(BOX_BUSES):
        text += (f'[[meters]]\nbus = "m{bus}"\nfirst_room = {101 + 100 * bus}\nrooms = {BOX_METERS_A_BUS}\n'
                 f'first_number = {80000101 + 100 * bus}\n[[meters.circuit]]\ncurve = "home"\npercent = 40\nspread_percent = 20\n')
    file = folder / 'big.toml'
    file.write_text(text)
    return str(file)


def memory_of(pid):
    """(resident, anonymous) in KiB"""
    with open(f'/proc/{pid}/smaps_rollup') as file:
        fields = dict(re.findall(r'^(\w+): +(\d+) kB', file.read(), re.M))
    return int(fields['Rss']), int(fields['Anonymous'])


def written_by(pid):
    with open(f'/proc/{pid}/io') as file:
        return int(re.search(r'^write_bytes: (\d+)', file.read(), re.M).group(1))


def box_figure(place, folder):
    own = own_place(place, folder)
    own.houses = [House('A', 1, big_scenario(own, folder))]
    own.services = ['broker', 'cloud', 'gate-a', 'house-a', 'edge-a']
    house = own.houses[0]
    try:
        start(own, OUTAGE_SPEED)
        setup.set_up_rooms(own)
        for room in house.rooms:
            deeds.recharge(own, room, '500.00')
        deeds.wait_met(own, house, 60)
        deeds.cut(own, house)
        pid, began = own.processes.pid(house.edge), own.clock.now()
        points, head = [], own.box(house).status()['head']
        bytes_before = written_by(pid)
        while own.clock.now() < began + OUTAGE_DAYS * 86400:
            time.sleep(5)
            points.append((round((own.clock.now() - began) / 86400, 1), *memory_of(pid)))
        entries = own.box(house).status()['head'] - head
        days = (own.clock.now() - began) / 86400
        third = points[len(points) // 3]
        return [figure('box_meters', len(house.meters), 'meters'), figure('box_outage', round(days, 1), 'days'),
                figure('box_entries', entries, 'entries'),
                figure('box_resident_at_first', points[0][1], 'KiB'),
                figure('box_resident', max(point[1] for point in points), 'KiB', RESIDENT_KIB),
                figure('box_anonymous_grew', points[-1][2] - third[2], 'KiB', ANONYMOUS_GROWTH_KIB),
                figure('box_written', round((written_by(pid) - bytes_before) / max(1, entries)), 'bytes/entry')]
    finally:
        own.stop_all(lambda text: None)


FIGURES = {'recharge': recharge_figure, 'box': box_figure}


def bench(place, words):
    parser = argparse.ArgumentParser(prog='./wattle bench dormitory', description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('figure', nargs='*', choices=[*FIGURES, []], default=[])
    parser.add_argument('--json', action='store_true')
    options = parser.parse_args(words)
    missed = False
    for name in options.figure or FIGURES:
        folder = pathlib.Path(tempfile.mkdtemp(prefix='wattle-bench.'))
        for found in FIGURES[name](place, folder):
            say(json.dumps(found) if options.json else in_words(found))
            missed = missed or not found['ok']
        shutil.rmtree(folder)
    return 1 if missed else 0
