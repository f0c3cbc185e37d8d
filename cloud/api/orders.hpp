#pragma once
// Orders as the API shows them: what was wanted, and what has come of it.

#include "cloud/api/answers.hpp"

namespace wattle::api {

/// The order's id in paths and answers: its outside id with a full stop for the slash.
std::string order_id(const OutsideId& id);
std::optional<OutsideId> parse_order_id(std::string_view text);
boost::json::object order_json(const Desk& desk, const OutsideId& id);

/// Gives an order and answers 201 with it; 200 for the same again, the problem for another one under its id.
void give_order(const Call& call, cloud::Order order, const http::ProblemKind& contradicted = problems::key_reused);

/// GET /api/v1/orders/{order}
void get_order(const Call& call, const http::Request& request);
/// POST /api/v1/orders/{order}/cancel
void post_cancel(const Call& call, const http::Request& request);

}  // namespace wattle::api
