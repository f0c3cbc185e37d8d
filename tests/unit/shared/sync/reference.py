#!/usr/bin/env python3
"""A second writing of the messages and rows of synchronisation, from api-spec/sync.md alone, without any library for protobuf: reads
each golden message into the fields that the file tells, and writes it back. Of the refused ones it refuses those that are no message.

    reference.py SYNC_JSON
"""
import json
import pathlib
import sys

HASH, SIGNATURE, MESSAGE_MAX = 32, 64, 196_608
VARINT, FIXED64, BYTES = 0, 1, 2  # the wire types of protobuf that occur

# Of each form: number → (name, sort).
HEAD = {1: ("number", "uint"), 2: ("hash", "hash")}
STOPPED = {1: ("number", "uint"), 2: ("reason", "uint")}
STATUS = {1: ("head", HEAD), 2: ("cursor", HEAD), 3: ("agreed", "uint"), 4: ("stopped", STOPPED), 5: ("stream_version", "uint"),
          6: ("boot", "fixed"), 7: ("counter", "uint"), 8: ("time", "sint"), 9: ("fenced", "bool"), 10: ("listed", "uint"),
          11: ("sending", "uint")}
BATCH = {1: ("first", "uint"), 2: ("entries", "list"), 3: ("signature", "signature"), 4: ("sending", "uint")}
ASK = {1: ("from", HEAD), 2: ("to", HEAD), 3: ("next", "uint")}
COPY = {1: ("to", HEAD), 2: ("first", "uint"), 3: ("entries", "list"), 4: ("signature", "signature"), 5: ("dropped_below", "uint")}
EVIDENCE = {1: ("first", "uint"), 2: ("entries", "list")}
MESSAGE = {1: ("mine", "fixed"), 2: ("yours", "fixed"), 3: ("status", STATUS), 4: ("batch", BATCH), 5: ("ask", ASK), 6: ("copy", COPY),
           7: ("evidence", EVIDENCE)}
WIRE = {"uint": VARINT, "sint": VARINT, "bool": VARINT, "fixed": FIXED64}


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

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.raw(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            need(shift < 70)


def varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def take(data, form):
    source, out = In(data), {}
    while source.at < len(data):
        tag = source.varint()
        name, sort = form[tag >> 3]
        need(tag & 7 == WIRE.get(sort, BYTES) if isinstance(sort, str) else tag & 7 == BYTES)
        if sort == "fixed":
            out[name] = int.from_bytes(source.raw(8), "little")
        elif sort in ("uint", "sint", "bool"):
            value = source.varint()
            out[name] = bool(value) if sort == "bool" else value if sort == "uint" else (value >> 1) ^ -(value & 1)
        else:
            part = source.raw(source.varint())
            if isinstance(sort, dict):
                out[name] = take(part, sort)
            elif sort == "list":
                out.setdefault(name, []).append(part.hex())
            else:
                need(sort != "hash" or len(part) == HASH)
                need(sort != "signature" or len(part) == SIGNATURE)
                out[name] = part.hex()
    if form is HEAD:
        out.setdefault("number", 0)
        out.setdefault("hash", "")
        need((out["number"] == 0) == (out["hash"] == ""))
    return out


def put_field(number, sort, value):
    if isinstance(sort, dict):
        part = put(value, sort)
    elif sort == "fixed":
        return varint(number << 3 | FIXED64) + value.to_bytes(8, "little")
    elif sort in WIRE:
        return varint(number << 3) + varint(((value << 1) ^ (value >> 63)) & ((1 << 64) - 1) if sort == "sint" else int(value))
    else:
        part = bytes.fromhex(value)
    return varint(number << 3 | BYTES) + varint(len(part)) + part


def put(fields, form):
    """In the order of the numbers; what is zero or empty is left out, but for a form within a form."""
    out = b""
    for number, (name, sort) in sorted(form.items()):
        if sort == "list":
            out += b"".join(put_field(number, "bytes", entry) for entry in fields.get(name, []))
        elif name in fields and (isinstance(sort, dict) or fields[name]):
            out += put_field(number, sort, fields[name])
    return out


def take_message(data):
    need(len(data) <= MESSAGE_MAX)
    message = take(data, MESSAGE)
    need(message.get("mine", 0) != 0)
    need("batch" not in message or "signature" in message["batch"])
    return {"yours": 0, **message}


def check_message(told):
    data = bytes.fromhex(told["bytes"])
    found = take_message(data)
    assert found == told["fields"], (told["name"], found)
    assert put(told["fields"], MESSAGE) == data, told["name"]


def check_refused(told):
    no_message = told["error"] == "ledger.bad_message"
    try:
        take_message(bytes.fromhex(told["bytes"]))
    except Refused:
        assert no_message, told["name"]
        return
    assert not no_message, told["name"]


# --- Rows: the forms of ledger.md

def put_head(head):
    return varint(head["number"]) + bytes.fromhex(head["hash"])


def row_bytes(told):
    fields = told["fields"]
    if told["table"] == "link":
        stopped = fields.get("stopped")
        return (bytes([fields["asking"]]) + varint(fields["agreed"]) + bytes([stopped is not None])
                + (varint(stopped["number"]) + varint(stopped["reason"]) if stopped else b"") + bytes([fields["fenced"], fields["told"]]))
    state = bytes.fromhex(fields["state"])
    return put_head(fields["up"]) + put_head(fields["down"]) + varint(len(state)) + state


def check_row(told):
    assert row_bytes(told).hex() == told["bytes"], told["name"]
    if told["table"] == "kept":
        assert told["key"][16:] == told["fields"]["up"]["number"].to_bytes(8, "big").hex(), told["name"]


def main():
    golden = json.loads(pathlib.Path(sys.argv[1]).read_text())
    for told in golden["messages"]:
        check_message(told)
    for told in golden["refused"]:
        check_refused(told)
    for told in golden["rows"]:
        check_row(told)
    print(f"{len(golden['messages'])} messages, {len(golden['refused'])} refusals, {len(golden['rows'])} rows: as specified")


main()
