#include "edge/decode_command.hpp"

#include <unistd.h>

#include <iostream>

#include "edge/tools/log_decoder.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {
namespace {

constexpr std::size_t log_part = 4096;  // characters

int wrong_call(const std::string& why) {
  std::cerr << "wattle-edge decode: " << why << '\n';
  return tool_wrong_call;
}

/// Frames are written as they are known: a log of any length takes no more memory than a window of it.
int decode_log(std::istream& in, LogDecoder& decoder) {
  HexText hex;
  bool all_good = true;
  bool any = false;
  const auto tell = [&](const Decoded& decoded) {
    std::cout << decoded.lines << std::flush;
    all_good = all_good && decoded.all_good;
  };
  std::string part(log_part, '\0');
  for (bool is_end = false; !is_end;) {
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    is_end = !in;
    Bytes bytes;
    auto wrong = hex.add(std::string_view(part).substr(0, static_cast<std::size_t>(in.gcount())), bytes);
    if (!wrong && is_end) wrong = hex.finish(bytes);
    any = any || !bytes.empty();
    tell(decoder.add(bytes));
    if (wrong) return wrong_call(*wrong);
  }
  if (!any) return wrong_call("there are no hex digits");
  tell(decoder.finish());
  return all_good ? tool_good : tool_bad_frame;
}

}  // namespace

int decode_command(const DecodeWords& words) {
  const bool is_log = words.hex.empty() || words.hex == std::vector<std::string>{"-"};
  if (words.hex.empty() && isatty(STDIN_FILENO) == 1) return wrong_call("HEX is missing, or a log on standard input");
  const auto bytes = is_log ? std::variant<Bytes, std::string>() : bytes_of(words.hex);
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
  if (is_log) {
    LogDecoder decoder(protocol, hints);
    return decode_log(std::cin, decoder);
  }
  const auto decoded = decode(protocol, std::get<Bytes>(bytes), hints);
  std::cout << decoded.lines;
  return decoded.all_good ? tool_good : tool_bad_frame;
}

}  // namespace wattle::edge
