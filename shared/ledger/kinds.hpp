#pragma once
// What stands in the detail of each kind. A detail never moves money beyond the entry's lines.

#include "shared/ledger/fields.hpp"
#include "shared/tariff/price.hpp"

namespace wattle {

/// Where a circuit's charging stands: what a close hands over and an open takes on.
struct CircuitFigures {
  CircuitId circuit;
  MeterId meter;
  Utility utility = Utility::electricity;
  Quantity reading;  // up to here everything has been charged
  Instant at;        // when the register stood there, by a trusted clock; 0: nobody knows
  Accrued accrued;
  std::uint32_t price = 0;  // version of the last closed slice; 0: none yet
  bool operator==(const CircuitFigures&) const = default;
};
/// What a meter's register may show; far from where sums would overflow.
inline constexpr std::int64_t reading_max = 1'000'000'000'000'000;
constexpr bool is_reading(Quantity reading) { return reading.units >= 0 && reading.units <= reading_max; }
/// When a register stood somewhere, or 0: from the year 2000 to 2200, so that the days of any gap can be walked.
constexpr bool is_time_of_reading(Instant at) {
  return at == Instant{} || (at.micros >= 946'684'800'000'000 && at.micros < 7'258'118'400'000'000);
}
inline bool is_valid(const CircuitFigures& figures) {
  return is_time_of_reading(figures.at) && is_reading(figures.reading) && figures.accrued.remainder < 1000 &&
         figures.accrued.tier_units >= 0 && figures.accrued.tier_units <= reading_max && figures.utility != Utility::none &&
         static_cast<std::uint8_t>(figures.utility) <= utility_max;
}

template <class F>
void fields(F& f, Accrued& v) {
  f(v.remainder), f(v.tier_units), f(v.tier_period);
}
template <class F>
void fields(F& f, CircuitFigures& v) {
  f(v.circuit), f(v.meter), f(v.utility), f(v.reading), f(v.at), f(v.accrued), f(v.price);
}
template <class F>
void fields(F& f, Tier& v) {
  f(v.from_units), f(v.rate);
}
template <class F>
void fields(F& f, Band& v) {
  f(v.name), f(v.tiers);
}
template <class F>
void fields(F& f, DaySpan& v) {
  f(v.from_minute), f(v.band);
}
template <class F>
void fields(F& f, Season& v) {
  f(v.month), f(v.day), f(v.working), f(v.rest), f(v.holiday);
}
template <class F>
void fields(F& f, Date& v) {
  f(v.year), f(v.month), f(v.day);
}
template <class F>
void fields(F& f, Calendar& v) {
  f(v.rest_days), f(v.exceptions);
}
template <class F>
void fields(F& f, PricePlan& v) {
  f(v.version), f(v.utility), f(v.starts), f(v.period), f(v.bands), f(v.profiles), f(v.seasons), f(v.calendar);
}

using Circuits = boost::container::small_vector<CircuitFigures, 2>;

/// Of what changes more than lines and a kind's own detail. A link has the version of its grant for good.
inline constexpr std::uint32_t stream_version = 1;

struct Grant {
  std::uint32_t stream_version = wattle::stream_version;
  Money codes_cap;  // typed codes honoured before their issue arrived, in sum
};
template <class F>
void fields(F& f, Grant& v) {
  f(v.stream_version), f(v.codes_cap);
}

/// recharge, allowance, deliver, settle_debt: money for one opening of the room.
struct Credit {
  std::uint32_t opening = 0;
};
template <class F>
void fields(F& f, Credit& v) {
  f(v.opening);
}

/// An offline code, as sold and as redeemed.
struct CodeName {
  RoomId room;
  std::uint32_t epoch = 0;
  std::uint16_t number = 0;  // 12 bits
  auto operator<=>(const CodeName&) const = default;
};
template <class F>
void fields(F& f, CodeName& v) {
  f(v.room), f(v.epoch), f(v.number);
}
struct Code {
  CodeName name;
  Money amount;
  std::uint32_t opening = 0;
};
template <class F>
void fields(F& f, Code& v) {
  f(v.name), f(v.amount), f(v.opening);
}

/// The cause of an open is the close that it continues; an installer's first open has none.
struct Open {
  std::uint32_t opening = 0;
  Circuits circuits;
};
template <class F>
void fields(F& f, Open& v) {
  f(v.opening), f(v.circuits);
}

/// Which slot a room goes to, for good. The incarnation is whichever holds the slot when the open is written.
struct CloseRequest {
  Uid id;
  std::uint32_t opening = 0;
  EdgeId destination;
};
template <class F>
void fields(F& f, CloseRequest& v) {
  f(v.id), f(v.opening), f(v.destination);
}

enum class ReleaseTo : std::uint8_t { provider = 1, room = 2, subsidy = 3 };

/// A payment that a refund goes back to, and how much of it may.
struct RefundTo {
  Provider provider{};
  std::string payment;
  Money at_most;
  bool operator==(const RefundTo&) const = default;
};
template <class F>
void fields(F& f, RefundTo& v) {
  f(v.provider), f(v.payment), f(v.at_most);
}

/// The destination stands in the request for good: after a restore the split over payments is the same again.
struct ReleaseRequest {
  Uid id;
  std::uint32_t opening = 0;
  Utility allow = Utility::none;  // none: from the room's money; else from that allowance
  Money at_most;
  ReleaseTo to = ReleaseTo::provider;
  RoomId to_room;
  boost::container::small_vector<RefundTo, 1> payments;
};
template <class F>
void fields(F& f, ReleaseRequest& v) {
  f(v.id), f(v.opening), f(v.allow), f(v.at_most), f(v.to), f(v.to_room), f(v.payments);
}

struct Cancel {
  Uid id;
};
template <class F>
void fields(F& f, Cancel& v) {
  f(v.id);
}

enum class AnswerReason : std::uint8_t { released = 0, nothing_left = 1, cancelled = 2, room_not_here = 3, not_understood = 4 };

/// The cause of an answer is its request.
struct Answer {
  Uid id;
  AnswerReason reason = AnswerReason::released;
};
template <class F>
void fields(F& f, Answer& v) {
  f(v.id), f(v.reason);
}

/// The cause of a close is its close-request.
struct Close {
  Uid id;
  std::uint32_t opening = 0;
  Circuits circuits;
};
template <class F>
void fields(F& f, Close& v) {
  f(v.id), f(v.opening), f(v.circuits);
}

/// How it was decided which price the energy has, where the gap between two readings touched several: not at all, by the
/// meter's own tariff registers (no box reads these yet), evenly in time, or, without a trusted clock, at the lowest price
/// touched.
enum class SplitBy : std::uint8_t { one_price = 0, meter = 1, time = 2, lowest = 3 };

struct Consumption {
  CircuitId circuit;
  Quantity from;
  Quantity to;
  std::uint32_t price = 0;
  std::uint8_t band = 0;  // of the price
  Accrued after;
  SplitBy split = SplitBy::one_price;
  Instant until;  // when the register stood at `to`, by a trusted clock; 0: nobody knows. From here the next gap is divided
};
template <class F>
void fields(F& f, Consumption& v) {
  f(v.circuit), f(v.from), f(v.to), f(v.price), f(v.band), f(v.after), f(v.split), f(v.until);
}

/// A cash sale's receipt; its number is random, so that a forked box cannot give one twice.
struct Cash {
  Uid receipt;
  std::uint32_t opening =
      0;  // for which it was sold; 0: of a room that is not open here, so the one that is there when it arrives
};
template <class F>
void fields(F& f, Cash& v) {
  f(v.receipt), f(v.opening);
}

/// The cause of a redemption is the issue; a code that was typed first has none.
struct Redeem {
  CodeName name;
  Money amount;
};
template <class F>
void fields(F& f, Redeem& v) {
  f(v.name), f(v.amount);
}

struct MeterChange {
  CircuitId circuit;
  MeterId old_meter;
  Quantity final_reading;
  MeterId new_meter;
  Quantity first_reading;
};
template <class F>
void fields(F& f, MeterChange& v) {
  f(v.circuit), f(v.old_meter), f(v.final_reading), f(v.new_meter), f(v.first_reading);
}

struct Anomaly {
  CircuitId circuit;
  MeterId meter;
  Quantity last;
  Quantity seen;
};
template <class F>
void fields(F& f, Anomaly& v) {
  f(v.circuit), f(v.meter), f(v.last), f(v.seen);
}

/// A register of the configuration. The cloud raises the version; an override names the version that it overrides.
struct ConfigSetting {
  std::string key;
  std::uint64_t version = 0;
  Bytes value;
};
template <class F>
void fields(F& f, ConfigSetting& v) {
  f(v.key), f(v.version), f(v.value);
}

struct Settlement {
  Digest state;  // hash of the canonical encoding of the state at (n − 1, seen)
};
template <class F>
void fields(F& f, Settlement& v) {
  f(v.state);
}

/// Number and hash of the settlement on the edge's stream and of what it had seen of the cloud's; from where both streams are
/// to be kept because a backup may still need them.
struct Countersign {
  Head settlement;
  Head seen;
  std::uint64_t keep_up_from = 1;
  std::uint64_t keep_down_from = 1;
};
template <class F>
void fields(F& f, Countersign& v) {
  f(v.settlement), f(v.seen), f(v.keep_up_from), f(v.keep_down_from);
}

struct Fence {
  Holder holder;
  Head cut_up;    // the edge's entries that count
  Head cut_down;  // the cloud's entries that the box is known to have read
};
template <class F>
void fields(F& f, Fence& v) {
  f(v.holder), f(v.cut_up), f(v.cut_down);
}

struct CloseFor {
  Holder holder;
  Close close;
  EdgeId destination;
};
template <class F>
void fields(F& f, CloseFor& v) {
  f(v.holder), f(v.close), f(v.destination);
}

struct Rehome {
  Uid close;
  EdgeId destination;
};
template <class F>
void fields(F& f, Rehome& v) {
  f(v.close), f(v.destination);
}

/// One part of a refund, as the provider settled it.
struct Payout {
  Uid request;
  std::uint32_t part = 0;
};
template <class F>
void fields(F& f, Payout& v) {
  f(v.request), f(v.part);
}

template <class T>
void set_detail(Entry& entry, const T& value) {
  const auto bytes = to_bytes(value);
  entry.detail.assign(bytes.begin(), bytes.end());
}

template <class T>
std::optional<T> detail_of(const Entry& entry) {
  return from_bytes<T>({entry.detail.data(), entry.detail.size()});
}

}  // namespace wattle
