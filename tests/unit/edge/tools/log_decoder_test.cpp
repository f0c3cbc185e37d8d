#include "edge/tools/log_decoder.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

using namespace wattle;
using namespace wattle::edge;

namespace {

const std::vector<std::string> dlt645_pieces = {
    "FEFEFEFE 68610100000000681104333334331416",    // a question
    "FE 6861010000000068910833333433593333338A16",  // its answer
    "68610100000000681104333334331516",             // the checksum is wrong
    "686101000000006891083333",                     // breaks off
    "00112233445566778899",                         // noise
};
const std::vector<std::string> modbus_pieces = {
    "010300000002C40B", "01030400000104FA60",  // a question, and an answer with another checksum
    "010300000001840A", "0103020017F84A",      // both right
    "FFFF00",
};

Bytes bytes_in(const std::string& text) { return std::get<Bytes>(bytes_of({text})); }

Bytes mixed(const std::vector<std::string>& pieces, std::size_t size, std::uint64_t seed) {
  Random random(seed);
  Bytes out;
  while (out.size() < size) {
    const auto piece = bytes_in(pieces[random.below(pieces.size())]);
    out.insert(out.end(), piece.begin(), piece.end());
  }
  return out;
}

/// In parts of any size.
Decoded by_parts(Protocol protocol, const Bytes& log, std::size_t window, std::uint64_t seed) {
  Random random(seed);
  LogDecoder decoder(protocol, {}, window);
  Decoded all{{}, true};
  const auto join = [&](const Decoded& more) {
    all.lines += more.lines;
    all.all_good = all.all_good && more.all_good;
  };
  for (std::size_t at = 0; at < log.size();) {
    const auto size = std::min<std::size_t>(log.size() - at, 1 + random.below(700));
    join(decoder.add(ByteView(log).subspan(at, size)));
    at += size;
  }
  join(decoder.finish());
  return all;
}

}  // namespace

TEST_CASE("a log that is decoded window by window says what the whole says") {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    for (const std::size_t window : {1024UL, 2000UL}) {
      const auto dlt645 = mixed(dlt645_pieces, 9000, seed);
      const auto whole = decode(Protocol::dlt645_2007, dlt645);
      const auto parts = by_parts(Protocol::dlt645_2007, dlt645, window, seed);
      CHECK(parts.lines == whole.lines);
      CHECK(parts.all_good == whole.all_good);
      const auto modbus = mixed(modbus_pieces, 9000, seed);
      CHECK(by_parts(Protocol::modbus_rtu, modbus, window, seed).lines == decode(Protocol::modbus_rtu, modbus).lines);
    }
  }
}

TEST_CASE("what is longer than one call may give is told to its end, with offsets from its first byte") {
  const auto answer = bytes_in(dlt645_pieces[1]);
  Bytes log;
  for (int i = 0; i < 3000; ++i) log.insert(log.end(), answer.begin(), answer.end());
  REQUIRE(log.size() > 3 * max_capture);
  LogDecoder decoder(Protocol::dlt645_2007, {});
  auto lines = decoder.add(log).lines;
  const auto end = decoder.finish();
  CHECK(end.all_good);
  lines += end.lines;
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3000);
  const auto last = lines.rfind("{\"offset\":");
  CHECK(lines.substr(last).starts_with("{\"offset\":" + std::to_string(2999 * answer.size() + 1)));
}

TEST_CASE("noise is counted whatever its length, and noise alone is no frame") {
  const Bytes noise(5000, 0x11);
  for (const bool has_frame : {false, true}) {
    auto log = noise;
    const auto frame = bytes_in(dlt645_pieces[1]);
    if (has_frame) log.insert(log.end(), frame.begin(), frame.end());
    log.insert(log.end(), noise.begin(), noise.end());
    CHECK(by_parts(Protocol::dlt645_2007, log, 1024, 3).lines == decode(Protocol::dlt645_2007, log).lines);
  }
}

TEST_CASE("hex digits may be cut anywhere") {
  const std::string text = "0x68 0X0A,ff:00-11\n" + std::string(9001, 'a') + "b 22";
  const auto whole = bytes_in(text);
  for (const std::size_t size : {1UL, 2UL, 3UL, 7UL, 5000UL}) {
    HexText hex;
    Bytes bytes;
    for (std::size_t at = 0; at < text.size(); at += size) REQUIRE_FALSE(hex.add(text.substr(at, size), bytes));
    REQUIRE_FALSE(hex.finish(bytes));
    CHECK(bytes == whole);
  }
  HexText odd;
  Bytes bytes;
  CHECK_FALSE(odd.add("68 6", bytes));
  CHECK(odd.finish(bytes) == "\"6\" is not pairs of hex digits");
  CHECK(HexText().add("zz ", bytes) == "\"zz\" is not pairs of hex digits");
}
