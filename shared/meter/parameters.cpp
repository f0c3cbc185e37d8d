#include "shared/meter/parameters.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_parameters.hpp"
#include "shared/meter/modbus_parameters.hpp"
#include "shared/meter/placing.hpp"

namespace wattle {
namespace {

template <class Model>
bool is_known(const Model& model, Parameter parameter) {
  return model.parameters.contains(parameter);
}
bool is_known(const cjt188::Model&, Parameter) { return false; }
bool is_known(const mbus::Model&, Parameter) { return false; }

const dlt645::Model& with_clock(const MeterProfile& profile) {
  const auto* model = std::get_if<dlt645::Model>(&profile.protocol);
  WATTLE_CHECK(model != nullptr && model->clock);
  return *model;
}

/// One whose readings tell the time.
const cjt188::Model* water_with_clock(const MeterProfile& profile) {
  const auto* model = std::get_if<cjt188::Model>(&profile.protocol);
  return model != nullptr && model->clock ? model : nullptr;
}

std::vector<Exchange> exchanges_of(const MeterProfile& profile, std::vector<dlt645::Request> requests) {
  std::vector<Exchange> out;
  for (auto& request : requests) out.push_back(asked_of(profile, {std::move(request)}));
  return out;
}

}  // namespace

bool has_parameter(const MeterProfile& profile, std::size_t circuit, Parameter parameter) {
  return std::visit([&](const auto& model) { return is_known(model, parameter) && speaks_for_address(model, circuit); },
                    profile.protocol);
}

Exchange parameter_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, Parameter parameter) {
  WATTLE_CHECK(has_parameter(profile, circuit, parameter));
  if (const auto* model = std::get_if<dlt645::Model>(&profile.protocol))
    return asked_of(profile, {dlt645::parameter_read(*model, parameter, address_at(*model, place, circuit))});
  const auto& model = std::get<ModbusModel>(profile.protocol);
  return {modbus::parameter_read(model, parameter, unit_at(model, place, circuit))};
}

Result<Exchange> parameter_write(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, Parameter parameter,
                                 const ParameterValue& value) {
  WATTLE_CHECK(has_parameter(profile, circuit, parameter));
  if (const auto* model = std::get_if<dlt645::Model>(&profile.protocol)) {
    auto request = dlt645::parameter_write(*model, parameter, written_at(*model, place, circuit), place.by, value);
    if (!request) return request.error();
    return asked_of(profile, {std::move(*request)});
  }
  const auto& model = std::get<ModbusModel>(profile.protocol);
  auto ask = modbus::parameter_write(model, parameter, unit_at(model, place, circuit), value);
  if (!ask) return ask.error();
  return Exchange{std::move(*ask)};
}

Result<ParameterValue> parameter_in(const MeterProfile& profile, Parameter parameter, const MeterAnswer& answer) {
  if (const auto* model = std::get_if<dlt645::Model>(&profile.protocol))
    return dlt645::parameter_in(*model, parameter, answer.data);
  return modbus::parameter_in(std::get<ModbusModel>(profile.protocol), parameter, answer.values);
}

std::optional<MeterClock> clock_of(const MeterProfile& profile) {
  if (const auto* water = water_with_clock(profile)) return MeterClock{water->clock->writable, water->clock->within};
  const auto* model = std::get_if<dlt645::Model>(&profile.protocol);
  if (model == nullptr || !model->clock) return std::nullopt;
  return MeterClock{model->clock->writable, model->clock->within};
}

std::vector<Exchange> clock_reads(const MeterProfile& profile, const MeterPlace& place) {
  if (const auto* water = water_with_clock(profile)) return {{cjt188::reading_ask(*water, place.address)}};
  const auto& model = with_clock(profile);
  return exchanges_of(profile, dlt645::clock_reads(model, address_at(model, place, 0)));
}

Result<LocalTime> clock_in(const MeterProfile& profile, std::span<const MeterAnswer> answers) {
  if (water_with_clock(profile) != nullptr) {
    if (answers.size() != 1) return WATTLE_FAIL(MeterErrc::length);
    return cjt188::clock_in(answers[0].data);
  }
  if (answers.size() != 2) return WATTLE_FAIL(MeterErrc::length);
  return dlt645::clock_in(answers[0].data, answers[1].data);
}

std::vector<Exchange> clock_writes(const MeterProfile& profile, const MeterPlace& place, const LocalTime& to) {
  if (const auto* water = water_with_clock(profile)) return {{cjt188::clock_write(*water, place.address, to)}};
  const auto& model = with_clock(profile);
  return exchanges_of(profile, dlt645::clock_writes(model, written_at(model, place, 0), place.by, to));
}

Exchange clock_broadcast(const MeterProfile& profile, const LocalTime& to) {
  return {dlt645::set_clock(with_clock(profile).edition, to)};
}

}  // namespace wattle
