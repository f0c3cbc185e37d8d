#include "cloud/api/room_routes.hpp"
#include "cloud/api/wiring_routes.hpp"

namespace wattle::api {

namespace {

constexpr std::string_view rollovers = "rollover/";

}  // namespace

std::shared_ptr<const cloud::RegisterEnds> register_ends(const cloud::Site& site, std::optional<EdgeId> slot) {
  cloud::RegisterEnds ends;
  std::map<std::string, std::shared_ptr<const MeterProfile>> profiles;  // each is read once
  const auto prefix = slot ? slot_prefix(place_prefix, *slot) : std::string(place_prefix);
  for (const auto& [key, given] : newest_orders(site, prefix)) {
    const auto parsed = parse_place_key(key);
    const auto value = decode_place(given->value);
    const auto* place = value ? std::get_if<PlaceSetting>(&*value) : nullptr;
    if (!parsed || place == nullptr) continue;
    const auto [at, fresh] = profiles.try_emplace(place->profile);
    if (fresh) at->second = profile_of(site, place->profile);
    if (at->second) ends[parsed->number] = at->second->rollover;
  }
  for (const auto& [key, given] : newest_orders(site, rollovers))
    if (const auto order = decode_rollover(given->value)) ends[order->meter] = order->ends;
  return std::make_shared<const cloud::RegisterEnds>(std::move(ends));
}

}  // namespace wattle::api
