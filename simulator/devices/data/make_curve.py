#!/usr/bin/env python3
"""Writes a curve of 14 whole days from a Monday, watts minute by minute, to standard output.

  make_curve.py houses HOUSES_1MIN_CSV_GZ DWELLING FIRST_DAY > home_two_weeks.curve
  make_curve.py uci    UCI_HOME_1MIN_CSV_GZ COLUMN FIRST_DAY > heater_two_weeks.curve

Up to three missing minutes in a row repeat the one before; more are an error.
"""
import csv, datetime, gzip, sys

LONGEST_GAP_MINUTES = 3


def rows(kind, path, which):
    """(minute as text, watts as text); nothing stands for a minute without a value."""
    with gzip.open(path, 'rt', newline='') as file:
        for row in csv.DictReader(file):
            if kind == 'uci':
                yield row['ts'].replace('T', ' '), row[which]
            elif row['dwelling'] == which:
                yield row['ts'], row['p_w']


def whole_hours(watts, days):
    missing, last = 0, None
    for day in days:
        for hour in range(24):
            out = []
            for minute in range(60):
                value = watts.get(f'{day} {hour:02}:{minute:02}') or None
                missing = 0 if value else missing + 1
                if missing > LONGEST_GAP_MINUTES or (value is None and last is None):
                    raise SystemExit(f'{day} {hour:02}:{minute:02}: no value')
                last = value or last
                out.append(last)
            yield ' '.join(out)


def main():
    kind, path, which, first = sys.argv[1], sys.argv[2], sys.argv[3], datetime.date.fromisoformat(sys.argv[4])
    if kind not in ('houses', 'uci') or first.weekday() != 0:
        raise SystemExit(__doc__)
    days = [(first + datetime.timedelta(n)).isoformat() for n in range(14)]
    wanted = set(days)
    watts = {minute: value for minute, value in rows(kind, path, which) if minute[:10] in wanted}
    print(f'# Mean power in watts, {which}, {days[0]} to {days[-1]}, Monday to Sunday twice.')
    print('# A line is an hour, a number is a minute. Origin and licence: NOTICE.md.')
    for line in whole_hours(watts, days):
        print(line)


main()
