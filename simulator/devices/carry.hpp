#pragma once
// Bytes from one end to the other, whatever they mean.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "shared/base/bytes.hpp"
#include "shared/io/coroutine.hpp"

namespace wattle::sim {

/// Until either end is gone.
template <class From, class To>
boost::asio::awaitable<void> carry(From& from, To& to) {
  constexpr std::size_t at_once = 1024;
  Bytes buffer(at_once);
  for (;;) {
    const auto [gone, size] = co_await from.async_read_some(boost::asio::buffer(buffer), use_result);
    if (gone) co_return;
    const auto [broken, written] = co_await boost::asio::async_write(to, boost::asio::buffer(buffer.data(), size), use_result);
    if (broken || written != size) co_return;
  }
}

/// A meters' line as whatever stands before it opens it; -1 and errno.
int open_device(const std::string& path);

}  // namespace wattle::sim
