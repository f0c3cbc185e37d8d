"""The live view: every room with its balance and relays, the links, what happened last. On a terminal it fills the screen and
redraws; elsewhere it is a plain line for each event."""
import os, shutil, sys, termios, time, tty

from .houses import is_water
from .say import micros, say, yuan
from .sight import Sight

LOW_MICROS = 5_000_000         # yellow below
CELL = 19                      # 80 columns hold four, with a space between
HOUSE_WIDTH = 2 * CELL + 1
LEGEND_LINES = 1
PLAIN_PAUSE_SECONDS = 30

GREEN, YELLOW, RED, BLUE, MAGENTA, GREY, BOLD = '32', '33', '31', '34', '35', '90', '1'


class Paint:
    """Signs for those who see no colours, colours for those who do."""

    def __init__(self, colours, unicode):
        self.colours = colours
        self.signs = dict(closed='●', open='○', other='◐', silent='✕', unknown='·', bar='│', up='↑', water='≈') if unicode else \
            dict(closed='+', open='o', other='x', silent='!', unknown='.', bar='|', up='^', water='~')

    def __call__(self, text, *codes):
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colours and codes else text


def circuit_sign(circuit, low, water):
    """(name of the sign, colour)"""
    if circuit.get('silent'):
        return 'silent', GREY
    if circuit['relay'] == 'closed':
        return 'water' if water else 'closed', YELLOW if low else BLUE if water else GREEN
    if circuit['relay'] == 'open':
        return ('open', RED) if circuit.get('reason', 'no_credit') == 'no_credit' else ('other', MAGENTA)
    return 'unknown', GREY


def kilowatts(watts):
    return f'{watts / 1000:.1f}k' if watts < 9950 else f'{watts // 1000}k'


def cell(paint, number, box_room, cloud_room, waters=frozenset()):
    """Nineteen columns: room, a sign for each circuit, balance, kW. ↑ marks money that waits for the box. `waters`: circuits of water."""
    waits = cloud_room is not None and (micros(cloud_room['on_the_way']) != 0 or bool(cloud_room['waiting_payments']))
    mark = paint(paint.signs['up'], BLUE) if waits else ' '
    if box_room is None:
        money = yuan(micros(cloud_room['balance'])) if cloud_room else '–'
        return f"{number:>4}{mark}" + paint(f"{paint.signs['unknown']:<3}{money:>6}", GREY) + ' ' * (CELL - 14)
    live = micros(box_room['live'])
    signs = ''.join(paint(paint.signs[name], colour) for name, colour in
                    (circuit_sign(circuit, live < LOW_MICROS, circuit['circuit'] in waters) for circuit in box_room['circuits'][:3]))
    signs += ' ' * (3 - len(box_room['circuits'][:3]))
    power = sum(circuit.get('power_w', 0) for circuit in box_room['circuits'])
    money = f'{yuan(live):>6}'[:7]
    colour = [RED] if live <= 0 else [YELLOW] if live < LOW_MICROS else []
    return f'{number:>4}{mark}{signs}' + paint(f'{money:>6}', *colour) + f'{kilowatts(power):>5}'


def house_line(paint, house, box, link):
    """One line of 39 columns: who it is, whether it is linked, what is behind."""
    if box is None:
        return paint(f'{house.letter}  box {house.slot}', BOLD) + paint('  does not answer', RED)
    linked = box['link'] == 'connected'
    state = paint('linked', GREEN) if linked else paint('cut off', RED)
    if box.get('asking'):
        state = paint('asking', YELLOW)
    if box.get('fenced'):
        state = paint('fenced', MAGENTA)
    behind = box['backlog']
    down = link['backlog'] if link else 0
    return paint(f'{house.letter}  box {house.slot}', BOLD) + f" {state}  {box['head']} entries, {behind}{paint.signs['up']} {down}↓"


def loss_line(loss):
    """Of a house with a main meter: what came in, and how much of it no room used."""
    if loss is None or loss['main'] is None or loss['loss'] is None:
        return None
    share = f" ({100 * loss['loss'] / loss['main']:.1f} %)" if loss['main'] > 0 else ''
    return f"   in {loss['main'] / 1000:.1f} kWh, lost {loss['loss'] / 1000:.1f}{share}"


def waters_of(house):
    return frozenset(circuit['circuit'] for meter in house.meters if is_water(meter) for circuit in meter['circuits'])


def meters_line(house, shown):
    """Of a house with meters of other kinds: what stands in their purse, and the water that they have counted."""
    parts, litres = [], 0
    for meter in house.meters:
        for circuit in shown.get(meter.get('meter'), []):
            if circuit.get('purse', 'display') != 'display':
                parts.append(f"purse {circuit['remaining']}")
            if is_water(meter):
                litres += circuit['energy_wh']
    return ' '.join(parts + ([f'water {litres / 1000:.1f} m³'] if litres else [])) or None


def display_lines(house, shown):
    """What a person reads on the LCD of each meter that has one: what remains, has been used and has been bought."""
    out = []
    for meter in house.meters:
        for circuit in shown.get(meter.get('meter'), []):
            if circuit.get('purse') == 'display':
                used = f"{circuit.get('used_wh', 0) / 1000:.1f}"
                long = f"LCD {circuit['remaining']}, used {used} kWh, bought {circuit['bought']}"
                short = f"LCD {circuit['remaining']} used {used} bought {circuit['bought']}"
                out.append(long if len(long) <= HOUSE_WIDTH else short)
    return out


def ways_line(ways):
    """The collectors that dial in, and when each last said that it is there; the gateways, and whether a box asks them."""
    parts, away = [], False
    for way in ways:
        if 'collector' in way:
            away = away or way['dialled'] != 'on'
            beat = f", beat {way['beat_s']} s" if 'beat_s' in way else ''
            parts.append(f"{way['collector']} in{beat}" if way['dialled'] == 'on' else f"{way['collector']} away")
        else:
            parts.append('gateway in use' if way['masters'] else 'gateway idle')
    return ('; '.join(parts), RED if away else GREY) if parts else None


