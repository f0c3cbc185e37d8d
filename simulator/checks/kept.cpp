// What a settlement keeps is the whole state: an end that starts from those bytes knows what the other still knows from the
// entries. Compared by what the two answer: their encodings are alike too where both leave something out.

#include <algorithm>

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

// Each takes a struct apart whole, so that a member more does not compile before it is compared.

bool same(const CircuitFigures& a, const CircuitFigures& b) { return a == b; }

bool same(const RequestState& a, const RequestState& b) {
  const auto& [kind, id, room, opening, allow, at_most, cancelled] = a;
  const auto& [kind_b, id_b, room_b, opening_b, allow_b, at_most_b, cancelled_b] = b;
  return kind == kind_b && id == id_b && room == room_b && opening == opening_b && allow == allow_b && at_most == at_most_b &&
         cancelled == cancelled_b;
}

bool same(const UsedCode& a, const UsedCode& b) {
  const auto& [amount, matched] = a;
  const auto& [amount_b, matched_b] = b;
  return amount == amount_b && matched == matched_b;
}

bool same(const ConfigValue& a, const ConfigValue& b) {
  const auto& [version, value, overridden] = a;
  const auto& [version_b, value_b, overridden_b] = b;
  return version == version_b && value == value_b && overridden == overridden_b;
}

bool same(const Code& a, const Code& b) {
  const auto& [name, amount, opening] = a;
  const auto& [name_b, amount_b, opening_b] = b;
  return name == name_b && amount == amount_b && opening == opening_b;
}

/// A plan is an entry's detail too: what its bytes leave out reaches no box in the first place.
bool same(const PricePlan& a, const PricePlan& b) { return to_bytes(a) == to_bytes(b); }

bool same(const RoomState& a, const RoomState& b) {
  const auto& [opening, open, balance, allow, closing, circuits] = a;
  const auto& [opening_b, open_b, balance_b, allow_b, closing_b, circuits_b] = b;
  return opening == opening_b && open == open_b && balance == balance_b && allow == allow_b && closing == closing_b &&
         std::ranges::equal(circuits, circuits_b, [](const auto& x, const auto& y) { return same(x, y); });
}

/// A room that nobody has touched, and an allowance that is used up, are not kept.
std::map<RoomId, RoomState> without_nothing(std::map<RoomId, RoomState> rooms) {
  for (auto& [id, room] : rooms) std::erase_if(room.allow, [](const auto& item) { return item.second.micros == 0; });
  std::erase_if(rooms, [](const auto& item) { return same(item.second, RoomState{}); });
  return rooms;
}

template <class Map>
bool same_maps(const Map& a, const Map& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.first == y.first && same(x.second, y.second); });
}

}  // namespace

void check_kept(const LinkState& live, SiteId site, const Crypto& crypto) {
  const auto kept = LinkState::decode(site, live.holder(), crypto, live.encoded());
  require(kept.has_value(), "kept state", "what is kept of a state cannot be read");
  require(same_maps(without_nothing(live.rooms()), kept->rooms()), "kept state", "rooms");
  require(same_maps(live.requests(), kept->requests()), "kept state", "requests");
  for (const auto& [number, request] : live.requests())
    require(kept->was_asked(request.id) == live.was_asked(request.id), "kept state", "which requests have come");
  require(same_maps(live.used_codes(), kept->used_codes()), "kept state", "used codes");
  require(same_maps(live.unredeemed(), kept->unredeemed()), "kept state", "codes that were sold");
  require(same_maps(live.config(), kept->config()), "kept state", "settings");
  require(same_maps(live.prices(), kept->prices()), "kept state", "prices");
  require(live.codes_balance() == kept->codes_balance() && live.drawer_balance() == kept->drawer_balance(), "kept state",
          "what was sold and redeemed");
  for (const auto utility : {Utility::electricity, Utility::cold_water, Utility::hot_water})
    require(live.balance(sold_pocket(utility, live.holder())) == kept->balance(sold_pocket(utility, live.holder())),
            "kept state", "what was charged");
  require(live.settlement().number == kept->settlement().number && live.settlement().agrees == kept->settlement().agrees,
          "kept state", "the settlement");
  require(live.countersigned().has_value() == kept->countersigned().has_value() &&
              (!live.countersigned() || to_bytes(*live.countersigned()) == to_bytes(*kept->countersigned())),
          "kept state", "what was countersigned");
  require(live.granted() == kept->granted() && live.grant().stream_version == kept->grant().stream_version &&
              live.grant().codes_cap == kept->grant().codes_cap,
          "kept state", "the grant");
}

}  // namespace wattle::sim
