"""One site on this machine: two houses of 32 rooms, a box each, one cloud. Everything about how a program is configured, called and
known to be ready stands here."""
import json, os, pathlib, shutil, subprocess

from .clock import SiteClock
from .configs import BROKER_ACL, ROLES, broker_config, cloud_config, write_if_other
from .houses import House, edge_config, read_scenario
from .processes import Processes, port_taken, wait_until
from .say import Failure, note, step
from .wire import Api, Box, Meters, NoAnswer, ask_socket

READY_SECONDS = 30
PORTS = {'broker': 18883, 'gate-a': 18983, 'gate-b': 19083, 'http': 8480, 'collectors-b': 19183, 'gateways-b': 19283}
PORTS_TRIED = 100
# What --fresh forgets: everything but logs.
KEPT = ('broker', 'cloud', 'edge-a', 'edge-b', 'house-a', 'house-b', 'tokens', 'clock', 'ports', 'first-readings.json', 'set-up', 'logins.json', 'old')


class Place:
    def __init__(self, top, run=None, programs=None, port_shift=0, scenarios='simulator/building/scenarios'):
        self.top = pathlib.Path(top)
        self.run = pathlib.Path(run or os.environ.get('WATTLE_RUN') or self.top / 'run').absolute()
        self.programs = pathlib.Path(programs or os.environ.get('WATTLE_BIN') or self.top / 'build/release').absolute()
        self.port_shift = port_shift
        self.processes = Processes(self.run)
        self.clock = SiteClock(self.run, self.programs)
        self.houses = [House('A', 1, f'{scenarios}/house_a.toml'), House('B', 2, f'{scenarios}/house_b.toml')]
        self.poll_ms = 1000
        # Started in this order, stopped in the other.
        self.services = ['broker', 'cloud']
        for house in self.houses:
            self.services += [house.gate, house.building, house.edge]

    # -- who is where

    def read_scenarios(self):
        for house in self.houses:
            read_scenario(house, self.programs, self.top)

    def house(self, letter):
        for house in self.houses:
            if house.letter == letter.upper():
                return house
        raise Failure(f'there is no house {letter}.', 'The houses are ' + ' and '.join(h.letter for h in self.houses) + '.')

    def house_of(self, room):
        for house in self.houses:
            if room in house.rooms:
                return house
        raise Failure(f'there is no room {room}.', *(f'House {h.letter}: {h.rooms[0]} to {h.rooms[-1]}' for h in self.houses))

    @property
    def rooms(self):
        return [room for house in self.houses for room in house.rooms]

    def port(self, name):
        try:
            return dict(line.split('=') for line in (self.run / 'ports').read_text().split()).get(name) or 0
        except OSError:
            return 0

    @property
    def api(self):
        return Api(int(self.port('http')), self.run / 'tokens')

    def box(self, house):
        return Box(self.run / house.edge / 'data/edge.sock')

    def meters(self, house):
        return Meters(self.run / house.building / 'control')

    # -- making it

    def choose_ports(self):
        """The remembered one if it is free, else the first free one, so that bookmarks and certificates stay good over restarts."""
        chosen = {}
        for name, first in PORTS.items():
            tried = ([int(self.port(name))] if self.port(name) else []) + list(range(first + self.port_shift,
                                                                                   first + self.port_shift + PORTS_TRIED))
            free = next((port for port in tried if not port_taken(port) and port not in chosen.values()), None)
            if free is None:
                raise Failure(f'no free port for {name} between {tried[0]} and {tried[-1]}.', 'Look who listens there: ss -ltnp')
            chosen[name] = free
        (self.run / 'ports').write_text(''.join(f'{name}={port}\n' for name, port in chosen.items()))

    def forget(self):
        for name in KEPT:
            path = self.run / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def prepare(self, speed):
        """Folders, ports, configurations, keys; what is there already stays."""
        (self.run / 'log').mkdir(parents=True, exist_ok=True)
        self.choose_ports()
        write_if_other(self.run / 'broker/mosquitto.conf', broker_config(self.run, self.port('broker')))
        write_if_other(self.run / 'broker/acl', BROKER_ACL, 0o700)
        write_if_other(self.run / 'cloud/cloud.toml', cloud_config(self.port('http'), self.port('broker')))
        for house in self.houses:
            (self.run / house.building).mkdir(exist_ok=True)
            write_if_other(self.run / house.edge / 'edge.toml',
                           edge_config(house, self.api.url, self.port(house.gate), self.port(house.collectors), self.run / house.building, self.poll_ms,
                                       self.port(house.gateways)))
        self.clock.set_speed(speed)
        self.first_start()

    def first_start(self):
        if not all((self.run / 'tokens' / role).exists() for role in ROLES):
            step("making the site's keys, certificates and tokens")
            self.cloud_command('init')
        for role in ROLES:
            header = self.run / 'tokens' / f'{role}.header'
            header.touch(0o600)
            header.write_text(f"Authorization: Bearer {(self.run / 'tokens' / role).read_text().strip()}\n")
        for house in self.houses:
            self.claim_code(house)

    def claim_code(self, house):
        """The same code until the box has its name: a claim whose answer was lost is asked again with it."""
        file = self.run / house.edge / 'claim-code'
        if not file.exists():
            new = file.with_suffix('.new')
            new.write_text(self.cloud_command('claim-code', '--edge', house.slot, '--hours', 8760))
            new.replace(file)

    def cloud_command(self, *words, may_fail=False):
        """A subcommand of wattle-cloud, by the site's clock."""
        command = [self.programs / 'cloud/wattle-cloud', words[0], '--config', self.run / 'cloud/cloud.toml', *words[1:]]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              env={**os.environ, **self.clock.environment()})
        if done.returncode != 0 and not may_fail:
            raise Failure(f'wattle-cloud {words[0]} failed ({done.returncode}):', done.stderr or done.stdout)
        return (done.returncode, done.stdout + done.stderr) if may_fail else done.stdout

    # -- its programs

    def command(self, name):
        if name == 'broker':
            return ['mosquitto', '-c', self.run / 'broker/mosquitto.conf']
        if name == 'cloud':
            return [self.programs / 'cloud/wattle-cloud', '--config', self.run / 'cloud/cloud.toml']
        house = next(h for h in self.houses if name in (h.gate, h.building, h.edge))
        if name == house.gate:
            return [self.programs / 'simulator/wattle-gate', '--listen', self.port(name), '--to', self.port('broker')]
        if name == house.building:
            return [self.programs / 'simulator/wattle-building', '--scenario', self.top / house.scenario, '--folder', self.run / name,
                    *(['--dial', f'127.0.0.1:{self.port(house.collectors)}'] if house.has_collectors else []),
                    *(['--gateways', self.port(house.gateways)] if house.has_gateways else [])]
        return [self.programs / 'edge/wattle-edge', '--config', self.run / name / 'edge.toml']

    def start(self, name, changed=lambda environment: environment):
        """Broker and gates live in real time, the others by the site's clock. `changed` may add to a program's environment."""
        fast = name != 'broker' and not name.startswith('gate')
        self.processes.start(name, self.command(name), lambda: changed(self.clock.environment() if fast else {}))

    def is_ready(self, name):
        """It does what it is there for, as far as one can see from outside."""
        try:
            if name == 'broker' or name.startswith('gate'):
                return port_taken(int(self.port(name)))
            if name == 'cloud':
                return self.api.health() is not None
            if name.startswith('house'):
                return ask_socket(self.run / name / 'control', 'status', 2).endswith('ok\n')
            return 'rooms' in json.loads(ask_socket(self.run / name / 'data/edge.sock', 'status', 2))
        except (NoAnswer, ValueError):
            return False

    def ended_or_ready(self, name):
        return self.processes.pid(name) is None or self.is_ready(name)

    def wait_ready(self, name, seconds=READY_SECONDS):
        wait_until(seconds, lambda: self.ended_or_ready(name))
        if not self.is_ready(name):
            raise Failure(f'{name} did not become ready; the end of {self.processes.log(name)}:', self.processes.last_words(name))

    def start_all(self, tell=note):
        for name in self.services:
            self.start(name)
            # A box that claims, waits for the cloud; the others do not wait for it.
            self.wait_ready(name)
            tell(f'{name} is up (pid {self.processes.pid(name)})')

    def stop_all(self, tell=note):
        for name in reversed(self.services):
            if self.processes.stop(name):
                tell(f'{name} has stopped')
        (self.run / 'ready').unlink(missing_ok=True)
