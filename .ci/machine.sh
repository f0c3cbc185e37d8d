# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# What even a bare chroot must offer: /proc (the shell and our pid files need it) and pseudo-terminals (a virtual meter's bus).

machine_is_whole() { [ -e /proc/self/stat ] && [ -c /dev/pts/ptmx ]; }

# whole_machine COMMAND...: where something is missing, runs ./wattle again in a mount namespace of its own that has it, so that
# nothing stays mounted behind us and no mount of the host changes.
whole_machine() {
  machine_is_whole && return 0
  unshare --mount --propagation unchanged true 2>/dev/null ||
    die "here is no /proc or no /dev/pts (a bare chroot?), and $(id -un) may not mount them." "As root, in the chroot:" \
      "mount -t proc proc /proc; mount -t devpts -o ptmxmode=0666 devpts /dev/pts"
  exec unshare --mount --propagation unchanged "$top/wattle" --in-namespace "$@"
}

mount_missing() {
  local place
  for place in /proc /dev; do
    if mountpoint -q "$place"; then mount --make-private "$place"; fi
  done
  [ -e /proc/self/stat ] || mount -t proc proc /proc
  [ -c /dev/pts/ptmx ] || mount -t devpts -o ptmxmode=0666 devpts /dev/pts
  machine_is_whole || die "mounting /proc and /dev/pts did not help." "Outside the chroot: mount --rbind /dev CHROOT/dev"
}
