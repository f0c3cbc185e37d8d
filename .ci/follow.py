#!/usr/bin/env python3
"""Follows a resource of the API and prints each field that changes, with the moment.

  follow.py URL TOKEN_FILE SECONDS [FIELD=VALUE ...]    ends early once all have their values; exit code 1 if they never had
"""
import json, sys, time, urllib.error, urllib.request

POLL_SECONDS = 0.25
# What changes with every message and tells a person nothing.
DULL = ('heard_at', 'reported', 'opening', 'utility', 'open_at', 'hash', 'unheard_since_restore', 'fence_restorable')


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


def main():
    url, token_file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    wanted = dict(pair.split('=', 1) for pair in sys.argv[4:])
    with open(token_file) as file:
        request = urllib.request.Request(url, headers={'Authorization': 'Bearer ' + file.read().strip()})
    known, end = {}, time.monotonic() + seconds
    while True:
        now = fetch(request)
        for name in now:
            if now[name] != known.get(name):
                before = f'{known[name]} → ' if name in known else ''
                print(f'   {time.strftime("%T")}  {name:<24} {before}{now[name]}', flush=True)
        known.update(now)
        if wanted and all(now.get(name) == value for name, value in wanted.items()):
            return 0
        if time.monotonic() >= end:
            return 1 if wanted else 0
        time.sleep(POLL_SECONDS)


sys.exit(main())
