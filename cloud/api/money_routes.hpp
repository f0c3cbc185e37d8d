#pragma once
// Money in and out at the cash desk. A file each: recharges.cpp, codes.cpp, refunds.cpp, allowances.cpp,
// suspense.cpp.

#include "cloud/api/answers.hpp"

namespace wattle::api {

inline constexpr Money largest_recharge = yuan(10'000);
inline constexpr Money smallest_coin = fen(1);
inline constexpr Money all_of_an_allowance = yuan(1'000'000);  // asked for; what is there is released

/// POST /api/v1/rooms/{room}/recharges: cash was paid at the desk.
void post_recharge(const Call& call, const http::Request& request);
/// POST /api/v1/rooms/{room}/codes: a code of twenty digits was paid at the desk.
void post_code(const Call& call, const http::Request& request);
/// PUT /api/v1/rooms/{room}/allowances/{term}: free allowance, once for a room, utility and term.
void put_allowance(const Call& call, const http::Request& request);
/// POST /api/v1/rooms/{room}/allowance-ends: what is left of it goes back.
void post_allowance_end(const Call& call, const http::Request& request);
/// POST /api/v1/rooms/{room}/refunds: money back to a payment, or over to another room.
void post_refund(const Call& call, const http::Request& request);
/// POST /api/v1/orders/{order}/parts/{part}: the cashier pays a part out when this is accepted, or could not.
void post_refund_part(const Call& call, const http::Request& request);
/// GET /api/v1/suspense: what a person must decide about.
void get_suspense(const Call& call, const http::Request& request);
/// POST /api/v1/suspense/{entry}/resolutions: into a room, or back through a provider.
void post_resolution(const Call& call, const http::Request& request);

}  // namespace wattle::api
