#include <map>

#include "shared/meter/mbus_data.hpp"
#include "tests/unit/shared/meter/described.hpp"

namespace wattle::mbus_vectors_test {

using namespace wattle::test;

TEST_CASE("M-Bus vectors: frame, meaning and description") {
  std::size_t seen = 0;
  std::size_t shows = 0;
  for (const auto& v : load_vectors("meter-mbus.json")) {
    INFO(text(v, "id"));
    const auto bytes = hex(text(v, "hex"));
    const auto outcome = mbus::find_frame(bytes, Wire::open);
    REQUIRE(std::holds_alternative<mbus::Found>(outcome));
    const auto& found = std::get<mbus::Found>(outcome);
    CHECK(found.offset == 0);
    CHECK(found.size == bytes.size());
    CHECK(mbus::encode(found.frame) == bytes);
    const auto& fields = v.as_object().at("fields").as_object();
    if (fields.contains("control")) CHECK(Bytes{found.frame.control} == hex(text(fields, "control")));
    if (fields.contains("address")) CHECK(found.frame.address == fields.at("address").as_int64());
    if (fields.contains("ci")) CHECK(Bytes{found.frame.ci} == hex(text(fields, "ci")));
    const auto described = mbus::describe(found.frame);
    CHECK_FALSE(described.error);
    shows += check_shows(v, described.fields);
    if (text(v, "direction") == "request") {
      CHECK(mbus::encode_request(mbus::decode_request(found.frame).value()) == bytes);
    }
    ++seen;
  }
  CHECK(seen == 12);
  CHECK(shows >= 45);
}

TEST_CASE("malformed M-Bus data: an error at its byte, never past the frame, never a value") {
  const std::map<std::string, std::pair<MeterErrc, std::size_t>> expected{
      {"negative-and-quirks-009", {MeterErrc::data, 32}},
      {"negative-and-quirks-012", {MeterErrc::limit, 40}},
      {"negative-and-quirks-015", {MeterErrc::data, 31}},
  };
  std::size_t seen = 0;
  for (const auto& v : load_vectors("meter-negative.json")) {
    if (text(v, "protocol") != "M-Bus") continue;
    INFO(text(v, "id"));
    ++seen;
    const auto bytes = hex(text(v, "hex"));
    const auto frame = std::get<mbus::Found>(mbus::find_frame(bytes, Wire::quiet)).frame;
    if (text(v, "id") == "negative-and-quirks-014") {
      const auto outcome = mbus::decode_answer(mbus::read(1, false), bytes, Wire::open);
      REQUIRE(std::holds_alternative<Bad>(outcome));
      CHECK(std::get<Bad>(outcome).error == application_errc(1));
      CHECK(std::get<Bad>(outcome).offset == 7);
      continue;
    }
    const auto described = mbus::describe(frame);
    CHECK(described.error == expected.at(text(v, "id")).first);
    CHECK(described.offset == expected.at(text(v, "id")).second);
    CHECK(mbus::present(mbus::decode_variable(frame.data).value(), Unit::cubic_metre).has_error());
  }
  CHECK(seen == 4);
}

}  // namespace wattle::mbus_vectors_test
