"""What a person is told: a line a step, and for each failure what went wrong and how to mend it."""
import sys


class Failure(Exception):
    """What went wrong; further lines say how to mend it. The exit code is 2 where it is the call that was wrong."""

    def __init__(self, what, *remedy, code=1):
        super().__init__(what)
        self.code = code
        self.remedy = [str(line) for line in remedy]


def say(text=''):
    print(text, flush=True)


def step(text):
    say(f'── {text}')


def note(text):
    say(f'   {text}')


def tell_failure(failure):
    sys.stdout.flush()
    print(f'\nwattle: {failure}', file=sys.stderr)
    for line in getattr(failure, 'remedy', []):
        for part in line.rstrip().split('\n'):
            print(f'  {part}', file=sys.stderr)


def yuan(micros):
    """Micro-units as people write them; the books keep all six places."""
    sign, value = ('-' if micros < 0 else ''), abs(micros)
    return f'{sign}{value // 1_000_000}.{value % 1_000_000 // 10_000:02}'


def micros(text):
    """The API's decimal text, exactly."""
    sign = -1 if text.startswith('-') else 1
    whole, _, part = text.lstrip('-').partition('.')
    return sign * (int(whole) * 1_000_000 + int((part + '000000')[:6]))
