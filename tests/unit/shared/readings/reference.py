#!/usr/bin/env python3
"""A second writing of shared/readings, from api-spec/readings.md alone. It makes the golden vectors, and says whether those in the
tree are still what it makes.

    reference.py check|write FILE
"""
import hashlib
import json
import sys

COLUMNS = ["register", "power_w", "voltage_mv", "current_ma", "power_factor_per_mille", "frequency_mhz", "relay",
           "reactive_energy_varh", "reactive_power_var", "remaining_energy_wh", "remaining_money_micros", "flow_ml_per_h",
           "temperature_mcelsius", "voltage_b_mv", "voltage_c_mv", "current_a_ma", "current_b_ma",
           "current_c_ma"] + [None] * 30 + ["origin"]


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def zigzag(n):
    return varint(n * 2 if n >= 0 else -n * 2 - 1)


def blob(data):
    return varint(len(data)) + data


def encode(chunk, more=()):
    """`more`: columns that no reader knows yet, as (bit, bytes)."""
    readings = chunk["readings"]
    bits = sum(1 << i for i, name in enumerate(COLUMNS) if name and name in readings[0]) | sum(1 << b for b, _ in more)
    out = b"\x01" + varint(chunk["circuit"]) + varint(chunk["room"]) + varint(chunk["meter"]) + varint(bits)
    out += varint(len(readings)) + varint(readings[0]["at"])
    step = 0
    for before, this in zip(readings, readings[1:]):
        out += zigzag(this["at"] - before["at"] - step)
        step = this["at"] - before["at"]
    for name in COLUMNS:
        if name and name in readings[0]:
            values = [0] + [r[name] for r in readings]
            out += blob(b"".join(zigzag(b - a) for a, b in zip(values, values[1:])))
    for _, data in more:
        out += blob(data)
    return out


def chunk_id(data):
    return int.from_bytes(hashlib.blake2b(data, digest_size=32).digest()[:8], "little")


def minute_readings(count, **start):
    """A room at a minute: `at` begins at 2026-03-01T08:00:00Z."""
    out = []
    for i in range(count):
        r = {"at": 194_428_800 + 60 * i + (i * 7) % 3}
        if "register" in start:
            r["register"] = start["register"] + 4 * i + i % 2
        if "power_w" in start:
            r["power_w"] = start["power_w"] + (i * 37) % 23
        if "voltage_mv" in start:
            r["voltage_mv"] = start["voltage_mv"] - (i * 331) % 900
        if "current_ma" in start:
            r["current_ma"] = start["current_ma"] + (i * 97) % 140
        out.append(r)
    return out


def chunks():
    yield "one reading, register only", {
        "circuit": 1010, "room": 101, "meter": 70001010, "readings": [{"at": 194_428_800, "register": 123456}]}, ()
    yield "a quarter hour at a minute", {
        "circuit": 1010, "room": 101, "meter": 70001010,
        "readings": minute_readings(15, register=123456, power_w=240, voltage_mv=229800, current_ma=1050)}, ()
    yield "half hours, power only beside the register", {
        "circuit": 2, "room": 1, "meter": 0,
        "readings": [{"at": 0, "register": 0, "power_w": 0}, {"at": 1800, "register": 900, "power_w": -12}]}, ()
    yield "the widest values", {
        "circuit": 2**32 - 1, "room": 2**32 - 1, "meter": 2**63 - 1,
        "readings": [{"at": 2_524_607_998, "register": 2**53, "power_w": -2**53, "voltage_mv": 2**53, "current_ma": 0},
                     {"at": 2_524_607_999, "register": -2**53, "power_w": 2**53, "voltage_mv": 0, "current_ma": 2**53}]}, ()
    yield "a full chunk", {"circuit": 7, "room": 3, "meter": 12,
                           "readings": [{"at": 1000 + 14 * i, "register": i} for i in range(256)]}, ()
    yield "two columns that nobody knows yet", {
        "circuit": 1010, "room": 101, "meter": 70001010, "readings": minute_readings(2, register=5, voltage_mv=229800)}, (
            (39, b"\x01\x02\x03"), (40, b""))
    told = minute_readings(3, register=123456, power_w=240)
    for i, r in enumerate(told):
        r.update({"power_factor_per_mille": 940 - i, "frequency_mhz": 49_990 + 10 * i, "relay": i % 2,
                  "reactive_energy_varh": 3210 + i, "reactive_power_var": -12 - i, "remaining_energy_wh": 45_670 - 4 * i,
                  "remaining_money_micros": 25_370_000 - 10_000 * i})
    yield "a meter of electricity that tells all", {"circuit": 1010, "room": 101, "meter": 70001010, "readings": told}, ()
    yield "water, with its flow and temperature", {"circuit": 1019, "room": 101, "meter": 70001019, "readings": [
        {"at": 194_428_800 + 1800 * i, "register": 8000 + 6 * i, "flow_ml_per_h": 12_100 * i, "temperature_mcelsius": 11_300 - i}
        for i in range(3)]}, ()


    yield "a meter of three phases", {"circuit": 9010, "room": 0, "meter": 70009010, "readings": [
        {"at": 194_428_800 + 60 * i, "register": 8000 + 66 * i, "voltage_mv": 229_800 - i, "current_ma": 14_300, "voltage_b_mv": 230_400 + i,
         "voltage_c_mv": 228_100, "current_a_ma": 6_000 + i, "current_b_ma": 5_100, "current_c_ma": 3_200 - i} for i in range(2)]}, ()
    yield "frozen by the meter, and read later", {"circuit": 1010, "room": 101, "meter": 70001010, "readings": [
        {"at": 194_428_800, "register": 123456, "origin": 1}]}, ()


