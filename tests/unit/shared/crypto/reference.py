#!/usr/bin/env python3
"""A second writing of shared/crypto, from the specifications and without libsodium: api-spec/envelope.md, api-spec/codes.md,
RFC 8032 (Ed25519), RFC 7748 (X25519), RFC 8439 (ChaCha20, Poly1305), draft-irtf-cfrg-xchacha (HChaCha20); BLAKE2b and SHA-512
are Python's own. It makes the golden vectors, and says whether those in the tree are still what it makes.

    reference.py check|write FOLDER
"""
import hashlib
import json
import pathlib
import struct
import sys


def blake2b(data, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


def mac(key, data):
    return blake2b(data, key)[:16]


def chain(before, entry):
    return blake2b(before + blake2b(entry))


# --- Curve25519 ----------------------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def base_point():
    y = 4 * pow(5, P - 2, P) % P
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x % 2 else x, y)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P)


def multiply(point, n):
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def clamp(scalar):
    n = int.from_bytes(scalar, "little")
    return n & ~7 & (2**254 - 1) | 2**254


def sign_keys(seed):
    full = hashlib.sha512(seed).digest()
    a = clamp(full[:32])
    return a, full[32:], encode(multiply(base_point(), a))


def sign(seed, message):
    a, prefix, public = sign_keys(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    big_r = encode(multiply(base_point(), r))
    k = int.from_bytes(hashlib.sha512(big_r + public + message).digest(), "little") % L
    return big_r + ((r + k * a) % L).to_bytes(32, "little")


def x25519(scalar, u):
    k = clamp(scalar)
    x1 = int.from_bytes(u, "little") & (2**255 - 1)
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in reversed(range(255)):
        bit = k >> t & 1
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a, c * b
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        e = a * a - b * b
        x2, z2 = a * a * b * b % P, e * (a * a + 121665 * e) % P
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def box_keys(seed):
    secret = hashlib.sha512(seed).digest()[:32]
    return secret, x25519(secret, (9).to_bytes(32, "little"))


# --- XChaCha20-Poly1305 as crypto_box has it: tag first, Poly1305 key from the stream's first half block -------------------

def quarter(s, a, b, c, d):
    for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & 0xFFFFFFFF
        v = s[z] ^ s[x]
        s[z] = (v << n | v >> (32 - n)) & 0xFFFFFFFF


def rounds(state):
    s = list(state)
    for _ in range(10):
        for i in range(4):
            quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return s


def words(key, tail):
    return list(struct.unpack("<4I8I4I", b"expand 32-byte k" + key + tail))


def hchacha20(key, nonce16):
    s = rounds(words(key, nonce16))
    return struct.pack("<8I", *s[:4], *s[12:])


def xchacha20_stream(key, nonce, size):
    sub, out = hchacha20(key, nonce[:16]), b""
    for block in range(-(-size // 64)):
        start = words(sub, struct.pack("<Q", block) + nonce[16:])
        out += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(rounds(start), start)))
    return out[:size]


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) & (2**128 - 1)).to_bytes(16, "little")


def shared_key(own_secret, peer_public):
    return hchacha20(x25519(own_secret, peer_public), bytes(16))


def seal(shared, nonce, body):
    stream = xchacha20_stream(shared, nonce, 32 + len(body))
    cipher = bytes(a ^ b for a, b in zip(body, stream[32:]))
    return poly1305(stream[:32], cipher) + cipher


# --- Envelope and code -----------------------------------------------------------------------------------------------------

def envelope(header, nonce, body, shared, seed):
    sealed = seal(shared, nonce, body)
    signed = b"WENV" + struct.pack("<BIIIIIIIQI", 1, *header, len(sealed)) + nonce + sealed
    return signed + sign(seed, signed)


def code(key, edge, incarnation, room, epoch, number, yuan, version=1):
    payload = version << 26 | number << 14 | yuan
    room_key = mac(key, b"wattle-code-room" + struct.pack("<II", room, epoch))
    full = mac(room_key, b"wattle-code" + struct.pack("<IIIII", edge, incarnation, room, epoch, payload))
    tag = int.from_bytes(full[:8], "little") & (2**38 - 1)
    return f"{payload << 38 | tag:020d}"


