# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# What one can do to a site that is up, each printed as it happens. Only calls of the public API, and signals.

# follow_room SECONDS [FIELD=VALUE...]: every field of the room that changes, until it has those values.
follow_room() { python3 "$top/.ci/follow.py" "$(room_url "$room")" "$run/tokens/monitor" "$@"; }

# How the box itself sees the room, from its local socket: it answers without any network.
box_view() {
  socket_says "$run/edge/data/edge.sock" status | python3 -c '
import json, sys, time
box = json.load(sys.stdin)
for room in box["rooms"]:
    for circuit in room["circuits"]:
        print("   {}  box: live {}, relay {}, {} W, {} Wh, link {}, {} entries not yet acknowledged".format(time.strftime("%T"),
              room["live"], circuit["relay"], circuit["power_w"], circuit["reading_wh"], box["link"], box["backlog"]))' ||
    say "   the box does not answer; see run/log/edge.log"
}

require_up() { is_running up || die "Wattle is not up." "Start it first: ./wattle up   (in another terminal, or with --detach)"; }

demo_recharge() {
  [ $# = 2 ] || die "which room, and how many yuan?" "./wattle demo recharge $room 20"
  room=$1
  local yuan=$2 answer
  step "cash recharge of $yuan yuan for room $room"
  follow_room 0
  answer=$(recharge "$(cat /proc/sys/kernel/random/uuid)" "$room" "$yuan") || die "the cloud refused: $answer"
  say "   $answer"
  follow_room 20 circuits.0.relay=closed || say "   still open: is the network cut, or is the room still in debt?"
  sleep 1
  box_view
  say "   the box charges against it from the moment it is there; the cloud calls it confirmed with the box's next entry, at the hour"
}

# An oven, a kettle and every heater of the corridor, until nothing is left.
full_load_watts=30000
demo_run_down() {
  local status=0
  step "drawing $full_load_watts W in room $room until the money has gone"
  meter_says "load $meter_address $full_load_watts" >/dev/null || die "the virtual meter does not answer; see run/log/meter.log"
  follow_room 600 circuits.0.relay=open || status=$?
  meter_says "load $meter_address curve" >/dev/null
  [ $status = 0 ] || die "the circuit was not cut within 600 s." "./wattle demo status; see run/log/edge.log"
  say "   the circuit is cut; ./wattle demo recharge $room 20 closes it again"
}

demo_cut_network() {
  step "cutting the network between the box and the broker"
  kill -USR1 "$(pid_of gate)"
  sleep 0.2
  say "   gate: $(tail -n 1 "$run/log/gate.log")"
  box_view
  follow_room 20
  box_view
  say "   the cloud's view stands still, the box goes on; ./wattle demo heal-network joins them again"
}

demo_heal_network() {
  step "healing the network"
  kill -USR2 "$(pid_of gate)"
  box_view
  follow_room 90 online=true on_the_way=0.000000 || die "they did not meet again; see run/log/edge.log"
  follow_room 3
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
  say "   room $room"
  follow_room 0
  box_view
}

cmd_demo() {
  local what=${1:-}
  [ $# -gt 0 ] && shift
  case $what in
    recharge) require_up && demo_recharge "$@" ;;
    run-down) require_up && demo_run_down ;;
    cut-network) require_up && demo_cut_network ;;
    heal-network) require_up && demo_heal_network ;;
    kill-edge) require_up && kill_and_follow edge ;;
    kill-cloud) require_up && kill_and_follow cloud ;;
    status) require_up && demo_status ;;
    *) die "demo knows: recharge ROOM YUAN, run-down, cut-network, heal-network, kill-edge, kill-cloud, status." ;;
  esac
}
