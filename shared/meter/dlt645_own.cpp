#include "shared/meter/dlt645_own.hpp"

#include <algorithm>

#include "shared/meter/bcd.hpp"
#include "shared/meter/further_form.hpp"

namespace wattle::dlt645 {
namespace {

BcdSign sign_of(const OwnItem& own) { return own.has_sign ? BcdSign::top_bit : BcdSign::none; }
int exponent_of(const OwnItem& own) { return own.unit == Unit::yuan ? form_of(FurtherKind::remaining_money).exponent : 0; }

/// What is written by the thousand must not be something else of the standard's.
std::string contradiction_of_relay_write(const Model& model, const ModelRelay& relay) {
  constexpr std::size_t most = max_write_data - 6;  // beside identifier and password
  const auto& write = *relay.write;
  if (relay.state > UINT16_MAX || write.di > UINT16_MAX) return "an identifier of 1997 has two bytes";
  const auto is_status = [](const Item* item) { return item == nullptr || item->shape == Shape::binary; };
  const auto* state = find_item(Edition::v1997, relay.state);
  if (!is_status(state)) return "the state of the relay is known for something else";
  if (model.own.contains(relay.state)) return "the state of the relay is known for something else";
  const bool is_known =
      find_item(Edition::v1997, write.di) != nullptr || model.own.contains(write.di) || write.di == relay.state;
  if (is_known) return "the relay is written where something else is known to be";
  if (state != nullptr && relay.bit >= 8 * state->size) return "a relay's bit is 0 to 7 where the state has one byte";
  if (write.open.empty() || write.close.empty() || write.open.size() > most || write.close.size() > most)
    return "a relay is written with 1 to 44 bytes";
  if (write.open == write.close) return "a command to close looks like one to open";
  return {};
}

}  // namespace

Result<Address> address_of(const Model& model, std::uint64_t number) {
  auto address = address_of(number);
  if (!address || !model.fills_with_any) return address;
  for (auto pair = address->bytes.rbegin(); pair != address->bytes.rend() && *pair == 0; ++pair) *pair = wildcard.bytes[0];
  return address;
}

Result<Measured> number_in(const Model& model, std::uint32_t di, ByteView data) {
  const auto own = model.own.find(di);
  if (own == model.own.end()) return number_in(model.edition, di, data);
  const auto& item = own->second;
  if (data.size() < item.size) return WATTLE_FAIL(MeterErrc::length);
  const auto digits = bcd_value(data.first(item.size), sign_of(item));
  if (!digits) return WATTLE_FAIL(MeterErrc::value);
  return Measured{*digits * item.step, exponent_of(item), item.unit};
}

Result<Bytes> number_bytes(const Model& model, std::uint32_t di, const Measured& value) {
  const auto own = model.own.find(di);
  if (own == model.own.end()) return number_bytes(model.edition, di, value);
  const auto& item = own->second;
  if (item.unit != value.unit) return WATTLE_FAIL(MeterErrc::no_such_data);
  const auto ours = scaled(value, exponent_of(item));
  if (!ours) return ours.error();
  Bytes out;
  if (!put_bcd(out, *ours / item.step, item.size, sign_of(item))) return WATTLE_FAIL(MeterErrc::value);
  return out;
}

std::string contradiction_of_relay(const Model& model, const ModelRelay& relay) {
  const bool is_old = model.edition == Edition::v1997;
  if (is_old != relay.write.has_value())
    return is_old ? "the edition of 1997 has no relay command, and nothing says what is written"
                  : "the edition of 2007 has a relay command";
  if (relay.bit > 15) return "a relay's bit is 0 to 15 of a status word";
  if (is_old) return contradiction_of_relay_write(model, relay);
  return relay.open == relay.close ? "a command to close looks like one to open" : std::string();
}

std::string contradiction_of_own(const Model& model) {
  if (model.fills_with_any && model.edition != Edition::v1997) return "addresses are filled in the edition of 1997 only";
  if (!model.own.empty() && model.edition != Edition::v1997) return "the edition of 2007 has the numbers of a purse itself";
  for (const auto& [di, own] : model.own) {
    if (di > UINT16_MAX) return "an identifier of 1997 has two bytes";
    if (find_item(model.edition, di) != nullptr) return "the standard has laid out an identifier otherwise";
    if (own.size < 1 || own.size > own_size_max || own.step <= 0) return "a number has one to four bytes, of whole steps";
  }
  return {};
}

}  // namespace wattle::dlt645
