#!/usr/bin/env bash
# A swarm goes on where it ended, counts each seed once, and refuses what it was not begun with.
set -euo pipefail
sim=$1
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
file=$work/sitting

swarm() { "$sim" --swarm --processes 2 --resume "$file" "$@" >"$work/out" 2>"$work/err"; }
fail() { echo "$1" >&2; cat "$work/out" "$work/err" >&2; exit 1; }
says() { grep -q -- "$1" "$work/out" || fail "not said: $1"; }
refused() {
  local why=$1
  shift
  cp "$file" "$work/before"
  local code=0
  swarm "$@" || code=$?
  [ $code = 2 ] || fail "$why: exit code $code"
  grep -q -- "$why" "$work/err" || fail "not said: $why"
  cmp -s "$file" "$work/before" || fail "$why: the file has changed"
}

swarm --seeds 1-20 --steps 200 || fail "the first sitting"
says "20 clean, 0 failed in all sittings, of seeds 1-20"
swarm --seeds 1-33 --steps 200 || fail "the second sitting"
says "^seeds 21-33 "
says "33 clean, 0 failed in all sittings, of seeds 1-33"
swarm --seeds 1-9999 --steps 200 --minutes 0.01 || fail "a sitting that time ended"
next=$(sed -n 's/^next //p' "$file")
says "$((next - 1)) clean, 0 failed in all sittings"

refused "with --steps 200, and this call has 300" --seeds 1-40 --steps 300
refused "with faults as by default, and this call has none" --seeds 1-40 --steps 200 --faults none
refused "with seeds from 1, and this call has 2" --seeds 2-40 --steps 200
sed -i 's/^build .*/build 0123456789abcdef/' "$file"
refused "with the program 0123456789abcdef" --seeds 1-40 --steps 200
refused "remove this one" --seeds 1-40 --steps 200
echo "5000 7 6 0 1234" >"$file"
refused "is no sitting that this program can read" --seeds 1-40 --steps 200
echo "three sittings, six refusals"
