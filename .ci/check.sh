# shellcheck shell=bash disable=SC2034,SC2154  # a part of ./wattle: names cross between parts
# What every commit passes: layout, layers, shape. clang-tidy on demand, since it takes minutes.

# Ours, without what is generated; works in a tree without git too.
sources() {
  find "$top" \( -path "$top/build" -o -path "$top/run" -o -name .git -o -name node_modules \) -prune -o \
    \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' \) -print | sort
}

cmd_fmt() {
  install_missing "format sources" "${packages_check[@]}"
  sources | xargs -r clang-format-14 -i
}

cmd_check() {
  local failed=0
  install_missing "check sources" python3 "${packages_check[@]}"
  step "layout (clang-format 14; ./wattle fmt mends it)"
  sources | xargs -r clang-format-14 --dry-run -Werror 2>&1 | grep -E '(error|warning):' | cut -d: -f1 | sort | uniq -c |
    sed "s|$top/||" || true
  sources | xargs -r clang-format-14 --dry-run -Werror 2>/dev/null || failed=1
  step "layers"
  python3 "$top/.ci/layers.py" "$top" || failed=1
  step "shape"
  python3 "$top/.ci/shape.py" "$top" || failed=1
  if [ "${1:-}" = --tidy ]; then check_tidy "${@:2}" || failed=1; fi
  [ $failed = 0 ] || die "the check found what stands above."
  say "check: all well"
}

# Sources that the commands of build/tidy know: `all`, those that were named, or those that differ from the main branch (on it, from the
# commit before), each changed header standing for the source of its name.
tidy_sources() {
  local base
  if [ "${1:-}" = all ]; then
    sources | grep -v "^$top/tests/"
  elif [ $# -gt 0 ]; then
    realpath -- "$@"
  else
    base=$(git -C "$top" merge-base HEAD main 2>/dev/null) ||
      die "here is no git, or no branch main, to tell what has changed." "./wattle check --tidy all, or name the files"
    [ "$base" != "$(git -C "$top" rev-parse HEAD)" ] || base=$(git -C "$top" rev-parse -q --verify HEAD~1 || say "$base")
    { git -C "$top" diff --name-only "$base"; git -C "$top" ls-files --others --exclude-standard; } | sed "s|^|$top/|"
  fi | sed -n 's/\.[ch]pp$/.cpp/p' | sort -u | grep -xFf <(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$top/build/tidy/compile_commands.json")
}

# tidy_one FILE: run by xargs in a shell of its own. What clang-tidy says without a finding (how many warnings it kept to itself) is left out.
tidy_one() {
  local said status=0
  said=$(clang-tidy-16 -p "$top/build/tidy" --quiet "$1" 2>&1) || status=$?
  if [ $status = 0 ]; then
    printf '   %s\n' "${1#"$top"/}"
  else
    printf '   %s: FOUND\n%s\n' "${1#"$top"/}" "$(grep -vE '^[0-9]+ warnings?( and [0-9]+ errors?)? generated' <<<"$said" | sed "s|$top/||g")"
  fi
  return $status
}

check_tidy() {
  local files generated
  install_missing "run clang-tidy" "${packages_build[@]}" "${packages_tidy[@]}"
  lock_build tidy
  configure tidy
  mapfile -t files < <(tidy_sources "$@")
  [ ${#files[@]} -gt 0 ] || { say "   no source to look at: ./wattle check --tidy all looks at every one"; return 0; }
  step "clang-tidy 16 of ${#files[@]} sources, $jobs at a time"
  # Generated headers are all that is built there.
  mapfile -t generated < <(cd "$top/build/tidy" && ninja -t targets all | sed -n 's/: CUSTOM_COMMAND$//p' | grep -v '^/' | grep -E '\.(h|hpp|inc|ipp)$')
  cmake --build "$top/build/tidy" --target "${generated[@]}" -j "$jobs" >"$top/build/tidy/generated.log" 2>&1 ||
    { tail -n 25 "$top/build/tidy/generated.log" >&2; return 1; }
  export top
  export -f tidy_one
  printf '%s\n' "${files[@]}" | xargs -P "$jobs" -I{} bash -c 'tidy_one "$1"' tidy {}
}
