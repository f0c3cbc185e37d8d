// A Modbus TCP stream in any pieces: each frame is whole, is written back as the same bytes, and is not there before its last
// byte has come; what lost its framing is bad for good. (The answers inside are fuzz_modbus_rtu's.)

#include "shared/base/check.hpp"
#include "shared/meter/errors.hpp"
#include "shared/meter/modbus_tcp.hpp"

using namespace wattle;

namespace {

void check_frame(ByteView stream, const modbus_tcp::Frame& frame) {
  const auto again = modbus_tcp::frame(frame.transaction, frame.unit, frame.pdu);
  WATTLE_CHECK(again.size() <= stream.size() && std::equal(again.begin(), again.end(), stream.begin()));
  for (std::size_t size = 0; size < again.size(); ++size)
    WATTLE_CHECK(std::holds_alternative<NeedMore>(modbus_tcp::decode_frame(stream.first(size))));
}

/// The stream cut at any place is bad in the same way, or not yet bad.
void check_bad(ByteView stream, const Bad& bad) {
  WATTLE_CHECK(bad.error.category() == meter_category() && bad.offset < stream.size());
  const auto longer = modbus_tcp::decode_frame(stream.first(std::min(stream.size(), modbus_tcp::header_size)));
  WATTLE_CHECK(std::holds_alternative<Bad>(longer) && std::get<Bad>(longer).offset == bad.offset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView stream(data, size);
  for (;;) {
    const auto found = modbus_tcp::decode_frame(stream);
    if (std::holds_alternative<NeedMore>(found)) break;
    if (const auto* bad = std::get_if<Bad>(&found)) {
      check_bad(stream, *bad);
      break;
    }
    const auto& frame = std::get<modbus_tcp::Frame>(found);
    check_frame(stream, frame);
    stream = stream.subspan(modbus_tcp::header_size + frame.pdu.size());
  }
  if (size == 0 || size > modbus::max_pdu) return 0;
  const auto framed = modbus_tcp::frame(data[0], data[size - 1], ByteView(data, size));
  WATTLE_CHECK(std::holds_alternative<modbus_tcp::Frame>(modbus_tcp::decode_frame(framed)));
  return 0;
}
