#include "shared/meter/purse.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_purse.hpp"
#include "shared/meter/modbus_purse.hpp"
#include "shared/meter/placing.hpp"

namespace wattle {
namespace {

template <class Model>
const PurseForm* form_of(const Model& model, std::size_t circuit) {
  return model.purse && speaks_for_address(model, circuit) ? &model.purse->form : nullptr;
}
const PurseForm* form_of(const cjt188::Model&, std::size_t) { return nullptr; }
const PurseForm* form_of(const mbus::Model&, std::size_t) { return nullptr; }

const dlt645::Model* as_dlt645(const MeterProfile& profile) { return std::get_if<dlt645::Model>(&profile.protocol); }
const ModbusModel& as_modbus(const MeterProfile& profile) {
  const auto* model = std::get_if<ModbusModel>(&profile.protocol);
  WATTLE_CHECK(model != nullptr);
  return *model;
}

template <class Purse>
std::vector<PurseItem> items_of(const Purse& purse) {
  std::vector<PurseItem> items;
  for (const auto& [item, where] : purse.items) items.push_back(item);
  return items;
}

template <class Ask>
Result<Exchange> exchange_of(const MeterProfile& profile, Result<Ask> ask) {
  if (!ask) return ask.error();
  return asked_of(profile, {std::move(*ask)});
}

}  // namespace

const PurseForm* purse_of(const MeterProfile& profile, std::size_t circuit) {
  return std::visit([&](const auto& model) { return form_of(model, circuit); }, profile.protocol);
}

std::vector<PurseItem> purse_items(const MeterProfile& profile) {
  if (const auto* model = as_dlt645(profile)) return items_of(*model->purse);
  return items_of(*as_modbus(profile).purse);
}

bool purse_has(const MeterProfile& profile, PurseItem item) {
  if (const auto* model = as_dlt645(profile)) return model->purse->items.contains(item);
  return as_modbus(profile).purse->items.contains(item);
}

bool purse_trades(const MeterProfile& profile, PurseTrade trade) {
  if (const auto* model = as_dlt645(profile)) return model->purse->trades.contains(trade);
  return as_modbus(profile).purse->trades.contains(trade);
}

std::int64_t purse_step(const MeterProfile& profile, PurseItem item) {
  if (const auto* model = as_dlt645(profile)) return dlt645::purse_step(*model, item);
  return modbus::purse_step(as_modbus(profile), item);
}

bool purse_has_sign(const MeterProfile& profile, PurseItem item) {
  if (const auto* model = as_dlt645(profile)) return dlt645::has_sign(*model, item);
  return modbus::has_sign(as_modbus(profile), item);
}

Exchange purse_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, PurseItem item) {
  if (const auto* model = as_dlt645(profile))
    return asked_of(profile, {dlt645::purse_read(*model, item, address_at(*model, place, circuit))});
  const auto& model = as_modbus(profile);
  return {modbus::purse_read(model, item, unit_at(model, place, circuit))};
}

Result<std::int64_t> purse_in(const MeterProfile& profile, PurseItem item, const MeterAnswer& answer) {
  if (const auto* model = as_dlt645(profile)) return dlt645::purse_in(*model, item, answer.data);
  return modbus::purse_in(as_modbus(profile), item, answer.values);
}

Result<Exchange> purse_write(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, PurseItem item,
                             std::int64_t value) {
  if (const auto* model = as_dlt645(profile))
    return exchange_of(profile, dlt645::purse_write(*model, item, address_at(*model, place, circuit), place.by, value));
  const auto& model = as_modbus(profile);
  return exchange_of(profile, modbus::purse_write(model, item, unit_at(model, place, circuit), value));
}

Result<Exchange> purse_trade(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit,
                             const PurseOrder& order) {
  if (const auto* model = as_dlt645(profile))
    return exchange_of(profile, dlt645::purse_trade(*model, order, address_at(*model, place, circuit), place.by));
  const auto& model = as_modbus(profile);
  return exchange_of(profile, modbus::purse_trade(model, order, unit_at(model, place, circuit)));
}

}  // namespace wattle
