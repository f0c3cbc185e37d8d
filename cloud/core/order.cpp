#include "cloud/core/order.hpp"

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

template <std::size_t I = 0>
std::optional<Order> decode_as(std::size_t index, ByteView bytes) {
  if constexpr (I < std::variant_size_v<Order>) {
    if (index != I) return decode_as<I + 1>(index, bytes);
    auto value = from_bytes<std::variant_alternative_t<I, Order>>(bytes);
    if (!value) return std::nullopt;
    return Order(std::move(*value));
  } else {
    return std::nullopt;
  }
}

}  // namespace

OutsideId id_of(const Order& order) {
  return std::visit([](const auto& v) { return OutsideId(text_of(v)); }, order);
}

Bytes encode(const Order& order) {
  Bytes bytes{static_cast<std::uint8_t>(order.index())};
  const auto body = std::visit([](const auto& v) { return to_bytes(v); }, order);
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

std::optional<Order> decode_order(ByteView bytes) {
  if (bytes.empty()) return std::nullopt;
  return decode_as(bytes[0], bytes.subspan(1));
}

}  // namespace wattle::cloud
