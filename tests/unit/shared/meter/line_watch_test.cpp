#include "shared/meter/line_watch.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"
#include "shared/meter/modbus_tcp.hpp"

namespace wattle::line_watch_test {
namespace {

constexpr Tick start{1'000'000'000};

/// A question to one meter of each protocol, and what that meter and another one answer to it.
struct Speech {
  const char* name;
  Exchange ask;
  Bytes answer;       // of the meter that is asked
  Bytes other_value;  // the same meter with another value
  Bytes of_another;   // a sound frame of another meter
  Bytes foreign;      // another master's question to another meter
  Protocol protocol;
};

Speech modbus_speech() {
  using namespace modbus;
  const Request request = read(Function::read_holding, 0, 4);
  const auto answer = [](std::uint8_t unit, const std::string& values) {
    return modbus_rtu::frame(unit, from_hex("0308" + values));
  };
  return {"modbus",
          {ModbusAsk{7, request}},
          answer(7, "0001000200030004"),
          answer(7, "0001ffffff030004"),
          answer(8, "0001000200030004"),
          modbus_rtu::encode_request(8, request),
          Protocol::modbus_rtu};
}

Speech dlt645_speech(dlt645::Edition edition) {
  using namespace dlt645;
  const bool is_2007 = edition == Edition::v2007;
  const auto ask = [&](std::uint64_t number) {
    return read(edition, address_of(number).value(), is_2007 ? di::forward_energy : di_1997::forward_energy);
  };
  const auto answer = [&](std::uint64_t number, const std::string& data) {
    return encode_answer(ask(number), address_of(number).value(), from_hex(data), false, 2);
  };
  return {"dlt645",
          {ask(4711)},
          answer(4711, "78563412"),
          answer(4711, "78560099"),
          answer(4712, "78563412"),
          encode_request(ask(4712)),
          is_2007 ? Protocol::dlt645_2007 : Protocol::dlt645_1997};
}

Speech cjt188_speech() {
  using namespace cjt188;
  const Model model;
  const auto answer = [&](std::uint64_t number, std::int64_t total) {
    const auto data = encode_current({Measured{total, -2, Unit::cubic_metre}, {}, {}, 0});
    return encode_answer(reading_ask(model, number), cold_water, address_of(model, number), data, 2);
  };
  return {"cjt188",
          {reading_ask(model, 4711)},
          answer(4711, 12345678),
          answer(4711, 99000078),
          answer(4712, 12345678),
          encode_request(reading_ask(model, 4712)),
          Protocol::cjt188};
}

Speech mbus_speech() {
  using namespace mbus;
  const auto answer = [](std::uint8_t primary, const std::string& data) {
    return encode({FrameKind::full, response, primary, ci_variable, from_hex("78563412000001070000" + data)});
  };
  return {"mbus",
          {read(7, true)},
          answer(7, "00000c1369020000"),
          answer(7, "00000c1300990000"),
          answer(8, "00000c1369020000"),
          encode_request(read(8, true)),
          Protocol::mbus};
}

std::vector<Speech> speeches() {
  return {modbus_speech(), dlt645_speech(dlt645::Edition::v2007), dlt645_speech(dlt645::Edition::v1997), cjt188_speech(),
          mbus_speech()};
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Two that speak at once, the second so many characters later: either pulls bits down.
Bytes at_once(const Bytes& a, const Bytes& b, std::size_t later) {
  Bytes out = a;
  out.resize(std::max(a.size(), later + b.size()), 0xff);
  for (std::size_t i = 0; i < b.size(); ++i) out[later + i] &= b[i];
  return out;
}

Bytes with_bit_flipped(Bytes bytes, std::size_t at) {
  bytes[at] ^= 0x10;
  return bytes;
}

struct Line {
  Speech speech;
  LineWatch watch;
  Tick now = start;

  explicit Line(const Speech& of) : speech(of), watch({of.protocol}) {}

  /// The fault that this question's bytes are counted as; nothing when they are not.
  std::optional<LineFault> ask(const Bytes& heard, const Bytes& behind = {}) {
    return counted([&] { watch.answered(speech.ask, {}, heard, behind, now); });
  }
  std::optional<LineFault> unasked(const Bytes& heard) {
    return counted([&] { watch.unasked(heard, now); });
  }
  template <class Happens>
  std::optional<LineFault> counted(Happens happens) {
    std::array<std::uint64_t, line_fault_kinds> before{};
    for (const auto fault : all_line_faults) before[static_cast<std::size_t>(fault)] = watch.count(fault);
    happens();
    now = now + seconds(10);
    std::optional<LineFault> out;
    for (const auto fault : all_line_faults) {
      const auto more = watch.count(fault) - before[static_cast<std::size_t>(fault)];
      CHECK(more <= 1);
      if (more == 1 && !out) out = fault;
    }
    return out;
  }
};

}  // namespace

TEST_CASE("an answer is no fault, whatever noise and preamble stand in front of it") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    Line line(speech);
    CHECK_FALSE(line.ask(speech.answer));
    CHECK_FALSE(line.ask(Bytes{0x00, 0xff} + speech.answer));
    CHECK_FALSE(line.ask(request_bytes(speech.ask) + speech.answer));
  }
}

TEST_CASE("silent: nothing comes, or nothing but our own echo") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    Line line(speech);
    CHECK(line.ask({}) == LineFault::silent);
    CHECK(line.ask(request_bytes(speech.ask)) == LineFault::silent);
  }
}

