# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# The Debian 12 packages that Wattle stands on, and how they get onto a machine. Nothing else is ever downloaded.

packages_build=(
  g++ cmake ninja-build ccache mold patch pkg-config python3 python3-jsonschema python3-yaml
  libboost1.81-dev libboost-system1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libsodium-dev libsqlite3-dev libssl-dev libcurl4-openssl-dev libprotobuf-dev protobuf-compiler
  libpaho-mqtt-dev libpaho-mqttpp-dev libspdlog-dev libfmt-dev libtomlplusplus-dev libcli11-dev libsimdjson-dev libmimalloc-dev
  catch2 librapidcheck-dev
  mosquitto mosquitto-clients openssl curl faketime sqlite3 procps
)
packages_check=(clang-format-14)
packages_tidy=(clang-16 clang-tidy-16)
packages_fuzz=(clang-16 libclang-rt-16-dev)
# Programs of others that tests/integration/peers tries ours with. Where there is an npm already, whosever it is, it is taken.
packages_peers=(mbpoll make python3-pymodbus python3-serial python3-serial-asyncio)  # npm compiles an addon with make
command -v npm >/dev/null || packages_peers+=(nodejs npm)

missing_packages() {
  local name
  for name in "$@"; do
    # shellcheck disable=SC2016  # the braces are dpkg's, not the shell's
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
  done
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

may_install() {
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null || return 1
  [ -t 0 ] || sudo -n true 2>/dev/null
}

# Debian starts a freshly installed mosquitto on port 1883; policy-rc.d is Debian's own way to forbid that. A file left by a
# run that was killed carries our mark and is replaced; anybody else's is put aside and comes back.
policy=/usr/sbin/policy-rc.d
policy_mark='# wattle: no service starts while packages are installed'

forbid_services() {
  if [ -e $policy ] && ! grep -qF "$policy_mark" $policy; then as_root mv $policy $policy.before-wattle; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | as_root tee $policy >/dev/null
  as_root chmod 755 $policy
}

allow_services() {
  if [ -e $policy ] && grep -qF "$policy_mark" $policy; then as_root rm -f $policy; fi
  if [ -e $policy.before-wattle ]; then as_root mv $policy.before-wattle $policy; fi
}

# install_missing WHY PACKAGE...: quick and silent when everything is there.
install_missing() {
  local why=$1
  shift
  local wanted
  mapfile -t wanted < <(missing_packages "$@")
  [ ${#wanted[@]} = 0 ] && return 0
  command -v apt-get >/dev/null || die "these Debian packages are missing and there is no apt-get: ${wanted[*]}" \
    "Wattle is built on Debian 12; run it there, or in a chroot made by: debootstrap bookworm DIR"
  may_install || die "to $why it needs ${#wanted[@]} Debian packages, and may not install them (not root, no sudo)." \
    "Ask someone who may to run:" "apt-get update && apt-get install --no-install-recommends ${wanted[*]}"
  step "installing ${#wanted[@]} Debian packages to $why: ${wanted[*]}"
  mkdir -p "$top/run/log"
  install_packages "${wanted[@]}"
}

install_packages() {
  local log=$top/run/log/install.log had_broker=yes status=0
  command -v mosquitto >/dev/null || had_broker=no
  trap allow_services EXIT
  trap 'exit 130' INT TERM
  forbid_services
  { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"; } 2>&1 |
    tee "$log" | show_install_progress || status=$?
  # Nor shall the next boot start it: only our own brokers run, on ports of their own.
  if [ $had_broker = no ] && command -v systemctl >/dev/null; then as_root systemctl disable -q mosquitto 2>/dev/null || true; fi
  allow_services
  trap - EXIT INT TERM
  [ $status = 0 ] || die "installing packages failed (the whole log: ${log#"$top"/}):" \
    "$(grep -E '^(E|W|Err):?' "$log" | tail -n 5)" \
    "Check the network and /etc/apt/sources.list (Debian 12 'main' is enough), then run the same command again."
}

show_install_progress() {
  local line count=0
  while IFS= read -r line; do
    case $line in
      'Need to get'*) say "   ${line%.}" ;;
      'Setting up'*)
        count=$((count + 1))
        [ $((count % 25)) = 0 ] && say "   $count packages set up" ;;
    esac
  done
  say "   $count packages set up"
}

# install_modules WHY FOLDER INTO: what the folder's package-lock.json names, from npm, once for each state of that file. When that fails
# the tests that need them fail, and say why; the others can still be run. Debian's node is 18 (serialport 13 wants 20, hence the
# override in the tests' package.json).
install_modules() {
  local from=$top/$2 into=$top/build/$3 log=$top/run/log/npm.log headers=()
  cmp -s "$from/package-lock.json" "$into/installed" && return 0
  step "installing npm packages to $1 ($2/package-lock.json)"
  rm -rf "$into"
  mkdir -p "$into" "$top/run/log"
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$into"
  # An addon in C is compiled against the headers of this node, where they stand; otherwise npm would fetch some.
  [ ! -e /usr/include/node/node.h ] || headers=(--nodedir=/usr)
  if (cd "$into" && npm ci --no-audit --no-fund --foreground-scripts "${headers[@]}") >"$log" 2>&1; then
    cp "$from/package-lock.json" "$into/installed"
  else
    say "   npm ci failed, and so will the tests that need it (the whole log: ${log#"$top"/}): $(grep -m 1 -i 'err' "$log" || true)"
  fi
}
