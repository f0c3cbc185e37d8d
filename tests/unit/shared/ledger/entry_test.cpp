#include "shared/ledger/entry.hpp"

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

/// With every field that an entry can have.
Entry full() {
  Entry entry;
  entry.stream = {site, box_a, Direction::up};
  entry.number = 300;
  entry.seen = {12, crypto().hash(view("seen"))};
  entry.room = room_1;
  entry.after = After{yuan(-3), yuan(2)};
  entry.lines = {{room_pocket(room_1, box_a), sold_pocket(Utility::electricity, box_a), {1}, true},
                 {drawer_pocket(box_b), transit_pocket(uid(3), Utility::cold_water), {-5}, false},
                 {card_pocket(uid(4), cloud_holder), suspense_pocket(), {INT64_MAX}, false}};
  entry.kind = Kind::answer;
  entry.detail = {1, 2, 3};
  entry.outside = OutsideId("pay/A.b_c-9");
  entry.cause = Place{box_b, Direction::down, 77};
  entry.time = {-1};
  return entry;
}

}  // namespace

TEST_CASE("an entry comes back as it was, whichever fields it has") {
  auto entry = full();
  const auto same = [](const Entry& before) {
    const auto bytes = encode(before);
    const auto after = decode_entry(bytes);
    REQUIRE(after.has_value());
    CHECK(encode(*after) == bytes);
    CHECK(after->stream == before.stream);
    CHECK(after->number == before.number);
    CHECK(after->seen == before.seen);
    CHECK(after->room == before.room);
    CHECK(after->after == before.after);
    CHECK(std::equal(after->lines.begin(), after->lines.end(), before.lines.begin(), before.lines.end()));
    CHECK(after->kind == before.kind);
    CHECK(after->detail == before.detail);
    CHECK(after->outside == before.outside);
    CHECK(after->cause == before.cause);
    CHECK(after->time == before.time);
  };
  same(entry);
  entry.outside = {};
  same(entry);
  entry.cause.reset();
  same(entry);
  entry.room.reset();
  entry.after.reset();
  same(entry);
  entry.lines.clear();
  entry.detail.clear();
  same(entry);
  entry.stream = {site, cloud_holder, Direction::site};
  entry.seen = {};
  same(entry);
}

TEST_CASE("no part of an entry is an entry") {
  const auto bytes = encode(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = decode_entry(ByteView(bytes).first(size));
    INFO(size);
    REQUIRE_FALSE(part.has_value());
    CHECK(part.error().message() == "ledger.truncated");
  }
}

TEST_CASE("a changed byte makes other bytes, or none: two forms of one entry there are not") {
  const auto bytes = encode(full());
  std::size_t readable = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (int change = 1; change < 256; change += 17) {
      auto changed = bytes;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ change);
      const auto entry = decode_entry(changed);
      if (!entry) continue;
      ++readable;
      REQUIRE(encode(*entry) == changed);
    }
  CHECK(readable > bytes.size());
}

TEST_CASE("outside ids are short and of plain letters") {
  CHECK(OutsideId::parse("pay/20261101-ABC_9.x").has_value());
  CHECK(OutsideId::parse("")->empty());
  CHECK(OutsideId::parse(std::string(outside_id_bytes_max, 'a')).has_value());
  CHECK_FALSE(OutsideId::parse(std::string(outside_id_bytes_max + 1, 'a')).has_value());
  for (const char* text : {"pay 1", "pay/\xe5\x85\x83", "a\nb", "a:b", "a@b"}) CHECK_FALSE(OutsideId::parse(text).has_value());
  CHECK(OutsideId("a") < OutsideId("b"));
  CHECK(OutsideId("a") < OutsideId("aa"));
  CHECK_FALSE(OutsideId("a") == OutsideId("aa"));
}

TEST_CASE("kinds that nobody knows are named by their number") {
  CHECK(to_text(static_cast<Kind>(0x8123)) == "kind 0x8123");
  CHECK(is_request(static_cast<Kind>(0x8123)));
  CHECK(is_request(Kind::release_request));
  CHECK_FALSE(is_request(Kind::settlement));
}

TEST_CASE("a signed head tells every stream and every place apart") {
  const Head head{5, crypto().hash(view("head"))};
  const StreamId stream{site, box_a, Direction::up};
  const auto bytes = signed_head(stream, head);
  CHECK(bytes.size() == 13 + 4 + 8 + 1 + 8 + 32);
  CHECK(bytes != signed_head({SiteId{2}, box_a, Direction::up}, head));
  CHECK(bytes != signed_head({site, box_b, Direction::up}, head));
  CHECK(bytes != signed_head({site, box_a, Direction::down}, head));
  CHECK(bytes != signed_head(stream, {6, head.hash}));
  CHECK(bytes != signed_head(stream, {5, Digest{}}));
}
