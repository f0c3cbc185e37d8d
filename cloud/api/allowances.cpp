// Free allowance: granted for a term, spent before paid money, and ended by a request of the cloud's, never by a clock.

#include "cloud/api/money_routes.hpp"
#include "cloud/api/orders.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t term_max = 16;

}  // namespace

void put_allowance(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  cloud::AllowanceGrant grant;
  grant.room = room_param(request);
  grant.term = request.param("term");
  grant.amount = root.amount("amount", largest_recharge);
  const auto utility = parse_utility(root.text("utility", {1, 16}, "electricity"));
  if (!utility) root.fault("utility", JsonErrc::out_of_range);
  grant.utility = utility.value_or(Utility::electricity);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  if (grant.term.size() > term_max || grant.term.find('/') != std::string::npos || !is_valid(cloud::Order(grant)))
    return call.refuse(problems::bad_term);
  const auto& site = call.desk.site();
  const auto known = site.orders().find(cloud::id_of(grant));
  if (known != site.orders().end()) {
    grant.opening = std::get<cloud::AllowanceGrant>(known->second).opening;
    // Else those who live there now would be told that they have it.
    if (is_stay_known(site, grant.room) && grant.opening != opening_of(site, grant.room))
      return call.refuse(problems::allowance_of_other_stay, "of opening " + std::to_string(grant.opening));
  } else if (const auto opening = present_opening(call, grant.room)) {
    grant.opening = *opening;
  } else {
    return;
  }
  give_order(call, std::move(grant), problems::allowance_contradicts);
}

/// Whatever is left of it goes back to the university.
void post_allowance_end(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  JsonBody body(request.body);
  auto root = body.root();
  const auto utility = parse_utility(root.text("utility", {1, 16}, "electricity"));
  if (!utility) root.fault("utility", JsonErrc::out_of_range);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto room = room_param(request);
  ReleaseRequest release;
  release.id = id_of_key(call.crypto, "allowance end", call.caller, *key);
  release.allow = *utility;
  release.at_most = all_of_an_allowance;
  release.to = ReleaseTo::subsidy;
  const auto& site = call.desk.site();
  const auto known = site.orders().find(OutsideId("request/" + to_hex(release.id)));
  if (known != site.orders().end())
    release.opening = std::get<cloud::Release>(known->second).request.opening;
  else if (const auto opening = present_opening(call, room))
    release.opening = *opening;
  else
    return;
  give_order(call, cloud::Release{room, release});
}

}  // namespace wattle::api
