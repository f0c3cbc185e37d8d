#!/usr/bin/env python3
"""Follows a resource of the API and prints each field that changes, with the moment.

  follow.py URL SECONDS [FIELD=VALUE]    ends early once the field has the value; exit code 1 if it never had
"""
import json, sys, time, urllib.error, urllib.request

POLL_SECONDS = 0.5


def flat(value, name=''):
    """{'circuits': [{'on': True}]} → {'circuits.0.on': 'true'}"""
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for key, inner in items for k, v in flat(inner, f'{name}.{key}' if name else str(key)).items()}
    return {name: value if isinstance(value, str) else json.dumps(value)}


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return flat(json.load(answer))
    except (urllib.error.URLError, OSError, ValueError) as error:
        return {'cloud': f'no answer ({error})'}


def main():
    url, seconds = sys.argv[1], float(sys.argv[2])
    field, wanted = sys.argv[3].split('=', 1) if len(sys.argv) > 3 else (None, None)
    known, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        now = fetch(url)
        for name in sorted(now):
            if now[name] != known.get(name):
                before = f'{known[name]} → ' if name in known else ''
                print(f'   {time.strftime("%T")}  {name:<28} {before}{now[name]}', flush=True)
        known.update(now)
        if field and now.get(field) == wanted:
            return 0
        time.sleep(POLL_SECONDS)
    return 1 if field else 0


sys.exit(main())
