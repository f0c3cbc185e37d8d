"""How a story is told: chapters, what is claimed in each, and a guard that starts again what dies."""
import threading, time

from .processes import wait_until
from .say import Failure, say
from .up import Watch

GUARD_PAUSE_SECONDS = 0.2


class Guard(threading.Thread):
    """As a service manager would. A failure of its own is told at the next claim."""

    def __init__(self, place, tell):
        super().__init__(daemon=True)
        self.watch, self.failure = Watch(place, tell), None
        self.ending = threading.Event()

    def run(self):
        while not self.ending.wait(GUARD_PAUSE_SECONDS):
            try:
                self.watch.look()
            except Failure as failure:
                self.failure = failure
                return

    def end(self):
        self.ending.set()
        self.join(5)


class Tale:
    def __init__(self, place):
        self.place = place
        self.began = self.chapter_began = time.monotonic()
        self.chapters = []          # (title, seconds, claims)
        self.title, self.claims = '', 0
        self.guard = None

    def elapsed(self):
        return time.monotonic() - self.began

    def chapter(self, title):
        self.close_chapter()
        self.title, self.claims, self.chapter_began = title, 0, time.monotonic()
        say(f'\n━━ {len(self.chapters) + 1}. {title}   ({self.place.clock.text()} at the site, {self.elapsed():.0f} s)')

    def close_chapter(self):
        if self.title:
            self.chapters.append((self.title, time.monotonic() - self.chapter_began, self.claims))
        self.title = ''

    def tell(self, text):
        say(f'     {text}')

    def claim(self, truth, text, *evidence):
        if self.guard and self.guard.failure:
            raise self.guard.failure
        if not truth:
            raise Failure(f'chapter {len(self.chapters) + 1}, "{self.title}": it is not so that {text}', *evidence,
                          f'logs: {self.place.run}/log')
        self.claims += 1
        say(f'   ✓ {text}')

    def within(self, seconds, condition, text, evidence=lambda: '', pause=0.05):
        """Claims that it becomes so, looking again after each pause; gives how long it took."""
        began = time.monotonic()
        met = wait_until(seconds, lambda: (self.guard is not None and self.guard.failure is not None) or condition(), pause)
        took = time.monotonic() - began
        self.claim(met, f'{text} ({took:.1f} s)' if met else f'{text}, within {seconds} s', evidence() if not met else '')
        return took

    def until_site_time(self, moment):
        while self.place.clock.now() < moment:
            self.claim_alive()
            time.sleep(0.1)

    def claim_alive(self):
        if self.guard and self.guard.failure:
            raise self.guard.failure

    def summary(self):
        self.close_chapter()
        say('\n━━ what was shown')
        for number, (title, seconds, claims) in enumerate(self.chapters, 1):
            say(f'   {number}. {title:<64} {claims:>3} claims {seconds:>5.0f} s')
        say(f'   all of it in {self.elapsed():.0f} s')
