#include "shared/meter/dlt645_purse.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::size_t amount_bytes = 4;  // XXXXXX.XX
constexpr std::int64_t money_step = 10'000;
constexpr std::int64_t energy_step = 10;
constexpr std::uint8_t trade_refused = 0x01;
constexpr std::uint8_t trade_password = 0x04;

std::int64_t amount_step(const Model& model) {
  return model.purse->form.measure == PurseMeasure::money ? money_step : energy_step;
}

Unit purse_unit(PurseMeasure measure, PurseItem item) {
  switch (item) {
    case PurseItem::remaining:
    case PurseItem::overdrawn:
    case PurseItem::total: return measure == PurseMeasure::money ? Unit::yuan : Unit::watt_hour;
    case PurseItem::count: return Unit::none;
    case PurseItem::price: return Unit::yuan_per_kwh;
    case PurseItem::used: return Unit::watt_hour;
  }
  return Unit::none;
}

/// Nothing of what a display is told to have used, which no standard has.
std::optional<Role> purse_role(PurseItem item) {
  switch (item) {
    case PurseItem::remaining: return Role::remaining;
    case PurseItem::overdrawn: return Role::overdrawn;
    case PurseItem::total: return Role::bought;
    case PurseItem::count: return Role::purchases;
    case PurseItem::price: return Role::price;
    case PurseItem::used: break;
  }
  return std::nullopt;
}

/// Micro-units, Wh, and plain counts.
int purse_exponent(Unit unit) { return unit == Unit::yuan || unit == Unit::yuan_per_kwh ? -6 : 0; }

Measured shown_as(const Model& model, PurseItem item, std::int64_t value) {
  const auto unit = purse_unit(model.purse->form.measure, item);
  return {value, purse_exponent(unit), unit};
}

bool is_told(const ModelPurse& purse, PurseItem item) {
  return purse.form.kind == PurseKind::display || (purse.form.kind == PurseKind::purchase && item == PurseItem::price);
}

/// A debt shows as what is overdrawn, or else by the sign of what remains.
std::int64_t value_shown(const MeterPurse& purse, PurseItem item, bool has_sign) {
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

/// The order in a payload; nothing when it is none.
std::optional<PurseOrder> order_in(const Model& model, PurseTrade what, const ModelTrade& trade, ByteView payload) {
  if (payload.size() != amount_bytes + trade.count_bytes) return std::nullopt;
  const auto amount_at = trade.count_first ? trade.count_bytes : std::size_t{0};
  const auto count_at = trade.count_first ? std::size_t{0} : amount_bytes;
  const auto amount = bcd_value(payload.subspan(amount_at, amount_bytes));
  const auto count = bcd_value(payload.subspan(count_at, trade.count_bytes));
  if (!amount || !count) return std::nullopt;
  return PurseOrder{what, static_cast<std::uint32_t>(*count), *amount * amount_step(model)};
}

/// By the rule of meters with an encryption chip: the count that it has is known, any other than the next one is wrong.
std::uint8_t refusal_byte(const std::optional<PurseOrder>& order, const MeterPurse& purse, Command command) {
  if (command != Command::authenticate || !order) return trade_refused;
  if (order->count == purse.count) return serr_known;
  return order->count != purse.count + 1 ? serr_count : serr_other;
}

}  // namespace

Request purse_read(const Model& model, PurseItem item, const Address& at) {
  return read(model.edition, at, model.purse->items.at(item));
}

Result<Request> purse_write(const Model& model, PurseItem item, const Address& at, const Credentials& by, std::int64_t value) {
  const auto di = model.purse->items.at(item);
  auto bytes = number_bytes(model.edition, di, shown_as(model, item, value));
  if (!bytes) return bytes.error();
  const auto again = purse_in(model, item, *bytes);
  if (!again || *again != value) return WATTLE_FAIL(MeterErrc::value);
  return write(model.edition, at, di, by, std::move(*bytes));
}

Result<Request> purse_trade(const Model& model, const PurseOrder& order, const Address& at, const Credentials& by) {
  const auto& trade = model.purse->trades.at(order.trade);
  const auto step = amount_step(model);
  Bytes amount;
  Bytes count;
  if (order.amount % step != 0 || !put_bcd(amount, order.amount / step, amount_bytes)) return WATTLE_FAIL(MeterErrc::value);
  if (!put_bcd(count, order.count, trade.count_bytes)) return WATTLE_FAIL(MeterErrc::value);
  auto& payload = trade.count_first ? count : amount;
  Writer(payload).raw(Bytes(trade.count_first ? amount : count));
  Request request{model.edition, trade.command, at, trade.di, by, std::move(payload)};
  if (trade.command == Command::authenticate) request.by.password = {};  // it carries the operator alone
  return request;
}

Result<std::int64_t> purse_in(const Model& model, PurseItem item, ByteView data) {
  const auto measured = number_in(model.edition, model.purse->items.at(item), data);
  if (!measured) return measured.error();
  return scaled(*measured, purse_exponent(purse_unit(model.purse->form.measure, item)));
}

