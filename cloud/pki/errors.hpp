#pragma once
// What can go wrong with certificates.

#include "shared/base/result.hpp"

namespace wattle {

enum class PkiErrc {
  bad_certificate = 1,
  bad_request,
  weak_key,
  bad_name,
  wrong_key,
  failed,
};

const boost::system::error_category& pki_category();
Error make_error_code(PkiErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::PkiErrc> : std::true_type {};
