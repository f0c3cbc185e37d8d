#include "cloud/api/orders.hpp"
#include "cloud/api/room_routes.hpp"
#include "cloud/api/time_parse.hpp"
#include "shared/api/money_text.hpp"

namespace wattle::api {
namespace {

TierPeriod read_period(JsonObject& root) {
  const auto text = root.text("period", {1, 8}, "none");
  if (text == "month") return TierPeriod::month;
  if (text == "year") return TierPeriod::year;
  if (text != "none") root.fault("period", JsonErrc::out_of_range);
  return TierPeriod::none;
}

PricePlan read_plan(JsonObject& root, std::uint32_t version) {
  PricePlan plan;
  plan.version = version;
  const auto utility = parse_utility(root.text("utility", {1, 16}, "electricity"));
  if (!utility) root.fault("utility", JsonErrc::out_of_range);
  plan.utility = static_cast<std::uint8_t>(utility.value_or(Utility::electricity));
  const auto text = root.text("starts", {1, 40});
  const auto starts = parse_time(text);
  if (!starts && !text.empty()) root.fault("starts", JsonErrc::out_of_range);
  plan.starts = starts.value_or(Instant{});
  plan.period = read_period(root);
  auto tiers = root.objects("tiers");
  if (root.has("tiers") && (tiers.empty() || tiers.size() > tiers_max)) root.fault("tiers", JsonErrc::out_of_range);
  for (auto& tier : tiers) {
    const auto from = tier.integer("from", {0, INT64_MAX}, 0);
    const auto digits = tier.text("rate", {1, 24});
    const auto rate = parse_amount(digits);  // zero is a rate
    if (!rate && !digits.empty())
      tier.fault("rate", JsonErrc::bad_amount);
    else if (rate && rate->micros > rate_max)
      tier.fault("rate", JsonErrc::out_of_range);
    plan.tiers.push_back({from, rate.value_or(Money{}).micros});
  }
  return plan;
}

}  // namespace

void put_price(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto version = parse_number(request.param("version"));
  const auto plan = read_plan(root, version.value_or(0));
  if (root.has("tiers") && !is_valid(plan)) root.fault("tiers", JsonErrc::out_of_range);
  if (call.refuse_faults(body)) return;
  if (!version) return call.refuse(http::problems::not_found);
  give_order(call, cloud::PriceOrder{plan}, problems::price_contradicts);
}

}  // namespace wattle::api
