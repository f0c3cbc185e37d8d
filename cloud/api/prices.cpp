// Price versions, as orders. How a plan is told in JSON: price_json.cpp.

#include "cloud/api/orders.hpp"
#include "cloud/api/price_json.hpp"
#include "cloud/api/room_routes.hpp"

namespace wattle::api {
namespace {

OutsideId price_id(std::uint32_t version) { return OutsideId("price/" + std::to_string(version)); }

boost::json::object shown(const Desk& desk, const cloud::PriceOrder& price) {
  auto out = price_json(price.plan);
  out["state"] = desk.site().is_done(cloud::Order(price)) ? "done" : "waiting";
  return out;
}

}  // namespace

void put_price(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto version = parse_number(request.param("version"));
  const auto plan = read_price(root, version.value_or(0));
  if (call.refuse_faults(body)) return;
  if (!version) return call.refuse(http::problems::not_found);
  give_order(call, cloud::PriceOrder{plan}, problems::price_contradicts);
}

void get_prices(const Call& call, const http::Request&) {
  call.answer(200, [&desk = call.desk] {
    std::map<std::uint32_t, const cloud::PriceOrder*> prices;
    for (const auto& [id, order] : desk.site().orders())
      if (const auto* price = std::get_if<cloud::PriceOrder>(&order)) prices[price->plan.version] = price;
    boost::json::array items;
    for (const auto& [version, price] : prices) items.push_back(shown(desk, *price));
    return boost::json::object{{"items", std::move(items)}};
  });
}

void get_price(const Call& call, const http::Request& request) {
  const auto version = parse_number(request.param("version"));
  const auto& orders = call.desk.site().orders();
  const auto at = version ? orders.find(price_id(*version)) : orders.end();
  if (at == orders.end()) return call.refuse(problems::price_unknown);
  call.answer(200, [&desk = call.desk, version = *version] {
    return shown(desk, std::get<cloud::PriceOrder>(desk.site().orders().at(price_id(version))));
  });
}

}  // namespace wattle::api
