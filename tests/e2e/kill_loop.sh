#!/usr/bin/env bash
# The real programs under kill -9: a site of its own in a temporary folder, recharges through the API, a meter that draws, and edge,
# cloud and broker killed at random moments. At rest every acknowledged recharge must be booked exactly once, both ends must agree,
# and the audit must be clean.
#
#   kill_loop.sh [MINUTES|SECONDSs]    default 10; SEED in the environment repeats the choice of victims, not the timing
#   WATTLE_BIN                         the built programs; default build/release
# shellcheck disable=SC2034,SC2154  # names come from .ci/*.sh
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C.UTF-8
WATTLE_RUN=$(mktemp -d "${TMPDIR:-/tmp}/wattle-kills.XXXXXX")
for part in say processes site; do
  # shellcheck source=/dev/null
  . "$top/.ci/$part.sh"
done

length=${1:-10}
case $length in
  *s) seconds=${length%s} ;;
  *) seconds=$((length * 60)) ;;
esac
speed=600        # an hour's entry every six seconds
load_watts=30000 # so that the money goes about as fast as it comes, and the relay is switched
port_shift=10000 # away from a site that a person has up
seed=${SEED:-$RANDOM}
RANDOM=$seed
victims=(edge cloud broker)
declare -A kills=([edge]=0 [cloud]=0 [broker]=0)
acknowledged=$run/acknowledged

finish() {
  local status=$?
  trap - EXIT
  [ -z "${payer:-}" ] || kill "$payer" 2>/dev/null || true
  stop_site >/dev/null
  if [ $status = 0 ]; then rm -rf "$run"; else say "kept for a look: $run (seed $seed)"; fi
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# Whoever ended without us has failed, whatever the books say afterwards.
all_alive() {
  local name
  for name in "${services[@]}"; do
    is_running "$name" || die "$name ended by itself; the end of its log:" "$(tail -n 8 "$run/log/$name.log")"
  done
}

kill_one() {
  local name=${victims[RANDOM % ${#victims[@]}]} pid
  all_alive
  pid=$(pid_of "$name")
  kill -KILL "$pid"
  wait_until 5 gone "$name"
  kills[$name]=$((${kills[$name]} + 1))
  sleep "$((RANDOM % 2)).$((RANDOM % 10))"
  keep_site_time
  start_service "$name"
}

gone() { ! is_running "$1"; }

rest() { python3 "$top/tests/e2e/books.py" "$run" "$(cloud_url)" "$room" "$edge_slot"; }

mkdir -p "$run/log"
step "a site in $run, for $seconds s, seed $seed"
prepare_site $speed
start_site
set_up_room
meter_says "load $meter_address $load_watts" >/dev/null
python3 "$top/tests/e2e/payer.py" "$(room_url "$room")" "$run/tokens/cashier" "$acknowledged" >"$run/log/payer.log" 2>&1 &
payer=$!

end=$((SECONDS + seconds))
while [ $SECONDS -lt $end ]; do
  sleep "$((RANDOM % 4)).$((RANDOM % 10))"
  kill_one
done

step "letting it come to rest"
for name in "${services[@]}"; do wait_until 30 is_ready "$name" || die "$name did not come back; see $run/log/$name.log"; done
kill -TERM "$payer" # it asks again for what has no answer yet, then ends
wait "$payer" || die "the payer failed:" "$(tail -n 3 "$run/log/payer.log")"
payer=
meter_says "load $meter_address 0" >/dev/null
status=0
books=$(rest) || status=1
audit=$("$bin/cloud/wattle-cloud" audit --config "$run/cloud/cloud.toml") || status=1
all_alive
[ $status = 0 ] || printf '%s\n' "$audit"
printf '%s\n' "$audit" | sed -n '/^differences /s/  */ in the audit: /p'
say "killed: edge ${kills[edge]}, cloud ${kills[cloud]}, broker ${kills[broker]}; $books"
[ $status = 0 ] || die "kill_loop: FAILED"
say "kill_loop: passed"
