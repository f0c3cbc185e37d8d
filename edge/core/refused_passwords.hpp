#pragma once
// Meters lock themselves after a few wrong passwords, whatever was to be written with them. So a refusal holds for all that is
// written into that meter with that password, relay orders among it, and no doubt about the meter shortens it.

#include <map>
#include <optional>

#include "shared/meter/exchange.hpp"

namespace wattle::edge {

inline constexpr Duration password_refused_pause = days(1);

struct PasswordRefusal {
  dlt645::Credentials by;
  Error why;  // as the meter said it
  Tick at;
  Tick until() const { return at + password_refused_pause; }
};

/// Whether this answer to a write says that the password is wrong. Levels 98H and 99H belong to meters with an encryption chip:
/// a meter that refuses those without a reason refuses them.
inline bool is_of_password(const MeterPlace& place, Error why) {
  const auto level = place.by.password[0];
  return why == MeterErrc::password || ((level == 0x98 || level == 0x99) && why == MeterErrc::refused);
}

class RefusedPasswords {
 public:
  /// Of a write that the meter has refused; whether it is one of the password, and holds from now on.
  bool take(const MeterPlace& place, Error why, Tick now) {
    if (!is_of_password(place, why)) return false;
    refused_[place.number] = {place.by, why, now};
    return true;
  }
  /// Null where nothing holds now. Another password may be tried at once.
  const PasswordRefusal* held(const MeterPlace& place, Tick now) const {
    const auto found = refused_.find(place.number);
    const bool holds = found != refused_.end() && found->second.by == place.by && now < found->second.until();
    return holds ? &found->second : nullptr;
  }
  /// Nothing is written into the meter before.
  Tick writes_from(const MeterPlace& place) const {
    const auto found = refused_.find(place.number);
    return found != refused_.end() && found->second.by == place.by ? found->second.until() : Tick{};
  }
  void carry_over(const RefusedPasswords& before) {
    for (const auto& [number, refusal] : before.refused_) refused_.insert_or_assign(number, refusal);
  }

 private:
  std::map<MeterId, PasswordRefusal> refused_;
};

}  // namespace wattle::edge
