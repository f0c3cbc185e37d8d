#pragma once
// What no edition of DL/T 645 says and a profile lays out itself: numbers and relays of 1997's private meters.

#include "shared/meter/dlt645_model.hpp"

namespace wattle::dlt645 {

// What contradicts itself; empty when nothing does.
std::string contradiction_of_own(const Model& model);
std::string contradiction_of_relay(const Model& model, const ModelRelay& relay);

}  // namespace wattle::dlt645
