#pragma once
// Result<T>: a value, or an error code with the place where it arose. One error enum per area; see shared/*/errors.hpp.

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace wattle {

template <class T>
using Result = boost::system::result<T>;

using Error = boost::system::error_code;

/// For use as `return fail(LedgerErrc::hole);`. The source location stays with the code.
template <class Errc>
Error fail(Errc code, const boost::source_location* where) {
  return Error(static_cast<int>(code), make_error_code(code).category(), where);
}

}  // namespace wattle

#define WATTLE_FAIL(code)                                                   \
  ([]() -> ::wattle::Error {                                                \
    static constexpr boost::source_location where = BOOST_CURRENT_LOCATION; \
    return ::wattle::fail(code, &where);                                    \
  }())
