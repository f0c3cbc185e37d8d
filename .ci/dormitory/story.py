"""`./wattle demo story`: the whole tale, unattended, on a site of its own. Each chapter claims what it shows, from the numbers of the
API, of the boxes' sockets and of the meters; the first claim that is not so ends it with exit code 1."""
import argparse, os, signal

from . import chapters, setup
from .place import Place
from .say import Failure, say, tell_failure
from .tale import Guard, Tale
from .wire import NoAnswer, Refused

SPEED = 2400        # a day in 36 s. Clocks that differ by five minutes are not believed: programs begin within an eighth of a second
POLL_MS = 500
PORT_SHIFT = 2_000


def own_place(place):
    own = Place(place.top, run=place.run / 'story', programs=place.programs, port_shift=PORT_SHIFT)
    own.poll_ms = POLL_MS
    return own


def play(place, tale, speed):
    tale.chapter('two houses are set up from nothing')
    place.read_scenarios()
    place.prepare(speed)
    place.start_all(tale.tell)
    tale.guard = Guard(place, lambda text: tale.tell(f'(the service manager: {text})'))
    tale.guard.start()
    setup.set_up(place)
    memory = chapters.Memory()
    for chapter in chapters.ALL:
        chapter(place, tale, memory)


def tell(place, words):
    parser = argparse.ArgumentParser(prog='./wattle demo story')
    parser.add_argument('--speed', type=int, default=SPEED, help=f'of the wall clock; default {SPEED}')
    options = parser.parse_args(words)
    own = own_place(place)
    if own.processes.pid('story'):
        raise Failure(f"a story is being told already (pid {own.processes.pid('story')}).")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    own.run.mkdir(parents=True, exist_ok=True)
    own.stop_all(lambda text: None)
    own.forget()
    own.processes.remember('story', os.getpid())
    tale = Tale(own)
    try:
        play(own, tale, options.speed)
        tale.summary()
        say('story: passed')
        return 0
    except (Refused, NoAnswer) as error:
        tell_failure(Failure(f'chapter {len(tale.chapters) + 1}, "{tale.title}": {error}', f'logs: {own.run}/log'))
        return 1
    finally:
        if tale.guard:
            tale.guard.end()
        own.stop_all(lambda text: None)
        (own.run / 'pid/story').unlink(missing_ok=True)
