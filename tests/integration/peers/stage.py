"""What the tests with programs of others have in common: serial lines, children that end with the test, waiting, packing values."""
import contextlib, json, os, select, shutil, socket, struct, subprocess, threading, time, tty

WAIT_SECONDS = 30
LINE_BYTES = 256


class Missing(Exception):
    """A peer that is not installed fails the test: a line of communication that nobody tried is not known to work."""


def need(program):
    found = shutil.which(program)
    if not found:
        raise Missing(f'{program} is not installed; ./wattle test installs it')
    return found


def wait_until(what, condition, seconds=WAIT_SECONDS):
    """`condition` gives what is still wrong; nothing, or an empty list, when it is so."""
    end = time.monotonic() + seconds
    while wrong := condition():
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}: {wrong}')
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def answers_modbus_tcp(port):
    """Whether a program answers there: one that listens may yet be too busy with its start, or hang in it."""
    question = struct.pack('>HHHBBHH', 1, 0, 6, 1, 3, 0, 1)  # one holding register of unit 1
    with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), timeout=1) as line:
        line.sendall(question)
        return line.recv(LINE_BYTES)[:2] == question[:2]
    return False


class Line:
    """A serial line: two pseudo-terminals, and what goes in at one end comes out at the other."""

    def __init__(self):
        self.ours, self.theirs = zip(os.openpty(), os.openpty())
        for end in self.theirs:
            tty.setraw(end)
        self.ends = [os.ttyname(end) for end in self.theirs]
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._carry)
        self.thread.start()

    def _carry(self):
        other = {self.ours[0]: self.ours[1], self.ours[1]: self.ours[0]}
        while not self.stopped.is_set():
            for end in select.select(self.ours, [], [], 0.1)[0]:
                os.write(other[end], os.read(end, LINE_BYTES))

    def close(self):
        self.stopped.set()
        self.thread.join()
        for end in self.ours + self.theirs:
            os.close(end)


class Peer:
    """A foreign program with meters; see pymodbus_meters.py for the lines it takes and gives. `heard` is called with each write of its
    master, on a thread of its own."""

    def __init__(self, command, heard):
        self.command, self.heard, self.shown = [str(word) for word in command], heard, {}
        self.lock, self.failures = threading.RLock(), []
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.listener = threading.Thread(target=self._listen, args=(self.process.stdout,))
        self.listener.start()
        with self.lock:
            for place, values in self.shown.items():
                self._send(*place, values)

    def _listen(self, told):
        for line in told:
            try:
                self.heard(json.loads(line))
            except Exception as error:  # whatever it is, the test must not end well
                self.failures.append(f'{line.strip()}: {error!r}')
        told.close()

    def show(self, unit, table, address, values):
        """What the meter's registers hold from now on, also after a restart."""
        with self.lock:
            self.shown[unit, table, address] = values
            self._send(unit, table, address, values)

    def _send(self, unit, table, address, values):
        self.process.stdin.write(json.dumps({'unit': unit, 'table': table, 'address': address, 'values': values}) + '\n')
        self.process.stdin.flush()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.listener.join()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()


# -- values as registers, apart from the code under test

def words(form, value):
    """Registers of one value, the highest first."""
    raw = struct.pack('>' + form, value)
    return list(struct.unpack(f'>{len(raw) // 2}H', raw))


def value(form, registers):
    return struct.unpack('>' + form, struct.pack(f'>{len(registers)}H', *registers))[0]
