#include "shared/meter/capture.hpp"

#include <algorithm>
#include <map>

#include "shared/meter/cjt188.hpp"
#include "shared/meter/dlt645.hpp"
#include "shared/meter/modbus_rtu.hpp"
#include "tests/unit/shared/meter/described.hpp"

namespace wattle::capture_test {

using namespace wattle::test;
using modbus::Side;

namespace {

const std::string request_2007 = "68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16";
const std::string answer_2007 = "68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8A 16";

std::vector<Caught> caught_in(Protocol protocol, const std::string& text, Side told = Side::either) {
  return frames_in(protocol, hex(text), {told, nullptr});
}

std::string from(const Caught& caught) { return shown(caught.described.fields, "from"); }

struct VectorFile {
  const char* name;
  const char* protocol;  // as the negative ones call it
  Protocol is;
};
const VectorFile vector_files[] = {
    {"modbus-rtu.json", "Modbus-RTU", Protocol::modbus_rtu},
    {"modbus-tcp.json", "Modbus-TCP", Protocol::modbus_tcp},
    {"meter-dlt645-1997.json", "DL/T645-1997", Protocol::dlt645_1997},
    {"meter-dlt645-2007.json", "DL/T645-2007", Protocol::dlt645_2007},
    {"meter-cjt188.json", "CJ/T188", Protocol::cjt188},
    {"meter-mbus.json", "M-Bus", Protocol::mbus},
};

}  // namespace

TEST_CASE("every golden frame is caught whole, and by the side that sent it") {
  for (const auto& file : vector_files) {
    for (const auto& v : load_vectors(file.name)) {
      INFO(text(v, "id"));
      const auto bytes = hex(text(v, "hex"));
      const auto all = frames_in(file.is, bytes);
      REQUIRE(all.size() == 1);
      CHECK(all[0].offset + all[0].size == bytes.size());
      CHECK(all[0].wake_up == all[0].offset);
      check_shows(v, all[0].described.fields);
      if (text(v, "id") == "dlt645-2007-064") {  // a maker's own control code
        CHECK(all[0].described.error == MeterErrc::wrong_function);
        continue;
      }
      CHECK_FALSE(all[0].described.error);
      const auto side = from(all[0]);
      const auto expected = text(v, "direction") == "request" ? "master" : "meter";
      const bool is_echo = side == "master or meter" && (bytes[1] == 0x05 || bytes[1] == 0x06 || bytes[7] == 0x06);
      if (!side.empty() && !is_echo) CHECK(side == expected);
    }
  }
}

TEST_CASE("all golden frames of a protocol in one string are told apart") {
  for (const auto& file : vector_files) {
    INFO(file.name);
    Bytes line;
    std::vector<std::size_t> ends;
    for (const auto& v : load_vectors(file.name)) {
      const auto bytes = hex(text(v, "hex"));
      line.insert(line.end(), bytes.begin(), bytes.end());
      ends.push_back(line.size());
    }
    const auto all = frames_in(file.is, line);
    REQUIRE(all.size() == ends.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      CHECK(all[i].offset + all[i].size == ends[i]);
      CHECK(all[i].noise == 0);
    }
  }
}

TEST_CASE("negative golden frames are bad, at their byte") {
  const std::map<std::string, std::pair<MeterErrc, std::size_t>> expected{
      {"negative-and-quirks-001", {MeterErrc::checksum, 20}}, {"negative-and-quirks-004", {MeterErrc::length, 9}},
      {"negative-and-quirks-003", {MeterErrc::data, 10}},     {"negative-and-quirks-006", {MeterErrc::checksum, 33}},
      {"negative-and-quirks-008", {MeterErrc::checksum, 14}}, {"negative-and-quirks-009", {MeterErrc::data, 32}},
      {"negative-and-quirks-012", {MeterErrc::limit, 40}},    {"negative-and-quirks-015", {MeterErrc::data, 31}},
      {"negative-and-quirks-014", {application_errc(1), 7}},
  };
  std::size_t seen = 0;
  for (const auto& v : load_vectors("meter-negative.json")) {
    INFO(text(v, "id"));
    const auto* file = std::find_if(std::begin(vector_files), std::end(vector_files),
                                    [&](const VectorFile& f) { return text(v, "protocol") == f.protocol; });
    REQUIRE(file != std::end(vector_files));
    const auto all = frames_in(file->is, hex(text(v, "hex")));
    REQUIRE(all.size() == 1);
    ++seen;
    const auto wanted = expected.find(text(v, "id"));
    REQUIRE(wanted != expected.end());
    CHECK(all[0].described.error == wanted->second.first);
    CHECK(all[0].described.offset == wanted->second.second);
  }
  CHECK(seen == 9);
}

TEST_CASE("a question, and behind it what is no answer to it: the question is told, and what is broken is not taken for good") {
  for (const auto& v : load_vectors("modbus-negative.json")) {
    INFO(text(v, "id"));
    const auto all = caught_in(Protocol::modbus_rtu, text(v, "request") + text(v, "heard"));
    REQUIRE_FALSE(all.empty());
    CHECK_FALSE(all[0].described.error);
    CHECK(from(all[0]) != "meter");
    if (text(v, "error") != "checksum") continue;  // frames that are sound, and answer something else
    const auto is_bad = [](const Caught& caught) { return caught.described.error.failed(); };
    const bool is_told = std::any_of(all.begin(), all.end(), is_bad) || all.back().noise_behind > 0;
    CHECK(is_told);
  }
}

TEST_CASE("wake-up bytes, noise and what lies behind are counted apart") {
  const auto all = caught_in(Protocol::dlt645_2007, "00 FE FE FE " + request_2007 + "0D 0A FE" + answer_2007 + "41 54");
  REQUIRE(all.size() == 2);
  CHECK(all[0].offset == 4);
  CHECK(all[0].wake_up == 3);
  CHECK(all[0].noise == 1);
  CHECK(all[1].offset == 23);
  CHECK(all[1].wake_up == 1);
  CHECK(all[1].noise == 2);
  CHECK(all[1].noise_behind == 2);
  CHECK(shown(all[1].described.fields, "forward_energy.total") == "260 Wh");
}

TEST_CASE("a broken frame between two good ones is told, with its place") {
  auto broken = answer_2007;
  broken.replace(broken.size() - 5, 2, "8B");
  const auto all = caught_in(Protocol::dlt645_2007, request_2007 + broken + broken + request_2007);
  REQUIRE(all.size() == 4);
  CHECK_FALSE(all[0].described.error);
  CHECK(all[1].offset == 16);
  CHECK(all[1].size == 20);
  CHECK(all[1].described.error == MeterErrc::checksum);
  CHECK(all[1].described.offset == 16 + 18);
  CHECK(all[2].described.offset == 36 + 18);
  CHECK_FALSE(all[3].described.error);
  CHECK(all[3].noise == 0);
}

TEST_CASE("a frame that breaks off is told at its end") {
  for (const auto& [protocol, text] :
       {std::pair(Protocol::dlt645_2007, "FE FE 68 61 01 00"), std::pair(Protocol::cjt188, "FE 68 10 44 33 22"),
        std::pair(Protocol::mbus, "68 1B 1B 68 08"), std::pair(Protocol::modbus_rtu, "01 03 04 00 0B"),
        std::pair(Protocol::modbus_tcp, "00 01 00 00 00 06 01 03")}) {
    INFO(text);
    const auto all = caught_in(protocol, text);
    REQUIRE(all.size() == 1);
    CHECK(all[0].described.error == MeterErrc::length);
    CHECK(all[0].described.offset == hex(text).size());
  }
}

TEST_CASE("bytes of no frame at all are one bad frame") {
  for (const auto protocol : all_protocols) {
    INFO(word(protocol));
    const auto all = caught_in(protocol, "FF FF FF FF FF");
    REQUIRE(all.size() == 1);
    CHECK(all[0].described.error == MeterErrc::framing);
    CHECK(all[0].size == 5);
    CHECK(frames_in(protocol, {})[0].described.error == MeterErrc::silence);
  }
}

TEST_CASE("the answer to a Modbus question has the addresses of its registers") {
  const auto all = caught_in(Protocol::modbus_rtu, "01 03 00 0C 00 02 04 08 01 03 04 42 C8 00 00 6F B5");
  REQUIRE(all.size() == 2);
  CHECK(from(all[0]) == "master");
  CHECK(shown(all[0].described.fields, "start") == "0x000C");
  CHECK(from(all[1]) == "meter");
  CHECK(shown(all[1].described.fields, "register_0x000C") == "17096");
  CHECK(shown(all[1].described.fields, "register_0x000D") == "0");
  const auto alone = caught_in(Protocol::modbus_rtu, "01 03 04 42 C8 00 00 6F B5");
  CHECK(shown(alone[0].described.fields, "register_1") == "17096");
}

TEST_CASE("an order to one coil and its echo: the second is the answer, unless somebody knows") {
  const std::string order = "01 05 00 00 FF 00 8C 3A ";
  const auto all = caught_in(Protocol::modbus_rtu, order + order + order);
  REQUIRE(all.size() == 3);
  CHECK(from(all[0]) == "master or meter");
  CHECK(shown(all[0].described.fields, "coil_0x0000") == "yes");
  CHECK(from(all[1]) == "meter");
  CHECK(from(all[2]) == "master or meter");
  CHECK(from(caught_in(Protocol::modbus_rtu, order, Side::master)[0]) == "master");
  CHECK(from(caught_in(Protocol::modbus_rtu, order, Side::meter)[0]) == "meter");
  // A request of a read cannot be an answer.
  const auto forced = caught_in(Protocol::modbus_rtu, "01 03 00 0C 00 02 04 08", Side::meter);
  CHECK(forced[0].described.error == MeterErrc::data);
  CHECK(forced[0].described.offset == 2);
}

TEST_CASE("a Modbus refusal, a function nobody knows, a broken CRC and noise between") {
  const auto all = caught_in(Protocol::modbus_rtu, "01 84 02 C2 C1 00 FF 00 01 04 00 00 00 02 71 CC 01 04 00 00 00 02 71 CB");
  REQUIRE(all.size() == 3);
  CHECK(shown(all[0].described.fields, "refused") == "yes");
  CHECK(shown(all[0].described.fields, "reason") == "illegal data address");
  CHECK(all[1].offset == 8);
  CHECK(all[1].noise == 3);
  CHECK(all[1].described.error == MeterErrc::checksum);
  CHECK(all[1].described.offset == 14);
  CHECK(all[2].offset == 16);
  CHECK_FALSE(all[2].described.error);
  const auto unknown = caught_in(Protocol::modbus_rtu, "01 07 41 E2");  // read exception status
  CHECK(unknown[0].described.error == MeterErrc::wrong_function);
  CHECK(unknown[0].described.offset == 1);
}

TEST_CASE("Modbus-TCP frames are found behind what a collector says first") {
  const auto all =
      caught_in(Protocol::modbus_tcp, "41 54 01 00 01 00 00 00 06 01 03 00 03 00 02 00 02 00 00 00 07 01 03 04 00 01 00 02");
  REQUIRE(all.size() == 2);
  CHECK(all[0].noise == 3);
  CHECK(shown(all[0].described.fields, "transaction") == "1");
  CHECK(shown(all[1].described.fields, "register_0x0004") == "2");
  const auto* foreign = "00 01 00 01 00 06 01 03 00 00 00 02";
  for (const auto& heard : {std::string(foreign), foreign + std::string(" 00 02 00 00 00 06 01 03 00 00 00 02")}) {
    const auto told = caught_in(Protocol::modbus_tcp, heard);
    REQUIRE(told.size() == (heard == foreign ? 1 : 2));
    CHECK(told[0].described.error == MeterErrc::framing);
    CHECK(told[0].described.offset == 2);
    CHECK(told[0].size == 12);
    CHECK(told[0].noise == 0);
    if (told.size() > 1) CHECK_FALSE(told[1].described.error);
  }
  const auto bad = caught_in(Protocol::modbus_tcp, "00 01 00 00 00 01 01");
  CHECK(bad[0].described.error == MeterErrc::length);
  CHECK(bad[0].described.offset == 4);
}

TEST_CASE("no password is shown, of frames that are understood or not") {
  const dlt645::Credentials by{{0x02, 0x12, 0x34, 0x56}, {}};
  const auto order = dlt645::relay(dlt645::Address{}, by, dlt645::RelayCommand::trip, {2099, 12, 31, 0, 0, 0});
  const auto relay = frames_in(Protocol::dlt645_2007, dlt645::encode_request(order));
  CHECK(shown(relay[0].described.fields, "relay_command") == "trip");
  CHECK(shown(relay[0].described.fields, "password") == "hidden");
  // Too short for a write, and the password is in it.
  const auto cut = dlt645::encode({dlt645::Address{}, 0x14, {0, 1, 0, 4, 2, 0x12, 0x34, 0x56}}, 0);
  const auto all = frames_in(Protocol::dlt645_2007, cut);
  CHECK(all[0].described.error == MeterErrc::length);
  CHECK(shown(all[0].described.fields, "data") == "hidden");
  const auto key = cjt188::encode({cjt188::cold_water, {}, 0x04, {0xa0, 0x14, 0, 1, 2, 3, 4, 5, 6, 7, 8}}, 0);
  CHECK(shown(frames_in(Protocol::cjt188, key)[0].described.fields, "key") == "hidden");
}

TEST_CASE("a profile names what Modbus registers mean, in their units") {
  const auto profile = generic_relay_meter();
  const CaptureHints hints{Side::either, &profile};
  const auto question = modbus_rtu::encode_request(7, modbus::read(modbus::Function::read_holding, 0, 10));
  const auto answer = modbus_rtu::frame(7, hex("03 14 00 01 E2 40 08 98 00 64 FF 38 00 01 00 00 00 00 00 00 12 67"));
  auto line = question;
  line.insert(line.end(), answer.begin(), answer.end());
  const auto all = frames_in(Protocol::modbus_rtu, line, hints);
  REQUIRE(all.size() == 2);
  const auto& fields = all[1].described.fields;
  CHECK(shown(fields, "circuit_1.energy") == "123456 Wh");
  CHECK(shown(fields, "voltage") == "220.000 V");
  CHECK(shown(fields, "circuit_1.current") == "1.000 A");
  CHECK(shown(fields, "circuit_1.power") == "-200 W");
  CHECK(shown(fields, "circuit_1.relay") == "closed");
  CHECK(shown(fields, "number") == "4711");
  CHECK(shown(fields, "register_0x0005") == "1");
  // Alone nobody knows which registers they are.
  CHECK(shown(frames_in(Protocol::modbus_rtu, answer, hints)[0].described.fields, "circuit_1.energy").empty());
  const auto order = modbus_rtu::encode_request(7, modbus::write_coil(0, false));
  CHECK(shown(frames_in(Protocol::modbus_rtu, order, hints)[0].described.fields, "circuit_1.command") == "open");
}

TEST_CASE("a profile tells where a water meter's valve shows") {
  const MeterProfile profile{.model = "water",
                             .line = {},
                             .timings = {},
                             .rollover = cjt188::usual_rollover,
                             .protocol = cjt188::Model{.valve = cjt188::ModelValve{.bits = {0x0300, 0x0100, 0x0200, 0x0300}}}};
  const auto refusal = cjt188::encode({cjt188::cold_water, {}, 0xc1, {5, 0, 2}}, 0);
  CHECK(shown(frames_in(Protocol::cjt188, refusal, {Side::either, &profile})[0].described.fields, "valve") == "closed");
  CHECK(shown(frames_in(Protocol::cjt188, refusal)[0].described.fields, "valve") == "open");
  for (const auto protocol : all_protocols) CHECK(speaks(profile, protocol) == (protocol == Protocol::cjt188));
}

}  // namespace wattle::capture_test
