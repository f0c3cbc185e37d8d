#include "shared/meter/history.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_history.hpp"

namespace wattle {
namespace {

const dlt645::Model& with_history(const MeterProfile& profile) {
  const auto* model = std::get_if<dlt645::Model>(&profile.protocol);
  WATTLE_CHECK(model != nullptr);
  return *model;
}

dlt645::Address history_address(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit) {
  const auto at =
      dlt645::address_of(with_history(profile), place.address + with_history(profile).circuits.at(circuit).address_offset);
  WATTLE_CHECK(at);
  return *at;
}

}  // namespace

const dlt645::ModelHistory* history_of(const MeterProfile& profile) {
  const auto* model = std::get_if<dlt645::Model>(&profile.protocol);
  return model != nullptr && !model->history.empty() ? &model->history : nullptr;
}

Exchange freeze_time_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, FreezeKind kind,
                          std::uint8_t number) {
  const auto& freeze = with_history(profile).history.freezes.at(kind);
  const auto at = history_address(profile, place, circuit);
  if (kind == FreezeKind::monthly) return asked_of(profile, {dlt645::settlement_day_read(freeze, at)});
  return asked_of(profile, {dlt645::freeze_time_read(freeze, at, number)});
}

Exchange freeze_energy_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, FreezeKind kind,
                            std::uint8_t number) {
  const auto& freeze = with_history(profile).history.freezes.at(kind);
  const auto at = history_address(profile, place, circuit);
  if (kind == FreezeKind::monthly) return asked_of(profile, {dlt645::month_energy_read(freeze, at, number)});
  return asked_of(profile, {dlt645::freeze_energy_read(freeze, at, number)});
}

Exchange load_records_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, const LocalTime& from) {
  const auto& load = with_history(profile).history.load.value();
  return asked_of(profile, {dlt645::load_records_read(load, history_address(profile, place, circuit), from)});
}

Exchange event_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, MeterEvent event) {
  const auto& record = with_history(profile).history.events.at(event);
  return asked_of(profile, {dlt645::event_read(record, history_address(profile, place, circuit))});
}

Result<LocalTime> freeze_time_in(FreezeKind kind, std::uint8_t number, const MeterAnswer& answer, const LocalTime& now) {
  if (kind == FreezeKind::monthly) return dlt645::month_end_in(answer.data, number, now);
  return dlt645::freeze_time_in(answer.data);
}

Result<Quantity> freeze_energy_in(const MeterProfile& profile, FreezeKind kind, const MeterAnswer& answer) {
  return dlt645::freeze_energy_in(with_history(profile).history.freezes.at(kind), profile.rollover, answer.data);
}

LoadReadings load_readings_in(const MeterProfile& profile, const MeterAnswer& answer) {
  const auto read = dlt645::decode_load_records(answer.data);
  LoadReadings out{{}, read.error};
  for (const auto& record : read.records) out.readings.push_back(load_reading(record, profile.rollover, profile.phases));
  return out;
}

Result<LocalTime> event_time_in(const MeterProfile& profile, MeterEvent event, const MeterAnswer& answer) {
  return dlt645::event_time_in(with_history(profile).history.events.at(event), answer.data);
}

}  // namespace wattle
