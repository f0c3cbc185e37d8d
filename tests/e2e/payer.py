#!/usr/bin/env python3
"""A cashier who never gives up: payer.py ROOM_URL TOKEN_FILE ACKNOWLEDGED

Recharges of random amounts, one after the other. Each keeps its Idempotency-Key until the cloud has answered it, however often that
takes; half of the answered ones are asked once more, which must tell the same payment. Writes "number fen" a line, after
the answer. SIGTERM: finishes the one at hand.
"""
import http.client, json, random, signal, sys, time, urllib.parse, uuid

PAUSE_SECONDS = 0.4
LONGEST_FEN = 100
PATIENCE_SECONDS = 120


class Payer:
    def __init__(self, room_url, token_file):
        url = urllib.parse.urlsplit(room_url)
        self.place, self.path = url.netloc, url.path + '/recharges'
        with open(token_file) as file:
            self.token = file.read().strip()

    def ask(self, key, fen):
        """The payment's number, or None while nobody knows."""
        body = json.dumps({'amount': f'{fen // 100}.{fen % 100:02}', 'channel': 'cash'})
        headers = {'Authorization': 'Bearer ' + self.token, 'Content-Type': 'application/json', 'Idempotency-Key': key}
        line = http.client.HTTPConnection(self.place, timeout=5)
        try:
            line.request('POST', self.path, body, headers)
            answer = line.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()
        if answer.status >= 500:
            print('answered', answer.status, text.decode(), flush=True)
            return None
        if answer.status not in (200, 201):
            raise SystemExit(f'refused: {answer.status} {text.decode()}')
        return json.loads(text)['number']

    def insist(self, key, fen):
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            number = self.ask(key, fen)
            if number:
                return number
            time.sleep(0.2)
        raise SystemExit(f'no answer within {PATIENCE_SECONDS} s')


def main():
    payer, stopping = Payer(sys.argv[1], sys.argv[2]), []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    with open(sys.argv[3], 'w') as acknowledged:
        while not stopping:
            key, fen = str(uuid.uuid4()), random.randint(1, LONGEST_FEN)
            number = payer.insist(key, fen)
            print(number, fen, file=acknowledged, flush=True)
            if random.random() < 0.5 and payer.insist(key, fen) != number:
                raise SystemExit(f'the same key was another payment: {number}')
            time.sleep(random.random() * PAUSE_SECONDS)


main()
