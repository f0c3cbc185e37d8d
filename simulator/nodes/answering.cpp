// The world's meters as they answer on a wire: stateless but for what facts.hpp knows of them.

#include "shared/base/check.hpp"
#include "shared/meter/exchange.hpp"
#include "simulator/nodes/bus.hpp"

namespace wattle::sim {

namespace {

constexpr std::int64_t mains_mv = 220'000;

Reading reading_of(const Meter& meter) {
  CircuitReading circuit;
  circuit.energy = {meter.shown()};
  circuit.power = Power{meter.relay_closed ? meter.watts : 0};
  circuit.current_ma = circuit.power->watts * 1'000'000 / mains_mv;
  circuit.power_factor_per_mille = unity_per_mille;
  circuit.relay_closed = meter.relay_closed;
  return {meter.number, mains_mv, std::nullopt, {circuit}};
}

const std::shared_ptr<const MeterProfile>& model_of(const Meter& meter) {
  static const auto of_modbus = std::make_shared<const MeterProfile>(generic_relay_meter());
  static const auto of_dlt645 = std::make_shared<const MeterProfile>(generic_dlt645_meter(dlt645::Edition::v2007));
  return speaks_dlt645(meter) ? of_dlt645 : of_modbus;
}

MeterSays answer_modbus(const Meter& meter, std::uint64_t address, ByteView heard) {
  const auto scan = modbus_rtu::find_request(heard);
  if (!scan.request || scan.request->unit != address) return {};
  const auto& model = std::get<ModbusModel>(model_of(meter)->protocol);
  const auto before = modbus::encode_reading(model, reading_of(meter), 0);
  WATTLE_CHECK(before);
  auto after = *before;
  const auto pdu = modbus::answer(scan.request->pdu, after);
  return {modbus_rtu::frame(scan.request->unit, pdu), modbus::commanded(model, 0, *before, after)};
}

MeterSays answer_dlt645(const Meter& meter, std::uint64_t address, ByteView heard, Instant now) {
  const auto outcome = dlt645::find_frame(heard, Wire::quiet);
  const auto* found = std::get_if<dlt645::Found>(&outcome);
  const auto own = dlt645::address_of(address);
  if (found == nullptr || !own) return {};
  dlt645::MeterImage image;
  image.address = *own;
  image.relay.closed = meter.relay_closed;
  image.relay.commanded_open = !meter.relay_closed;
  dlt645::show(image, std::get<dlt645::Model>(model_of(meter)->protocol), reading_of(meter), 0, now);
  const auto before = image.relay;
  auto bytes = dlt645::answer(found->frame, image, now);
  const bool moved = image.relay.closed != before.closed;
  return {std::move(bytes), moved ? std::optional(image.relay.closed) : std::nullopt};
}

}  // namespace

bool speaks_dlt645(const Meter& meter) {
  const auto kind = meter.room.value % 5;  // beside rooms of Modbus at one box, and with one circuit or two
  return meter.utility == Utility::electricity && (kind == 2 || kind == 3);
}

std::shared_ptr<const MeterProfile> profile_of(const Meter& meter) {
  if (meter.ends == 0 || !tells_its_end(meter)) return model_of(meter);
  auto own = std::make_shared<MeterProfile>(*model_of(meter));
  own->rollover = {meter.ends};
  return own;
}

MeterSays answer_of(const Meter& meter, std::uint64_t address, ByteView heard, Instant now) {
  return speaks_dlt645(meter) ? answer_dlt645(meter, address, heard, now) : answer_modbus(meter, address, heard);
}

}  // namespace wattle::sim
