// What the site's cloud holds: where money came in, what is owed, what is on its way, and what a person must decide.

#include "cloud/api/site_routes.hpp"
#include "shared/api/money_text.hpp"

namespace wattle::api {
namespace {

void put(boost::json::array& items, const Pocket& pocket, Money balance, const cloud::Index& index) {
  if (balance.micros == 0) return;
  boost::json::object item = {{"pocket", to_text(pocket)}, {"balance", money_text(balance)}};
  const auto* filled = pocket.kind == PocketKind::transit ? index.filled(pocket) : nullptr;
  if (filled != nullptr) {
    item["room"] = filled->room.value;
    item["filled_by"] = place_json(filled->filled);
  }
  items.push_back(std::move(item));
}

boost::json::value pockets_json(const Desk& desk) {
  const auto& index = desk.site().index();
  boost::json::array items;
  Money arrears;
  Money transit;
  for (const auto& [pocket, balance] : index.pockets()) {
    put(items, pocket, balance, index);
    if (pocket.kind == PocketKind::arrears) arrears.micros -= balance.micros;
  }
  for (const auto& [pocket, balance] : index.transits()) {
    put(items, pocket, balance, index);
    transit.micros += balance.micros;
  }
  return boost::json::object{{"items", std::move(items)},
                             {"arrears", money_text(arrears)},
                             {"in_transit", money_text(transit)},
                             {"suspense", money_text(index.balance(suspense_pocket()))}};
}

}  // namespace

void get_pockets(const Call& call, const http::Request&) {
  call.answer(200, [&desk = call.desk] { return pockets_json(desk); });
}

}  // namespace wattle::api
