#!/usr/bin/env python3
"""A second writing of entries, from api-spec/ledger.md alone: reads each golden entry into the fields that the file tells, writes it
back, and makes the chain, the signed head and its signature anew. Of the refused ones it refuses those that are no entry.

    reference.py LEDGER_JSON
"""
import importlib.util
import json
import pathlib
import sys

crypto_path = pathlib.Path(__file__).resolve().parent.parent / "crypto" / "reference.py"
spec = importlib.util.spec_from_file_location("crypto_reference", crypto_path)
crypto = importlib.util.module_from_spec(spec)
spec.loader.exec_module(crypto)

UP, DOWN, SITE = 1, 2, 3
ENTRY_MAX, LINES_MAX, DETAIL_MAX, ID_MAX = 8192, 16, 4096, 62
ROOM, ALLOW, TRANSIT, CARD, SOLD, CLEARING, ARREARS = 1, 2, 3, 4, 6, 8, 10
LAST_KIND = 11
ID_LETTERS = set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/._-")


class Refused(Exception):
    pass


def need(holds):
    if not holds:
        raise Refused()


class In:
    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, size):
        need(self.at + size <= len(self.data))
        self.at += size
        return self.data[self.at - size:self.at]

    def fixed(self, size, signed=False):
        return int.from_bytes(self.raw(size), "little", signed=signed)

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.fixed(1)
            need(not (shift == 63 and byte > 1) and shift < 64)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                need(byte != 0 or shift == 0)
                return value
            shift += 7

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def blob(self, limit):
        size = self.varint()
        need(size <= limit)
        return self.raw(size)


def u(value, size):
    return value.to_bytes(size, "little")


def varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def zigzag(value):
    return varint((value << 1) ^ (value >> 63) if value >= 0 else (-value << 1) - 1)


def blob(data):
    return varint(len(data)) + data


# --- Details: the sort of each field in order. [..] is a list of such groups.
V, Z, UID, HASH, TEXT, BLOB, BOOL = "varint", "zigzag", 16, 32, "text", "blob", "bool"
ACCRUED = [V, Z, V]
CIRCUIT = [V, V, V, Z, Z] + ACCRUED + [V]
CODE = [V, V, V]
CREDIT = [V]
# bands with their tiers, day profiles of spans, seasons, rest days, exceptions
PRICE = [[[TEXT, [[Z, Z]]]], [[[[V, V]]]], [[V, V, V, V, V]], V, [[V, V, V, V]]]
CLOSE = [UID, V, [CIRCUIT]]
DETAILS = {
    1: [V, Z], 2: CREDIT, 3: CODE + [Z, V], 4: CREDIT, 5: [V, [CIRCUIT]], 6: [UID], 7: CREDIT, 8: CREDIT,
    9: [V, V, Z, V] + PRICE, 10: [TEXT, V, BLOB], 11: [V, HASH, V, HASH, V, V], 16: [UID, V],
    17: [V, V, V, HASH, V, HASH], 18: [V, V] + CLOSE + [V], 19: CODE + [Z, V], 20: [UID, V], 24: CREDIT,
    32: [V, Z, Z, V, V] + ACCRUED + [V, Z], 33: [UID, V], 34: CLOSE, 35: [UID, V], 36: CODE + [Z], 37: CREDIT,
    39: [V, V, Z, V, Z], 40: [TEXT, V, BLOB], 41: [HASH], 42: [V, V, Z, Z],
    0x8001: [UID, V, V], 0x8002: [UID, V, V, Z, V, V, [[V, TEXT, Z]]],
}


def take(source, sort):
    if isinstance(sort, list):
        return [take_all(source, sort[0]) for _ in range(source.varint())]
    if isinstance(sort, int):
        return source.raw(sort).hex()
    if sort == TEXT:
        return source.blob(1 << 20).decode()
    if sort == BLOB:
        return source.blob(1 << 20).hex()
    return source.zigzag() if sort == Z else source.varint()


def take_all(source, sorts):
    return [take(source, sort) for sort in sorts]


def put(value, sort):
    if isinstance(sort, list):
        return varint(len(value)) + b"".join(put_all(item, sort[0]) for item in value)
    if isinstance(sort, int):
        return bytes.fromhex(value)
    if sort == TEXT:
        return blob(value.encode())
    if sort == BLOB:
        return blob(bytes.fromhex(value))
    return zigzag(value) if sort == Z else varint(value)


def put_all(values, sorts):
    assert len(values) == len(sorts)
    return b"".join(put(value, sort) for value, sort in zip(values, sorts))


def take_detail(kind, data):
    if kind not in DETAILS:
        return data.hex()
    source = In(data)
    values = take_all(source, DETAILS[kind])
    need(source.at == len(data))
    return values


def put_detail(kind, value):
    return put_all(value, DETAILS[kind]) if kind in DETAILS else bytes.fromhex(value)


# --- Pockets and entries

def take_pocket(source, link):
    first = source.fixed(1)
    kind, where = first & 0x3F, first & 0xC0
    need(1 <= kind <= LAST_KIND and where != 0xC0)
    holder = (0, 0)
    if where == 0x40:
        need(link[0] != 0)
        holder = link
    elif where == 0x80:
        holder = (source.fixed(4), source.fixed(4))
        need(holder[0] != 0 and holder != link)
    pocket = {"kind": kind, "edge": holder[0], "incarnation": holder[1]}
    if kind in (ALLOW, SOLD, TRANSIT):
        utility = source.fixed(1)
        need(utility <= 3)
        if utility:
            pocket["utility"] = utility
    if kind in (ROOM, ALLOW, ARREARS, CLEARING):
        number = source.varint()
        need(number < 1 << 32)
        if number:
            pocket["number"] = number
    if kind in (TRANSIT, CARD):
        pocket_id = source.raw(16)
        if any(pocket_id):
            pocket["id"] = pocket_id.hex()
    return pocket


