#include "shared/meter/modbus_purse.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::modbus {
namespace {

std::uint16_t registers_of(const Point& point) { return static_cast<std::uint16_t>(word_count(point.encoding)); }

Result<std::vector<std::uint16_t>> exact_words(const Point& point, std::int64_t value) {
  auto words = encode_value(point, value);
  if (!words) return words;
  const auto again = decode_value(point, *words);
  if (!again || *again != value) return WATTLE_FAIL(MeterErrc::value);
  return words;
}

/// Whether the second one follows the first on the wire.
bool follows(const Point& first, const Point& second) { return second.address == first.address + registers_of(first); }

const Point& first_of(const ModbusTrade& trade) { return follows(trade.amount, trade.count) ? trade.amount : trade.count; }

/// A debt shows as what is overdrawn, or else by the sign of what remains.
std::int64_t amount_shown(const MeterPurse& purse, PurseItem item, bool has_sign) {
  switch (item) {
    case PurseItem::remaining: return has_sign ? purse.remaining() : std::max<std::int64_t>(purse.remaining(), 0);
    case PurseItem::overdrawn: return std::max<std::int64_t>(-purse.remaining(), 0);
    case PurseItem::total: return purse.total;
    case PurseItem::count: return purse.count;
    case PurseItem::price: return purse.price;
    case PurseItem::used: return purse.used;
  }
  return 0;
}

bool is_signed(const Point& point) { return point.encoding == Encoding::i16 || point.encoding == Encoding::i32; }

std::int64_t step_of(const Point& point) { return std::max(point.scale.multiply / point.scale.divide, 1); }

/// A display is told everything that it shows; a purse that acts, its price.
bool is_written(const ModbusPurse& purse, PurseItem item) {
  return purse.form.kind == PurseKind::display || (purse.form.kind == PurseKind::purchase && item == PurseItem::price);
}

std::string contradiction_of_trade(const ModbusPurse& purse, const ModbusTrade& trade) {
  const auto is_plain = [](const Point& point) {
    return point.source == Function::read_holding && point.encoding != Encoding::f32 && point.encoding != Encoding::bit;
  };
  if (!is_plain(trade.amount) || !is_plain(trade.count)) return "a purchase is written into whole holding registers";
  if (!follows(trade.amount, trade.count) && !follows(trade.count, trade.amount))
    return "amount and count of a purchase follow each other";
  if (!is_valid(read(Function::read_holding, first_of(trade).address,
                     static_cast<std::uint16_t>(registers_of(trade.amount) + registers_of(trade.count)))))
    return "a purchase lies beyond the last register";
  if (trade.amount.scale != purse.items.at(PurseItem::remaining).scale)
    return "a purchase has the unit in which it is shown what remains";
  for (const auto& [item, point] : purse.items)
    for (const auto* written : {&trade.amount, &trade.count})
      if (point.address < written->address + registers_of(*written) && written->address < point.address + registers_of(point))
        return "a purchase is written where something else is read";
  return {};
}

}  // namespace

ModbusAsk purse_read(const ModbusModel& model, PurseItem item, std::uint8_t unit) {
  const auto& point = model.purse->items.at(item);
  return {unit, read(point.source, point.address, registers_of(point))};
}

Result<ModbusAsk> purse_write(const ModbusModel& model, PurseItem item, std::uint8_t unit, std::int64_t value) {
  const auto& point = model.purse->items.at(item);
  auto words = exact_words(point, value);
  if (!words) return words.error();
  return ModbusAsk{unit, write_registers(point.address, std::move(*words))};
}

Result<ModbusAsk> purse_trade(const ModbusModel& model, const PurseOrder& order, std::uint8_t unit) {
  const auto& trade = model.purse->trades.at(order.trade);
  auto amount = exact_words(trade.amount, order.amount);
  if (!amount) return amount.error();
  auto count = exact_words(trade.count, order.count);
  if (!count) return count.error();
  auto& first = follows(trade.amount, trade.count) ? *amount : *count;
  const auto& second = &first == &*amount ? *count : *amount;
  first.insert(first.end(), second.begin(), second.end());
  return ModbusAsk{unit, write_registers(first_of(trade).address, std::move(first))};
}

Result<std::int64_t> purse_in(const ModbusModel& model, PurseItem item, std::span<const std::uint16_t> words) {
  const auto& point = model.purse->items.at(item);
  if (words.size() != word_count(point.encoding)) return WATTLE_FAIL(MeterErrc::length);
  const auto value = decode_value(point, words);
  if (value && item == PurseItem::count && (*value < 0 || *value > UINT32_MAX)) return WATTLE_FAIL(MeterErrc::value);
  return value;
}

std::int64_t purse_step(const ModbusModel& model, PurseItem item) { return step_of(model.purse->items.at(item)); }

