#include "edge/decode_command.hpp"

#include <iostream>

#include "edge/tools/decode.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {
namespace {

int wrong_call(const std::string& why) {
  std::cerr << "wattle-edge decode: " << why << '\n';
  return tool_wrong_call;
}

}  // namespace

int decode_command(const DecodeWords& words) {
  const auto bytes = bytes_of(words.hex);
  if (const auto* wrong = std::get_if<std::string>(&bytes)) return wrong_call(*wrong);
  const auto protocol = *protocol_named(words.protocol);
  CaptureHints hints{words.request ? modbus::Side::master : words.answer ? modbus::Side::meter : modbus::Side::either, nullptr};
  LoadedProfile loaded;
  if (!words.profile.empty()) {
    loaded = load_model(words.profile);
    if (!loaded.faults.empty()) return wrong_call(loaded.faults.front());
    if (!speaks(loaded.profile, protocol)) return wrong_call("a meter of this profile does not speak " + words.protocol);
    hints.profile = &loaded.profile;
  }
  const auto decoded = decode(protocol, std::get<Bytes>(bytes), hints);
  std::cout << decoded.lines;
  return decoded.all_good ? tool_good : tool_bad_frame;
}

}  // namespace wattle::edge
