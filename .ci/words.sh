# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# What each command may be told, judged before anything is installed or built: a slip costs a second, not a build. What a program
# alone can judge (a seed, a room) it judges itself.

# wrong WHAT REMEDY...: like die, with the exit code of a wrong call.
wrong() { (die "$@") || exit 2; }

# help_if_asked HELP WORD...
help_if_asked() {
  local word help=$1
  shift
  for word in "$@"; do
    case $word in -h | --help) cat "$top/.ci/help/$help"; exit 0 ;; esac
  done
}

# unknown COMMAND WORD
unknown() {
  local help
  mapfile -t help <"$top/.ci/help/$(case $1 in 'sim planted') say planted ;; *) say "${1%% *}" ;; esac)"
  wrong "./wattle $1 does not know '$2'." "${help[@]}"
}

# is_in WORD LIST...
is_in() {
  local word=$1 known
  shift
  for known in "$@"; do [ "$word" != "$known" ] || return 0; done
  return 1
}

# take_options COMMAND "FLAG..." "OPTION..." WORD...: flags stand alone, options have a value behind them or after "="; the words that are
# neither are left in `plain`.
take_options() {
  local command=$1 flags options word
  read -ra flags <<<"$2"
  read -ra options <<<"$3"
  shift 3
  plain=()
  while [ $# -gt 0 ]; do
    word=$1
    if is_in "$word" "${options[@]}"; then
      [ $# -ge 2 ] || wrong "./wattle $command: $word needs a value." "./wattle $command --help"
      shift
    elif [[ $word == --*=* ]] && is_in "${word%%=*}" "${options[@]}"; then
      :
    elif is_in "$word" "${flags[@]}"; then
      :
    elif [[ $word == -* ]]; then
      unknown "$command" "$word"
    else
      plain+=("$word")
    fi
    shift
  done
}

no_more() { [ ${#plain[@]} = 0 ] || unknown "$1" "${plain[0]}"; }

# speed_of WORD...: what --speed is given.
speed_of() {
  local word before=
  for word in "$@"; do
    if [ "$before" = --speed ]; then speed=$word; fi
    if [[ $word == --speed=* ]]; then speed=${word#*=}; fi
    before=$word
  done
}

judge_speed() {
  local speed=1
  speed_of "${@:2}"
  [[ $speed =~ ^[1-9][0-9]{0,3}$ ]] || wrong "./wattle $1: --speed is a whole number from 1 to 9999, not '$speed'."
}

judge_up() {
  take_options up "--detach --fresh" --speed "$@"
  no_more up
  judge_speed up "$@"
}

judge_down() { take_options down "" "" "$@"; no_more down; }
judge_fmt() { take_options fmt "" "" "$@"; no_more fmt; }

demos=(status recharge run-down hairdryer refund offline-code move-room cut-network heal-network kill-edge kill-cloud replace-edge
  restore-cloud story)

judge_demo() {
  if [ $# = 0 ]; then cat "$top/.ci/help/demo"; exit 0; fi
  is_in "$1" "${demos[@]}" || unknown demo "$1"
  if [ "$1" = story ]; then
    take_options "demo story" "" --speed "${@:2}"
    no_more "demo story"
    judge_speed "demo story" "$@"
    return
  fi
  local least=0 most=0
  case $1 in
    recharge | refund | offline-code | move-room) least=2 most=2 ;;
    run-down | hairdryer | cut-network | replace-edge) least=1 most=1 ;;
    heal-network | kill-edge) most=1 ;;
  esac
  [ $(($# - 1)) -ge $least ] && [ $(($# - 1)) -le $most ] ||
    wrong "./wattle demo $1 takes $([ $least = $most ] && say "$least" || say "$least or $most") words, and was given $(($# - 1))." \
      "$(grep -w -- "$1" "$top/.ci/help/demo" | head -n 1)"
}

test_labels=(unit law sim io bench slow)

judge_test() {
  local word before= words=()
  for word in "$@"; do [[ $word =~ ^-j[0-9]+$ ]] || words+=("$word"); done
  take_options test \
    "-V -VV -N -Q --verbose --extra-verbose --show-only --quiet --rerun-failed --output-on-failure --progress --print-labels --schedule-random --stop-on-failure" \
    "--label -R -E -L -LE -I -j --tests-regex --exclude-regex --label-regex --label-exclude --tests-information --parallel --timeout --repeat --stop-time --no-tests --test-load" \
    "${words[@]}"
  no_more test
  for word in "$@"; do
    [ "$before" != --label ] || is_in "$word" "${test_labels[@]}" ||
      wrong "there is no label '$word'." "Labels: ${test_labels[*]}"
    before=$word
  done
}

sim_flags="--real-crypto --swarm --first --as-found --list"
sim_options="--seed --seeds --steps --faults --minutes --resume --processes --scenario"

judge_sim() {
  if [ "${1:-}" = planted ]; then
    take_options "sim planted" --fit "--work --jobs" "${@:2}"
    local number
    for number in "${plain[@]}"; do
      [[ $number =~ ^0*[1-9][0-9]{0,2}[a-z]?$ ]] || wrong "'$number' is no planted bug's number." "./wattle sim planted --help"
    done
    return
  fi
  local words=() word before=
  for word in "$@"; do  # --trace alone, or with what to tell
    if [ "$word" = --trace ] || [[ $word == --trace=* ]]; then before=--trace; continue; fi
    [ "$before" = --trace ] && [[ $word != -* ]] || words+=("$word")
    before=$word
  done
  take_options sim "$sim_flags" "$sim_options" "${words[@]}"
  no_more sim
}

bench_areas=(ledger store bus readings sweep catch-up sim)

judge_bench() {
  if [ "${1:-}" = dormitory ]; then
    take_options "bench dormitory" --json "" "${@:2}"
    local figure
    for figure in "${plain[@]}"; do is_in "$figure" recharge box || unknown bench "$figure"; done
    return
  fi
  take_options bench "--json --small --long" "" "$@"
  [ ${#plain[@]} -le 1 ] || wrong "one area at a time, or all of them." "./wattle bench --help"
  [ ${#plain[@]} = 0 ] || is_in "${plain[0]}" "${bench_areas[@]}" || unknown bench "${plain[0]}"
}

judge_audit() { take_options audit "--json --at-rest" "--config --registers" "$@"; no_more audit; }

judge_check() {
  take_options check --tidy "" "$@"
  [ ${#plain[@]} = 0 ] || [ "$1" = --tidy ] || unknown check "${plain[0]}"
  local file
  for file in "${plain[@]}"; do
    [ "$file" = all ] || [ -f "$file" ] || wrong "there is no file '$file'." "./wattle check --help"
  done
}

# judge COMMAND WORD...: returns when it may be carried out.
judge() {
  local command=$1 plain=()
  shift
  if [ "$command ${1:-}" = "sim planted" ]; then help_if_asked planted "$@"; fi
  help_if_asked "$command" "$@"
  "judge_$command" "$@"
}
