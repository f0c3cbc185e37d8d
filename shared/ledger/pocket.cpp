#include "shared/ledger/pocket.hpp"

#include <array>
#include <cstdio>

namespace wattle {

Pocket room_pocket(RoomId room, Holder holder) { return {PocketKind::room, Utility::none, holder, room.value, {}}; }
Pocket allow_pocket(RoomId room, Utility utility, Holder holder) {
  return {PocketKind::allow, utility, holder, room.value, {}};
}
Pocket transit_pocket(const Uid& id, Utility utility) { return {PocketKind::transit, utility, cloud_holder, 0, id}; }
Pocket card_pocket(const Uid& card, Holder holder) { return {PocketKind::card, Utility::none, holder, 0, card}; }
Pocket drawer_pocket(Holder holder) { return {PocketKind::drawer, Utility::none, holder, 0, {}}; }
Pocket sold_pocket(Utility utility, Holder holder) { return {PocketKind::sold, utility, holder, 0, {}}; }
Pocket codes_pocket(Holder holder) { return {PocketKind::codes, Utility::none, holder, 0, {}}; }
Pocket clearing_pocket(Provider provider) {
  return {PocketKind::clearing, Utility::none, cloud_holder, static_cast<std::uint32_t>(provider), {}};
}
Pocket subsidy_pocket() { return {PocketKind::subsidy, Utility::none, cloud_holder, 0, {}}; }
Pocket arrears_pocket(RoomId room) { return {PocketKind::arrears, Utility::none, cloud_holder, room.value, {}}; }
Pocket suspense_pocket() { return {PocketKind::suspense, Utility::none, cloud_holder, 0, {}}; }

std::string to_text(const Pocket& pocket) {
  static constexpr std::array kinds = {"?",    "room",  "allow",    "transit", "card",    "drawer",
                                       "sold", "codes", "clearing", "subsidy", "arrears", "suspense"};
  static constexpr std::array utilities = {"", "electricity", "cold_water", "hot_water"};
  static constexpr std::array providers = {"?", "wechat", "alipay", "campus_card", "cash_desk"};
  std::string text = kinds.at(static_cast<std::size_t>(pocket.kind));
  switch (pocket.kind) {
    case PocketKind::room:
    case PocketKind::allow:
    case PocketKind::arrears: text += "/" + std::to_string(pocket.number); break;
    case PocketKind::transit:
    case PocketKind::card: text += "/" + to_hex(pocket.id).substr(0, 8); break;
    case PocketKind::clearing:
      text += std::string("/") + (pocket.number < providers.size() ? providers[pocket.number] : providers[0]);
      break;
    default: break;
  }
  if (pocket.utility != Utility::none) text += std::string("/") + utilities.at(static_cast<std::size_t>(pocket.utility));
  if (pocket.holder.is_cloud()) return text + "@cloud";
  char holder[24];
  std::snprintf(holder, sizeof holder, "@%u.%x", pocket.holder.edge.value, pocket.holder.incarnation.value);
  return text + holder;
}

}  // namespace wattle
