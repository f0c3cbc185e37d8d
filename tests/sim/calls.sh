#!/usr/bin/env bash
# Calls that cannot be meant, or that would be taken for others, are refused at once, with a reason and exit code 2.
set -euo pipefail
sim=$1
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
tried=0

# refused WHY WORD...: a run that is begun after all is ended, and fails too.
refused() {
  local why=$1 code=0
  shift
  timeout 20 "$sim" "$@" >"$work/out" 2>&1 || code=$?
  [ $code = 2 ] || { echo "$*: exit code $code" >&2; cat "$work/out" >&2; exit 1; }
  grep -q -- "$why" "$work/out" || { echo "$*: not said: $why" >&2; cat "$work/out" >&2; exit 1; }
  tried=$((tried + 1))
}

for number in -1 0 1.5 0x10 '' 99999999999999999999 1e3; do
  refused "is no whole number" --seed "$number"
  refused "is no whole number" --seeds 1-2 --processes "$number"
done
refused "is no whole number" --steps -5
refused "is no whole number" --steps 99999999999999999999
for range in 1 1- -1 2-1 0-1 1--1 1-2-3 1-99999999999999999999 a-b; do refused "is not A-B" --seeds="$range"; done
for minutes in -1 0 nan inf 1x 1e99; do refused "no number of minutes" --swarm --minutes "$minutes"; done
refused "is none" --seed 1 --faults lie,flood
refused "excludes" --seed 1 --seeds 1-2
refused "excludes" --seed 1 --swarm
refused "excludes" --scenario sale-set-aside --seed 3
refused "excludes" --scenario all --faults none
refused "excludes" --swarm --trace
refused "requires" --seed 3 --resume "$work/file"
refused "requires" --minutes 1
refused "requires" --seed 3 --first
refused "stands alone" --list --seed 3
refused "there is no scenario 'nobody'" --scenario nobody
refused "neither a room" --seed 1 --trace kitchen
refused "neither a room" --seed 1 --trace box1:sideways
refused "rooms 101-105, box1-box3" --seed 1 --trace 999
refused "rooms 101-105, box1-box3" --seed 1 --trace box99
refused "rooms 101-105, box1-box3" --scenario sale-set-aside --trace 110
refused "cannot be written" --swarm --seeds 1-9999999 --resume "$work/nowhere/file"
refused "not expected" nonsense
echo "$tried calls, each refused"
