#include <map>

#include "shared/meter/dlt645_describe.hpp"
#include "tests/unit/shared/meter/described.hpp"

namespace wattle::dlt645_vectors_test {

using namespace wattle::test;
using dlt645::Edition;

namespace {

std::string hex_text(ByteView bytes) {
  std::string text;
  for (const auto b : bytes) text += (text.empty() ? "" : " ") + to_hex(ByteView(&b, 1));
  for (auto& c : text) c = static_cast<char>(std::toupper(c));
  return text;
}

dlt645::Found found_in(ByteView bytes) {
  const auto outcome = dlt645::find_frame(bytes, Wire::open);
  REQUIRE(std::holds_alternative<dlt645::Found>(outcome));
  return std::get<dlt645::Found>(outcome);
}

void check_frame(const boost::json::value& vector, const dlt645::Found& found) {
  const auto& fields = vector.as_object().at("fields");
  CHECK(static_cast<std::int64_t>(found.offset) == fields.at("preamble").as_int64());
  CHECK(dlt645::to_text(found.frame.address) == text(fields, "address"));
  CHECK(hex_text(ByteView(&found.frame.control, 1)) == text(fields, "control"));
  CHECK(hex_text(found.frame.data) == text(fields, "data_minus_33h"));
  CHECK(dlt645::encode(found.frame, found.offset) == hex(text(vector, "hex")));
}

/// Requests encode to the same bytes again; answers fit the question that the vector names.
void check_meaning(const boost::json::value& vector, const dlt645::Found& found, Edition edition) {
  if (text(vector, "direction") == "request") {
    const auto request = dlt645::decode_request(edition, found.frame);
    REQUIRE(request.has_value());
    const auto bytes = dlt645::encode_request(*request);
    CHECK(hex_text(ByteView(bytes).subspan(dlt645::master_preamble)) ==
          hex_text(ByteView(hex(text(vector, "hex"))).subspan(found.offset)));
    return;
  }
  const auto di = vector.as_object().at("fields").as_object().if_contains("di");
  if (di == nullptr) return;
  const auto question = dlt645::read(edition, found.frame.address,
                                     static_cast<std::uint32_t>(std::stoul(std::string(di->as_string()), nullptr, 16)));
  const auto outcome = dlt645::decode_answer(question, hex(text(vector, "hex")), Wire::open);
  REQUIRE(std::holds_alternative<dlt645::Answer>(outcome));
  CHECK(std::get<dlt645::Answer>(outcome).from == found.frame.address);
  CHECK(std::get<dlt645::Answer>(outcome).offset == found.offset);
}

}  // namespace

TEST_CASE("DL/T 645-2007 vectors: frame, meaning and description") {
  std::size_t seen = 0;
  std::size_t shows = 0;
  for (const auto& v : load_vectors("meter-dlt645-2007.json")) {
    INFO(text(v, "id"));
    const auto found = found_in(hex(text(v, "hex")));
    check_frame(v, found);
    const auto described = dlt645::describe(Edition::v2007, found.frame);
    if (text(v, "id") == "dlt645-2007-064") {  // a maker's own control code
      CHECK(described.error == MeterErrc::wrong_function);
      CHECK(described.offset == 8);
    } else {
      CHECK_FALSE(described.error);
      check_meaning(v, found, Edition::v2007);
    }
    shows += check_shows(v, described.fields);
    ++seen;
  }
  CHECK(seen == 51);
  CHECK(shows >= 60);
}

TEST_CASE("DL/T 645-1997 vectors: frame, meaning and description") {
  std::size_t seen = 0;
  for (const auto& v : load_vectors("meter-dlt645-1997.json")) {
    INFO(text(v, "id"));
    const auto found = found_in(hex(text(v, "hex")));
    check_frame(v, found);
    const auto described = dlt645::describe(Edition::v1997, found.frame);
    CHECK_FALSE(described.error);
    check_meaning(v, found, Edition::v1997);
    check_shows(v, described.fields);
    ++seen;
  }
  CHECK(seen == 9);
}

TEST_CASE("a stray byte behind a value is tolerated") {
  const auto frame = found_in(hex("FE FE FE FE 68 11 11 11 53 12 35 68 81 07 43 C3 87 37 33 33 34 83 16")).frame;
  CHECK(frame.data.size() == 7);
  const auto energy = dlt645::number_in(Edition::v1997, dlt645::di_1997::forward_energy, ByteView(frame.data).subspan(2));
  REQUIRE(energy.has_value());
  CHECK(scaled(*energy, 0).value() == 4540);
}

TEST_CASE("negative DL/T 645 vectors: never a value") {
  const std::map<std::string, std::pair<MeterErrc, std::size_t>> broken{
      {"negative-and-quirks-001", {MeterErrc::checksum, 20}},
      {"negative-and-quirks-008", {MeterErrc::checksum, 14}},
  };
  std::size_t seen = 0;
  for (const auto& v : load_vectors("meter-negative.json")) {
    if (text(v, "protocol") != "DL/T645-2007") continue;
    INFO(text(v, "id"));
    ++seen;
    const auto outcome = dlt645::find_frame(hex(text(v, "hex")), Wire::quiet);
    if (const auto expected = broken.find(text(v, "id")); expected != broken.end()) {
      REQUIRE(std::holds_alternative<Bad>(outcome));
      CHECK(std::get<Bad>(outcome).error == expected->second.first);
      CHECK(std::get<Bad>(outcome).offset == expected->second.second);
      continue;
    }
    REQUIRE(std::holds_alternative<dlt645::Found>(outcome));
    const auto described = dlt645::describe(Edition::v2007, std::get<dlt645::Found>(outcome).frame);
    const bool is_rate = text(v, "id") == "negative-and-quirks-003";  // no rate has this code
    CHECK(described.error == (is_rate ? MeterErrc::data : MeterErrc::length));
    CHECK(described.offset == (is_rate ? dlt645::data_at : dlt645::length_at));
    if (is_rate) CHECK(shown(described.fields, "rate_code") == "213");
  }
  CHECK(seen == 4);
}

}  // namespace wattle::dlt645_vectors_test
