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
whole=$(wc -l <"$work/first")
same "a room" --seed 7 --steps 1500 --trace 101
! grep -E "^ .*#[0-9]+  [a-z_]+ room 10[^1]" "$work/first" || { echo "another room is told" >&2; exit 1; }
[ "$(wc -l <"$work/first")" -lt "$((whole / 2))" ] || { echo "a room is half of everything" >&2; exit 1; }
same "a box" --seed 8 --steps 1500 --trace box1
same "a stream" --seed 8 --steps 1500 --trace box1:down
grep -qE " 1\.[0-9a-f]+↓#[0-9]+ " "$work/first" || { echo "no entry of that stream is told" >&2; exit 1; }
! grep -E " [0-9]\.[0-9a-f]+↑#[0-9]+  [a-z]|site#[0-9]+  [a-z]| [^1]\.[0-9a-f]+↓#[0-9]+  [a-z]" "$work/first" || { echo "another stream is told" >&2; exit 1; }
same "the site's own stream" --seed 7 --steps 1500 --trace site
grep -q " site#[0-9]" "$work/first" || { echo "no entry of the site's is told" >&2; exit 1; }
same "real cryptography" --seed 3 --steps 300 --trace --real-crypto
same "a range on two processes" --seeds 1-24 --steps 300 --processes 2
same "fewer faults" --seed 9 --steps 800 --trace --faults=-lie,-clone
same "meters on buses" --seed 10 --steps 800 --trace --faults=all

# A story, and each seed of a range, runs in a child process: its trace is whole, and before the verdict, also where nobody flushes it
# line by line (a pipe, a file).
whole() {
  local name=$1 last=$2
  shift 2
  "$sim" "$@" >"$work/first"
  stdbuf -oL "$sim" "$@" >"$work/second"
  cmp "$work/first" "$work/second" || { echo "$name: something is lost in a file" >&2; exit 1; }
  [ "$(wc -l <"$work/first")" -gt 100 ] || { echo "$name: a trace of less than 100 lines" >&2; exit 1; }
  tail -n 1 "$work/first" | grep -q "^$last" || { echo "$name: ends with $(tail -n 1 "$work/first")" >&2; exit 1; }
}
whole "a traced story" "sale-set-aside: clean" --scenario sale-set-aside --trace
for line in "its disk has lost #3-#5" "alarm own_entries_forgotten" "takes back what the other end has kept: #3-#5" " 11.00 yuan"; do
  grep -qF "$line" "$work/first" || { echo "a traced story: not told: $line" >&2; exit 1; }
done
whole "a traced range" "2 seeds × 300 steps, 0 failed" --seeds 1-2 --steps 300 --trace
echo "nine calls, each twice with the same bytes; two that lose nothing in a file"
