// The sale of an offline code: paid at the desk, typed at the box. Its number and its key's epoch stand in the order, so that
// the same digits can be told again.

#include <algorithm>
#include <vector>

#include "cloud/api/base62.hpp"
#include "cloud/api/money_routes.hpp"
#include "cloud/api/orders.hpp"
#include "cloud/api/settings.hpp"
#include "shared/crypto/offline_code.hpp"

namespace wattle::api {
namespace {

constexpr char code_prefix = 'K';  // of payment numbers of codes sold at the desk

std::string epoch_key(RoomId room) { return "code_epoch/" + std::to_string(room.value); }

/// As the box has shown that it has it: by its entries, or by its status since.
std::uint32_t epoch_of(const Link& link, RoomId room) {
  const auto key = epoch_key(room);
  const auto at = link.state().config().find(key);
  auto epoch = at == link.state().config().end() ? 0 : from_bytes<std::uint32_t>(at->second.value).value_or(0);
  for (auto number = link.folded() + 1; number <= link.row().agreed; ++number)
    if (const auto setting = setting_at(link, number); setting && setting->key == key)
      epoch = from_bytes<std::uint32_t>(setting->value).value_or(epoch);
  return epoch;
}

/// What the box may honour in sum before it reads of the sales: its link's first entry says.
Money cap_of(const Link& link) {
  const auto record = link.down().at(1);
  const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  const auto grant = entry ? detail_of<Grant>(*entry) : std::nullopt;
  return grant ? grant->codes_cap : Money{};
}

/// Of the sales that the box has not shown to have, by its entries or by its status since; and of those that are still to be
/// written, since the box is not heard.
Money sold_unread(const cloud::Site& site, const Link& link) {
  Money sum;
  for (const auto& [id, order] : site.orders()) {
    const auto* payment = std::get_if<cloud::Payment>(&order);
    const bool is_its = payment != nullptr && payment->code && payment->code->issuer == link.holder();
    if (is_its && !site.index().has(id)) sum.micros += payment->amount.micros;
  }
  for (auto number = std::max(link.folded(), link.row().agreed) + 1; number <= link.down().head().number; ++number) {
    const auto record = link.down().at(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry || entry->kind != Kind::code_issue) continue;
    for (const auto& line : entry->lines) sum.micros += line.amount.micros;
  }
  return sum;
}

/// At random among those that were neither sold nor redeemed, so that a restored cloud seldom repeats one.
std::optional<std::uint16_t> free_number(const Desk& desk, Entropy& entropy, Holder issuer, RoomId room, std::uint32_t epoch) {
  std::vector<bool> taken(max_code_number + std::size_t{1});
  const auto take = [&](const CodeName& name) {
    if (name.room == room && name.epoch == epoch && name.number <= max_code_number) taken[name.number] = true;
  };
  for (const auto& [id, order] : desk.site().orders()) {
    const auto* payment = std::get_if<cloud::Payment>(&order);
    if (payment != nullptr && payment->code && payment->code->issuer == issuer) take(payment->code->name);
  }
  for (const auto& [name, used] : desk.site().link(issuer)->state().used_codes()) take(name);
  std::vector<std::uint16_t> left;
  for (std::size_t number = 0; number < taken.size(); ++number)
    if (!taken[number]) left.push_back(static_cast<std::uint16_t>(number));
  if (left.empty()) return std::nullopt;
  return left[entropy.word() % left.size()];
}

/// The room's numbers are used up: the box is given the next epoch, in which they are free again. The room may have used up
/// that epoch's at another slot before.
void turn_epoch(const Call& call, EdgeId slot, RoomId room, std::uint32_t epoch) {
  const auto next = epoch + 1;
  const auto name = epoch_key(room) + '/' + std::to_string(next) + '/' + std::to_string(slot.value);
  const cloud::ConfigOrder order{id_of_key(call.crypto, "code epoch", {}, name), slot, epoch_key(room), to_bytes(next), next};
  call.desk.give(cloud::Ordered{order}, [](Desk::Answer) {});
}

}  // namespace

void post_code(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  JsonBody body(request.body);
  auto root = body.root();
  const auto amount = root.amount("amount", yuan(max_code_yuan));
  if (amount.micros % yuan(1).micros != 0) root.fault("amount", JsonErrc::bad_amount);
  if (const auto channel = root.text("channel", {1, 16}); !channel.empty() && channel != "cash")
    root.fault("channel", JsonErrc::out_of_range);
  if (call.refuse_faults(body)) return;
  const auto number = code_prefix + base62(id_of_key(call.crypto, "offline code payment", call.caller, *key));
  const RoomId room{parse_number(request.param("room")).value_or(0)};
  const auto& site = call.desk.site();
  cloud::Payment payment{number, Provider::cash_desk, room, 0, amount, std::nullopt};
  if (const auto known = site.orders().find(cloud::id_of(payment)); known != site.orders().end()) {
    const auto& sold = std::get<cloud::Payment>(known->second);
    payment.opening = sold.opening;
    payment.code = sold.code;
    return give_order(call, std::move(payment));
  }
  const auto* chain = site.index().room(room);
  if (!opening_of(site, room)) return call.refuse(problems::room_unknown);
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  const auto* link = at ? site.link(*at) : nullptr;
  if (link == nullptr || link->row().fenced) return call.refuse(problems::room_not_open);
  // A box without network honours no more than that, in sum.
  const auto cap = cap_of(*link);
  if (cap < amount) return call.refuse(problems::code_too_large);
  if (cap.micros - amount.micros < sold_unread(site, *link).micros) return call.refuse(problems::code_cap_reached);
  const auto epoch = epoch_of(*link, room);
  const auto drawn = free_number(call.desk, call.desk.entropy(), *at, room, epoch);
  if (!drawn) {
    turn_epoch(call, at->edge, room, epoch);
    return call.refuse(problems::codes_used_up);
  }
  payment.opening = chain->opening();
  payment.code = cloud::CodeSale{*at, {room, epoch, *drawn}};
  give_order(call, std::move(payment));
}

}  // namespace wattle::api
