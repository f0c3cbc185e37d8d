"""A dormitory of its own in a temporary folder, recharges through the API, meters that draw, and boxes, cloud and broker killed at
random moments. At rest every acknowledged recharge must be booked exactly once, both ends of each link must agree, each circuit
must be charged up to what its meter shows, each purse must hold what its room has, and the audit must be clean.

With --disk the killed ones lose what they had not synced (a power cut), and now and then a disk fails: a sync with EIO, a write
with EIO or ENOSPC. The process must end by itself then; it is started again on a disk that works.
"""
import argparse, json, os, pathlib, random, re, shutil, signal, subprocess, sys, tempfile, time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / 'tests/e2e'))

from dormitory import books, deeds, setup
from dormitory.place import Place
from dormitory.processes import wait_until
from dormitory.say import Failure, note, say, step, tell_failure
from payer import Payer

SPEED = 600                 # an hour's entries every six seconds
PORT_SHIFT = 10_000         # away from a site that a person has up
THIRSTY_ROOMS = 5           # a house; they draw so much that the money goes about as fast as it comes, and relays switch
THIRSTY_WATTS = 6_000
MOST_WATTS = 900            # of the others
MOST_LITRES = 5             # an hour, of the rooms with water; the money is to go by what switches fast
PAYERS = 2
LONGEST_PAUSE_SECONDS = 4
SLICE_SECONDS = 60
PURSE_FEN = 2_000           # paid at rest: purses are looked at when money comes
PURSE_SECONDS = 180         # a purchase that does not show is looked at again after a minute
DIES_SECONDS = 40
EXIT_STORE = 3


