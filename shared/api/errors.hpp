#pragma once
// What can be wrong with a JSON body. The codes go into answers ("json.wrong_type") and are stable.

#include <string_view>

#include "shared/base/result.hpp"

namespace wattle {

enum class JsonErrc {
  syntax = 1,
  too_large,
  too_deep,
  too_many_items,
  duplicate_field,
  unknown_field,
  missing_field,
  wrong_type,
  out_of_range,
  bad_amount,
  bad_cron,
};

const boost::system::error_category& json_category();
Error make_error_code(JsonErrc code);
std::string_view json_code(JsonErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::JsonErrc> : std::true_type {};
