#!/usr/bin/env bash
# The same call prints the same bytes: one seed with all that happens in it, cheap and with real cryptography, and a range whose
# seeds end in whatever order. What is printed must also be something.
set -euo pipefail
sim=$1
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

same() {
  local name=$1
  shift
  "$sim" "$@" >"$work/first"
  "$sim" "$@" >"$work/second"
  cmp "$work/first" "$work/second" || { echo "$name: two runs differ" >&2; exit 1; }
  [ -s "$work/first" ] || { echo "$name: nothing was printed" >&2; exit 1; }
}

same "a traced seed" --seed 7 --steps 1500 --trace
[ "$(wc -l <"$work/first")" -gt 100 ] || { echo "a trace of less than 100 lines" >&2; exit 1; }
same "a room's entries" --seed 7 --steps 1500 --room 101
same "a slot's entries" --seed 8 --steps 1500 --slot 1
same "real cryptography" --seed 3 --steps 300 --trace --real-crypto
same "a range on two processes" --seeds 1-24 --steps 300 --processes 2
same "fewer faults" --seed 9 --steps 800 --trace --faults=-lie,-clone
same "meters on buses" --seed 10 --steps 800 --trace --faults=all
echo "seven calls, each twice with the same bytes"
