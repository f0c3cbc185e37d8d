"""Processes of ours, by pid. A pid file holds the pid and the moment at which that process began (in the kernel's ticks), so that
a number that was given to somebody else meanwhile is never signalled."""
import os, signal, socket, time

STOP_SECONDS = 8


def began(pid):
    """The kernel's start time of a living process, else None; one that only waits to be reaped has ended."""
    try:
        with open(f'/proc/{pid}/stat') as file:
            fields = file.read().rpartition(')')[2].split()
    except OSError:
        return None
    return None if fields[0] == 'Z' else fields[19]


def wait_until(seconds, condition, pause=0.1):
    end = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(pause)


def port_taken(port):
    """A free one can be bound; a listener's cannot."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            return True
    return False


def become(words, reads, writes, environment):
    """Never returns."""
    try:
        os.setsid()
        os.dup2(reads, 0)
        os.dup2(writes, 1)
        os.dup2(writes, 2)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvpe(words[0], words, {**os.environ, **environment()})
    except OSError as error:
        os.write(2, f'{words[0]}: {error}\n'.encode())
    finally:
        os._exit(127)


class Child:
    """Reaped as soon as somebody looks."""

    def __init__(self, pid):
        self.process, self.code = pid, None

    def poll(self):
        if self.code is None:
            self._reap(os.WNOHANG)
        return self.code

    def wait(self):
        if self.code is None:
            self._reap(0)
        return self.code

    def _reap(self, how):
        try:
            pid, status = os.waitpid(self.process, how)
        except ChildProcessError:
            self.code = -1  # somebody else was told
            return
        if pid:
            self.code = os.waitstatus_to_exitcode(status)


class Processes:
    def __init__(self, run):
        self.folder, self.logs = run / 'pid', run / 'log'
        self.children = {}

    def remember(self, name, pid):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(f'{pid} {began(pid)}\n')

    def pid(self, name):
        """While it lives, else None."""
        child = self.children.get(name)
        if child is not None:
            child.poll()
        try:
            pid, start = (self.folder / name).read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if began(pid) == start else None

    def log(self, name):
        return self.logs / f'{name}.log'

    def last_words(self, name, lines=8):
        try:
            return '\n'.join(self.log(name).read_text(errors='replace').splitlines()[-lines:])
        except OSError:
            return '(no log)'

    def start(self, name, command, environment=dict):
        """In a session of its own, so that Ctrl-C reaches only us and we stop things in order. `environment` is asked in the child, right
        before the program begins: a fast clock counts from there, and a tenth of a second is minutes of it."""
        self.logs.mkdir(parents=True, exist_ok=True)
        words = [str(word) for word in command]
        with open(self.log(name), 'ab') as log, open(os.devnull, 'rb') as nothing:
            pid = os.fork()
            if pid == 0:
                become(words, nothing.fileno(), log.fileno(), environment)
        self.children[name] = Child(pid)
        self.remember(name, pid)

    def signal(self, name, number):
        pid = self.pid(name)
        if pid:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass  # it has just ended
        return pid

    def kill(self, name):
        """Without a warning; returns the pid that it had."""
        pid = self.signal(name, signal.SIGKILL)
        wait_until(5, lambda: self.pid(name) is None, 0.02)
        return pid

    def stop(self, name):
        """Asks, waits, then insists. True when it had been running."""
        pid = self.signal(name, signal.SIGTERM)
        if pid and not wait_until(STOP_SECONDS, lambda: self.pid(name) is None, 0.05):
            self.kill(name)
        try:
            (self.folder / name).unlink()
        except FileNotFoundError:
            pass
        self.children.pop(name, None)
        return pid is not None
