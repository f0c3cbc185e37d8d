"""python3 -m dormitory up|already-up|down|demo|bench …: called by ./wattle, which has built everything before."""
import os, pathlib, sys

from . import up
from .place import Place
from .say import Failure, tell_failure

TOP = pathlib.Path(__file__).resolve().parents[2]


def main():
    place = Place(TOP)
    what, words = sys.argv[1], sys.argv[2:]
    try:
        if what == 'up':
            return up.up(place, words)
        if what == 'already-up':
            return up.already_up(place, words)
        if what == 'down':
            return up.down(place, words)
        if what == 'demo':
            from . import demo
            return demo.demo(place, words)
        if what == 'bench':
            from . import figures
            return figures.bench(place, words)
        raise Failure(f"there is no command '{what}'.")
    except Failure as failure:
        tell_failure(failure)
        return failure.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read us has gone; nothing is left to say
        return 141
    except KeyboardInterrupt:
        return 130


sys.exit(main())
