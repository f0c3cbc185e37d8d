#pragma once
// The golden vectors of api-spec, as they are committed: no change of ours goes unseen. WATTLE_VECTORS is their folder.

#include <boost/json.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "shared/base/bytes.hpp"

namespace wattle {

inline boost::json::object vectors(const std::string& name) {
  std::ifstream file(std::string(WATTLE_VECTORS) + "/" + name);
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str()).as_object();
}

inline std::string text(const boost::json::value& object, const char* field) {
  return std::string(object.at(field).as_string());
}

inline Bytes bytes(const boost::json::value& object, const char* field) { return from_hex(text(object, field)); }

template <class T>
T number(const boost::json::value& object, const char* field) {
  return object.at(field).to_number<T>();
}

/// A type that wraps an array named bytes: Digest, PublicKey, Nonce.
template <class T>
T fixed(const boost::json::value& object, const char* field) {
  const auto from = bytes(object, field);
  T out;
  REQUIRE(from.size() == out.bytes.size());
  std::copy(from.begin(), from.end(), out.bytes.begin());
  return out;
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(const Bytes& from) {
  std::array<std::uint8_t, N> out{};
  REQUIRE(from.size() == N);
  std::copy(from.begin(), from.end(), out.begin());
  return out;
}

}  // namespace wattle