TEST_CASE("checksum: a spoilt answer, a cut one, and noise") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    Line line(speech);
    const auto& answer = speech.answer;
    CHECK(line.ask(with_bit_flipped(answer, answer.size() - 4)) == LineFault::checksum);
    CHECK_FALSE(line.ask(answer));
    CHECK(line.ask(Bytes(answer.begin(), answer.end() - 3)) == LineFault::checksum);
    CHECK(line.ask({0x00, 0x00, 0x81, 0x33, 0xff, 0x20, 0x01}) == LineFault::checksum);
  }
}

TEST_CASE("wrong address: another meter answers") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    CHECK(Line(speech).ask(speech.of_another) == LineFault::wrong_address);
  }
}

TEST_CASE("collision: two sound frames for one question") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    CHECK(Line(speech).ask(speech.answer + speech.of_another) == LineFault::collision);
    CHECK(Line(speech).ask(speech.of_another + speech.answer) == LineFault::collision);
    CHECK(Line(speech).ask(speech.answer + speech.other_value) == LineFault::collision);
    Line line(speech);
    CHECK_FALSE(line.ask(speech.answer));
    CHECK(line.unasked(speech.other_value) == LineFault::collision);
  }
}

TEST_CASE("collision: an answer is cut into by another, wherever") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    const auto& one = speech.answer;
    for (std::size_t cut = one.size() - 6; cut < one.size(); ++cut) {
      INFO(cut);
      CHECK(Line(speech).ask(Bytes(one.begin(), one.begin() + static_cast<long>(cut)) + speech.other_value) ==
            LineFault::collision);
    }
  }
}

TEST_CASE("collision: a slower answer goes on behind the end of the first") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    CHECK(Line(speech).ask(at_once(speech.answer, speech.other_value, speech.answer.size() - 5)) == LineFault::collision);
  }
}

TEST_CASE("collision: the same broken answer again; noise is never the same") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    const auto both = at_once(speech.answer, speech.other_value, 0);
    Line line(speech);
    CHECK(line.ask(both) == LineFault::checksum);
    CHECK(line.ask(both) == LineFault::collision);

    Line noisy(speech);
    CHECK(noisy.ask(with_bit_flipped(speech.answer, speech.answer.size() - 4)) == LineFault::checksum);
    CHECK(noisy.ask(with_bit_flipped(speech.answer, speech.answer.size() - 5)) == LineFault::checksum);
    CHECK_FALSE(noisy.ask(speech.answer));
    CHECK(noisy.ask(with_bit_flipped(speech.answer, speech.answer.size() - 4)) == LineFault::checksum);
  }
}

