# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# Starting, watching and stopping processes of ours by pid. A pid file holds the pid and the moment at which that process began
# (in the kernel's ticks), so that a number that was given to somebody else meanwhile is never signalled.

run=${WATTLE_RUN:-$top/run}

# process_start PID: when it began; nothing when it is gone or only waits to be reaped.
process_start() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086  # the fields after the name, which may hold spaces itself
  set -- ${stat##*) }
  [ "$1" = Z ] || printf '%s' "${20}"
}

remember_pid() { printf '%s %s\n' "$2" "$(process_start "$2")" >"$run/pid/$1"; }

# pid_of NAME: its pid while it lives, else nothing.
pid_of() {
  local pid began
  [ -f "$run/pid/$1" ] && read -r pid began <"$run/pid/$1" || return 0
  [ -n "$began" ] && [ "$(process_start "$pid")" = "$began" ] && printf '%s' "$pid"
  return 0
}

is_running() { [ -n "$(pid_of "$1")" ]; }

# start_process NAME COMMAND...: in a session of its own, so that Ctrl-C reaches us alone and we stop things in order.
start_process() {
  local name=$1
  shift
  setsid "$@" </dev/null >>"$run/log/$name.log" 2>&1 &
  remember_pid "$name" $!
  disown # its end is ours to report, not the shell's
}

# stop_process NAME: asks, waits, then insists.
stop_process() {
  local pid tries
  pid=$(pid_of "$1")
  if [ -n "$pid" ]; then
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 100; tries++)); do
      is_running "$1" || break
      sleep 0.05
    done
    if is_running "$1"; then
      say "   $1 did not stop within 5 s; killing it"
      kill -KILL "$pid" 2>/dev/null || true
    fi
  fi
  rm -f "$run/pid/$1"
}

# wait_until SECONDS COMMAND...: polls; false when the time is over.
wait_until() {
  local tries
  for ((tries = $1 * 10; tries > 0; tries--)); do
    "${@:2}" && return 0
    sleep 0.1
  done
  return 1
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

port_of() { sed -n "s/^$1=//p" "$run/ports" 2>/dev/null; }

# choose_port NAME FIRST: the remembered one if it is free, else the first free one from FIRST on; remembered in run/ports, so that
# bookmarks and certificates stay good over restarts.
choose_port() {
  local port
  for port in $(port_of "$1") $(seq "$2" $(($2 + 99))); do
    if ! port_open "$port"; then
      { grep -v "^$1=" "$run/ports" 2>/dev/null || true; printf '%s=%s\n' "$1" "$port"; } >"$run/ports.new"
      mv "$run/ports.new" "$run/ports"
      return 0
    fi
  done
  die "no free port for $1 between $2 and $(($2 + 99))." "Look who listens there: ss -ltnp"
}