std::int64_t purse_step(const Model& model, PurseItem item) {
  switch (item) {
    case PurseItem::count: return 1;
    case PurseItem::price: return 100;  // NNNN.NNNN
    case PurseItem::used: return energy_step;
    case PurseItem::remaining:
    case PurseItem::overdrawn:
    case PurseItem::total: break;
  }
  return amount_step(model);
}

bool has_sign(const Model& model, PurseItem item) {
  const auto* of = find_item(model.edition, model.purse->items.at(item));
  return of != nullptr && of->shape == Shape::signed_number && !model.purse->items.contains(PurseItem::overdrawn);
}

void show_purse(MeterImage& image, const Model& model, const MeterPurse& purse) {
  if (!model.purse) return;
  for (const auto& [item, di] : model.purse->items) {
    const auto* of = find_item(model.edition, di);
    WATTLE_CHECK(of != nullptr);
    const auto shown = whole_steps(value_shown(purse, item, has_sign(model, item)), purse_step(model, item));
    const auto bytes = number_bytes(model.edition, di, shown_as(model, item, shown));
    image.items[di] = {bytes ? *bytes : Bytes(of->size, 0xff), is_told(*model.purse, item)};
  }
}

void keep_purse(const MeterImage& image, const Model& model, MeterPurse& purse) {
  if (!model.purse) return;
  for (const auto& [item, di] : model.purse->items) {
    const auto value = is_told(*model.purse, item) ? purse_in(model, item, image.items.at(di).bytes) : Result<std::int64_t>(0);
    if (!value || !is_told(*model.purse, item)) continue;
    if (item == PurseItem::remaining) purse.set_remaining(*value);
    if (item == PurseItem::total) purse.total = *value;
    if (item == PurseItem::count) purse.count = static_cast<std::uint32_t>(*value);
    if (item == PurseItem::price) purse.price = *value;
    if (item == PurseItem::used) purse.used = *value;
  }
}

std::optional<Bytes> answer_trade(const Frame& heard, const MeterImage& image, const Model& model, MeterPurse& purse) {
  if (!model.purse) return std::nullopt;
  const auto request = decode_request(model.edition, heard);
  if (!request || request->address != image.address) return std::nullopt;
  for (const auto& [what, trade] : model.purse->trades) {
    if (request->command != trade.command || request->di != trade.di) continue;
    if (trade.command == Command::write && request->by.password != image.accepts.password)
      return encode_refusal(*request, image.address, trade_password, image.preambles);
    const auto order = order_in(model, what, trade, request->payload);
    const auto before = purse;
    if (!order || !purse.take(*order))
      return encode_refusal(*request, image.address, refusal_byte(order, before, trade.command), image.preambles);
    return encode_answer(*request, image.address, {}, false, image.preambles);
  }
  return std::nullopt;
}

namespace {

std::string contradiction_of_items(const Model& model) {
  const auto& purse = *model.purse;
  for (const auto& [what, di] : purse.items) {
    const auto* item = find_item(model.edition, di);
    const bool is_number = item != nullptr && (item->shape == Shape::number || item->shape == Shape::signed_number);
    if (!is_number || item->unit != purse_unit(purse.form.measure, what) || item->role != purse_role(what).value_or(item->role))
      return "an identifier of the purse is known for something else";
    if (what == PurseItem::count && item->exponent != 0) return "a purse counts its purchases one by one";
  }
  return {};
}

}  // namespace

std::string contradiction_of_purse(const Model& model) {
  if (!model.purse) return {};
  const auto& purse = *model.purse;
  if (model.edition != Edition::v2007) return "the edition of 1997 knows no purse";
  if (!purse.items.contains(PurseItem::remaining)) return "a purse shows what remains";
  if (auto wrong = contradiction_of_items(model); !wrong.empty()) return wrong;
  if (purse.form.kind == PurseKind::display) return purse.trades.empty() ? std::string() : "nothing is bought into a display";
  if (purse.form.kind == PurseKind::read_only)
    return purse.trades.empty() ? std::string() : "a purse that is only read is not bought into";
  if (!purse.items.contains(PurseItem::count) || !purse.items.contains(PurseItem::total))
    return "a purse that acts tells how often and how much was bought";
  if (!purse.trades.contains(PurseTrade::buy)) return "nothing says how a purchase is written";
  for (const auto& [what, trade] : purse.trades) {
    if (trade.command != Command::write && trade.command != Command::authenticate)
      return "a purchase is written, or a transaction of 03H";
    if (trade.count_bytes < 1 || trade.count_bytes > 4) return "the count of a purchase has one to four bytes";
    for (const auto& [other, than] : purse.trades)
      if (other != what && than.di == trade.di && than.command == trade.command) return "a refund looks like a purchase";
  }
  return {};
}

}  // namespace wattle::dlt645