class Disk:
    """What libdisk_faults.so is told about one program."""

    def __init__(self, place, name, folder):
        self.place, self.undo = place, place.run / f'undo-{name}'
        self.undo.mkdir(exist_ok=True)
        self.folder, self.control = folder, place.run / f'disk-{name}'
        self.mend()

    def write(self, *lines):
        new = self.control.with_suffix('.new')
        new.write_text(''.join(f'{line}\n' for line in (f'under {self.folder}', f'undo {self.undo}', *lines)))
        new.replace(self.control)

    def mend(self):
        self.write()

    def preloaded(self, environment):
        mine = str(self.place.programs / 'simulator/shim/libdisk_faults.so')
        others = environment.get('LD_PRELOAD', '')
        return {**environment, 'LD_PRELOAD': f'{mine}:{others}' if others else mine, 'WATTLE_DISK_FAULTS': str(self.control)}

    def power_cut(self, seed):
        done = subprocess.run([self.place.programs / 'simulator/shim/wattle-power-cut', self.undo, str(seed)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f'wattle-power-cut failed: {done.stderr}')
        return int(done.stdout.split()[0])


class KillLoop:
    def __init__(self, run, seed, with_disk):
        self.place = Place(TOP, run=run, port_shift=PORT_SHIFT)
        self.random = random.Random(seed)
        self.kills = {'cloud': 0, 'broker': 0, **{house.edge: 0 for house in self.place.houses}}
        self.cuts = self.taken_back = 0
        self.failed_disks = {}
        self.with_disk, self.disks = with_disk, {}
        self.payers = []

    def start(self, name):
        disk = self.disks.get(name)
        self.place.start(name, disk.preloaded) if disk else self.place.start(name)

    def set_up(self):
        place = self.place
        place.read_scenarios()
        place.prepare(SPEED)
        if self.with_disk:
            self.disks['cloud'] = Disk(place, 'cloud', place.run / 'cloud')
            for house in place.houses:
                self.disks[house.edge] = Disk(place, house.edge, place.run / house.edge)
        for name in place.services:
            self.start(name)
            place.wait_ready(name)
        setup.set_up(place)
        thirsty = [room for house in place.houses for room in house.rooms[:THIRSTY_ROOMS]]
        for room in place.rooms:
            deeds.draw_power(place, room, THIRSTY_WATTS if room in thirsty else self.random.randint(0, MOST_WATTS))
            deeds.draw_water(place, room, self.random.randint(1, MOST_LITRES))
        paid_for = thirsty + [meter['room'] for meter in setup.meters_with_purse(place)]
        self.payers = [Payer(place.api, paid_for, self.random.random()) for _ in range(PAYERS)]
        for payer in self.payers:
            payer.start()

    def all_alive(self):
        """Whoever ended without us has failed, whatever the books say afterwards."""
        for name in self.place.services:
            if self.place.processes.pid(name) is None:
                raise Failure(f'{name} ended by itself; the end of its log:', self.place.processes.last_words(name))
        for payer in self.payers:
            if payer.failure:
                raise Failure(f'a payer failed: {payer.failure}')

    def kill_one(self):
        self.all_alive()
        name = self.random.choice(list(self.kills))
        if name in self.disks and self.random.random() < 0.3:
            self.fail_disk(name)
        else:
            self.place.processes.kill(name)
            self.kills[name] += 1
            if name in self.disks:
                self.cuts += 1
                self.taken_back += self.disks[name].power_cut(self.random.randrange(1 << 30))
        time.sleep(self.random.random() * 2)
        self.place.clock.keep()
        self.start(name)

    def fail_disk(self, name):
        """The process must notice, act on nothing that is not durable, and end; which is asked of the books at the end."""
        what = self.random.choice(['sync {} EIO', 'write {} EIO', 'write {} ENOSPC'])
        self.disks[name].write('fail ' + what.format(self.random.randint(1, 30)), 'on')
        ended = wait_until(DIES_SECONDS, lambda: self.place.processes.pid(name) is None)
        if not ended:
            raise Failure(f'{name} went on although its disk fails ({what}); the end of its log:', self.place.processes.last_words(name))
        code = self.place.processes.children[name].wait()
        if code != EXIT_STORE:
            raise Failure(f'{name} ended with {code} on a failing disk ({what}), not {EXIT_STORE}:', self.place.processes.last_words(name))
        word = what.replace(' {}', '')
        self.failed_disks[word] = self.failed_disks.get(word, 0) + 1
        self.disks[name].power_cut(self.random.randrange(1 << 30))
        self.disks[name].mend()

    def come_to_rest(self):
        step('letting it come to rest')
        for name in self.place.services:
            self.place.wait_ready(name)
        for payer in self.payers:
            payer.finish()
        self.all_alive()
        for room in self.place.rooms:
            deeds.draw_all(self.place, room, 0)
        purses = setup.meters_with_purse(self.place)
        for meter in purses:
            self.payers[0].pay(meter['room'], PURSE_FEN)
        found = books.wait_agreed(self.place)
        if not found and not wait_until(SLICE_SECONDS, lambda: not books.uncharged(self.place), 1):
            found = books.uncharged(self.place)
        if not found and not wait_until(PURSE_SECONDS, lambda: not books.purses_differ(self.place, purses), 1):
            found = books.purses_differ(self.place, purses)
        return found

    def judge(self):
        found = self.come_to_rest()
        told = {number: paid for payer in self.payers for number, paid in payer.told.items()}
        found += books.payments_differ(self.place, told)
        code, text = self.place.cloud_command('audit', '--json', '--at-rest', '--registers', books.registers_file(self.place), may_fail=True)
        if code != 0:
            found += ['the audit: ' + text]
        self.all_alive()
        audit = json.loads(text) if code == 0 else {}
        killed = ', '.join(f'{name} {count}' for name, count in self.kills.items())
        note(f'killed: {killed}' + (f'; {self.cuts} power cuts took back {self.taken_back} writes; failing disks: '
                                    f'{self.failed_disks or "none"}' if self.with_disk else ''))
        note(f"{len(told)} acknowledged recharges, {sum(a for a, _ in told.values()) / 1e6:.2f} yuan; {audit.get('entries', '?')} entries "
             f"audited, {audit.get('differences', '?')} differences in the audit, {len(found)} in all")
        return found


def seconds_of(text):
    if not re.fullmatch(r'[1-9]\d{0,5}s?', text):
        raise argparse.ArgumentTypeError(f"'{text}' is neither minutes (10) nor seconds (60s)")
    return int(text[:-1]) if text.endswith('s') else int(text) * 60


def read_words(words):
    parser = argparse.ArgumentParser(prog='kill_loop.sh', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog='SEED in the environment repeats the choice of victims, not the timing; WATTLE_BIN names the '
                                            'built programs,\nbuild/release if not given.')
    parser.add_argument('time', nargs='?', type=seconds_of, default='10', metavar='MINUTES|SECONDSs', help='how long; 10 minutes if not given')
    parser.add_argument('--disk', action='store_true', help='power cuts and failing disks too')
    return parser.parse_args(words)


def main(words):
    options = read_words(words)
    seed = int(os.environ.get('SEED', random.randrange(100_000)))
    run = pathlib.Path(tempfile.mkdtemp(prefix='wattle-kills.'))
    loop = KillLoop(run, seed, options.disk)
    failure = None
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped, it leaves nothing running
    try:
        seconds = options.time
        step(f"a site in {run}, for {seconds} s, seed {seed}{', with failing disks' if loop.with_disk else ''}")
        loop.set_up()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(loop.random.random() * LONGEST_PAUSE_SECONDS)
            loop.kill_one()
        found = loop.judge()
        if found:
            failure = Failure('kill_loop: FAILED', *books.shorten(found))
    except Failure as raised:
        failure = raised
    finally:
        loop.place.stop_all(lambda text: None)
    if failure:
        tell_failure(failure)
        say(f'kept for a look: {run} (seed {seed})')
        return 1
    shutil.rmtree(run)
    say('kill_loop: passed')
    return 0


sys.exit(main(sys.argv[1:]))
