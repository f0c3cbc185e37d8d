#pragma once
// Every way in which an envelope, a key or a typed code can be refused. The numbers and names are stable: they stand in logs,
// counters and api-spec, so a value is never given a second meaning.

#include <type_traits>

#include "shared/base/result.hpp"

namespace wattle {

enum class CryptoErrc {
  truncated = 1,
  too_large = 2,
  format = 3,
  version = 4,
  trailing = 5,
  recipient = 6,
  unknown_key = 7,
  signature = 8,
  seal = 9,
  weak_key = 10,
  replayed = 11,
  code_length = 20,
  code_digit = 21,
  code_version = 22,
  code_amount = 23,
  code_mac = 24,
};

/// The stable word of a code, as log, counter and API show it: "envelope.truncated", "code.mac".
const char* word(CryptoErrc code);

const boost::system::error_category& crypto_category();
Error make_error_code(CryptoErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::CryptoErrc> : std::true_type {};