bool has_sign(const ModbusModel& model, PurseItem item) {
  return is_signed(model.purse->items.at(item)) && !model.purse->items.contains(PurseItem::overdrawn);
}

void show_purse(RegisterImage& image, const ModbusModel& model, const MeterPurse& purse) {
  if (!model.purse) return;
  for (const auto& [item, point] : model.purse->items) {
    const auto shown = whole_steps(amount_shown(purse, item, has_sign(model, item)), step_of(point));
    const auto words = encode_value(point, shown);
    for (std::uint16_t i = 0; i < registers_of(point); ++i)  // beyond its end a register stands at it
      image.holding[static_cast<std::uint16_t>(point.address + i)] = {words ? (*words)[i] : std::uint16_t{UINT16_MAX},
                                                                      is_written(*model.purse, item)};
  }
}

void keep_purse(const RegisterImage& image, const ModbusModel& model, MeterPurse& purse) {
  if (!model.purse) return;
  for (const auto& [item, point] : model.purse->items) {
    if (!is_written(*model.purse, item)) continue;
    std::vector<std::uint16_t> words;
    for (std::uint16_t i = 0; i < registers_of(point); ++i)
      words.push_back(image.holding.at(static_cast<std::uint16_t>(point.address + i)).value);
    const auto value = decode_value(point, words);
    if (!value) continue;
    if (item == PurseItem::remaining) purse.set_remaining(*value);
    if (item == PurseItem::total) purse.total = *value;
    if (item == PurseItem::count) purse.count = static_cast<std::uint32_t>(*value);
    if (item == PurseItem::price) purse.price = *value;
    if (item == PurseItem::used) purse.used = *value;
  }
}

std::optional<Bytes> answer_trade(const ModbusModel& model, ByteView request_pdu, MeterPurse& purse) {
  const auto request = decode_request(request_pdu);
  if (!model.purse || !request || request->function != Function::write_registers) return std::nullopt;
  for (const auto& [what, trade] : model.purse->trades) {
    const auto& first = first_of(trade);
    const auto size = registers_of(trade.amount) + registers_of(trade.count);
    if (request->start != first.address || request->count != size) continue;
    const auto words = std::span<const std::uint16_t>(request->values);
    const auto at = [&](const Point& point) {
      return words.subspan(&point == &first ? 0 : registers_of(first), registers_of(point));
    };
    const auto amount = decode_value(trade.amount, at(trade.amount));
    const auto count = decode_value(trade.count, at(trade.count));
    const bool is_number = amount && count && *count >= 0 && *count <= UINT32_MAX;
    if (!is_number || !purse.take({what, static_cast<std::uint32_t>(*count), *amount})) {
      const auto function = static_cast<std::uint8_t>(Function::write_registers);
      return Bytes{static_cast<std::uint8_t>(function | exception_flag), static_cast<std::uint8_t>(Exception::illegal_value)};
    }
    return Bytes(request_pdu.begin(), request_pdu.begin() + 5);  // function, start, count
  }
  return std::nullopt;
}

std::string contradiction_of_purse(const ModbusModel& model) {
  if (!model.purse) return {};
  const auto& purse = *model.purse;
  const auto remaining = purse.items.find(PurseItem::remaining);
  if (remaining == purse.items.end()) return "a purse shows what remains";
  for (const auto& [item, point] : purse.items) {
    if (point.source != Function::read_holding || point.encoding == Encoding::f32 || point.encoding == Encoding::bit)
      return "a purse lies in whole holding registers";
    if (!is_valid(read(point.source, point.address, registers_of(point)))) return "a purse lies beyond the last register";
    if (!is_mark_short(point)) return "a mark of what is not available is longer than its register";
    if (point.scale.multiply <= 0 || point.scale.divide <= 0 || point.scale.multiply % point.scale.divide != 0)
      return "a purse counts in whole steps";
    const bool is_amount = item == PurseItem::overdrawn || item == PurseItem::total;
    if (is_amount && point.scale != remaining->second.scale) return "a purse shows its amounts in one unit";
  }
  if (purse.form.kind == PurseKind::display) return purse.trades.empty() ? std::string() : "nothing is bought into a display";
  if (purse.form.kind == PurseKind::read_only)
    return purse.trades.empty() ? std::string() : "a purse that is only read is not bought into";
  if (!purse.items.contains(PurseItem::count) || !purse.items.contains(PurseItem::total))
    return "a purse that acts tells how often and how much was bought";
  if (!purse.trades.contains(PurseTrade::buy)) return "nothing says how a purchase is written";
  for (const auto& [what, trade] : purse.trades) {
    if (auto wrong = contradiction_of_trade(purse, trade); !wrong.empty()) return wrong;
    for (const auto& [other, than] : purse.trades)
      if (other != what && first_of(than).address == first_of(trade).address) return "a refund looks like a purchase";
  }
  return {};
}

}  // namespace wattle::modbus
