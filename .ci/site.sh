# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# The dormitory on this machine is a Python package, .ci/dormitory (docs/decisions/0013); here it is built and called.

dormitory() { PYTHONPATH="$top/.ci" exec python3 -B -m dormitory "$@"; }

# WATTLE_BIN names programs that were built elsewhere, for those who test.
build_dormitory() {
  [ -z "${WATTLE_BIN:-}" ] || return 0
  prepare release
  build_targets release wattle-cloud wattle-edge wattle-building wattle-gate real_timers
  unlock_build
}

# What is up already needs no build, and cannot be made anew; 3: nothing is.
cmd_up() {
  local status=3
  if command -v python3 >/dev/null; then
    status=0
    (dormitory already-up "$@") || status=$?
  fi
  [ $status = 3 ] || exit $status
  build_dormitory
  dormitory up "$@"
}

# Python runs it, and `up` installs that: without it nothing can be up.
needs_python() {
  command -v python3 >/dev/null ||
    die "Wattle is not up: python3, which runs it, is not installed." "./wattle up installs what it needs, and starts it."
}

cmd_down() {
  needs_python
  dormitory down "$@"
}
cmd_demo() {
  if [ "${1:-}" = story ]; then build_dormitory; fi
  needs_python
  dormitory demo "$@"
}
