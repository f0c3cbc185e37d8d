#pragma once
// What people and providers want of the site. An order is stored before it is acknowledged; whether it has been carried out is
// told by the entries alone (is its outside id there?), so that the same order twice is one entry.

#include <string>
#include <variant>

#include "shared/ledger/kinds.hpp"

namespace wattle::cloud {

/// The incarnation that honours an offline code, and the code's name there.
struct CodeSale {
  Holder issuer;
  CodeName name;
};
template <class F>
void fields(F& f, CodeSale& v) {
  f(v.issuer), f(v.name);
}

/// A payment that its provider has confirmed, by webhook or by bill.
struct Payment {
  std::string number;  // ours; at most 32 of [0-9A-Za-z]
  Provider provider{};
  RoomId room;
  std::uint32_t opening = 0;
  Money amount;
  std::optional<CodeSale> code;
};
template <class F>
void fields(F& f, Payment& v) {
  f(v.number), f(v.provider), f(v.room), f(v.opening), f(v.amount), f(v.code);
}

inline constexpr std::size_t refund_payments_max = 16;  // over which one refund is split

/// Money back: to the provider, to another room, or an allowance to the university.
struct Release {
  RoomId room;
  ReleaseRequest request;
  std::uint32_t to_opening = 0;  // of the other room, whose people it is for; 0: whoever is there when the box has answered
};
template <class F>
void fields(F& f, Release& v) {
  f(v.room), f(v.request), f(v.to_opening);
}

/// To another box; or to none, which ends the opening: what is left of its money goes to suspense, where a person decides.
struct Move {
  Uid id;
  RoomId room;
  std::uint32_t opening = 0;
  EdgeId destination;
};
template <class F>
void fields(F& f, Move& v) {
  f(v.id), f(v.room), f(v.opening), f(v.destination);
}

/// Takes a release or a move back, if it has not been answered.
struct CancelOf {
  Uid id;
};
template <class F>
void fields(F& f, CancelOf& v) {
  f(v.id);
}

struct AllowanceGrant {
  RoomId room;
  std::uint32_t opening = 0;
  Utility utility = Utility::electricity;
  Money amount;
  std::string term;
};
template <class F>
void fields(F& f, AllowanceGrant& v) {
  f(v.room), f(v.opening), f(v.utility), f(v.amount), f(v.term);
}

/// An installer has fitted the room's meters, with their readings; or the room begins another opening, whose circuits go on
/// from where the last one left them.
struct Fitting {
  RoomId room;
  std::uint32_t opening = 1;
  EdgeId slot;
  Circuits circuits;
};
template <class F>
void fields(F& f, Fitting& v) {
  f(v.room), f(v.opening), f(v.slot), f(v.circuits);
}

/// For every box of the site.
struct PriceOrder {
  PricePlan plan;
};
template <class F>
void fields(F& f, PriceOrder& v) {
  f(v.plan);
}

inline constexpr EdgeId every_slot{0};

/// For whatever box holds the slot, or for every box of the site; what is of a circuit (control/…, clear/…) also for any box
/// where that circuit is. Of two for one key the one with the higher number holds, whenever they arrive: its giver
/// takes one above the newest that he has seen.
struct ConfigOrder {
  Uid id;
  EdgeId slot;
  std::string key;
  Bytes value;
  std::uint64_t number = 0;
};
template <class F>
void fields(F& f, ConfigOrder& v) {
  f(v.id), f(v.slot), f(v.key), f(v.value), f(v.number);
}

/// A cash sale from a fenced box's list, which a person has found right.
struct CashAdoption {
  Holder fenced;
  Uid receipt;
  RoomId room;
  std::uint32_t opening = 0;
  Money amount;
};
template <class F>
void fields(F& f, CashAdoption& v) {
  f(v.fenced), f(v.receipt), f(v.room), f(v.opening), f(v.amount);
}

enum class ResolveTo : std::uint8_t { room = 1, provider = 2 };

/// A person's decision about money in suspense: into a room, or back through a provider, by whom he has paid it out himself.
struct Resolution {
  Uid id;
  std::string of;  // the outside id of the entry that put it there; its number in the site's stream changes in a restore
  ResolveTo to{};
  RoomId room;  // and the opening, of those to whom it goes; to a provider 0
  std::uint32_t opening = 0;
  Provider provider{};  // to a room 0
  Money amount;
};
template <class F>
void fields(F& f, Resolution& v) {
  f(v.id), f(v.of), f(v.to), f(v.room), f(v.opening), f(v.provider), f(v.amount);
}

using Order =
    std::variant<Payment, Release, Move, CancelOf, AllowanceGrant, Fitting, PriceOrder, ConfigOrder, CashAdoption, Resolution>;

/// Given to every box, or to every box of a slot, so that one entry does not carry it out.
bool is_setting(const Order& order);
/// The opening of a room without which it cannot be carried out; none where it is not bound to one.
std::optional<std::pair<RoomId, std::uint32_t>> opening_of(const Order& order);
/// Whose register the order sets, if it is of one circuit (shared/policy/registers.hpp).
std::optional<CircuitId> circuit_of(const Order& order);
/// Amounts above zero, plans and figures that a box will take, names within their limits. An order that is not is refused and
/// never stored: its id need not even be a name.
bool is_valid(const Order& order);
/// The order's name, and the outside id under which it is carried out where that is one entry.
OutsideId id_of(const Order& order);
Bytes encode(const Order& order);
std::optional<Order> decode_order(ByteView bytes);

}  // namespace wattle::cloud
