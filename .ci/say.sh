# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# What the scripts tell a person: one line a step, and for each failure what went wrong and how to mend it.

say() { printf '%s\n' "$*"; }
step() { printf '── %s\n' "$*"; }

# die WHAT REMEDY...: the remedy is printed line by line, as it may hold a command to copy.
die() {
  printf '\nwattle: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

seconds_since() { say "$(($(date +%s) - $1)) s"; }
