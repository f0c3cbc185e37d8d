#pragma once
// A price plan in JSON, both ways: what price_json shows, read_price takes.

#include "cloud/api/answers.hpp"
#include "shared/tariff/price.hpp"

namespace wattle::api {

/// Faults are noted in `root`; then the plan is not to be used.
PricePlan read_price(JsonObject& root, std::uint32_t version);
boost::json::object price_json(const PricePlan& plan);

}  // namespace wattle::api
