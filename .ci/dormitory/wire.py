"""The three ways in, as anybody has them: the public HTTP API, its WebSocket feed, and the local sockets of boxes and meters."""
import base64, http.client, json, os, socket, struct, time

from .say import Failure

SOCKET_SECONDS = 3
HTTP_SECONDS = 10


class NoAnswer(Exception):
    """Nobody is there just now."""


class Refused(Exception):
    """The API's problem+json."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body.get('code', '?')}: {body.get('title', '')} {body.get('detail', '')} {body.get('errors', '')}")
        self.status, self.code, self.body = status, body.get('code', ''), body


def ask_socket(path, line, seconds=SOCKET_SECONDS):
    """One line to a Unix socket of ours, and the text that it answers."""
    text = b''
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(seconds)
            peer.connect(os.path.relpath(path))  # a socket's path is short, a folder's need not be
            peer.sendall(line.encode() + b'\n')
            while not (text.endswith((b'ok\n', b'}\n')) or (text.startswith(b'error') and text.endswith(b'\n'))):
                more = peer.recv(1 << 16)
                if not more:
                    break
                text += more
    except OSError as error:
        raise NoAnswer(f'{path}: {error}') from error
    return text.decode()


class Box:
    """A box's local socket: it answers without any network."""

    def __init__(self, path):
        self.path = path

    def status(self):
        return json.loads(ask_socket(self.path, 'status'))

    def room(self, number):
        return next((room for room in self.status()['rooms'] if room['room'] == number), None)

    def type_code(self, room, digits):
        return json.loads(ask_socket(self.path, f'code {room} {digits}'))


class Meters:
    """A building's control socket."""

    def __init__(self, path):
        self.path = path

    def status(self):
        """Of each meter by the number on its plate, a list of what its circuits show; figures as numbers."""
        return self.look()[0]

    def look(self):
        """That, and what stands between the meters' lines and their box: collectors that dial in, gateways."""
        meters, ways = {}, []
        for line in self.ask('status').splitlines():
            fields = dict(word.split('=', 1) for word in line.split() if '=' in word)
            fields = {key: int(value) if value.lstrip('-').isdigit() else value for key, value in fields.items()}
            if 'number' in fields:
                meters.setdefault(fields['number'], []).append(fields)
            elif fields:
                ways.append(fields)
        return meters, ways

    def ask(self, line):
        text = ask_socket(self.path, line)
        if not text or text.startswith('error'):
            raise Failure(f'the virtual meters refused "{line}": {text.strip() or "no answer"}')
        return text


class Api:
    def __init__(self, port, tokens):
        self.port, self.tokens = port, tokens

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def token(self, role):
        return (self.tokens / role).read_text().strip()

    def call(self, role, method, path, body=None, key=None):
        headers = {'Authorization': 'Bearer ' + self.token(role)}
        if body is not None:
            headers['Content-Type'] = 'application/json'
        if key:
            headers['Idempotency-Key'] = key
        line = http.client.HTTPConnection('127.0.0.1', self.port, timeout=HTTP_SECONDS)
        try:
            line.request(method, '/api/v1/' + path, None if body is None else json.dumps(body), headers)
            answer = line.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f'the cloud does not answer: {error}') from error
        finally:
            line.close()
        try:
            value = json.loads(text) if text else {}
        except ValueError:
            value = {'title': text.decode(errors='replace')}
        if answer.status >= 400:
            raise Refused(answer.status, value)
        return value

    def get(self, path, role='monitor'):
        return self.call(role, 'GET', path)

    def insist(self, seconds, role, method, path, body=None, key=None):
        """The same call until somebody has answered it: with its key it is the same wish."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.call(role, method, path, body, key)
            except NoAnswer:
                if time.monotonic() > end:
                    raise
            except Refused as refused:
                if refused.status < 500 or time.monotonic() > end:
                    raise
            time.sleep(0.2)

    def health(self):
        return self.get('health')


class Feed:
    """The live feed (RFC 6455, as much of a client as it needs). Iterating gives events until the connection ends."""

    def __init__(self, api, rooms=(), after=None, seconds=None):
        query = [f"rooms={','.join(map(str, rooms))}"] if rooms else []
        query += [f'after={after}'] if after else []
        key = base64.b64encode(os.urandom(16)).decode()
        try:
            self.peer = socket.create_connection(('127.0.0.1', api.port), timeout=HTTP_SECONDS)
            self.peer.sendall((f"GET /api/v1/feed{'?' + '&'.join(query) if query else ''} HTTP/1.1\r\nHost: 127.0.0.1:{api.port}\r\n"
                               f'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n'
                               f"Authorization: Bearer {api.token('monitor')}\r\n\r\n").encode())
            self.heard = b''
            while b'\r\n\r\n' not in self.heard:
                self._more()
        except OSError as error:
            raise NoAnswer(f'the feed does not answer: {error}') from error
        head, self.heard = self.heard.split(b'\r\n\r\n', 1)
        if not head.startswith(b'HTTP/1.1 101'):
            raise NoAnswer('the feed was refused: ' + head.split(b'\r\n')[0].decode())
        self.peer.settimeout(seconds)

    def close(self):
        self.peer.close()

    def _more(self):
        more = self.peer.recv(1 << 16)
        if not more:
            raise NoAnswer('the feed has ended')
        self.heard += more

    def _take(self, size):
        while len(self.heard) < size:
            self._more()
        taken, self.heard = self.heard[:size], self.heard[size:]
        return taken

    def _frame(self):
        first, second = self._take(2)
        size = second & 0x7f
        if size == 126:
            size = struct.unpack('>H', self._take(2))[0]
        elif size == 127:
            size = struct.unpack('>Q', self._take(8))[0]
        return first & 0x0f, self._take(size)

    def _pong(self, payload):
        mask = os.urandom(4)
        self.peer.sendall(bytes([0x8a, 0x80 | len(payload)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def __iter__(self):
        while True:
            try:
                opcode, payload = self._frame()
                if opcode == 0x9:
                    self._pong(payload)
                elif opcode == 0x8:
                    return
                elif opcode == 0x1:
                    yield json.loads(payload)
            except OSError as error:
                raise NoAnswer(f'the feed has ended: {error}') from error
