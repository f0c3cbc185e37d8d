"""The site's wall clock, some times as fast as ours: at ×60 an hour's slice closes every minute. Product code knows nothing of it;
libfaketime moves the wall clock from outside and leaves the monotonic clock, hence every timeout, alone.

run/clock holds "real virtual speed" (seconds) of the newest moment known, so that a restart goes on where time was."""
import time

KEPT_AT_LEAST_EVERY_SECONDS = 2


class SiteClock:
    def __init__(self, run, programs):
        self.file, self.programs = run / 'clock', programs

    def _read(self):
        try:
            real, virtual, speed = self.file.read_text().split()
            return float(real), float(virtual), int(speed)
        except (OSError, ValueError):
            return None

    def _write(self, real, virtual, speed):
        new = self.file.with_suffix('.new')
        new.write_text(f'{real:.6f} {virtual:.3f} {speed}\n')
        new.replace(self.file)

    @property
    def speed(self):
        known = self._read()
        return known[2] if known else 1

    def now(self):
        """Seconds since 1970 by the site's clock."""
        known = self._read()
        return known[1] + (time.time() - known[0]) * known[2] if known else time.time()

    def set_speed(self, speed):
        """Never back: what the stores hold was written at the site's time, which went on for a moment after it was last kept."""
        known, now = self._read(), time.time()
        reached = known[1] + min(max(now - known[0], 0), KEPT_AT_LEAST_EVERY_SECONDS) * known[2] if known else 0
        self._write(now, max(now, reached), speed)

    def keep(self):
        self._write(time.time(), self.now(), self.speed)

    def environment(self):
        """For a program that shall live by the site's clock."""
        offset = self.now() - time.time()
        if self.speed == 1 and abs(offset) < 0.5:
            return {}
        return {'LD_PRELOAD': f'{self.programs}/simulator/libreal_timers.so:/usr/$LIB/faketime/libfaketimeMT.so.1',
                'FAKETIME': f'{offset:+.3f} x{self.speed}', 'FAKETIME_DONT_FAKE_MONOTONIC': '1', 'FAKETIME_DONT_RESET': '1'}

    def text(self, form='%a %d %b %H:%M'):
        return time.strftime(form, time.gmtime(self.now() + 8 * 3600))  # the site's zone
