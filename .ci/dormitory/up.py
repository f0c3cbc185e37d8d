"""`./wattle up` and `./wattle down`: starts the site, sets it up, watches over it as a service manager would, shows it."""
import argparse, os, signal, sys, time

from . import register, setup
from .processes import wait_until
from .say import Failure, note, say, step
from .view import View

UP_SECONDS = 170
DOWN_SECONDS = 60
DEATHS_MAX = 5           # of a program that never lived for long
LIVED_SECONDS = 30
WATCH_PAUSE_SECONDS = 0.25
KEEP_CLOCK_SECONDS = 0.5
SPEED = 60               # of the wall clock
NOT_UP = 3


class Watch:
    """What dies is started again from its store; what keeps dying is given up, with its last words."""

    def __init__(self, place, tell):
        self.place, self.tell = place, tell
        self.deaths, self.born = {}, {}
        self.clock_kept = 0.0

    def look(self):
        if time.monotonic() - self.clock_kept > KEEP_CLOCK_SECONDS:
            self.place.clock.keep()
            self.clock_kept = time.monotonic()
        for name in self.place.services:
            if self.place.processes.pid(name) is None and not self.is_held(name):
                self.again(name)

    def is_held(self, name):
        """Somebody works on it (a box is replaced, a database restored) and starts it again himself."""
        return (self.place.run / f'hold-{name}').exists()

    def again(self, name):
        now = time.monotonic()
        if now - self.born.get(name, -LIVED_SECONDS) >= LIVED_SECONDS:
            self.deaths[name] = 0
        self.deaths[name] = self.deaths.get(name, 0) + 1
        self.born[name] = now
        if self.deaths[name] > DEATHS_MAX:
            raise Failure(f'{name} ended more than {DEATHS_MAX} times; the end of {self.place.processes.log(name)}:',
                          self.place.processes.last_words(name))
        self.place.start(name)
        self.tell(f'{name} had ended; started again (pid {self.place.processes.pid(name)})')


def announcement(place, stop='Ctrl-C'):
    api = place.api.url + '/api/v1'
    rooms = ', '.join(f'{h.letter}: {h.rooms[0]}–{h.rooms[-1]}' for h in place.houses)
    return [f'Wattle is up: two houses ({rooms}), a box each, one cloud. Wall clock at ×{place.clock.speed}.',
            f'   API      {api}/rooms/{place.rooms[0]}',
            f'   tokens   {place.run}/tokens/: monitor, cashier, admin;',
            f'            curl -H @{place.run}/tokens/monitor.header {api}/edges',
            *[f"   {'log in' if at == 0 else '':<8} {line}" for at, line in enumerate(register.lines(place))],
            f'   try      ./wattle demo status · recharge {place.rooms[0]} 20 · hairdryer {place.rooms[1]} · cut-network A · story',
            f'   stop     {stop}']


def stop_everything(place, tell=note):
    for name in place.services:
        (place.run / f'hold-{name}').unlink(missing_ok=True)
    place.stop_all(tell)


def up_here(place, speed):
    def end(*_):
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    place.processes.remember('up', os.getpid())
    view = None
    try:
        step('starting')
        place.prepare(speed)
        place.start_all()
        setup.set_up(place)
        (place.run / 'ready').touch()
        for line in announcement(place):
            say(line)
        view = View.fitting(place)
        watch = Watch(place, view.tell)
        while True:
            watch.look()
            view.refresh(WATCH_PAUSE_SECONDS)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if view:
            view.close()
        say()
        step('stopping')
        stop_everything(place)
        (place.run / 'pid/up').unlink(missing_ok=True)


def up_detached(place, speed):
    command = [sys.executable, '-B', '-m', 'dormitory', 'up', '--speed', str(speed)]
    place.processes.start('up', command)
    settled = lambda: (place.run / 'ready').exists() or place.processes.pid('up') is None
    if not wait_until(UP_SECONDS, settled) or place.processes.pid('up') is None:
        raise Failure(f"it did not come up; the end of {place.processes.log('up')}:", place.processes.last_words('up', 16))
    for line in announcement(place, './wattle down'):
        say(line)


def read_words(words):
    """Judged before by .ci/words.sh, which also has the help."""
    parser = argparse.ArgumentParser(prog='./wattle up', add_help=False)
    parser.add_argument('--detach', action='store_true')
    parser.add_argument('--fresh', action='store_true')
    parser.add_argument('--speed', type=int)
    return parser.parse_args(words)


def already_up(place, words):
    """0: it is, and all is told; 2: what is wanted cannot be had while it is; 3: it is not."""
    pid = place.processes.pid('up')
    if pid in (None, os.getpid()):
        return NOT_UP
    options = read_words(words)
    again = f'./wattle down, then ./wattle up {" ".join(words)}'
    if options.fresh:
        raise Failure(f'it is not made fresh: it is up (pid {pid}).', again, code=2)
    if options.speed not in (None, place.clock.speed):
        raise Failure(f'its speed stays ×{place.clock.speed}: it is up (pid {pid}).', again, code=2)
    place.read_scenarios()
    say(f'already up (pid {pid}); ./wattle down stops it')
    for line in announcement(place, './wattle down'):
        say(line)
    return 0


def up(place, words):
    known = already_up(place, words)
    if known != NOT_UP:
        return known
    options = read_words(words)
    place.read_scenarios()
    if not options.fresh:
        setup.refuse_other_meters(place)
    place.run.mkdir(parents=True, exist_ok=True)
    stop_everything(place)  # what a killed `up` left behind
    if options.fresh:
        place.forget()
    (up_detached if options.detach else up_here)(place, options.speed or SPEED)
    return 0


def down(place, _):
    pid = place.processes.pid('up')
    if pid:
        say(f'stopping the site of pid {pid}')
        place.processes.signal('up', signal.SIGTERM)
        if not wait_until(DOWN_SECONDS, lambda: place.processes.pid('up') is None):
            raise Failure(f'pid {pid} did not stop within {DOWN_SECONDS} s.', f'kill -KILL {pid}, then ./wattle down again')
    else:
        say('not up; looking for what a killed run left behind')
    stop_everything(place)
    say('down')
    return 0