# --- The vectors -----------------------------------------------------------------------------------------------------------

BLAKE2B = [  # digests known from elsewhere; the others come from hashlib alone
    (b"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
    (b"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
]
ED25519 = [  # RFC 8032, 7.1
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]


def pattern(size, start=0):
    return bytes((start + 7 * i) & 0xFF for i in range(size))


def crypto_vectors():
    hashes = []
    for data, known in BLAKE2B:
        assert blake2b(data).hex() == known
        hashes.append({"input": data.hex(), "digest": known, "source": "published"})
    for size in (1, 64, 120, 127, 128, 129, 256, 1000):
        hashes.append({"input": pattern(size).hex(), "digest": blake2b(pattern(size)).hex(), "source": "hashlib"})
    macs = [{"key": pattern(k, 1).hex(), "input": pattern(n).hex(), "mac": mac(pattern(k, 1), pattern(n)).hex()}
            for k, n in ((16, 0), (32, 31), (32, 128), (64, 200))]
    entries = [b"first", b"", pattern(300)]
    digests, at = [], bytes(32)
    for entry in entries:
        at = chain(at, entry)
        digests.append(at.hex())
    signatures = []
    for seed, public, message, signature in ED25519:
        assert sign_keys(bytes.fromhex(seed))[2].hex() == public
        assert sign(bytes.fromhex(seed), bytes.fromhex(message)).hex() == signature
        signatures.append({"seed": seed, "public": public, "message": message, "signature": signature, "source": "RFC 8032, 7.1"})
    seed = pattern(32, 9)
    signatures.append({"seed": seed.hex(), "public": sign_keys(seed)[2].hex(), "message": pattern(200).hex(),
                       "signature": sign(seed, pattern(200)).hex(), "source": "reference.py"})
    return {"blake2b_256": hashes, "mac": macs, "chain": {"entries": [e.hex() for e in entries], "digests": digests},
            "ed25519": signatures}


def end(sign_start, box_start):
    seeds = pattern(32, sign_start), pattern(32, box_start)
    return {"sign_seed": seeds[0].hex(), "sign_public": sign_keys(seeds[0])[2].hex(),
            "box_seed": seeds[1].hex(), "box_public": box_keys(seeds[1])[1].hex()}


def changed(data, at, value):
    return data[:at] + value + data[at + len(value):]


def envelope_vectors():
    edge, cloud = end(1, 2), end(3, 4)
    secret = box_keys(bytes.fromhex(edge["box_seed"]))[0]
    shared = shared_key(secret, bytes.fromhex(cloud["box_public"]))
    assert shared == shared_key(box_keys(bytes.fromhex(cloud["box_seed"]))[0], bytes.fromhex(edge["box_public"]))
    seed = bytes.fromhex(edge["sign_seed"])
    names = ("site", "sender_edge", "sender_incarnation", "recipient_edge", "recipient_incarnation", "sender_epoch",
             "recipient_epoch", "head_hint")
    header = (12, 7, 0xC41E0001, 0, 0, 3, 2, 0x0102030405060708)
    cases = []
    for body, nonce in ((b"", pattern(24)), (b"head 41", pattern(24, 50)), (pattern(333), pattern(24, 100))):
        cases.append({"header": dict(zip(names, header)), "nonce": nonce.hex(), "body": body.hex(),
                      "envelope": envelope(header, nonce, body, shared, seed).hex()})
    good = bytes.fromhex(cases[1]["envelope"])

    def resigned(data):  # what the true sender would have signed
        return data[:-64] + sign(seed, data[:-64])

    foreign = good[:-64] + sign(pattern(32, 77), good[:-64])
    stranger = (12, 7, 0xC41E0001, 0, 0, 9, 2, 5)
    other_edge = (12, 7, 0xC41E0001, 8, 99, 3, 2, 5)
    other_site = (13, 7, 0xC41E0001, 0, 0, 3, 2, 5)
    refused = [
        ("nothing", b"", "envelope.truncated"),
        ("header cut", good[:44], "envelope.truncated"),
        ("signature cut", good[:-1], "envelope.truncated"),
        ("another format", changed(good, 0, b"w"), "envelope.format"),
        ("shorter than its tag", changed(good, 41, struct.pack("<I", 15)), "envelope.format"),
        ("a later version", resigned(changed(good, 4, b"\2")), "envelope.version"),
        ("a byte behind", good + b"\0", "envelope.trailing"),
        ("to another edge", envelope(other_edge, pattern(24), b"x", shared, seed), "envelope.recipient"),
        ("to another site", envelope(other_site, pattern(24), b"x", shared, seed), "envelope.recipient"),
        ("key epoch unknown", envelope(stranger, pattern(24), b"x", shared, seed), "envelope.unknown_key"),
        ("signed by another", foreign, "envelope.signature"),
        ("hint changed", changed(good, 33, b"\7"), "envelope.signature"),
        ("tag changed, signed anew", resigned(changed(good, 69, bytes([good[69] ^ 1]))), "envelope.seal"),
    ]
    return {"sender": edge, "recipient": cloud, "shared": shared.hex(), "sealed": cases,
            "refused": [{"name": n, "envelope": e.hex(), "error": error} for n, e, error in refused]}


def code_vectors():
    key = pattern(32, 5)
    places = [(7, 0xC41E0001, 101, 0, 0, 1), (7, 0xC41E0001, 101, 0, 4095, 16383), (7, 0xC41E0001, 101, 1, 17, 50),
              (7, 0xC41E0001, 102, 0, 17, 50), (8, 0x00000002, 101, 0, 17, 50), (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 2048, 100)]
    names = ("edge", "incarnation", "room", "epoch", "number", "yuan")
    cases = [dict(zip(names, p), code=code(key, *p)) for p in places]
    good = code(key, *places[2])
    last = str((int(good[-1]) + 1) % 10)
    refused = [
        ("", "code.length"), (good[:-1], "code.length"), (good + "0", "code.length"), ("-" * 64, "code.length"),
        (" " * 45 + good, "code.length"), (good[:-1] + "x", "code.digit"), (good[:-1] + "/", "code.digit"),
        ("9" * 20, "code.version"), (str(2**66), "code.version"), ("0" * 20, "code.version"),
        (code(key, *places[2], version=2), "code.version"), (code(key, *places[2], version=3), "code.version"),
        (code(key, 7, 0xC41E0001, 101, 1, 17, 0), "code.amount"), (good[:-1] + last, "code.mac"),
        (code(key, 7, 0xC41E0001, 101, 0, 17, 50), "code.mac"), (code(key, 7, 0xC41E0001, 102, 1, 17, 50), "code.mac"),
        (code(key, 8, 0xC41E0001, 101, 1, 17, 50), "code.mac"), (code(key, 7, 0xC41E0002, 101, 1, 17, 50), "code.mac"),
        (code(pattern(32, 6), 7, 0xC41E0001, 101, 1, 17, 50), "code.mac"),
    ]
    typed = [" ".join(good[i:i + 4] for i in range(0, 20, 4)), "-".join(good[i:i + 5] for i in range(0, 20, 5)), "  " + good + "- "]
    return {"code_key": key.hex(), "codes": cases, "typed": [{"text": t, "code": good} for t in typed],
            "refused_at": dict(zip(names[:4], places[2])), "refused": [{"typed": t, "error": e} for t, e in refused]}


def main():
    mode, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    wrong = 0
    for name, vectors in (("crypto", crypto_vectors()), ("envelope", envelope_vectors()), ("codes", code_vectors())):
        path, text = folder / f"{name}.json", json.dumps(vectors, indent=1) + "\n"
        if mode == "write":
            path.write_text(text)
        elif path.read_text() != text:
            print(f"{path} differs from what reference.py makes")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
