#include "shared/meter/modbus_tcp.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/big_endian.hpp"

namespace wattle::modbus_tcp {
namespace {
constexpr std::size_t counted_from = 6;  // the length counts the unit and what follows
constexpr std::size_t min_length = 2;    // unit and function
constexpr std::size_t max_length = modbus::max_pdu + 1;
}  // namespace

Bytes frame(std::uint16_t transaction, std::uint8_t unit, ByteView pdu) {
  WATTLE_CHECK(!pdu.empty() && pdu.size() <= modbus::max_pdu);
  Bytes out;
  out.reserve(header_size + pdu.size());
  put_big_endian(out, transaction);
  put_big_endian(out, 0);  // protocol: Modbus
  put_big_endian(out, static_cast<std::uint16_t>(pdu.size() + 1));
  out.push_back(unit);
  Writer(out).raw(pdu);
  return out;
}

Bytes encode_request(std::uint16_t transaction, std::uint8_t unit, const modbus::Request& request) {
  return frame(transaction, unit, modbus::encode_request(request));
}

std::variant<Frame, NeedMore, Bad> decode_frame(ByteView stream) {
  if (stream.size() < counted_from) return NeedMore{};
  if (big_endian_at(stream, 2) != 0) return Bad{WATTLE_FAIL(MeterErrc::foreign), 2};
  const std::size_t length = big_endian_at(stream, 4);
  if (length < min_length || length > max_length) return Bad{WATTLE_FAIL(MeterErrc::length), 4};
  if (stream.size() < counted_from + length) return NeedMore{};
  return Frame{big_endian_at(stream, 0), stream[counted_from], stream.subspan(header_size, length - 1)};
}

Received decode_answer(std::uint16_t transaction, std::uint8_t unit, const modbus::Request& request, ByteView heard,
                       Wire wire) {
  std::size_t at = 0;
  for (;;) {
    const auto found = decode_frame(heard.subspan(at));
    if (const auto* bad = std::get_if<Bad>(&found)) return Bad{bad->error, at + bad->offset};
    if (std::holds_alternative<NeedMore>(found)) break;
    const auto& frame = std::get<Frame>(found);
    if (frame.transaction == transaction) {
      if (frame.unit != unit) return Bad{WATTLE_FAIL(MeterErrc::wrong_address), at + counted_from};
      auto values = modbus::decode_answer(request, frame.pdu);
      if (!values) return Bad{values.error(), at + header_size};
      return MeterAnswer{std::move(*values), at, {}};
    }
    at += header_size + frame.pdu.size();
  }
  if (wire == Wire::open) return NeedMore{};
  if (heard.empty()) return Bad{WATTLE_FAIL(MeterErrc::silence), 0};
  return at == heard.size() ? Bad{WATTLE_FAIL(MeterErrc::foreign), 0} : Bad{WATTLE_FAIL(MeterErrc::length), heard.size()};
}

}  // namespace wattle::modbus_tcp
