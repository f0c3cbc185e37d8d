# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# What one can do to a site that is up, each printed as it happens. Only calls of the public API, and signals.

api() { curl -sS --fail-with-body --max-time 10 "$@"; }

room_url() { printf '%s/api/v1/rooms/%s' "$(cloud_url)" "$1"; }

# follow_room SECONDS [FIELD=VALUE]: every field of the room that changes, until it has that value.
follow_room() { python3 "$top/.ci/follow.py" "$(room_url "$room")" "$@"; }

require_up() { is_running up || die "Wattle is not up." "Start it first: ./wattle up   (in another terminal, or with --detach)"; }

demo_recharge() {
  [ $# = 2 ] || die "which room, and how many yuan?" "./wattle demo recharge $room 20"
  room=$1
  local yuan=$2 answer
  step "cash recharge of $yuan yuan for room $room"
  answer=$(api -X POST "$(room_url "$room")/recharges" -H 'Content-Type: application/json' \
    -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" -d "{\"amount\":\"$yuan\",\"channel\":\"cash\"}") ||
    die "the cloud refused: $answer"
  say "   $answer"
  follow_room 10
}

demo_cut_network() {
  step "cutting the network between the box and the broker"
  kill -USR1 "$(pid_of gate)"
  sleep 0.2
  tail -n 1 "$run/log/gate.log"
  follow_room 10
  say "   the room goes on by itself; ./wattle demo heal-network joins it again"
}

demo_heal_network() {
  step "healing the network"
  kill -USR2 "$(pid_of gate)"
  follow_room 15
}

came_back() { is_running "$1" && [ "$(pid_of "$1")" != "$2" ] && is_ready "$1"; }

# kill_and_follow NAME: no warning, no clean-up; `up` starts it again from its store.
kill_and_follow() {
  local pid
  pid=$(pid_of "$1")
  [ -n "$pid" ] || die "$1 does not run just now." "./wattle demo status"
  step "kill -9 of $1 (pid $pid)"
  kill -KILL "$pid"
  wait_until 20 came_back "$1" "$pid" || die "$1 did not come back; see run/log/$1.log"
  say "   $1 is back (pid $(pid_of "$1"))"
  follow_room 10
}

demo_status() {
  local name
  for name in "${services[@]}"; do
    printf '   %-8s %s\n' "$name" "$(is_running "$name" && echo "pid $(pid_of "$name")" || echo 'not running')"
  done
  say "   site's clock $(date -d "@$(site_time)" '+%F %T')"
  say "   room $room: $(api "$(room_url "$room")")"
}

cmd_demo() {
  local what=${1:-}
  [ $# -gt 0 ] && shift
  case $what in
    recharge) require_up && demo_recharge "$@" ;;
    cut-network) require_up && demo_cut_network ;;
    heal-network) require_up && demo_heal_network ;;
    kill-edge) require_up && kill_and_follow edge ;;
    kill-cloud) require_up && kill_and_follow cloud ;;
    status) require_up && demo_status ;;
    *) die "demo knows: recharge ROOM YUAN, cut-network, heal-network, kill-edge, kill-cloud, status." ;;
  esac
}
