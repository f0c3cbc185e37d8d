"""Prints each thing about a room that changes, as it happens: the cloud's word from the API, the box's from its socket."""
import time

from .say import note
from .wire import NoAnswer, Refused

PAUSE_SECONDS = 0.2
CLOUD_FIELDS = ('open_at', 'online', 'balance', 'on_the_way', 'in_transit', 'arrears', 'waiting_payments')


def flat(value):
    if isinstance(value, dict) and set(value) == {'edge', 'incarnation'}:
        return f"box {value['edge']}.{value['incarnation']}"
    if isinstance(value, list):
        return f'{len(value)} of them' if value else 'none'
    return {True: 'yes', False: 'no', None: 'nowhere'}.get(value, str(value)) if not isinstance(value, str) else value


def as_lines(seen):
    """How it stands before anything happens."""
    cloud = f"cloud: {seen['cloud']}"
    if 'cloud balance' in seen:
        cloud = f"cloud: balance {seen['cloud balance']}, {seen['cloud open_at']}, {'online' if seen['cloud online'] == 'yes' else 'offline'}"
    relays = ' '.join(value for name, value in seen.items() if name.startswith('box relay'))
    box = f"box: live {seen.get('box live', 'no such room')}, {relays}, {seen['box link']}" if 'box link' in seen else f"box: {seen['box']}"
    return f'{cloud}; {box}'


class Follower:
    """`seen` holds the newest of both, under "cloud …" and "box …"."""

    def __init__(self, place, room, say=note):
        self.place, self.room, self.say = place, room, say
        self.house = place.house_of(room)
        self.seen = {}

    def cloud(self):
        try:
            room = self.place.api.get(f'rooms/{self.room}')
        except NoAnswer:
            return {'cloud': 'no answer'}
        except Refused as refused:
            return {'cloud': refused.code}
        out = {f'cloud {field}': flat(room[field]) for field in CLOUD_FIELDS}
        for circuit in room['circuits']:
            if 'reason' in circuit:
                out[f"cloud reason of {circuit['circuit']}"] = circuit['reason']
        return {'cloud': 'answers', **out}

    def box(self):
        try:
            status = self.place.box(self.house).status()
        except (NoAnswer, ValueError):
            return {'box': 'no answer'}
        out = {'box': 'answers', 'box link': status['link']}
        for room in status['rooms']:
            if room['room'] == self.room:
                out['box live'] = room['live']
                for circuit in room['circuits']:
                    out[f"box relay {circuit['circuit']}"] = circuit['relay']
                    out[f"box power {circuit['circuit']}"] = f"{circuit.get('power_w', 0)} W"
        return out

    def look(self):
        now = {**self.cloud(), **self.box()}
        if not self.seen:
            self.say(f"{time.strftime('%T')}  {as_lines(now)}")
            self.seen.update(now)
        for name, value in now.items():
            if self.seen.get(name) != value and not (name.startswith(('box live', 'box power')) and name in self.seen):
                before = self.seen.get(name)
                self.say(f"{time.strftime('%T')}  {name:<22} {value if before is None else f'{before} → {value}'}")
        self.seen.update(now)
        return self.seen

    def until(self, seconds, condition):
        """Follows until the condition holds of what was seen; False when the time is over."""
        end = time.monotonic() + seconds
        while True:
            if condition(self.look()):
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(PAUSE_SECONDS)

    def rest(self, seconds):
        self.until(seconds, lambda seen: False)

    def relays(self):
        return [value for name, value in self.seen.items() if name.startswith('box relay')]
