#pragma once
// What a description must contain, against the `shows` of a golden frame.

#include <algorithm>
#include <catch2/catch.hpp>

#include "shared/meter/field.hpp"
#include "tests/unit/shared/meter/vectors.hpp"

namespace wattle::test {

/// "" for a field that is not there.
inline std::string shown(const Fields& fields, std::string_view name) {
  const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return field == fields.end() ? std::string() : to_text(field->value);
}

/// How many names were compared.
inline std::size_t check_shows(const boost::json::value& vector, const Fields& fields) {
  const auto* shows = vector.as_object().if_contains("shows");
  if (shows == nullptr) return 0;
  for (const auto& [name, value] : shows->as_object()) {
    INFO(std::string(name));
    CHECK(shown(fields, name) == std::string(value.as_string()));
  }
  return shows->as_object().size();
}

}  // namespace wattle::test
