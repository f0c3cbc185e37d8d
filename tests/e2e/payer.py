"""Cashiers who never give up. Each recharge keeps its Idempotency-Key until the cloud has answered it, however often that takes;
half of the answered ones are asked once more, which must tell the same payment."""
import random, threading, time, uuid

from dormitory.wire import NoAnswer, Refused

PAUSE_SECONDS = 0.4
LONGEST_FEN = 100
PATIENCE_SECONDS = 180


class Payer(threading.Thread):
    def __init__(self, api, rooms, seed):
        super().__init__(daemon=True)
        self.api, self.rooms, self.random = api, rooms, random.Random(seed)
        self.told = {}       # number → (micro-units, room): what a person holds a receipt for
        self.failure = None
        self.stopping = threading.Event()

    def ask(self, key, room, fen):
        """The payment's number, or None while nobody knows."""
        try:
            order = self.api.call('cashier', 'POST', f'rooms/{room}/recharges',
                                  {'amount': f'{fen // 100}.{fen % 100:02}', 'channel': 'cash'}, key)
            return order['number']
        except NoAnswer:
            return None
        except Refused as refused:
            if refused.status < 500:
                raise RuntimeError(f'a recharge was refused: {refused}') from refused
            return None

    def insist(self, key, room, fen):
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            number = self.ask(key, room, fen)
            if number:
                return number
            time.sleep(0.2)
        raise RuntimeError(f'a recharge had no answer within {PATIENCE_SECONDS} s')

    def pay(self, room, fen):
        key = str(uuid.uuid4())
        number = self.insist(key, room, fen)
        self.told[number] = (fen * 10_000, room)
        if self.random.random() < 0.5 and self.insist(key, room, fen) != number:
            raise RuntimeError(f'the same key was another payment: {number}')

    def run(self):
        try:
            while not self.stopping.is_set():
                self.pay(self.random.choice(self.rooms), self.random.randint(1, LONGEST_FEN))
                time.sleep(self.random.random() * PAUSE_SECONDS)
        except (RuntimeError, OSError, ValueError, KeyError) as failure:
            self.failure = failure

    def finish(self):
        """Finishes the one at hand."""
        self.stopping.set()
        self.join(PATIENCE_SECONDS + 10)
        if self.is_alive():
            self.failure = RuntimeError('the payer did not end')