def below_lines(sight, house):
    """What is told of a house besides its rooms, as (text, colour)."""
    shown, out = sight.shown.get(house.letter, {}), []
    for text in (loss_line(sight.losses.get(house.slot)), meters_line(house, shown), *display_lines(house, shown)):
        if text:
            out.append((text, GREY))
    ways = ways_line(sight.ways.get(house.letter, []))
    return out + ([ways] if ways else [])


def visible(text):
    """How wide a text is on the screen."""
    width, inside = 0, False
    for char in text:
        if char == '\x1b':
            inside = True
        elif inside:
            inside = char != 'm'
        else:
            width += 1
    return width


def padded(text, width):
    return text + ' ' * max(0, width - visible(text))


def picture(paint, sight, place, columns, lines):
    """The whole screen as lines; what does not fit is left out from below."""
    across = len(place.houses) if columns >= len(place.houses) * (HOUSE_WIDTH + 1) - 1 else 1
    health = paint('cloud', GREEN if sight.cloud_answers else RED) + ' ' + paint('broker', GREEN if sight.broker_answers else RED)
    out = [padded(f"{paint('Wattle', BOLD)}  {place.clock.text()} ×{place.clock.speed}   {health}   {place.api.url}", columns)]
    # Blocks stand side by side, so that all have as many lines below their heads as the one that has most to tell.
    below = max((len(below_lines(sight, house)) for house in place.houses), default=0)
    blocks = [house_block(paint, sight, house, below) for house in place.houses]
    for at in range(0, len(blocks), across):
        row = blocks[at:at + across]
        for parts in zip(*row):
            out.append(' '.join(padded(part, HOUSE_WIDTH) for part in parts))
    signs = paint.signs
    out.append(paint(f"{signs['closed']} on  {signs['water']} water  {signs['open']} no money  {signs['other']} off for another reason  {signs['silent']} silent"
                     f"  {signs['up']} on its way", GREY))
    room_for_events = max(0, lines - len(out) - 1)
    with sight.lock:
        newest = list(sight.events)[-room_for_events:] if room_for_events else []
    out += [f'{paint(moment, GREY)} {text}'[:columns + 9] for moment, text in newest]
    out += [''] * max(0, lines - 1 - len(out))
    return out[:lines - 1] + [paint('./wattle demo in another terminal: status, recharge, hairdryer, cut-network …  Ctrl-C stops'[:columns - 1], GREY)]


def house_block(paint, sight, house, below):
    rooms, half = house.rooms, (len(house.rooms) + 1) // 2
    waters = waters_of(house)
    cells = [cell(paint, number, sight.box_room(house, number), sight.rooms.get(number), waters) for number in rooms]
    cells += [' ' * CELL] * (2 * half - len(cells))
    told = [paint(text[:HOUSE_WIDTH], colour) for text, colour in below_lines(sight, house)]
    return [house_line(paint, house, sight.boxes[house.letter], sight.links.get(house.slot))] + \
        told + [''] * (below - len(told)) + [f'{cells[row]} {cells[row + half]}' for row in range(half)]


class View:
    @staticmethod
    def fitting(place):
        on_terminal = sys.stdout.isatty() and os.environ.get('TERM', 'dumb') != 'dumb'
        return ScreenView(place) if on_terminal else PlainView(place)

    def __init__(self, place):
        self.place, self.sight = place, Sight(place)
        self.sight.start()

    def tell(self, text):
        self.sight.tell(text)

    def close(self):
        self.sight.ending = True


class PlainView(View):
    def __init__(self, place):
        super().__init__(place)
        self.summed_up = 0.0

    def refresh(self, pause):
        self.sight.look()
        for moment, text in self.sight.take_new_events():
            say(f'{moment} {text}')
        if time.monotonic() - self.summed_up > PLAIN_PAUSE_SECONDS:
            self.summed_up = time.monotonic()
            self.sum_up()
        time.sleep(pause)

    def sum_up(self):
        parts = []
        for house in self.place.houses:
            box = self.sight.boxes[house.letter]
            if box:
                off = sum(1 for room in box['rooms'] for c in room['circuits'] if c['relay'] == 'open')
                parts.append(f"house {house.letter} {box['link']}, {off} circuits off, {box['backlog']} entries behind")
        say(f"{time.strftime('%T')} site's clock {self.place.clock.text()}; " + '; '.join(parts or ['no box answers']))


class ScreenView(View):
    def __init__(self, place):
        super().__init__(place)
        unicode = (sys.stdout.encoding or '').lower().replace('-', '') == 'utf8'
        self.paint = Paint('NO_COLOR' not in os.environ, unicode)
        self.drawn = 0.0
        self.terminal = None
        if sys.stdin.isatty():
            self.terminal = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)  # what is typed does not show; Ctrl-C still stops
        sys.stdout.write('\x1b[?1049h\x1b[?25l\x1b[2J')

    def refresh(self, pause):
        if self.sight.look() or time.monotonic() - self.drawn > 1:
            size = shutil.get_terminal_size()
            lines = picture(self.paint, self.sight, self.place, size.columns, size.lines)
            sys.stdout.write('\x1b[H' + '\x1b[K\r\n'.join(lines) + '\x1b[K\x1b[J')
            sys.stdout.flush()
            self.drawn = time.monotonic()
        time.sleep(pause)

    def close(self):
        super().close()
        sys.stdout.write('\x1b[?25h\x1b[?1049l')
        sys.stdout.flush()
        if self.terminal:
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self.terminal)
