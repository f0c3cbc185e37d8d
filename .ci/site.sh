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

cmd_up() {
  build_dormitory
  dormitory up "$@"
}
cmd_down() { dormitory down "$@"; }
cmd_demo() {
  if [ "${1:-}" = story ]; then build_dormitory; fi
  dormitory demo "$@"
}
