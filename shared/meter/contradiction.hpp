#pragma once
// What of a model contradicts the rest of it, and where in the profile's file that stands.

#include <optional>
#include <string>

#include "shared/meter/value_name.hpp"

namespace wattle {

struct Contradiction {
  std::string what{};                // for whoever writes profiles; empty: nothing contradicts anything
  std::string section{};             // "circuit", "block", "parameters"; empty: outside of all
  std::optional<std::size_t> nth{};  // of a section that is there several times, from 0
  std::string key{};                 // empty: the section as a whole
  bool empty() const { return what.empty(); }
};

/// About a value: its key, in the circuit's section or outside of all.
inline Contradiction about(const ValueName& value, std::string what) {
  const auto key = std::string(key_of(value));
  if (!value.circuit) return {std::move(what), {}, {}, key};
  return {std::move(what), "circuit", value.circuit, key};
}
/// Nothing where `what` is empty.
inline Contradiction about_section(std::string section, std::string what) {
  if (what.empty()) return {};
  return {std::move(what), std::move(section), {}, {}};
}

/// "circuit 1, power: lies in no block".
inline std::string in_words(const Contradiction& wrong) {
  if (wrong.empty()) return {};
  auto where = wrong.section + (wrong.nth ? ' ' + std::to_string(*wrong.nth + 1) : std::string());
  if (!wrong.key.empty()) where += (where.empty() ? "" : ", ") + wrong.key;
  return where.empty() ? wrong.what : where + ": " + wrong.what;
}

}  // namespace wattle
