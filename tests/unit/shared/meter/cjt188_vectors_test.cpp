#include <map>

#include "shared/meter/cjt188.hpp"
#include "tests/unit/shared/meter/described.hpp"

namespace wattle::cjt188_vectors_test {

using namespace wattle::test;

namespace {

std::string upper_hex(ByteView bytes) {
  std::string text;
  for (const auto b : bytes) text += (text.empty() ? "" : " ") + to_hex(ByteView(&b, 1));
  for (auto& c : text) c = static_cast<char>(std::toupper(c));
  return text;
}

}  // namespace

TEST_CASE("CJ/T 188 vectors: frame, meaning and description") {
  std::size_t seen = 0;
  std::size_t shows = 0;
  std::map<std::string, Bytes> requests;
  for (const auto& v : load_vectors("meter-cjt188.json")) {
    INFO(text(v, "id"));
    const auto bytes = hex(text(v, "hex"));
    const auto outcome = cjt188::find_frame(bytes, Wire::open);
    REQUIRE(std::holds_alternative<cjt188::Found>(outcome));
    const auto& found = std::get<cjt188::Found>(outcome);
    const auto& fields = v.as_object().at("fields");
    CHECK(static_cast<std::int64_t>(found.offset) == fields.at("preamble").as_int64());
    CHECK(upper_hex(ByteView(&found.frame.type, 1)) == text(fields, "type"));
    CHECK(cjt188::to_text(found.frame.address) == text(fields, "address_a6_to_a0"));
    CHECK(upper_hex(ByteView(&found.frame.control, 1)) == text(fields, "control"));
    CHECK(upper_hex(found.frame.data) == text(fields, "data"));
    CHECK(cjt188::encode(found.frame, found.offset) == bytes);
    const auto described = cjt188::describe(found.frame);
    CHECK_FALSE(described.error);
    shows += check_shows(v, described.fields);
    if (text(v, "direction") == "request") {
      const auto request = cjt188::decode_request(found.frame);
      REQUIRE(request.has_value());
      const auto again = cjt188::encode_request(*request);
      CHECK(upper_hex(ByteView(again).subspan(4)) == upper_hex(ByteView(bytes).subspan(found.offset)));
      requests[text(v, "id")] = bytes;
    } else if (const auto* asked = v.as_object().if_contains("answers");
               asked != nullptr && requests.contains(std::string(asked->as_string()))) {
      const auto request_frame =
          std::get<cjt188::Found>(cjt188::find_frame(requests[std::string(asked->as_string())], Wire::open)).frame;
      const auto answer = cjt188::decode_answer(cjt188::decode_request(request_frame).value(), bytes, Wire::open);
      REQUIRE(std::holds_alternative<cjt188::Answer>(answer));
      CHECK(cjt188::decode_current(std::get<cjt188::Answer>(answer).data).has_value());
    }
    ++seen;
  }
  CHECK(seen == 13);
  CHECK(shows >= 15);
}

TEST_CASE("negative CJ/T 188 vector: the checksum as published is wrong") {
  std::size_t seen = 0;
  for (const auto& v : load_vectors("meter-negative.json")) {
    if (text(v, "protocol") != "CJ/T188") continue;
    const auto outcome = cjt188::find_frame(hex(text(v, "hex")), Wire::quiet);
    REQUIRE(std::holds_alternative<Bad>(outcome));
    CHECK(std::get<Bad>(outcome).error == MeterErrc::checksum);
    CHECK(std::get<Bad>(outcome).offset == 33);
    ++seen;
  }
  CHECK(seen == 1);
}

}  // namespace wattle::cjt188_vectors_test