TEST_CASE("collision: three answers running that fail in their checksum alone") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    Line line(speech);
    CHECK(line.ask(with_bit_flipped(speech.answer, speech.answer.size() - 4)) == LineFault::checksum);
    CHECK(line.ask(with_bit_flipped(speech.answer, speech.answer.size() - 5)) == LineFault::checksum);
    CHECK(line.ask(with_bit_flipped(speech.answer, speech.answer.size() - 3)) == LineFault::collision);
  }
}

TEST_CASE("foreign master: a request that is not ours, while waiting, behind an answer and when nobody is asked") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    CHECK(Line(speech).ask(speech.foreign) == LineFault::foreign_master);
    CHECK(Line(speech).ask(speech.foreign + speech.of_another) == LineFault::foreign_master);
    CHECK(Line(speech).ask(speech.foreign + speech.answer) == LineFault::foreign_master);
    Line line(speech);
    CHECK(line.unasked(speech.foreign) == LineFault::foreign_master);
    CHECK_FALSE(line.ask(speech.answer));
    CHECK(line.unasked(Bytes{0x00} + speech.foreign + speech.of_another) == LineFault::foreign_master);
  }
}

TEST_CASE("our own question is heard once as an echo, and a second time from another master") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    const auto own = request_bytes(speech.ask);
    Line line(speech);
    CHECK(line.ask(own + own + speech.answer) == LineFault::foreign_master);
    CHECK(line.ask({}, own) == LineFault::silent);  // an echo that came late through a network
    CHECK_FALSE(line.ask(speech.answer));
    CHECK(line.unasked(own) == LineFault::foreign_master);
  }
}

TEST_CASE("a late answer is neither another meter's nor a collision") {
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    Line line(speech);
    CHECK(line.ask({}, speech.answer) == LineFault::silent);
    CHECK(line.watch.count(LineFault::unfit) == 1);
    CHECK(line.watch.count(LineFault::collision) == 0);
    line.now = line.now + seconds(-9);
    CHECK(line.ask(speech.answer + speech.other_value) == LineFault::unfit);
  }
}

TEST_CASE("an order to a coil that comes back twice is echo and answer; one to another coil is a foreign master's") {
  Line line(modbus_speech());
  line.speech.ask = {ModbusAsk{7, modbus::write_coil(3, true)}};
  const auto order = request_bytes(line.speech.ask);
  CHECK_FALSE(line.ask(order));
  CHECK_FALSE(line.ask(order + order));
  CHECK(line.ask(modbus_rtu::encode_request(8, modbus::write_coil(3, true))) == LineFault::foreign_master);
  CHECK(line.unasked(modbus_rtu::encode_request(8, modbus::write_register(3, 1))) == LineFault::foreign_master);
}

TEST_CASE("a refusal is an answer; noise that nobody asked for is no fault") {
  Line modbus(modbus_speech());
  CHECK_FALSE(modbus.ask(modbus_rtu::frame(7, from_hex("8302"))));
  Line dlt645(dlt645_speech(dlt645::Edition::v2007));
  const auto& ask = std::get<dlt645::Request>(dlt645.speech.ask.ask);
  CHECK_FALSE(dlt645.ask(dlt645::encode_refusal(ask, ask.address, 0x02, 0)));
  CHECK_FALSE(dlt645.unasked({0x00, 0xff, 0x68}));
}

TEST_CASE("on a line of two protocols the other one's master is seen too") {
  const auto water = cjt188_speech();
  LineWatch watch({Protocol::modbus_rtu, Protocol::cjt188});
  watch.answered(modbus_speech().ask, {}, water.foreign, {}, start);
  watch.unasked(water.foreign, start);
  CHECK(watch.count(LineFault::foreign_master) == 2);
}

TEST_CASE("a gateway says who is silent, and shows nothing of the line") {
  LineWatch watch({Protocol::modbus_tcp});
  const auto speech = modbus_speech();
  const Carriage carriage{true, 9};
  const auto heard = [&](std::uint16_t transaction, std::uint8_t unit, const std::string& pdu) {
    watch.answered(speech.ask, carriage, modbus_tcp::frame(transaction, unit, from_hex(pdu)), {}, start);
  };
  heard(9, 7, "03080001000200030004");
  heard(9, 7, "8302");
  for (const auto fault : all_line_faults) CHECK(watch.count(fault) == 0);
  heard(9, 7, "830b");
  CHECK(watch.count(LineFault::silent) == 1);
  heard(9, 8, "03080001000200030004");
  CHECK(watch.count(LineFault::wrong_address) == 1);
  heard(8, 7, "03080001000200030004");
  CHECK(watch.count(LineFault::unfit) == 1);
}

