#pragma once
// A KeyRing of owned seals: what an edge holds of its cloud, or a gateway process of the edges that it serves. While keys are
// being rotated a sender has a line for each pair of epochs still accepted; retiring one is removing its line.

#include <map>
#include <memory>
#include <utility>

#include "shared/crypto/envelope.hpp"

namespace wattle {

class KeyTable final : public KeyRing {
 public:
  struct Line {
    Address sender;
    KeyEpoch sender_epoch;
    KeyEpoch own_epoch;
    auto operator<=>(const Line&) const = default;
  };

  /// A line that exists already is replaced.
  void put(const Line& line, const PublicKey& verify, std::unique_ptr<Seal> seal) {
    auto& held = lines_[line];
    held.seal = std::move(seal);
    held.keys = {verify, held.seal.get()};
  }
  void remove(const Line& line) { lines_.erase(line); }
  std::size_t size() const { return lines_.size(); }

  const PeerKeys* find(const EnvelopeHeader& h) const override {
    const auto found = lines_.find({{h.site, h.sender}, h.sender_epoch, h.recipient_epoch});
    return found == lines_.end() ? nullptr : &found->second.keys;
  }

 private:
  struct Held {
    std::unique_ptr<Seal> seal;
    PeerKeys keys;
  };
  std::map<Line, Held> lines_;
};

}  // namespace wattle
