#pragma once
// Why bytes that should be recorded readings are refused. Words and numbers are stable: they stand in logs, counters and
// acknowledgements.

#include <cstdint>

#include "shared/base/result.hpp"

namespace wattle {

enum class ReadingsErrc : std::uint8_t {
  truncated = 1,  // the bytes end too early
  version = 2,    // written by a later program
  malformed = 3,  // bytes that the encoder does not write
  too_large = 4,  // beyond a limit of api-spec/readings.md
  range = 5,      // a time or quantity that cannot be
};

/// "readings.truncated"
const char* word(ReadingsErrc code);

const boost::system::error_category& readings_category();
Error make_error_code(ReadingsErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::ReadingsErrc> : std::true_type {};
