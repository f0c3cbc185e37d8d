#!/usr/bin/env python3
"""Follows a room of the API: a line of how it stands, then each field that changes, with the moment.

  follow.py URL TOKEN_FILE SECONDS [FIELD=VALUE ...]    ends early once all have their values; exit code 1 if they never had
"""
import json, sys, time, urllib.error, urllib.request

POLL_SECONDS = 0.25
# What changes with every message and tells a person nothing.
DULL = ('heard_at', 'reported', 'opening', 'utility', 'open_at')


def flat(value, name=''):
    """{'circuits': [{'on': True}]} → {'circuits.0.on': 'true'}"""
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for key, inner in items for k, v in flat(inner, f'{name}.{key}' if name else str(key)).items()}
    return {name: value if isinstance(value, str) else json.dumps(value)}


def is_dull(name):
    return any(part in DULL for part in name.split('.'))


def fetch(request):
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return {'cloud': 'answers', **{k: v for k, v in flat(json.load(answer)).items() if not is_dull(k)}}
    except (urllib.error.URLError, OSError, ValueError) as error:
        return {'cloud': f'no answer ({getattr(error, "reason", error)})'}


def as_line(room):
    if 'balance' not in room:
        return room['cloud']
    parts = [f"balance {room['balance']} (on the way to the box {room['on_the_way']})"]
    parts.append(f"live {room.get('live_balance', 'not reported')}, {'online' if room['online'] == 'true' else 'offline'}")
    parts.append(f"relay {room.get('circuits.0.relay')}, booked to {room.get('circuits.0.charged_to')} Wh")
    return ', '.join(parts)


def main():
    url, token_file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    wanted = dict(pair.split('=', 1) for pair in sys.argv[4:])
    with open(token_file) as file:
        request = urllib.request.Request(url, headers={'Authorization': 'Bearer ' + file.read().strip()})
    known, end = {}, time.monotonic() + seconds
    while True:
        now = fetch(request)
        if not known:
            print(f'   {time.strftime("%T")}  {as_line(now)}', flush=True)
        for name in now if known else ():
            if now[name] != known.get(name):
                print(f'   {time.strftime("%T")}  {name:<22} {known.get(name, "–")} → {now[name]}', flush=True)
        known.update(now)
        if wanted and all(now.get(name) == value for name, value in wanted.items()):
            return 0
        if time.monotonic() >= end:
            return 1 if wanted else 0
        time.sleep(POLL_SECONDS)


sys.exit(main())
