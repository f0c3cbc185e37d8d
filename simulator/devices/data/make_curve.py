#!/usr/bin/env python3
"""Writes home_two_weeks.curve from houses_1min.csv.gz: one dwelling, 14 whole days from a Monday, watts minute by minute.

  make_curve.py HOUSES_1MIN_CSV_GZ DWELLING FIRST_DAY > home_two_weeks.curve
"""
import csv, datetime, gzip, sys

source, dwelling, first = sys.argv[1], sys.argv[2], datetime.date.fromisoformat(sys.argv[3])
days = [(first + datetime.timedelta(n)).isoformat() for n in range(14)]
watts = {}
with gzip.open(source, 'rt', newline='') as file:
    for row in csv.DictReader(file):
        if row['dwelling'] == dwelling and row['ts'][:10] in days:
            watts[row['ts']] = row['p_w']

print(f'# Whole-house mean power in watts, {dwelling}, {days[0]} to {days[-1]}, Monday to Sunday twice.')
print('# A line is an hour, a number is a minute. Origin and licence: NOTICE.md.')
for day in days:
    for hour in range(24):
        print(' '.join(watts[f'{day} {hour:02}:{minute:02}'] for minute in range(60)))
