#include "shared/policy/meter_purse.hpp"

#include <algorithm>

#include "shared/policy/registers.hpp"
#include "tests/support/vectors.hpp"

namespace wattle {

TEST_CASE("how a purse is kept comes back from its register, and what is not exactly one is none") {
  for (const auto mode : {PurseMode::off, PurseMode::display, PurseMode::purse}) CHECK(decode_purse(encode(mode)) == mode);
  CHECK(to_hex(encode(PurseMode::purse)) == "0102");
  for (const auto* bad : {"", "01", "0103", "0201", "010200"}) CHECK_FALSE(decode_purse(from_hex(bad)));
  CHECK(purse_key({1010}) == "purse/1010");
  CHECK(parse_register_key("purse/1010") == RegisterKey{RegisterKind::purse, 1010});
  CHECK(circuit_of_register("purse/1010") == CircuitId{1010});
  CHECK(is_valid_register("purse/1010", encode(PurseMode::display)));
  CHECK_FALSE(is_valid_register("purse/1010", from_hex("0103")));
  CHECK_FALSE(is_valid_register("purse/01010", encode(PurseMode::display)));
}

TEST_CASE("golden vectors: how purses are kept, and what is told of them") {
  const auto all = vectors("purse.json");
  const auto bytes_of = [](const boost::json::value& hex) { return from_hex(std::string(hex.as_string())); };
  const std::vector<std::string> modes = {"off", "display", "purse"};
  const std::vector<std::string> states = {"pending", "agrees", "differs", "excess", "refused", "unsupported", "unsettled"};
  const auto at = [](const std::vector<std::string>& names, const boost::json::value& name) {
    return std::find(names.begin(), names.end(), std::string(name.as_string())) - names.begin();
  };
  CHECK(all.at("modes").as_array().size() == 3);
  for (const auto& item : all.at("modes").as_array()) {
    const auto bytes = bytes_of(item.at("bytes"));
    const auto mode = static_cast<PurseMode>(at(modes, item.at("mode")));
    CHECK(encode(mode) == bytes);
    CHECK(decode_purse(bytes) == mode);
    CHECK(is_valid_register(std::string(item.at("key").as_string()), bytes));
  }
  for (const auto& bad : all.at("no_modes").as_array()) CHECK_FALSE(decode_purse(bytes_of(bad)));
  CHECK(all.at("told").as_array().size() == 4);
  for (const auto& item : all.at("told").as_array()) {
    const auto& value = item.at("value").as_object();
    PurseTold told;
    told.state = static_cast<PurseState>(at(states, value.at("state")));
    told.measure = value.at("measure") == "money" ? PurseMeasure::money : PurseMeasure::energy;
    if (const auto* shown = value.at("in_meter").if_object())
      told.in_meter = PurseShown{shown->at("remaining").to_number<std::int64_t>(), shown->at("total").to_number<std::int64_t>(),
                                 shown->at("count").to_number<std::uint32_t>()};
    if (!value.at("wanted").is_null()) told.wanted = value.at("wanted").to_number<std::int64_t>();
    told.foreign = value.at("foreign").to_number<std::int64_t>();
    told.read = {value.at("read").to_number<std::int64_t>()};
    told.why = value.at("why").to_number<std::uint16_t>();
    CHECK(encode(told) == bytes_of(item.at("bytes")));
    CHECK(decode_purse_told(bytes_of(item.at("bytes"))) == told);
  }
  for (const auto& bad : all.at("not_told").as_array()) CHECK_FALSE(decode_purse_told(bytes_of(bad)));
}

TEST_CASE("what a box tells of a purse comes back, the oddest numbers too") {
  PurseTold told{PurseState::differs, PurseMeasure::energy, PurseShown{-10'000, 30'000'000, 3}, 20'000'000, 5, {7}, 21};
  CHECK(decode_purse_told(encode(told)) == told);
  told.in_meter = PurseShown{INT64_MIN, INT64_MAX, UINT32_MAX};
  told.wanted = INT64_MIN;
  told.foreign = INT64_MAX;
  told.read = {INT64_MIN};
  const auto bytes = encode(told);
  CHECK(bytes.size() <= purse_told_bytes_max);
  CHECK(decode_purse_told(bytes) == told);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_purse_told(ByteView(bytes).first(size)));
}

TEST_CASE("what a box remembers of a purse comes back from its row") {
  PurseBook book;
  CHECK(decode_purse_book(encode(book)) == book);
  book.meter = {4711};
  book.opening = 2;
  book.count = 9;
  book.total = 123'450'000;
  book.foreign = 1;
  book.seen = -2;
  book.pending = PursePending{{PurseTrade::refund, 10, 5}, -7};
  const auto bytes = encode(book);
  CHECK(decode_purse_book(bytes) == book);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_purse_book(ByteView(bytes).first(size)));
  CHECK_FALSE(decode_purse_book(from_hex("02")));
  book.untaken = 20'000'000;
  const auto longer = encode(book);
  CHECK(longer.size() > bytes.size());
  CHECK(decode_purse_book(longer) == book);
  for (std::size_t size = 0; size < longer.size(); ++size) CHECK_FALSE(decode_purse_book(ByteView(longer).first(size)));
  book.pending.reset();
  CHECK(decode_purse_book(encode(book)) == book);
  CHECK_FALSE(decode_purse_book(from_hex("010000000000000400")));  // nothing that was given up
}

}  // namespace wattle
