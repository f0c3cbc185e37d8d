#include "shared/meter/parts.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/history.hpp"

namespace wattle::parts_test {

using namespace wattle::dlt645;

namespace {

constexpr Instant noon{1'750'000'000'000'000};
constexpr std::uint32_t record = 0x03300d01;
constexpr std::uint32_t old_table = 0xc330;

/// A meter that sends so much at once.
struct Bench {
  MeterImage image;
  std::size_t frames = 0;

  explicit Bench(Edition edition, std::size_t answer_data) {
    image = {.edition = edition, .address = address_of(4711).value(), .items = {}, .accepts = {}};
    image.answer_data = answer_data;
    Bytes all(60);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    image.items[edition == Edition::v2007 ? record : old_table] = {all, false};
  }
  Received say(const Exchange& exchange) {
    ++frames;
    const auto heard = std::get<Found>(find_frame(request_bytes(exchange), Wire::quiet)).frame;
    return receive(exchange, answer(heard, image, noon), Wire::quiet);
  }
  Received ask(const Request& request) {
    JoinedAnswer parts({request});
    while (parts.take(say(parts.question()))) {
    }
    return std::move(parts).whole();
  }
  Bytes data(const Request& request) {
    const auto said = ask(request);
    REQUIRE(std::holds_alternative<MeterAnswer>(said));
    return std::get<MeterAnswer>(said).data;
  }
};

}  // namespace

TEST_CASE("a record that comes in parts is joined, in both editions") {
  for (const auto edition : {Edition::v2007, Edition::v1997}) {
    const auto di = edition == Edition::v2007 ? record : old_table;
    Bench bench(edition, 25);
    const auto asked = needing(read(edition, bench.image.address, di), 60);
    CHECK(bench.data(asked) == bench.image.items[di].bytes);
    CHECK(bench.frames == 3);
    CHECK(bench.data(asked) == bench.image.items[di].bytes);  // from the beginning again
  }
}

TEST_CASE("no more is asked for than is read, and of a single value nothing") {
  Bench bench(Edition::v2007, 25);
  CHECK(bench.data(needing(read(Edition::v2007, bench.image.address, record), 30)).size() == 40);
  CHECK(bench.frames == 2);
  CHECK(bench.data(read(Edition::v2007, bench.image.address, record)).size() == 20);
  CHECK(bench.frames == 3);
}

TEST_CASE("the parts of one answer are bounded") {
  Bench bench(Edition::v2007, 6);
  CHECK(bench.data(needing(read(Edition::v2007, bench.image.address, record), 60)).size() == answer_parts_max);
  CHECK(bench.frames == answer_parts_max);
}

TEST_CASE("a part that never comes leaves nothing, a refusal to go on what is there") {
  Bench bench(Edition::v2007, 25);
  const auto asked = needing(read(Edition::v2007, bench.image.address, record), 60);
  JoinedAnswer lost({asked});
  REQUIRE(lost.take(bench.say(lost.question())));
  CHECK_FALSE(lost.take(Bad{make_error_code(MeterErrc::silence)}));
  const auto nothing = std::move(lost).whole();
  CHECK(std::get<Bad>(nothing).error == MeterErrc::silence);
  JoinedAnswer refused({asked});
  REQUIRE(refused.take(bench.say(refused.question())));
  CHECK_FALSE(refused.take(Bad{make_error_code(MeterErrc::no_such_data)}));
  const auto first = std::move(refused).whole();
  REQUIRE(std::holds_alternative<MeterAnswer>(first));
  CHECK(std::get<MeterAnswer>(first).data.size() == 20);
  JoinedAnswer broken({asked});
  CHECK_FALSE(broken.take(Bad{make_error_code(MeterErrc::checksum)}));
  CHECK(std::get<Bad>(std::move(broken).whole()).error == MeterErrc::checksum);
}

TEST_CASE("a meter of 1997 says its last part once more, and goes on with nothing that it has not begun") {
  Bench bench(Edition::v1997, 25);
  const auto asked = read(Edition::v1997, bench.image.address, old_table);
  const Request again{Edition::v1997, Command::read_again, bench.image.address, 0, {}, {}};
  CHECK(std::holds_alternative<Bad>(bench.say({read_more(asked, 1)})));
  CHECK(std::holds_alternative<Bad>(bench.say({again})));
  (void)bench.say({asked});
  const auto second = std::get<MeterAnswer>(bench.say({read_more(asked, 1)}));
  CHECK(second.data.front() == 20);
  CHECK(second.more);
  const auto heard = std::get<Found>(find_frame(encode_request(again), Wire::quiet)).frame;
  const auto said = std::get<Found>(find_frame(answer(heard, bench.image, noon), Wire::quiet)).frame;
  CHECK(di_in(said.data, Edition::v1997) == old_table);
  CHECK(Bytes(said.data.begin() + 2, said.data.end()) == second.data);
}

}  // namespace wattle::parts_test
