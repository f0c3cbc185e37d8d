#pragma once
// Meters lock themselves after a few wrong passwords, whatever was to be written with them. So a refusal holds for all that is
// written into that meter with that password, relay orders among it, and no doubt about the meter shortens it, nor does a start
// of the box.

#include <map>
#include <optional>
#include <vector>

#include "shared/ledger/fields.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle::edge {

inline constexpr Duration password_refused_pause = days(1);
inline constexpr Instant clocks_set_from{1'577'836'800'000'000};  // 2020: what is dated before was, while no clock was set

struct PasswordRefusal {
  std::uint32_t print = 0;  // of the password
  Error why;                // as the meter said it
  Tick at;
  Tick until() const { return at + password_refused_pause; }
};

/// What is kept of a refusal over a start. Enough of the password to know another one by, and too little to find it.
struct RefusedPassword {
  std::uint32_t print = 0;
  std::uint32_t why = 0;  // of MeterErrc
  Instant at;
};
template <class F>
void fields(F& f, RefusedPassword& v) {
  f(v.print), f(v.why), f(v.at);
}

/// A check sum of two bytes: one other password of 65,536 is taken for the same.
std::uint32_t password_print(const dlt645::Credentials& by);

/// Whether this answer to a write says that the password is wrong. Levels 98H and 99H belong to meters with an encryption chip:
/// a meter that refuses those without a reason refuses them.
inline bool is_of_password(const MeterPlace& place, Error why) {
  const auto level = place.by.password[0];
  return why == MeterErrc::password || ((level == 0x98 || level == 0x99) && why == MeterErrc::refused);
}

class RefusedPasswords {
 public:
  /// Of a write that the meter has refused; whether it is one of the password, and holds from now on.
  bool take(const MeterPlace& place, Error why, Tick now);
  /// Null where nothing holds now. Another password may be tried at once.
  const PasswordRefusal* held(const MeterPlace& place, Tick now) const;
  /// Nothing is written into the meter before.
  Tick writes_from(const MeterPlace& place) const;
  void carry_over(const RefusedPasswords& before);
  /// What take() has learned since this was asked last.
  std::vector<std::pair<MeterId, RefusedPassword>> take_news(Now now);
  /// Told to a former life. By a clock that stands before it, or where its own was not set, it was told just now;
  /// unless this life knows when, which a bus that is opened anew would begin again.
  void refused_before(MeterId meter, const RefusedPassword& refused, Now now);

 private:
  const PasswordRefusal* find(const MeterPlace& place) const;

  std::map<MeterId, PasswordRefusal> refused_;
  std::vector<MeterId> news_;
};

}  // namespace wattle::edge
