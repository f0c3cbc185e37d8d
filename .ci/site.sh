# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# One dormitory on this machine: broker, cloud, gate (between edge and broker, so that the network can be torn), meter, edge.
# Everything about how a program is configured and called stands in this file.

services=(broker gate cloud meter edge)
room=101
circuit=1010
edge_slot=1
meter_address=1
meter_number=70001010
price_per_kwh=0.60
first_recharge=20.00
port_shift=0
bin=${WATTLE_BIN:-$top/build/release} # programs that were built elsewhere, for those who test

cloud_url() { printf 'http://127.0.0.1:%s' "$(port_of http)"; }
room_url() { printf '%s/api/v1/rooms/%s' "$(cloud_url)" "$1"; }

# api ROLE CURL_ARG...: a call of the public API; the token is in no command line, where everybody could read it.
api() {
  curl -sS --fail-with-body --max-time 10 -H "@$run/tokens/$1.header" "${@:2}"
}

# The wish, the idempotency key, then the room and the amount.
recharge() {
  api cashier -X POST "$(room_url "$2")/recharges" -H 'Content-Type: application/json' -H "Idempotency-Key: $1" \
    -d "{\"amount\":\"$3\",\"channel\":\"cash\"}"
}

write_broker_config() {
  mkdir -p "$run/broker"
  cat >"$run/broker/mosquitto.conf" <<END
persistence true
persistence_location $run/broker/
autosave_on_changes true
autosave_interval 1000
persistent_client_expiration 14d
max_queued_messages 10000
set_tcp_nodelay true
log_dest stderr
user $(id -un)
listener $(port_of broker) 127.0.0.1
cafile $run/cloud/pki/ca.crt
certfile $run/cloud/pki/broker.crt
keyfile $run/cloud/pki/broker.key
require_certificate true
use_identity_as_username true
acl_file $run/broker/acl
END
  # An edge may write only its own topics and read only what is for it; the name is its certificate's.
  printf '%s\n' 'pattern write up/+/%u/#' 'pattern read down/%u/#' '' 'user cloud' 'topic readwrite up/#' 'topic readwrite down/#' \
    >"$run/broker/acl"
  chmod 700 "$run/broker/acl"
}

write_cloud_config() {
  mkdir -p "$run/cloud"
  cat >"$run/cloud/cloud.toml" <<END
[site]
name = "Wattle on one machine"

[store]
path = "cloud.sqlite"

[http]
port = $(port_of http)

[pki]
folder = "pki"

[mqtt]
port = $(port_of broker)
box_port = $(port_of gate)       # boxes come through the gate, so that their network can be torn
END
  local role
  for role in monitor cashier admin; do
    printf '\n[[token]]\nname = "%s"\nrole = "%s"\nfile = "../tokens/%s"\n' $role $role $role
  done >>"$run/cloud/cloud.toml"
}

write_edge_config() {
  mkdir -p "$run/edge"
  cat >"$run/edge/edge.toml" <<END
data = "data"

[cloud]
url = "$(cloud_url)"
claim_code_file = "claim-code"

[poll]
every = "1s"

[[bus]]
device = "../meter/bus"

[[meter]]
circuit = $circuit
room = $room
address = $meter_address
meter_number = $meter_number
END
}

# start_service NAME: the command of each program, once. Broker and gate live in real time, the others by the site's clock.
start_service() {
  local clock
  mapfile -t clock < <(site_clock)
  case $1 in
    broker) start_process broker mosquitto -c "$run/broker/mosquitto.conf" ;;
    gate) start_process gate "$bin/simulator/wattle-gate" --listen "$(port_of gate)" --to "$(port_of broker)" ;;
    cloud) start_process cloud "${clock[@]}" "$bin/cloud/wattle-cloud" --config "$run/cloud/cloud.toml" ;;
    meter)
      start_process meter "${clock[@]}" "$bin/simulator/wattle-meter" --link "$run/meter/bus" --state "$run/meter/state" \
        --control "$run/meter/control" --curve "$top/simulator/devices/data/home_two_weeks.curve" \
        --address "$meter_address" --meter-number "$meter_number"
      ;;
    edge) start_process edge "${clock[@]}" "$bin/edge/wattle-edge" --config "$run/edge/edge.toml" ;;
  esac
}

# is_ready NAME: it does what it is there for, as far as one can see from outside.
is_ready() {
  case $1 in
    broker) port_open "$(port_of broker)" ;;
    gate) port_open "$(port_of gate)" ;;
    cloud) curl -fsS --max-time 2 -o "$run/health" "$(cloud_url)/api/v1/health" 2>/dev/null ;;
    meter) [ -S "$run/meter/control" ] && meter_says status >/dev/null 2>&1 ;;
    edge) [ -S "$run/edge/data/edge.sock" ] ;;
  esac
}

# socket_says SOCKET LINE: one line to a Unix socket of ours, and what it answers.
socket_says() {
  python3 - "$1" "$2" <<'END'
import socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.settimeout(2)
    line.connect(sys.argv[1])
    line.sendall(sys.argv[2].encode() + b'\n')
    text = b''
    while not text.endswith((b'ok\n', b'}\n')) and not text.startswith(b'error'):
        more = line.recv(65536)
        if not more:
            break
        text += more
print(text.decode(), end='')
sys.exit(1 if text.startswith(b'error') or not text else 0)
END
}

