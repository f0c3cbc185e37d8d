#include "cloud/core/order.hpp"

#include "shared/policy/registers.hpp"

namespace wattle::cloud {

namespace {

std::string text_of(const Payment& v) { return "pay/" + v.number; }
std::string text_of(const Release& v) { return "request/" + to_hex(v.request.id); }
std::string text_of(const Move& v) { return "request/" + to_hex(v.id); }
std::string text_of(const CancelOf& v) { return "cancel/" + to_hex(v.id); }
std::string text_of(const AllowanceGrant& v) {
  return "allow/" + std::to_string(v.room.value) + "/" + std::to_string(static_cast<int>(v.utility)) + "/" + v.term;
}
std::string text_of(const Fitting& v) { return "fit/" + std::to_string(v.room.value) + "/" + std::to_string(v.opening); }
std::string text_of(const PriceOrder& v) { return "price/" + std::to_string(v.plan.version); }
std::string text_of(const ConfigOrder& v) { return "config/" + to_hex(v.id); }
std::string text_of(const CashAdoption& v) { return "receipt/" + to_hex(v.receipt); }
std::string text_of(const Resolution& v) { return "resolve/" + to_hex(v.id); }

constexpr std::size_t name_bytes_max = 32;
constexpr std::size_t circuits_max = 8;

bool is_name(std::string_view text) { return !text.empty() && text.size() <= name_bytes_max && OutsideId::parse(text); }

bool valid(const Payment& v) { return is_name(v.number) && v.amount.micros > 0; }
bool valid(const Release& v) {
  const auto& request = v.request;
  if (request.at_most.micros <= 0 || request.payments.size() > refund_payments_max) return false;
  for (const auto& payment : request.payments)
    if (payment.at_most.micros <= 0 || !is_name(payment.payment)) return false;  // without a name: only from the bills
  if (v.to_opening != 0 && request.to != ReleaseTo::room) return false;
  const bool of_room = request.allow == Utility::none;
  return request.to == ReleaseTo::subsidy ? !of_room : of_room && (request.to == ReleaseTo::room || !request.payments.empty());
}
bool valid(const Move& v) { return v.opening != 0; }
bool valid(const CancelOf&) { return true; }
bool valid(const AllowanceGrant& v) { return is_name(v.term) && v.amount.micros > 0 && v.utility != Utility::none; }
bool valid(const Fitting& v) {
  if (v.opening == 0 || v.circuits.empty() || v.circuits.size() > circuits_max) return false;
  for (const auto& circuit : v.circuits)
    if (!is_valid(circuit)) return false;
  return true;
}
bool valid(const PriceOrder& v) {
  return v.plan.version != 0 && is_valid(v.plan) && v.plan.utility != 0 && v.plan.utility <= utility_max;
}
bool valid(const ConfigOrder& v) {
  return !v.key.empty() && v.key.size() <= name_bytes_max && v.value.size() <= register_bytes_max;
}
bool valid(const CashAdoption& v) { return v.amount.micros > 0; }
bool valid(const Resolution& v) {
  if (v.amount.micros <= 0 || v.of.empty() || !OutsideId::parse(v.of)) return false;
  const bool to_room = v.to == ResolveTo::room && v.room.value != 0 && v.opening != 0 && v.provider == Provider{};
  const bool out = v.to == ResolveTo::provider && v.room.value == 0 && v.opening == 0 && v.provider != Provider{};
  return to_room || out;
}

/// Without to_opening, as all were stored before there was one: those of that shape stay as they are.
struct PlainRelease {
  RoomId room;
  ReleaseRequest request;
};
template <class F>
void fields(F& f, PlainRelease& v) {
  f(v.room), f(v.request);
}

Bytes body_of(const Release& v) { return v.to_opening == 0 ? to_bytes(PlainRelease{v.room, v.request}) : to_bytes(v); }
template <class T>
Bytes body_of(const T& v) {
  return to_bytes(v);
}

template <class T>
std::optional<T> read_body(ByteView bytes) {
  return from_bytes<T>(bytes);
}
template <>
std::optional<Release> read_body(ByteView bytes) {
  if (auto plain = from_bytes<PlainRelease>(bytes)) return Release{plain->room, std::move(plain->request)};
  auto release = from_bytes<Release>(bytes);
  return release && release->to_opening != 0 ? release : std::nullopt;
}

template <std::size_t I = 0>
std::optional<Order> decode_as(std::size_t index, ByteView bytes) {
  if constexpr (I < std::variant_size_v<Order>) {
    if (index != I) return decode_as<I + 1>(index, bytes);
    auto value = read_body<std::variant_alternative_t<I, Order>>(bytes);
    if (!value) return std::nullopt;
    return Order(std::move(*value));
  } else {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::pair<RoomId, std::uint32_t>> opening_of(const Order& order) {
  if (const auto* v = std::get_if<Payment>(&order); v != nullptr && !v->code) return std::pair(v->room, v->opening);
  if (const auto* v = std::get_if<Release>(&order)) return std::pair(v->room, v->request.opening);
  if (const auto* v = std::get_if<Move>(&order)) return std::pair(v->room, v->opening);
  if (const auto* v = std::get_if<AllowanceGrant>(&order)) return std::pair(v->room, v->opening);
  if (const auto* v = std::get_if<CashAdoption>(&order)) return std::pair(v->room, v->opening);
  if (const auto* v = std::get_if<Resolution>(&order); v != nullptr && v->to == ResolveTo::room)
    return std::pair(v->room, v->opening);
  return std::nullopt;
}

std::optional<CircuitId> circuit_of(const Order& order) {
  const auto* config = std::get_if<ConfigOrder>(&order);
  return config == nullptr ? std::nullopt : circuit_of_register(config->key);
}

bool is_setting(const Order& order) {
  return std::holds_alternative<PriceOrder>(order) || std::holds_alternative<ConfigOrder>(order);
}

bool is_valid(const Order& order) {
  return std::visit([](const auto& v) { return valid(v); }, order);
}

OutsideId id_of(const Order& order) {
  // Too long or with other characters only when the order is not valid; then it has no name.
  return std::visit([](const auto& v) { return OutsideId::parse(text_of(v)).value_or(OutsideId()); }, order);
}

Bytes encode(const Order& order) {
  Bytes bytes{static_cast<std::uint8_t>(order.index())};
  const auto body = std::visit([](const auto& v) { return body_of(v); }, order);
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

std::optional<Order> decode_order(ByteView bytes) {
  if (bytes.empty()) return std::nullopt;
  return decode_as(bytes[0], bytes.subspan(1));
}

}  // namespace wattle::cloud
