// Money in suspense: differences that a person must decide, and his decisions.

#include <array>
#include <cstdlib>

#include "cloud/api/money_routes.hpp"
#include "cloud/api/orders.hpp"
#include "shared/api/money_text.hpp"

namespace wattle::api {
namespace {

constexpr http::ProblemKind unknown{404, "suspense.unknown", "No such entry has put money in suspense", "没有这笔待处理款项"};
constexpr http::ProblemKind exceeds_left{409, "suspense.exceeds_left", "More than is left of it to be decided about",
                                         "超过该待处理款项的剩余金额"};
constexpr http::ProblemKind stay_over{409, "suspense.stay_over", "The room's stay is over and its next one has not begun",
                                      "该房间的住宿已结束，下一期尚未开始"};

constexpr std::array providers = {Provider::wechat, Provider::alipay, Provider::campus_card, Provider::cash_desk};

boost::json::value suspense_json(const Desk& desk) {
  const auto& index = desk.site().index();
  boost::json::array items;
  Money crumbs;
  for (const auto& [id, left] : desk.site().undecided()) {
    const auto put = index.suspended().at(id);
    if (std::abs(left.micros) < smallest_coin.micros) {  // no provider can pay it back: each ended stay leaves one
      crumbs.micros += left.micros;
      continue;
    }
    const auto* place = index.find(id);
    const auto record = place == nullptr ? std::nullopt : desk.site().own().at(place->number);
    const auto entry = record ? decode_entry(record->bytes) : Result<wattle::Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    boost::json::object item = {{"id", order_id(id)}, {"amount", money_text(put)}, {"left", money_text(left)}};
    if (place != nullptr) item["entry"] = place_json(*place);
    if (entry && entry->room) item["room"] = entry->room->value;
    items.push_back(std::move(item));
  }
  return boost::json::object{
      {"items", std::move(items)}, {"crumbs", money_text(crumbs)}, {"balance", money_text(index.balance(suspense_pocket()))}};
}

std::optional<Provider> read_provider(JsonObject& root) {
  const auto text = root.text("provider", {1, 16});
  for (const auto provider : providers)
    if (provider_text(provider) == text) return provider;
  if (!text.empty()) root.fault("provider", JsonErrc::out_of_range);
  return std::nullopt;
}

}  // namespace

void get_suspense(const Call& call, const http::Request&) {
  call.answer(200, [&desk = call.desk] { return suspense_json(desk); });
}

void post_resolution(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  JsonBody body(request.body);
  auto root = body.root();
  cloud::Resolution wanted;
  wanted.id = id_of_key(call.crypto, "resolution", call.caller, *key);
  wanted.amount = root.amount("amount", largest_recharge);
  if (root.has("to_room")) {
    wanted.to = cloud::ResolveTo::room;
    wanted.room = {static_cast<std::uint32_t>(root.integer("to_room", {1, UINT32_MAX}))};
  } else {
    wanted.to = cloud::ResolveTo::provider;
    wanted.provider = read_provider(root).value_or(Provider{});
    if (wanted.amount.micros % smallest_coin.micros != 0) root.fault("amount", JsonErrc::bad_amount);
  }
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const auto of = parse_order_id(request.param("entry"));
  if (!of) return call.refuse(unknown);
  wanted.of = of->text();
  // A repetition stands for the opening that the first one was for; after a restore it may come before the money has.
  const auto known = site.orders().find(cloud::id_of(wanted));
  if (known != site.orders().end()) {
    if (wanted.to == cloud::ResolveTo::room) wanted.opening = std::get<cloud::Resolution>(known->second).opening;
    return give_order(call, wanted);
  }
  if (!site.is_settled()) return call.refuse(problems::unsettled);  // others may have been decided before it
  const auto left = site.undecided();
  const auto at = left.find(*of);
  if (at == left.end()) return call.refuse(unknown);
  if (wanted.to == cloud::ResolveTo::room) {
    const auto opening = opening_of(site, wanted.room);
    if (!opening) return call.refuse(problems::room_unknown, "to_room");
    wanted.opening = *opening;
    if (site.is_done(wanted)) return call.refuse(stay_over, "to_room");
  }
  if (at->second < wanted.amount) return call.refuse(exceeds_left);
  give_order(call, wanted);
}

}  // namespace wattle::api
