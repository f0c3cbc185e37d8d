#pragma once
// What a bad line does to the bytes that it carries, in either direction.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "shared/base/bytes.hpp"
#include "shared/base/random.hpp"
#include "shared/io/coroutine.hpp"

namespace wattle {

inline constexpr std::uint64_t longest_late_ms = 300;
inline constexpr Duration waited_on_most = milliseconds(100);  // a question; what is held back for longer comes to nobody

struct Tearing {
  std::uint32_t splits_per_mille = 0;
  std::uint32_t injects_per_mille = 0;
  std::uint32_t drops_per_mille = 0;  // of the connection
  std::uint32_t cuts_per_mille = 0;   // the end of what is carried is lost
  std::uint32_t lates_per_mille = 0;  // it is held back, and what follows it waits behind it
};

inline Bytes torn(Bytes bytes, const Tearing& tearing, Random& random) {
  if (random.chance(tearing.cuts_per_mille, 1000)) bytes.resize(random.below(bytes.size()));
  if (!random.chance(tearing.injects_per_mille, 1000)) return bytes;
  const auto count = 1 + random.below(6);
  for (std::uint64_t i = 0; i < count; ++i) bytes.insert(bytes.begin(), static_cast<std::uint8_t>(random.below(256)));
  return bytes;
}

/// As networks hold back what they carry, for longer than a question is waited on: how long.
template <class Executor>
boost::asio::awaitable<Duration> held_back(Executor executor, std::uint32_t lates_per_mille, Random& random) {
  if (!random.chance(lates_per_mille, 1000)) co_return Duration{};
  const auto late = milliseconds(static_cast<std::int64_t>(random.below(longest_late_ms)));
  boost::asio::steady_timer pause(executor, to_chrono(late));
  co_await pause.async_wait(use_result);
  co_return late;
}

/// In one piece, or in two with a pause between them. False: the other end is gone.
template <class To>
boost::asio::awaitable<bool> send_torn(To& to, const Bytes& bytes, std::uint32_t splits_per_mille, Random& random) {
  std::size_t sent = 0;
  if (bytes.size() > 1 && random.chance(splits_per_mille, 1000)) {
    sent = 1 + random.below(bytes.size() - 1);
    const auto [broken, n] = co_await boost::asio::async_write(to, boost::asio::buffer(bytes.data(), sent), use_result);
    if (broken) co_return false;
    boost::asio::steady_timer pause(to.get_executor(), std::chrono::milliseconds(1 + random.below(4)));
    co_await pause.async_wait(use_result);
  }
  const auto rest = boost::asio::buffer(bytes.data() + sent, bytes.size() - sent);
  const auto [broken, n] = co_await boost::asio::async_write(to, rest, use_result);
  co_return !broken;
}

}  // namespace wattle