TEST_CASE("a fault is told when it begins and when it has not been seen for long, with how often it was") {
  const auto speech = dlt645_speech(dlt645::Edition::v2007);
  LineWatch watch({speech.protocol});
  auto changes = watch.answered(speech.ask, {}, {}, {}, start);
  REQUIRE(changes.size() == 1);
  CHECK((changes[0].fault == LineFault::silent && changes[0].begins));
  CHECK(watch.answered(speech.ask, {}, {}, {}, start + minutes(1)).empty());
  CHECK(watch.answered(speech.ask, {}, speech.answer, {}, start + minutes(10)).empty());
  changes = watch.answered(speech.ask, {}, speech.answer, {}, start + minutes(11));
  REQUIRE(changes.size() == 1);
  CHECK((changes[0].fault == LineFault::silent && !changes[0].begins && changes[0].count == 2));
  changes = watch.answered(speech.ask, {}, {}, {}, start + minutes(12));
  CHECK((changes.size() == 1 && changes[0].begins));
  CHECK(watch.count(LineFault::silent) == 3);
}

TEST_CASE("whatever bytes come, a question counts once and noise alone is never a foreign master or another meter") {
  Random random(1);
  for (const auto& speech : speeches()) {
    INFO(speech.name);
    Line line(speech);
    for (int i = 0; i < 500; ++i) {
      Bytes noise(random.below(40));
      for (auto& byte : noise) byte = static_cast<std::uint8_t>(random.below(256));
      if (random.chance(1, 3))
        noise =
            noise + Bytes(speech.answer.begin(), speech.answer.begin() + static_cast<long>(random.below(speech.answer.size())));
      line.ask(noise);
      if (!noise.empty()) line.unasked(noise);
    }
    CHECK(line.watch.count(LineFault::foreign_master) == 0);
    CHECK(line.watch.count(LineFault::wrong_address) == 0);
    CHECK(line.watch.count(LineFault::checksum) > 300);
    CHECK(line.watch.count(LineFault::silent) > 0);
  }
}

TEST_CASE("each fault has its own stable word") {
  std::string all;
  for (const auto fault : all_line_faults) all += std::string(word(fault)) + ' ';
  CHECK(all == "silent checksum wrong_address collision foreign_master unfit ");
}

TEST_CASE("a late answer with another number is told as late, also beside the right one") {
  const cjt188::Model model;
  const Exchange reading{cjt188::reading_ask(model, 4711)};
  const auto says = [&](std::uint16_t number) {
    const auto data = cjt188::encode_current({Measured{7, -2, Unit::cubic_metre}, {}, {}, 0});
    const auto ask = std::get<cjt188::Request>(numbered(reading, {false, number}).ask);
    return cjt188::encode_answer(ask, cjt188::cold_water, cjt188::address_of(model, 4711), data, 2);
  };
  auto both = says(1);
  const auto right = says(2);
  both.insert(both.end(), right.begin(), right.end());
  LineWatch watch({Protocol::cjt188});
  watch.answered(reading, {false, 2}, right, {}, start);
  CHECK(watch.count(LineFault::unfit) == 0);
  watch.answered(reading, {false, 2}, both, {}, start);
  CHECK(watch.count(LineFault::unfit) == 1);
  watch.answered(reading, {false, 2}, says(1), {}, start);
  CHECK(watch.count(LineFault::unfit) == 2);
  CHECK(watch.count(LineFault::collision) == 0);
  auto twice = right;
  twice.insert(twice.end(), right.begin(), right.end());
  watch.answered(reading, {false, 2}, twice, {}, start);
  CHECK(watch.count(LineFault::collision) == 1);
}

}  // namespace wattle::line_watch_test
