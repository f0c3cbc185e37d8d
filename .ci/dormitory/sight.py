"""What the live view knows: the boxes' own words from their sockets, the cloud's from its feed, and what has changed between."""
import collections, threading, time

from .say import Failure, micros, yuan
from .wire import Feed, NoAnswer, Refused

EVENTS_KEPT = 200
BOX_PAUSE_SECONDS = 1.0
LOSS_PAUSE_SECONDS = 15.0
SHOWN_PAUSE_SECONDS = 3.0
LOSS_SECONDS = 3 * 86_400
FEED_PAUSE_SECONDS = 1.0

REASONS = {'credit': 'has money', 'no_credit': 'no money left', 'overload': 'too much power', 'malignant': 'heating appliance',
           'locked_out': 'locked out', 'stay_over': 'nobody lives here', 'timetable': 'by the timetable', 'forced_on': 'forced on', 'forced_off': 'forced off',
           'returning': 'waits its turn', 'fire': 'fire'}
REASONS_TO_CLOSE = ('credit', 'forced_on')


class Sight:
    def __init__(self, place):
        self.place = place
        self.boxes = {house.letter: None for house in place.houses}    # a box's status, None while it does not answer
        self.links = {}                                                # a box's link as the cloud sees it
        self.rooms = {}                                                # as the cloud tells
        self.losses = {}                                               # building → what comes in and what its rooms use, of three days
        self.last_losses = 0.0
        self.shown = {}                                                # house → what its meters show, of one with other kinds of them
        self.ways = {}                                                 # house → its collectors and gateways
        self.last_shown = 0.0
        self.cloud_answers = self.broker_answers = False
        self.events = collections.deque(maxlen=EVENTS_KEPT)
        self.new_events = collections.deque(maxlen=EVENTS_KEPT)
        self.last_look = 0.0
        self.lock = threading.Lock()
        self.ending = False
        self.thread = threading.Thread(target=self._follow_feed, daemon=True)

    def start(self):
        self.thread.start()

    def tell(self, text):
        event = (time.strftime('%T'), text)
        with self.lock:
            self.events.append(event)
            self.new_events.append(event)

    def take_new_events(self):
        with self.lock:
            events, self.new_events = list(self.new_events), collections.deque(maxlen=EVENTS_KEPT)
        return events

    # -- the cloud's words

    def _follow_feed(self):
        after = None
        while not self.ending:
            try:
                feed = Feed(self.place.api, after=after)
                for event in feed:
                    after = self._take(event) or after
            except (NoAnswer, OSError, ValueError):
                pass
            time.sleep(FEED_PAUSE_SECONDS)

    def _take(self, event):
        kind = event.get('type')
        if kind in ('hello', 'reset'):
            self._read_all_rooms()
        elif kind == 'room.changed':
            self._room_changed(event['room'])
        elif kind in ('edge.online', 'edge.offline'):
            letter = next((h.letter for h in self.place.houses if h.slot == event['edge']['edge']), '?')
            self.tell(f"the cloud {'hears' if kind == 'edge.online' else 'no longer hears'} house {letter}")
        return event.get('number')

    def _read_all_rooms(self):
        for room in self.place.rooms:
            try:
                self.rooms[room] = self.place.api.get(f'rooms/{room}')
            except (NoAnswer, Refused):
                return

    def _room_changed(self, room):
        number, old = room['room'], self.rooms.get(room['room'])
        self.rooms[number] = room
        if old is None:
            return
        gained = micros(room['balance']) - micros(old['balance'])
        if gained > 1_000_000:
            self.tell(f'room {number}: +{yuan(gained)} yuan, balance {yuan(micros(room["balance"]))}')

    # -- the boxes' words

    def look(self):
        if time.monotonic() - self.last_look < BOX_PAUSE_SECONDS:
            return False
        self.last_look = time.monotonic()
        for house in self.place.houses:
            try:
                new = self.place.box(house).status()
            except (NoAnswer, ValueError):
                new = None
            self._compare(house, self.boxes[house.letter], new)
            self.boxes[house.letter] = new
        self._look_at_meters()
        self._look_at_cloud()
        return True

    def _look_at_meters(self):
        if time.monotonic() - self.last_shown < SHOWN_PAUSE_SECONDS:
            return
        self.last_shown = time.monotonic()
        for house in self.place.houses:
            if house.has_other_kinds or house.has_collectors or house.has_gateways:
                try:
                    self.shown[house.letter], self.ways[house.letter] = self.place.meters(house).look()
                except (NoAnswer, Failure, ValueError):
                    self.shown.pop(house.letter, None)
                    self.ways.pop(house.letter, None)

    def _look_at_cloud(self):
        try:
            self.broker_answers = self.place.api.health()['broker']
            items = self.place.api.get('edges')['items']
            self.cloud_answers = True
        except (NoAnswer, Refused):
            self.cloud_answers = False
            return
        self.links = {item['edge']: item for item in items if not item['fenced']}
        self._look_at_losses()

    def _look_at_losses(self):
        """By the days of the site's clock; nothing where a house has no main meter, or none that was read yet."""
        if time.monotonic() - self.last_losses < LOSS_PAUSE_SECONDS:
            return
        self.last_losses = time.monotonic()
        now = self.place.clock.now()
        span = '&'.join(f'{name}={time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))}'
                        for name, moment in (('from', now - LOSS_SECONDS), ('to', now)))
        for house in self.place.houses:
            if not house.mains:
                continue
            try:
                self.losses[house.slot] = self.place.api.get(f'buildings/{house.slot}/loss?{span}')
            except (NoAnswer, Refused):
                self.losses.pop(house.slot, None)

    def _compare(self, house, old, new):
        if (old is None) != (new is None):
            self.tell(f"box {house.letter} {'answers' if new else 'does not answer'}")
        if old is None or new is None:
            return
        if old['link'] != new['link']:
            self.tell(f"box {house.letter}: {'linked to the broker' if new['link'] == 'connected' else 'cut off from the broker'}")
        before = {c['circuit']: c['relay'] for room in old['rooms'] for c in room['circuits']}
        for room in new['rooms']:
            for circuit in room['circuits']:
                was = before.get(circuit['circuit'])
                if was in ('open', 'closed') and circuit['relay'] != was and circuit['relay'] in ('open', 'closed'):
                    self._relay_moved(room, circuit)

    def _relay_moved(self, room, circuit):
        reason = circuit.get('reason') or ('credit' if circuit['relay'] == 'closed' else 'no_credit')
        name = f"room {room['room']}" + (f" circuit {circuit['circuit']}" if len(room['circuits']) > 1 else '')
        closed = circuit['relay'] == 'closed'
        if closed == (reason in REASONS_TO_CLOSE):
            what = 'restored' if closed else 'cut'
        else:  # a valve travels for half a minute after its order
            what = 'on until it obeys' if closed else 'off until it obeys'
        self.tell(f"{name}: {what} ({REASONS.get(reason, reason)}), "
                  f"{yuan(micros(room['live']))} yuan")

    def box_room(self, house, number):
        status = self.boxes[house.letter]
        return next((room for room in status['rooms'] if room['room'] == number), None) if status else None