meter_says() { socket_says "$run/meter/control" "$1"; }

first_start() {
  if [ ! -f "$run/tokens/admin.header" ]; then
    step "making the site's keys, certificates and tokens"
    "$bin/cloud/wattle-cloud" init --config "$run/cloud/cloud.toml" >>"$run/log/cloud.log" 2>&1 ||
      die "wattle-cloud init failed; the end of run/log/cloud.log:" "$(tail -n 5 "$run/log/cloud.log")"
    local role
    for role in monitor cashier admin; do
      (umask 077 && printf 'Authorization: Bearer %s\n' "$(cat "$run/tokens/$role")" >"$run/tokens/$role.header")
    done
  fi
  # The same code until the box has its name: a claim whose answer was lost is asked again with it.
  [ -s "$run/edge/claim-code" ] && return 0
  local clock
  mapfile -t clock < <(site_clock)
  "${clock[@]}" "$bin/cloud/wattle-cloud" claim-code --config "$run/cloud/cloud.toml" --edge "$edge_slot" --hours 8760 \
    >"$run/edge/claim-code.new" ||
    die "wattle-cloud made no claim code."
  mv "$run/edge/claim-code.new" "$run/edge/claim-code"
}

# What an installer does once, through the API: prices, the room with its meter as it stands, and the first money. Each call may be
# made again and changes nothing then, so a set-up that was interrupted is simply done again.
set_up_room() {
  [ -f "$run/set-up" ] && return 0
  local first
  if [ ! -f "$run/first-reading" ]; then
    first=$(meter_says status | sed -n 's/.* energy_wh=\([0-9]*\) .*/\1/p')
    [ -n "$first" ] || die "the virtual meter tells no reading; see run/log/meter.log"
    printf '%s\n' "$first" >"$run/first-reading"
  fi
  first=$(cat "$run/first-reading")
  step "setting the room up: price $price_per_kwh yuan/kWh, meter $meter_number at $first Wh, $first_recharge yuan in cash"
  set_up_call admin -X PUT "$(cloud_url)/api/v1/prices/1" -H 'Content-Type: application/json' \
    -d "{\"starts\":\"2020-01-01T00:00:00Z\",\"tiers\":[{\"rate\":\"$price_per_kwh\"}]}"
  set_up_call admin -X POST "$(cloud_url)/api/v1/rooms" -H 'Content-Type: application/json' \
    -d "{\"room\":$room,\"edge\":$edge_slot,\"circuits\":[{\"circuit\":$circuit,\"meter\":$meter_number,
         \"first_reading\":$first,\"bus_address\":$meter_address}]}"
  wait_until 30 room_is_open || die "the box did not open the room within 30 s; see run/log/edge.log and run/log/cloud.log"
  local answer
  answer=$(recharge first-recharge "$room" "$first_recharge") || die "the first recharge was refused: $answer"
  : >"$run/set-up"
}

set_up_call() {
  local answer
  answer=$(api "$@") || die "the cloud refused the set-up: $answer"
}

room_is_open() { api monitor "$(room_url "$room")" 2>/dev/null | grep -q '"open_at":{'; }

# The site's wall clock runs --speed times as fast as ours: an hour's slice closes within a minute at 60. Product code knows
# nothing of it; libfaketime moves the wall clock from outside and leaves the monotonic clock, hence every timeout, alone.
# run/clock holds "real virtual speed" (seconds) of the newest moment known, so that a restart goes on where time was.
site_time() {
  local real virtual speed
  read -r real virtual speed <"$run/clock"
  awk -v now="$(date +%s.%N)" -v real="$real" -v virtual="$virtual" -v speed="$speed" \
    'BEGIN { printf "%.3f", virtual + (now - real) * speed }'
}

keep_site_time() {
  local speed
  speed=$(cut -d' ' -f3 "$run/clock")
  printf '%s %s %s\n' "$(date +%s.%N)" "$(site_time)" "$speed" >"$run/clock.new"
  mv "$run/clock.new" "$run/clock"
}

set_site_speed() {
  local now virtual
  now=$(date +%s.%N)
  virtual=$(cut -d' ' -f2 "$run/clock" 2>/dev/null || true)
  # Never back: what the stores hold was written at the site's time.
  virtual=$(awk -v now="$now" -v kept="${virtual:-0}" 'BEGIN { printf "%.3f", (kept > now ? kept : now) }')
  printf '%s %s %s\n' "$now" "$virtual" "$1" >"$run/clock"
}

# site_clock: the words to put before a command, one a line.
site_clock() {
  local speed offset
  speed=$(cut -d' ' -f3 "$run/clock")
  offset=$(awk -v now="$(date +%s.%N)" -v site="$(site_time)" 'BEGIN { printf "%+.3f", site - now }')
  [ "$speed $offset" = '1 +0.000' ] && return 0
  # shellcheck disable=SC2016  # $LIB is the dynamic linker's
  printf '%s\n' env "LD_PRELOAD=$bin/simulator/libreal_timers.so:"'/usr/$LIB/faketime/libfaketimeMT.so.1' "FAKETIME=$offset x$speed" \
    FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1
}

