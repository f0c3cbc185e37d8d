#pragma once
// Notices a register that stands still although power flows: it is stuck, and what flows is neither counted nor charged. Pure.

#include <optional>

#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/base/units.hpp"

namespace wattle::edge {

inline constexpr Quantity stuck_after{200};  // Wh that power says to have flowed: twenty steps of the coarsest register
inline constexpr Power counts_above{20};     // less may be a meter's own noise, or below what it starts to count at

class RegisterWatch {
 public:
  /// One reading after the other. True or false when it has become stuck, or moves again; nothing when neither is new.
  std::optional<bool> read(MeterId meter, Quantity energy, std::optional<Power> power, Tick now);

  bool is_stuck() const { return stuck_; }

 private:
  struct Seen {
    MeterId meter;
    Quantity energy;
    Power power;
    Tick at;
  };
  std::optional<Seen> seen_;
  std::int64_t uncounted_microjoules_ = 0;
  bool stuck_ = false;
};

}  // namespace wattle::edge