def negatives(sound):
    one = {"circuit": 1, "room": 1, "meter": 1, "readings": [{"at": 10, "register": 5}]}
    two = {"circuit": 1, "room": 1, "meter": 1, "readings": [{"at": 10, "register": 5}, {"at": 20, "register": 6}]}
    bare = encode(one)
    yield "nothing", b"", "truncated"
    yield "a later version", b"\x02" + bare[1:], "version"
    yield "cut in the header", bare[:4], "truncated"
    yield "cut in the last column", sound[:-1], "truncated"
    yield "bytes left over", sound + b"\x00", "malformed"
    yield "a long varint", b"\x01\x81\x00" + bare[2:], "malformed"
    yield "no register", b"\x01\x01\x01\x01\x02\x01\x0a\x01\x0a", "malformed"
    yield "no readings", b"\x01\x01\x01\x01\x01\x00\x0a\x00", "malformed"
    yield "257 readings", b"\x01\x01\x01\x01\x01" + varint(257) + b"\x0a", "too_large"
    yield "16,385 bytes", bare + bytes(16385 - len(bare)), "too_large"
    yield "a circuit beyond 32 bits", b"\x01" + varint(2**32) + bare[2:], "range"
    yield "a meter beyond 63 bits", b"\x01\x01\x01" + varint(2**63) + bare[4:], "range"
    yield "a time from 2100 on", b"\x01\x01\x01\x01\x01\x01" + varint(2_524_608_000) + b"\x01\x0a", "range"
    standing = json.loads(json.dumps(two))
    standing["readings"][1]["at"] = 10
    yield "time stands still", encode(standing), "range"
    standing["readings"][1]["at"] = 10 + 3601
    yield "more than an hour", encode(standing), "range"
    big = json.loads(json.dumps(one))
    big["readings"][0]["register"] = 2**53 + 1
    yield "a value beyond 2^53", encode(big), "range"
    yield "a relay that is neither open nor closed", encode(dict(one, readings=[{"at": 10, "register": 5, "relay": 2}])), "range"
    yield "an origin that there is not", encode(dict(one, readings=[{"at": 10, "register": 5, "origin": 2}])), "range"
    yield "a column too short", b"\x01\x01\x01\x01\x01\x02\x0a\x14\x01\x0a", "malformed"
    yield "a column too long", b"\x01\x01\x01\x01\x01\x01\x0a\x02\x0a\x0a", "malformed"


def vectors():
    out = {"about": "made by tests/unit/shared/readings/reference.py from api-spec/readings.md; `at` in seconds since 2020",
           "chunks": [], "negative": []}
    for name, chunk, more in chunks():
        data = encode(chunk, more)
        item = {"name": name, "bytes": data.hex(), "id": "%016x" % chunk_id(data), "chunk": chunk}
        if more:
            item["unknown_columns"] = True
        out["chunks"].append(item)
    sound = bytes.fromhex(out["chunks"][1]["bytes"])
    for name, data, error in negatives(sound):
        out["negative"].append({"name": name, "bytes": data.hex(), "error": "readings." + error})
    ids = [chunk_id(sound), 1]
    batch = b"\x01" + varint(300) + varint(2) + blob(sound) + blob(b"\x02")
    ack = b"\x01" + varint(2) + b"".join(i.to_bytes(8, "little") for i in ids) + varint(1) + (9).to_bytes(8, "little") + b"\x02"
    out["batch"] = {"bytes": batch.hex(), "waiting": 300, "chunks": [sound.hex(), "02"]}
    out["ack"] = {"bytes": ack.hex(), "stored": ["%016x" % i for i in ids], "refused": [["%016x" % 9, "readings.version"]]}
    return out


def main():
    text = json.dumps(vectors(), indent=1) + "\n"
    if sys.argv[1] == "write":
        open(sys.argv[2], "w").write(text)
        return 0
    if open(sys.argv[2]).read() == text:
        return 0
    print("the golden chunks are not what api-spec/readings.md says")
    return 1


if __name__ == "__main__":
    sys.exit(main())