prepare_site() {
  mkdir -p "$run"/{pid,log,meter}
  choose_port broker $((18883 + port_shift))
  choose_port gate $((18983 + port_shift))
  choose_port http $((8480 + port_shift))
  write_cloud_config
  write_edge_config
  write_broker_config
  set_site_speed "$1"
  first_start
}

start_site() {
  local name
  for name in "${services[@]}"; do
    start_service "$name"
    wait_until 20 is_ready "$name" ||
      die "$name did not become ready within 20 s; the end of run/log/$name.log:" "$(tail -n 8 "$run/log/$name.log")"
    say "   $name is up (pid $(pid_of "$name"), log run/log/$name.log)"
  done
}

stop_site() {
  local at
  for ((at = ${#services[@]} - 1; at >= 0; at--)); do
    is_running "${services[at]}" && say "   stopping ${services[at]}"
    stop_process "${services[at]}"
  done
  rm -f "$run/ready"
}

# As a service manager would: what dies is started again from its store; what keeps dying is given up, with its last words.
death_limit=5
watch_site() {
  local name
  local -A deaths=() born=()
  while sleep 0.5; do
    keep_site_time
    for name in "${services[@]}"; do
      is_running "$name" && continue
      [ $((SECONDS - ${born[$name]:-0})) -lt 30 ] || deaths[$name]=0 # it had lived: somebody killed it
      deaths[$name]=$((${deaths[$name]:-0} + 1))
      born[$name]=$SECONDS
      [ "${deaths[$name]}" -le $death_limit ] ||
        die "$name ended more than $death_limit times; the end of run/log/$name.log:" "$(tail -n 8 "$run/log/$name.log")"
      start_service "$name"
      say "$(date +%T) $name had ended; started again (pid $(pid_of "$name"))"
    done
  done
}

announce() {
  say ""
  say "Wattle is up: one room ($room), one box, one cloud. Wall clock at ×$1."
  say "   API      $(room_url "$room")"
  say "   token    in run/tokens/: monitor, cashier, admin; e.g. curl -H @run/tokens/monitor.header $(room_url "$room")"
  say "   try      ./wattle demo status · recharge $room 20 · run-down · cut-network · heal-network · kill-edge · kill-cloud"
  say "   stop     ${2:-Ctrl-C}"
}

cmd_up() {
  local speed=60 detach=no fresh=no
  while [ $# -gt 0 ]; do
    case $1 in
      --speed) speed=${2:-}; shift $(($# > 1)) ;;
      --detach) detach=yes ;;
      --fresh) fresh=yes ;;
      *) die "up knows --detach, --speed N and --fresh, not '$1'." ;;
    esac
    shift
  done
  [[ $speed =~ ^[1-9][0-9]{0,3}$ ]] || die "--speed is a whole number from 1 to 9999, not '$speed'."
  if is_running up && [ "$(pid_of up)" != $$ ]; then
    say "already up (pid $(pid_of up)); ./wattle down stops it"
    announce "$(cut -d' ' -f3 "$run/clock")" "./wattle down"
    return 0
  fi
  if [ -z "${WATTLE_BIN:-}" ]; then
    prepare release
    build_targets release wattle-cloud wattle-edge wattle-meter wattle-gate real_timers
    unlock_build
  fi
  mkdir -p "$run"/{pid,log}
  stop_site # what a killed `up` left behind
  if [ $fresh = yes ]; then rm -rf "$run"/{broker,cloud,edge,meter,tokens,clock,ports,first-reading,set-up}; fi
  if [ $detach = yes ]; then up_detached "$speed"; else up_here "$speed"; fi
}

up_here() {
  remember_pid up $$
  trap 'trap - EXIT INT TERM HUP; say ""; step "stopping"; stop_site; rm -f "$run/pid/up"' EXIT
  trap 'exit 0' INT TERM HUP
  step "starting"
  prepare_site "$1"
  start_site
  set_up_room
  : >"$run/ready"
  announce "$1"
  watch_site
}

up_detached() {
  start_process up "$top/wattle" up --speed "$1"
  wait_until 150 up_settled
  if ! is_running up; then
    tail -n 12 "$run/log/up.log" >&2
    die "it did not come up (above; the whole log: run/log/up.log)."
  fi
  announce "$1" "./wattle down"
}

up_settled() { [ -f "$run/ready" ] || ! is_running up; }

cmd_down() {
  mkdir -p "$run/pid"
  if is_running up; then
    say "stopping the site of pid $(pid_of up)"
    kill -TERM "$(pid_of up)"
    wait_until 60 not_up || die "pid $(pid_of up) did not stop within 60 s." "kill -KILL $(pid_of up), then ./wattle down again"
  else
    say "not up; looking for what a killed run left behind"
  fi
  stop_site
  say "down"
}

not_up() { ! is_running up; }
