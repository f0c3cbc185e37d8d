#pragma once
// One question to one meter and everything needed to know its answer. This is what a poll plan deals in: it asks for exchanges,
// hands their bytes to a bus, and turns the answers into a reading.

#include "shared/meter/modbus_rtu.hpp"
#include "shared/meter/profile.hpp"

namespace wattle {

struct Exchange {
  std::uint8_t unit = 0;
  modbus::Request request;
  bool operator==(const Exchange&) const = default;
};

/// The questions whose answers make up a reading, in order.
std::vector<Exchange> reading_exchanges(const MeterProfile& profile, std::uint8_t unit);
/// A relay command. Its answer means accepted, not switched: the next reading tells.
Exchange relay_exchange(const MeterProfile& profile, std::uint8_t unit, bool close);

Bytes request_bytes(const Exchange& exchange);
Received receive(const Exchange& exchange, ByteView heard, Wire wire);
/// How long to wait for the whole answer, counted from the first byte sent, on a line of this rate.
Duration answer_timeout(const MeterProfile& profile, const Exchange& exchange, std::uint32_t baud);

}  // namespace wattle