def put_pocket(pocket, link):
    holder = (pocket["edge"], pocket["incarnation"])
    where = 0 if holder[0] == 0 else 0x40 if holder == link else 0x80
    out = bytes([pocket["kind"] | where])
    if where == 0x80:
        out += u(holder[0], 4) + u(holder[1], 4)
    if pocket["kind"] in (ALLOW, SOLD, TRANSIT):
        out += bytes([pocket.get("utility", 0)])
    if pocket["kind"] in (ROOM, ALLOW, ARREARS, CLEARING):
        out += varint(pocket.get("number", 0))
    if pocket["kind"] in (TRANSIT, CARD):
        out += bytes.fromhex(pocket.get("id", "00" * 16))
    return out


def take_entry(data):
    need(0 < len(data) <= ENTRY_MAX)
    source = In(data)
    need(source.fixed(1) == 1)
    stream = (source.fixed(4), source.fixed(4), source.fixed(4), source.fixed(1))
    link, direction = stream[1:3], stream[3]
    need(direction in (UP, DOWN, SITE) and (link[0] == 0) == (direction == SITE))
    entry = {"number": source.varint()}
    need(entry["number"] > 0)
    flags = source.fixed(1)
    need(flags < 8)
    if direction == UP:
        entry["seen"] = {"number": source.varint(), "hash": source.raw(32).hex()}
    if flags & 1:
        entry["room"] = source.fixed(4)
        if direction == UP:
            entry["after"] = {"room": source.zigzag(), "allow": source.zigzag()}
    if flags & 2:
        outside = source.blob(ID_MAX)
        need(outside and set(outside) <= ID_LETTERS)
        entry["outside_id"] = outside.decode()
    if flags & 4:
        cause = {"edge": source.fixed(4), "incarnation": source.fixed(4), "direction": source.fixed(1), "number": source.varint()}
        need(cause["direction"] in (UP, DOWN, SITE) and (cause["edge"] == 0) == (cause["direction"] == SITE))
        entry["cause"] = cause
    lines = source.varint()
    need(lines <= LINES_MAX)
    entry["lines"] = []
    for _ in range(lines):
        measured = source.fixed(1)
        need(measured < 2)
        entry["lines"].append({"measured": measured == 1, "from": take_pocket(source, link), "to": take_pocket(source, link),
                               "amount": source.zigzag()})
    entry["kind_number"] = source.fixed(2)
    entry["detail"] = take_detail(entry["kind_number"], source.blob(DETAIL_MAX))
    entry["time"] = source.fixed(8, signed=True)
    need(source.at == len(data))
    return stream, entry


def put_entry(stream, entry):
    link, direction = stream[1:3], stream[3]
    out = b"\x01" + b"".join(u(part, 4) for part in stream[:3]) + bytes([direction]) + varint(entry["number"])
    out += bytes([("room" in entry) | ("outside_id" in entry) << 1 | ("cause" in entry) << 2])
    if direction == UP:
        out += varint(entry["seen"]["number"]) + bytes.fromhex(entry["seen"]["hash"])
    if "room" in entry:
        out += u(entry["room"], 4)
    if "after" in entry:
        out += zigzag(entry["after"]["room"]) + zigzag(entry["after"]["allow"])
    if "outside_id" in entry:
        out += blob(entry["outside_id"].encode())
    if "cause" in entry:
        cause = entry["cause"]
        out += u(cause["edge"], 4) + u(cause["incarnation"], 4) + bytes([cause["direction"]]) + varint(cause["number"])
    out += varint(len(entry["lines"]))
    for line in entry["lines"]:
        out += bytes([line["measured"]]) + put_pocket(line["from"], link) + put_pocket(line["to"], link) + zigzag(line["amount"])
    out += u(entry["kind_number"], 2) + blob(put_detail(entry["kind_number"], entry["detail"]))
    return out + entry["time"].to_bytes(8, "little", signed=True)


def check_stream(told):
    stream = (told["site"], told["edge"], told["incarnation"], told["direction"])
    digest = bytes(32)
    for number, golden in enumerate(told["entries"], 1):
        data = bytes.fromhex(golden["bytes"])
        found_stream, entry = take_entry(data)
        assert found_stream == stream and entry["number"] == number, golden
        for field, value in entry.items():
            assert golden[field] == value, (field, golden[field], value)
        assert set(golden) == set(entry) | {"kind", "bytes", "hash"}, golden
        assert put_entry(stream, golden) == data, golden
        digest = crypto.chain(digest, data)
        assert digest.hex() == golden["hash"], golden
    head = b"wattle head 1" + b"".join(u(part, 4) for part in stream[:3]) + bytes([stream[3]]) + u(len(told["entries"]), 8) + digest
    assert head.hex() == told["signed_head"]
    assert crypto.sign(bytes.fromhex(told["writer_seed"]), head).hex() == told["signature"]
    return len(told["entries"])


def check_refused(told):
    no_entry = told["error"] in ("ledger.truncated", "ledger.version", "ledger.malformed")
    try:
        take_entry(bytes.fromhex(told["bytes"]))
    except Refused:
        assert no_entry, told["name"]
        return
    assert not no_entry, told["name"]


def main():
    golden = json.loads(pathlib.Path(sys.argv[1]).read_text())
    entries = sum(check_stream(stream) for stream in golden["streams"])
    for fold in golden["folds"]:
        assert crypto.blake2b(bytes.fromhex(fold["state"])).hex() == fold["hash"]
    for told in golden["refused"]:
        check_refused(told)
    print(f"{entries} entries in {len(golden['streams'])} streams, {len(golden['refused'])} refusals: as specified")


main()
