#include "cloud/api/edge_routes.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

constexpr std::int64_t hours_valid_usual = 7 * 24;
constexpr std::int64_t hours_valid_max = 365 * 24;

}  // namespace

void post_claim_code(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  const auto valid = body.root().integer("hours", {1, hours_valid_max}, hours_valid_usual);
  if (call.refuse_faults(body)) return;
  const auto slot = parse_number(request.param("slot"));
  if (!slot) return call.refuse(problems::edge_unknown);
  const auto expires = request.received.wall + hours(valid);
  const auto code = call.desk.claim_code({*slot}, expires);
  call.answer(201, [slot = *slot, expires, code] {
    return boost::json::object{{"edge", slot}, {"claim_code", code}, {"expires", time_text(expires)}};
  });
}

}  // namespace wattle::api
