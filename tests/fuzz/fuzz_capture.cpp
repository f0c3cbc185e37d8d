// Any bytes as a capture of each protocol: every byte is counted once, and every frame is named.

#include "shared/base/check.hpp"
#include "shared/meter/capture.hpp"

using namespace wattle;

namespace {

void check_frames(Protocol protocol, ByteView heard, modbus::Side told) {
  static const auto profile = generic_relay_meter();
  const auto all = frames_in(protocol, heard, {told, speaks(profile, protocol) ? &profile : nullptr});
  WATTLE_CHECK(!all.empty());
  std::size_t counted = 0;
  for (const auto& caught : all) {
    counted += caught.noise + caught.wake_up;
    WATTLE_CHECK(caught.offset == counted);
    counted += caught.size;
    WATTLE_CHECK(caught.described.offset <= heard.size());
    WATTLE_CHECK(caught.described.error || !caught.described.fields.empty());
    WATTLE_CHECK(!caught.described.error || caught.described.error.category() == meter_category());
    for (const auto& field : caught.described.fields) WATTLE_CHECK(!field.name.empty());
    WATTLE_CHECK(caught.noise_behind == 0 || &caught == &all.back());
  }
  WATTLE_CHECK(counted + all.back().noise_behind == heard.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > max_capture) return 0;
  const ByteView heard(data + 1, size - 1);
  const auto protocol = all_protocols[data[0] % std::size(all_protocols)];
  constexpr modbus::Side sides[] = {modbus::Side::either, modbus::Side::master, modbus::Side::meter};
  check_frames(protocol, heard, sides[data[0] / std::size(all_protocols) % std::size(sides)]);
  return 0;
}
