#pragma once
// Why a box cannot be claimed, or its identity not be used. The words are stable: they stand in logs.

#include "shared/base/result.hpp"

namespace wattle::edge {

enum class ClaimErrc : int {
  no_code = 1,      // the file with the claim code is missing or empty
  unreachable = 2,  // no answer from the cloud
  refused = 3,      // the cloud knows the code, or its use, to be wrong
  unavailable = 4,  // the cloud answers that it cannot just now
  answer = 5,       // its answer cannot be read
  certificate = 6,  // not for this box's key, or not by the authority that came along
  authority = 7,    // the authority is not the one that the claim code names
  keys = 8,         // the box's own key files are damaged
  code_key = 9,     // was not sealed for this box
  url = 10,         // neither https nor http to this machine
};

const char* word(ClaimErrc code);
const boost::system::error_category& claim_category();
Error make_error_code(ClaimErrc code);

}  // namespace wattle::edge

template <>
struct boost::system::is_error_code_enum<wattle::edge::ClaimErrc> : std::true_type {};
