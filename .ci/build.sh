# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# Configure, build and run: one preset a purpose (CMakePresets.json), each in build/<preset>.

jobs=$(nproc)

# Only one build a directory at a time: two ninjas in one tree spoil each other's files.
lock_build() {
  mkdir -p "$top/build" 2>/dev/null || true
  [ -w "$top/build" ] || die "$top/build cannot be written by $(id -un)." \
    "Clone Wattle into a folder of your own, or run as the owner of this one."
  exec {build_lock}>"$top/build/.lock-$1"
  flock -n "$build_lock" && return 0
  say "another ./wattle is building build/$1; waiting for it"
  flock "$build_lock"
}

unlock_build() { exec {build_lock}>&-; }

configure() {
  local log=$top/build/$1/configure.log
  mkdir -p "$top/build/$1"
  (cd "$top" && cmake --preset "$1") >"$log" 2>&1 && return 0
  tail -n 25 "$log" >&2
  die "configuring build/$1 failed (above; the whole log: build/$1/configure.log)." \
    "If the machine or its packages changed since: rm -r build/$1, then run the same command again."
}

# build_targets PRESET TARGET...
build_targets() {
  local preset=$1
  shift
  step "building $preset: $*"
  cmake --build "$top/build/$preset" --target "$@" -j "$jobs" ||
    die "the build failed; the first error stands above." "After a change of compiler or packages: rm -r build/$preset and try again."
}

prepare() {
  install_missing "build and run Wattle" "${packages_build[@]}"
  lock_build "$1"
  configure "$1"
}

# ready_binary PRESET TARGET PATH: the path of a built program, brought up to date first; of WATTLE_BIN's, as it is.
ready_binary() {
  if [ -n "${WATTLE_BIN:-}" ]; then
    binary=$WATTLE_BIN/$3
    [ -x "$binary" ] || die "WATTLE_BIN has no $3: $binary." "It names a folder like build/release; unset it to build and use that one."
    return 0
  fi
  prepare "$1"
  build_targets "$1" "$2" >&2
  unlock_build
  [ -x "$top/build/$1/$3" ] || die "the build made no build/$1/$3." "Look at the CMakeLists.txt of that folder."
  binary=$top/build/$1/$3
}

cmd_test() {
  local started filter=()
  started=$(date +%s)
  while [ $# -gt 0 ]; do
    case $1 in
      --label)
        filter+=(-L "^$2\$")
        shift
        ;;
      --label=*) filter+=(-L "^${1#*=}\$") ;;
      *) filter+=("$1") ;;
    esac
    shift
  done
  prepare release
  install_missing "try it with programs of others" "${packages_peers[@]}"
  install_modules "try it with programs of others" tests/integration/peers peers
  build_targets release all
  unlock_build
  say "built in $(seconds_since "$started")"
  step "ctest ${filter[*]}"
  # Most of their time tests wait: for brokers, disks, and lines as slow as real ones. The longest begin first.
  ctest --test-dir "$top/build/release" --output-on-failure --no-tests=error -j "$((jobs * 7))" "${filter[@]}"
}

# Plants bugs in a copy of the sources: a build of its own, which two at once would spoil.
sim_planted() {
  install_missing "plant bugs and build the simulation with them" "${packages_build[@]}"
  case " $* " in *" --fit "* | *" --work"[\ =]*) ;; *) lock_build planted ;; esac
  python3 "$top/tests/sim/planted.py" "$@"
}

cmd_sim() {
  if [ "${1:-}" = planted ]; then
    sim_planted "${@:2}"
    return
  fi
  ready_binary release wattle-sim simulator/wattle-sim && exec "$binary" "$@"
}
cmd_bench() {
  if [ "${1:-}" = dormitory ]; then
    build_dormitory
    dormitory bench "${@:2}"
  fi
  ready_binary release wattle-bench tests/bench/wattle-bench && exec "$binary" "$@"
}

# Of the site that `./wattle up` has laid out, unless a configuration is named.
cmd_audit() {
  local site=${WATTLE_RUN:-$top/run}/cloud/cloud.toml which=()
  case " $* " in
    *" --config"[\ =]* | *" --help "* | *" -h "*) ;;
    *)
      [ -f "$site" ] || die "there is no site to audit: no $site." \
        "Start one with ./wattle up, or name a site's configuration: ./wattle audit --config cloud.toml"
      which=(--config "$site")
      ;;
  esac
  ready_binary release wattle-cloud cloud/wattle-cloud && exec "$binary" audit "${which[@]}" "$@"
}
