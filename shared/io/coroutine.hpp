#pragma once
// What every coroutine on Asio needs: how it is told of an error, and what becomes of an exception that it let out.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace wattle {

/// co_await gives the error beside the result instead of throwing it.
inline constexpr auto use_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// For co_spawn: an exception that nobody expects ends the loop that runs the coroutine, with its reason.
inline void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace wattle
