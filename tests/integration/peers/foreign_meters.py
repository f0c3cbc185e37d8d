"""Models of meters as others would build them: which registers hold what, and which write moves a relay. Written from the published
maps (docs/operating/profiles.md names the shipped profiles), not from the product's tables."""
from stage import words


class Shown:
    """What a meter shows just now. Energy in Wh, power in W, voltage in mV, current in mA."""

    def __init__(self, energy, power, voltage, current):
        self.energy, self.power, self.voltage, self.current = energy, power, voltage, current


class Meter:
    profile = ''
    circuits = 1
    has_relay = True
    tells_number = False

    def __init__(self, peer, unit, number):
        self.peer, self.unit, self.number = peer, unit, number
        self.closed = [True] * self.circuits
        self.seen = []  # writes of the master

    def show(self, shown):
        """A list of Shown, one a circuit."""
        self.shown = shown
        for table, address, values in self.registers():
            self.peer.show(self.unit, table, address, values)

    def obey(self, write):
        """As the meter's own program would."""
        self.seen.append(write)
        circuit, closed = self.ordered(write)
        self.closed[circuit] = closed
        self.show(self.shown)


class RelayMeter(Meter):
    profile = 'generic-relay-meter'
    tells_number = True

    def registers(self):
        s = self.shown[0]
        yield 'holding', 0, (words('I', s.energy) + words('H', s.voltage // 100) + words('H', s.current // 10) + words('h', s.power) +
                             words('H', int(self.closed[0])) + words('Q', self.number))
        yield 'coils', 0, [int(self.closed[0])]

    def ordered(self, write):
        assert (write['function'], write['address']) == (5, 0), write
        return 0, write['values'] == [1]


class Dds238(Meter):
    profile = 'hiking-dds238'

    def registers(self):
        s = self.shown[0]
        yield 'holding', 0x00, words('I', s.energy // 10)
        yield 'holding', 0x0c, words('H', s.voltage // 100) + words('H', s.current // 10) + words('h', s.power)
        yield 'holding', 0x10, words('H', 1000) + words('H', 5000)
        yield 'holding', 0x1a, words('H', int(self.closed[0]))

    def ordered(self, write):
        assert (write['function'], write['address']) == (16, 0x1a), write
        return 0, write['values'] == [1]


class Sdm120(Meter):
    profile = 'eastron-sdm120'
    has_relay = False

    def registers(self):
        s = self.shown[0]
        for address, amount in ((0x00, s.voltage / 1000), (0x06, s.current / 1000), (0x0c, s.power), (0x1e, 1.0), (0x46, 50.0),
                                (0x48, s.energy / 1000)):
            yield 'input', address, words('f', amount)


class Ddsu666(Meter):
    profile = 'chint-ddsu666'
    has_relay = False

    def registers(self):
        s = self.shown[0]
        for address, amount in ((0x2000, s.voltage / 1000), (0x2002, s.current / 1000), (0x2004, s.power / 1000), (0x200a, 1.0),
                                (0x200e, 50.0), (0x4000, s.energy / 1000)):
            yield 'holding', address, words('f', amount)


class ThreeCircuits(Meter):
    profile = 'generic-three-circuits'
    circuits = 3
    tells_number = True

    def registers(self):
        s = self.shown
        yield 'holding', 0x00, words('Q', self.number) + words('H', s[0].voltage // 100) + words('H', 5000)
        yield 'holding', 0x06, [word for c in s for word in words('I', c.energy)]
        yield 'holding', 0x0c, [word for c in s for word in words('h', c.power)]
        yield 'holding', 0x0f, [word for c in s for word in words('H', c.current // 10)]
        yield 'holding', 0x12, [sum(1 << i for i, closed in enumerate(self.closed) if closed)]

    def ordered(self, write):
        assert write['function'] in (6, 16) and 0x100 <= write['address'] <= 0x102, write
        return write['address'] - 0x100, write['values'] == [1]


ALL = [RelayMeter, Dds238, Sdm120, Ddsu666, ThreeCircuits]
