#!/usr/bin/env bash
# ./wattle and the scripts beside it judge their words before they install or build anything: helps are printed at once, and what they do
# not know is refused with exit code 2. In a copy without sources, with programs that would say that something was begun.
#   calls_test.sh [PROGRAM]    a built wattle-sim, whose every option ./wattle must know
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
tried=0

mkdir -p "$work/top/tests/sim" "$work/top/tests/fuzz" "$work/bin"
cp -r "$top/wattle" "$top/.ci" "$work/top"
touch "$work/top/tests/fuzz/fuzz_entry.cpp"
for name in cmake ninja ctest python3 apt-get dpkg-query clang-format-14; do
  printf '#!/bin/sh\necho "BEGUN %s $*"\nexit 77\n' "$name" >"$work/bin/$name"
done
chmod +x "$work"/bin/*

# call CODE WHY WORD...
call() {
  local code=$1 why=$2 got=0
  shift 2
  (cd "$work/top" && PATH="$work/bin:$PATH" timeout 60 "$@") >"$work/out" 2>&1 </dev/null || got=$?
  [ $got = "$code" ] || { echo "$*: exit code $got, not $code" >&2; cat "$work/out" >&2; exit 1; }
  grep -qF -- "$why" "$work/out" || { echo "$*: not said: $why" >&2; cat "$work/out" >&2; exit 1; }
  ! grep -q BEGUN "$work/out" || { echo "$*: begins something" >&2; cat "$work/out" >&2; exit 1; }
  tried=$((tried + 1))
}

for command in up down test sim bench audit check fmt; do
  call 0 "./wattle $command" ./wattle $command --help
  call 0 "./wattle $command" ./wattle $command -h
  call 2 "does not know '--bogus'" ./wattle $command --bogus
  call 2 "does not know 'extra'" ./wattle $command extra
done
call 0 "Usage: ./wattle COMMAND" ./wattle --help
call 0 "Usage: ./wattle COMMAND" ./wattle
call 2 "there is no command 'nonsense'" ./wattle nonsense
call 0 "recharge ROOM YUAN" ./wattle demo --help
call 0 "recharge ROOM YUAN" ./wattle demo
call 2 "does not know 'juggle'" ./wattle demo juggle
call 2 "takes 0 words" ./wattle demo status extra
call 2 "takes 2 words" ./wattle demo recharge 101
call 2 "does not know 'extra'" ./wattle demo story extra
for speed in 0 -1 10000 fast ''; do
  call 2 "from 1 to 9999" ./wattle up --speed "$speed"
  [ "$(wc -c <"$work/out")" -lt 200 ] || { echo "up --speed $speed says too much" >&2; exit 1; }
  call 2 "from 1 to 9999" ./wattle up --speed="$speed"
done
call 2 "--speed needs a value" ./wattle up --speed
call 2 "Labels: unit law" ./wattle test --label nope
call 2 "--label needs a value" ./wattle test --label
call 0 "planted [--fit]" ./wattle sim planted --help
call 2 "'abc' is no planted bug's number" ./wattle sim planted abc
call 2 "--seed needs a value" ./wattle sim --seed
call 2 "does not know 'extra'" ./wattle sim --trace 101 extra
call 2 "does not know 'money'" ./wattle bench money
call 2 "does not know 'money'" ./wattle bench dormitory money
call 2 "one area at a time" ./wattle bench ledger store
call 2 "there is no file 'nowhere.cpp'" ./wattle check --tidy nowhere.cpp
call 2 "does not know '--tidyy'" ./wattle check --tidyy
for script in fuzz sanitize; do
  call 0 "usage:" .ci/$script --help
  call 2 "usage:" .ci/$script nonsense
done
call 2 "targets: fuzz_entry" .ci/fuzz fuzz_nothing
call 2 "above zero" .ci/fuzz --seconds 0
for words in "--help:0" "--bogus:2" "ten:2" "0:2" "-5:2" "10 20:2"; do
  code=0
  # shellcheck disable=SC2086  # several words
  timeout 60 "$top/tests/e2e/kill_loop.sh" ${words%:*} >"$work/out" 2>&1 || code=$?
  [ $code = "${words#*:}" ] || { echo "kill_loop.sh $words: exit code $code" >&2; cat "$work/out" >&2; exit 1; }
  tried=$((tried + 1))
done

# Every option of the program gets through to it.
if [ $# = 1 ]; then
  for option in $("$1" --help | grep -oE '^ +--[a-z-]+' | tr -d ' '); do
    [ "$option" != --help ] || continue
    grep -qE -- "$option( |\")" "$top/.ci/words.sh" || [ "$option" = --trace ] ||
      { echo "./wattle sim does not know $option, which the program has" >&2; exit 1; }
    grep -q -- "$option " "$top/.ci/help/sim" || { echo "the help of ./wattle sim lacks $option" >&2; exit 1; }
    tried=$((tried + 1))
  done
fi
echo "$tried calls"
