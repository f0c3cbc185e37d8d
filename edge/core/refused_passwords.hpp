#pragma once
// Meters lock themselves after a few wrong passwords, whatever was to be written with them. So a refusal holds for all that is
// written in the background into that meter with that password, and no doubt about the meter shortens it.

#include <map>

#include "edge/core/poll_plan.hpp"

namespace wattle::edge {

inline constexpr Duration password_refused_pause = days(1);

class RefusedPasswords {
 public:
  void refused(const MeterPlace& place, Tick now) { refused_[place.number] = {place.by, now + password_refused_pause}; }
  /// Nothing is written into the meter before; another password may be tried at once.
  Tick writes_from(const MeterPlace& place) const {
    const auto found = refused_.find(place.number);
    return found != refused_.end() && found->second.by == place.by ? found->second.until : Tick{};
  }
  void carry_over(const RefusedPasswords& before) {
    for (const auto& [number, refusal] : before.refused_) refused_.insert_or_assign(number, refusal);
  }

 private:
  struct Refusal {
    dlt645::Credentials by;
    Tick until;
  };
  std::map<MeterId, Refusal> refused_;
};

}  // namespace wattle::edge
