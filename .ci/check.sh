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
  if [ "${1:-}" = --tidy ]; then check_tidy || failed=1; fi
  [ $failed = 0 ] || die "the check found what stands above."
  say "check: all well"
}

check_tidy() {
  install_missing "run clang-tidy" "${packages_build[@]}" "${packages_tidy[@]}"
  configure release
  step "clang-tidy"
  sources | grep '\.cpp$' | grep -v "^$top/tests/" |
    xargs -r -n 4 -P "$jobs" clang-tidy-14 -p "$top/build/release" --quiet 2>/dev/null
}
