// Any bytes as a meter's profile: what is accepted can be asked, answered by a virtual meter's side, read and commanded.

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_purse.hpp"
#include "shared/meter/exchange.hpp"
#include "shared/meter/modbus_purse.hpp"
#include "shared/meter/purse.hpp"
#include "shared/profiles/profile_file.hpp"

using namespace wattle;

namespace {

Reading shown_by(const MeterProfile& profile) {
  Reading reading;
  reading.meter = {4711};
  reading.voltage_mv = 0;
  for (std::size_t i = 0; i < circuit_count(profile); ++i) reading.circuits.push_back({{0}, Power{0}, 0, 0, i % 2 == 0});
  return reading;
}

/// Zero fits every register; the number of the plate may not.
void answer_as_modbus(const ModbusModel& model, const MeterProfile& profile, std::uint64_t address) {
  std::vector<MeterAnswer> answers;
  const MeterPlace place{address, MeterId{4711}, {}};
  for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
    const auto& ask = std::get<ModbusAsk>(exchange.ask);
    auto image = modbus::encode_reading(model, shown_by(profile), static_cast<std::uint8_t>(ask.unit - address));
    if (!image) return;
    const auto pdu = modbus::answer(modbus::encode_request(ask.request), *image);
    const auto received = receive(exchange, modbus_rtu::frame(ask.unit, pdu), Wire::quiet);
    WATTLE_CHECK(std::holds_alternative<MeterAnswer>(received));
    answers.push_back(std::get<MeterAnswer>(received));
  }
  const auto reading = decode_reading(profile, place, Depth::full, answers);
  // Values may lie over each other: then something is out of range, and the whole is refused.
  if (reading) WATTLE_CHECK(reading->circuits.size() == circuit_count(profile));
}

void answer_as_dlt645(const dlt645::Model& model, const MeterProfile& profile, std::uint64_t address) {
  for (std::size_t i = 0; i < circuit_count(profile); ++i) {
    dlt645::MeterImage image{
        .address = dlt645::address_of(address + model.circuits[i].address_offset).value(), .items = {}, .accepts = {}};
    image.edition = model.edition;
    dlt645::show(image, model, shown_by(profile), i, {});
  }
}

void answer_as_water(const cjt188::Model& model, const MeterProfile& profile, std::uint64_t address) {
  cjt188::MeterImage image{.type = model.type, .address = cjt188::address_of(model, address)};
  cjt188::show(image, shown_by(profile));
  const MeterPlace place{address, MeterId{address}, {}};
  const auto exchange = reading_exchanges(profile, place, Depth::full).front();
  const auto asked = std::get<cjt188::Found>(cjt188::find_frame(request_bytes(exchange), Wire::quiet)).frame;
  const auto received = receive(exchange, cjt188::answer(asked, image, {}), Wire::quiet);
  WATTLE_CHECK(std::holds_alternative<MeterAnswer>(received));
  WATTLE_CHECK(decode_reading(profile, place, Depth::full, {&std::get<MeterAnswer>(received), 1}));
}

void answer_as_mbus(const mbus::Model& model, const MeterProfile& profile, std::uint64_t address) {
  mbus::MeterImage image{.primary = static_cast<std::uint8_t>(address)};
  auto shown = shown_by(profile);
  shown.meter = {address};
  mbus::show(image, model, shown);
  std::vector<MeterAnswer> answers;
  const MeterPlace place{address, MeterId{address}, {}};
  for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
    const auto asked = std::get<mbus::Found>(mbus::find_frame(request_bytes(exchange), Wire::quiet)).frame;
    const auto received = receive(exchange, mbus::answer(asked, image), Wire::quiet);
    WATTLE_CHECK(std::holds_alternative<MeterAnswer>(received));
    answers.push_back(std::get<MeterAnswer>(received));
  }
  const auto reading = decode_reading(profile, place, Depth::full, answers);
  WATTLE_CHECK(reading && reading->meter == MeterId{address});
}

/// A purse's items can be asked, and what is bought is taken as it was written.
void keep_purse(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit) {
  for (const auto item : purse_items(profile)) {
    WATTLE_CHECK(purse_step(profile, item) >= 1);
    const auto asked = purse_read(profile, place, circuit, item);
    WATTLE_CHECK(answer_timeout(profile, asked, profile.line).micros > 0 && !request_bytes(asked).empty());
  }
  for (const auto trade : {PurseTrade::buy, PurseTrade::refund}) {
    if (!purse_trades(profile, trade)) continue;
    const auto exchange = purse_trade(profile, place, circuit, {trade, 1, purse_step(profile, PurseItem::remaining)});
    if (!exchange) continue;
    MeterPurse purse;
    purse.set_remaining(trade == PurseTrade::refund ? INT32_MAX : 0);
    if (const auto* ask = std::get_if<ModbusAsk>(&exchange->ask)) {
      const auto& model = std::get<ModbusModel>(profile.protocol);
      modbus::answer_trade(model, modbus::encode_request(ask->request), purse);
    } else {
      const auto frame = std::get<dlt645::Found>(dlt645::find_frame(request_bytes(*exchange), Wire::quiet)).frame;
      const dlt645::MeterImage image{.address = frame.address, .items = {}, .accepts = place.by};
      dlt645::answer_trade(frame, image, std::get<dlt645::Model>(profile.protocol), purse);
    }
    WATTLE_CHECK(purse.count == 1);
  }
}

struct AnswerAs {
  const MeterProfile& profile;
  std::uint64_t address;
  void operator()(const ModbusModel& model) const { answer_as_modbus(model, profile, address); }
  void operator()(const dlt645::Model& model) const { answer_as_dlt645(model, profile, address); }
  void operator()(const cjt188::Model& model) const { answer_as_water(model, profile, address); }
  void operator()(const mbus::Model& model) const { answer_as_mbus(model, profile, address); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded = parse_profile({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!loaded.faults.empty()) return 0;
  const auto& profile = loaded.profile;
  WATTLE_CHECK(contradiction(profile).empty());
  WATTLE_CHECK(circuit_count(profile) >= 1 && circuit_count(profile) <= max_meter_circuits);
  const std::uint64_t address = 1;
  WATTLE_CHECK(is_address(profile, address));
  const MeterPlace place{address, MeterId{4711}, {}};
  const auto control = reading_exchanges(profile, place, Depth::control);
  WATTLE_CHECK(!control.empty() && control.size() <= reading_exchanges(profile, place, Depth::full).size());
  for (const auto& exchange : control) WATTLE_CHECK(answer_timeout(profile, exchange, profile.line).micros > 0);
  for (std::size_t i = 0; i < circuit_count(profile); ++i) {
    if (!has_relay(profile, i)) continue;
    WATTLE_CHECK(relay_exchange(profile, place, i, true) != relay_exchange(profile, place, i, false));
  }
  for (std::size_t i = 0; i < circuit_count(profile); ++i)
    if (purse_of(profile, i) != nullptr) keep_purse(profile, place, i);
  std::visit(AnswerAs{profile, address}, profile.protocol);
  return 0;
}
