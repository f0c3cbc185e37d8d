#pragma once
// The golden frames of api-spec/vectors, as the tests need them.

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "shared/base/bytes.hpp"

namespace wattle::test {

inline boost::json::array load_vectors(const std::string& name) {
  const std::ifstream file(std::string(WATTLE_VECTORS "/") + name);
  if (!file) throw std::runtime_error("no vector file " + name);
  std::ostringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str()).as_array();
}

inline std::string text(const boost::json::value& vector, std::string_view field) {
  const auto& value = vector.as_object().at(field).as_string();
  return {value.data(), value.size()};
}

/// "01 04 00" as bytes.
inline Bytes hex(std::string spaced) {
  std::erase(spaced, ' ');
  return from_hex(spaced);
}

}  // namespace wattle::test
