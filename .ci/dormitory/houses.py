"""The two houses: which scenario file each plays, which box reads it, and the box's configuration."""
import json, subprocess
from dataclasses import dataclass, field

from .say import Failure

POLL_EVERY_MS = 1000


@dataclass
class House:
    letter: str
    slot: int                                    # of its box
    scenario: str
    meters: list = field(default_factory=list)   # of its rooms, as `wattle-building --list` gives them
    mains: list = field(default_factory=list)    # its main meters: recorded, and no room's

    @property
    def edge(self):
        return f'edge-{self.letter.lower()}'

    @property
    def gate(self):
        return f'gate-{self.letter.lower()}'

    @property
    def building(self):
        return f'house-{self.letter.lower()}'

    @property
    def has_collectors(self):
        return any('collector' in meter for meter in self.meters)

    @property
    def collectors(self):
        """The name of the port where they dial in."""
        return f'collectors-{self.letter.lower()}'

    @property
    def has_other_kinds(self):
        """Meters of which more is to be seen than what they have counted: with a purse or a display, or of water."""
        return any(is_water(meter) or circuit['name'] in ('purse', 'display') for meter in self.meters for circuit in meter['circuits'])

    @property
    def has_gateways(self):
        return any('gateway' in meter for meter in self.meters)

    @property
    def gateways(self):
        """The name of the port where its gateway of Modbus-TCP listens; a house has one."""
        return f'gateways-{self.letter.lower()}'

    @property
    def rooms(self):
        return sorted({meter['room'] for meter in self.meters})

    def meters_of(self, room):
        return [meter for meter in self.meters if meter['room'] == room]


def is_water(meter):
    """It counts litres, and its valve takes its time."""
    return 'water' in meter.get('profile', '')


def utility_of(meter):
    return 'cold_water' if is_water(meter) else 'electricity'


def shown_wh(meter, energy_wh):
    """What the meter's register shows of it, in Wh or litres: DL/T 645 has steps of 0.01 kWh, CJ/T 188 of 0.01 m³."""
    return energy_wh - energy_wh % (10 if meter['protocol'].startswith(('dlt645', 'cjt188')) else 1)


def read_scenario(house, programs, top):
    """The meters of its scenario; a scenario that is wrong says where."""
    listed = subprocess.run([f'{programs}/simulator/wattle-building', '--scenario', top / house.scenario, '--list'],
                            capture_output=True, text=True)
    if listed.returncode != 0:
        raise Failure(f'the scenario of house {house.letter} cannot be played:', listed.stderr or listed.stdout)
    listed = [json.loads(line) for line in listed.stdout.splitlines()]
    house.meters = [meter for meter in listed if 'main' not in meter]
    house.mains = [meter for meter in listed if 'main' in meter]


def edge_config(house, cloud_url, gate_port, collectors_port, meters_folder, poll_ms=POLL_EVERY_MS, gateways_port=0):
    lines = ['data = "data"', '', '[cloud]', f'url = "{cloud_url}"', 'claim_code_file = "claim-code"', '',
             '[mqtt]                        # through the gate, so that this building\'s network can be torn',
             'host = "127.0.0.1"', f'port = {gate_port}', 'longest_pause = "3s"', '', '[poll]', f'every = "{poll_ms}ms"', '',
             '[disk]                        # many boxes share this one', 'reserve_mib = 1', 'alarm_below_mib = 4']
    if house.has_collectors:
        lines += ['', '[collectors]                  # where they dial in', f'listen = "127.0.0.1:{collectors_port}"']
    known = set()
    for meter in house.meters + house.mains:
        if meter['bus'] not in known:
            known.add(meter['bus'])
            lines += bus_section(meter, meters_folder, gateways_port)
    for meter in house.meters:
        lines += meter_section(meter)
    for meter in house.mains:
        lines += main_section(meter)
    return '\n'.join(lines) + '\n'


def bus_section(meter, meters_folder, gateways_port):
    if 'gateway' in meter:
        way = [f'connect = "127.0.0.1:{gateways_port}"', 'framing = "modbus-tcp"']
    elif 'collector' in meter:
        way = [f'collector = "{meter["collector"]}"', f'heartbeat = "{meter["heartbeat"]}"', 'latency = "500ms"']
    else:
        way = [f'connect = "127.0.0.1:{meter["port"]}"' if 'port' in meter else f'device = "{meters_folder}/{meter["bus"]}"']
    framing = [f'framing = "{meter["framing"]}"'] if 'framing' in meter else []
    return ['', '[[bus]]', f'name = "{meter["bus"]}"', *way, *framing, f'baud = {meter["baud"]}']


def meter_section(meter):
    """Under DL/T 645 and CJ/T 188 a meter's address is the number on its plate."""
    circuits = [circuit['circuit'] for circuit in meter['circuits']]
    return ['', '[[meter]]', f'bus = "{meter["bus"]}"', f'profile = "{meter["profile"]}"', f'meter_number = {meter["meter"]}',
            *([f'address = {meter["address"]}'] if meter['protocol'].startswith('modbus') else []),
            f'circuits = {circuits}', f'room = {meter["room"]}']


def main_section(meter):
    return ['', '[[meter]]                     # a main meter', f'bus = "{meter["bus"]}"', f'profile = "{meter["profile"]}"',
            f'meter_number = {meter["meter"]}', f'address = {meter["address"]}', f'circuit = {meter["circuits"][0]["circuit"]}',
            'only_recorded = true']
