#pragma once
// What came a moment ago already: a broker, or whoever sits at it, may deliver an envelope again. Older ones are recognised by
// the session's nonces (shared/sync), so the memory is small. Asked only once an envelope has been opened, else anybody could
// fill it.

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "shared/crypto/envelope.hpp"

namespace wattle {

inline constexpr std::size_t recent_envelopes_max = 4096;

class RecentEnvelopes {
 public:
  /// False for one that is remembered.
  bool is_new(ByteView envelope) {
    std::array<std::uint8_t, sizeof(Nonce)> nonce{};
    const auto bytes = envelope.subspan(envelope_header_bytes, nonce.size());
    std::copy(bytes.begin(), bytes.end(), nonce.begin());
    if (!known_.insert(nonce).second) return false;
    order_.push_back(nonce);
    if (order_.size() > recent_envelopes_max) {
      known_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

 private:
  std::deque<std::array<std::uint8_t, sizeof(Nonce)>> order_;
  std::set<std::array<std::uint8_t, sizeof(Nonce)>> known_;
};

}  // namespace wattle
