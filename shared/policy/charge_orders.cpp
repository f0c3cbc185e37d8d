#include "shared/policy/charge_orders.hpp"

#include <algorithm>

namespace wattle {
namespace {

// The first byte of each. An accept of version 1 named no opening: nobody can say for whom it was.
constexpr std::uint8_t accept_version = 2;
constexpr std::uint8_t correction_version = 1;
constexpr std::size_t charge_order_bytes_max = 64;
constexpr std::uint64_t plate_number_max = UINT64_C(1) << 63U;

Uid read_id(Reader& in) {
  Uid id;
  const auto bytes = in.raw(id.bytes.size());
  if (in.ok()) std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

Quantity read_reading(Reader& in) {
  const auto units = in.varint();
  return {static_cast<std::int64_t>(units <= accepted_max ? units : in.fail())};
}

template <class T, class Body>
std::optional<T> read_order(ByteView bytes, std::uint8_t version, Body&& body) {
  if (bytes.size() > charge_order_bytes_max) return std::nullopt;
  Reader in(bytes);
  if (in.u8() != version) return std::nullopt;
  const T order = body(in);
  return in.finished() && is_valid(order) ? std::optional(order) : std::nullopt;
}

bool is_counted(Quantity reading) { return reading.units >= 0 && reading.units <= accepted_max; }

}  // namespace

bool is_valid(const AcceptOrder& order) {
  return !order.id.is_zero() && order.meter.value != 0 && order.meter.value < plate_number_max && is_counted(order.after) &&
         is_counted(order.shown) && order.after != order.shown && order.opening != 0;
}

bool is_valid(const CorrectionOrder& order) {
  const bool is_way = order.way == CorrectionWay::back || order.way == CorrectionWay::charge;
  return !order.id.is_zero() && !order.box.is_cloud() && order.consumption != 0 && is_way && order.amount.micros > 0 &&
         order.amount <= correction_max;
}

Bytes encode(const AcceptOrder& order) {
  Bytes bytes{accept_version};
  Writer out(bytes);
  out.raw(order.id.bytes);
  out.varint(order.meter.value);
  out.varint(static_cast<std::uint64_t>(order.after.units));
  out.varint(static_cast<std::uint64_t>(order.shown.units));
  out.varint(order.opening);
  return bytes;
}

Bytes encode(const CorrectionOrder& order) {
  Bytes bytes{correction_version};
  Writer out(bytes);
  out.raw(order.id.bytes);
  out.u32(order.box.edge.value);
  out.u32(order.box.incarnation.value);
  out.varint(order.consumption);
  out.u8(static_cast<std::uint8_t>(order.way));
  out.varint(static_cast<std::uint64_t>(order.amount.micros));
  return bytes;
}

std::optional<AcceptOrder> decode_accept(ByteView bytes) {
  return read_order<AcceptOrder>(bytes, accept_version, [](Reader& in) {
    AcceptOrder v;
    v.id = read_id(in);
    v.meter = {in.varint()};
    v.after = read_reading(in);
    v.shown = read_reading(in);
    const auto opening = in.varint();
    v.opening = static_cast<std::uint32_t>(opening <= UINT32_MAX ? opening : in.fail());
    return v;
  });
}

std::optional<CorrectionOrder> decode_correction(ByteView bytes) {
  return read_order<CorrectionOrder>(bytes, correction_version, [](Reader& in) {
    CorrectionOrder v;
    v.id = read_id(in);
    v.box.edge = {in.u32()};
    v.box.incarnation = {in.u32()};
    v.consumption = in.varint();
    v.way = static_cast<CorrectionWay>(in.u8());
    const auto micros = in.varint();
    v.amount = {static_cast<std::int64_t>(micros <= static_cast<std::uint64_t>(correction_max.micros) ? micros : in.fail())};
    return v;
  });
}

}  // namespace wattle
