#pragma once
// A virtual meter asked directly: the bytes of a question, the bytes of its answer, no line between.

#include "shared/base/check.hpp"
#include "simulator/devices/virtual_meter.hpp"

namespace wattle::test {

/// Empty when the meter says nothing to it.
inline Bytes answer_of(sim::VirtualMeter& meter, ByteView question, Instant now) {
  if (meter.is_modbus()) {
    const auto scan = modbus_rtu::find_request(question);
    if (!scan.request || !meter.is_at(scan.request->unit)) return {};
    return modbus_rtu::frame(scan.request->unit, meter.answer(scan.request->unit, scan.request->pdu, now));
  }
  const auto to = [&](const auto& outcome) {
    using Found = std::decay_t<decltype(std::get<0>(outcome))>;
    const auto* found = std::get_if<Found>(&outcome);
    return found == nullptr ? Bytes{} : meter.answer(found->frame, now);
  };
  if (meter.speaks<dlt645::Model>()) return to(dlt645::find_frame(question, Wire::quiet));
  if (meter.speaks<cjt188::Model>()) return to(cjt188::find_frame(question, Wire::quiet));
  return to(mbus::find_frame(question, Wire::quiet));
}

}  // namespace wattle::test
