// Entries that are not what they should be, properly signed by their writer: refused with their code, the stream stops at their
// number, nothing is lost, and the right ones are taken afterwards.

#include <catch2/catch.hpp>

#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

constexpr Holder other_box{{8}, {0xbeef}};
constexpr Holder other_life{{7}, {0xc41f}};  // of the same slot
constexpr auto room = TwoEnds::room;
constexpr auto box = TwoEnds::box;
constexpr Kind newer{0x0070};

using Change = void (*)(Entry&);

struct Bad {
  const char* what;
  End writer;
  Change change;
  LedgerErrc code;
};

void take_from(Entry& entry, const Pocket& pocket) { entry.lines[0].from = pocket; }
void give_to(Entry& entry, const Pocket& pocket) { entry.lines[0].to = pocket; }

const std::vector<Bad>& bad_entries() {
  static const std::vector<Bad> all = {
      {"a negative amount", End::edge, [](Entry& e) { e.lines[0].amount = {-1}; }, LedgerErrc::amount},
      {"no amount", End::edge, [](Entry& e) { e.lines[0].amount = {0}; }, LedgerErrc::amount},
      {"an overflow", End::edge, [](Entry& e) { e.lines[0].amount = {INT64_MAX}; }, LedgerErrc::overflow},
      {"the cloud's pocket", End::edge, [](Entry& e) { take_from(e, clearing_pocket(Provider::wechat)); },
       LedgerErrc::foreign_pocket},
      {"another box's pocket", End::edge, [](Entry& e) { take_from(e, drawer_pocket(other_box)); }, LedgerErrc::foreign_pocket},
      {"into another box's room", End::edge, [](Entry& e) { give_to(e, room_pocket(room, other_box)); },
       LedgerErrc::illegal_line},
      {"a line that there is not", End::edge, [](Entry& e) { give_to(e, sold_pocket(Utility::electricity, box)); },
       LedgerErrc::illegal_line},
      {"more than is there", End::edge,
       [](Entry& e) {
         e.kind = newer;
         e.outside = {};
         e.lines = {{room_pocket(room, box), transit_pocket(Uid{}), yuan(1000), false}};
       },
       LedgerErrc::not_covered},
      {"another balance than the replay's", End::edge, [](Entry& e) { e.after->room.micros += 1; }, LedgerErrc::after_differs},
      {"a seen that fell", End::edge, [](Entry& e) { e.seen = {}; }, LedgerErrc::seen_fell},
      {"a detail that cannot be read", End::edge, [](Entry& e) { e.detail.push_back(1); }, LedgerErrc::detail},
      {"a room that is not here", End::edge,
       [](Entry& e) {
         e.room = RoomId{102};
         give_to(e, room_pocket(*e.room, box));
         e.after = After{e.lines[0].amount, {}};
       },
       LedgerErrc::room_not_open},
      {"the cloud's kind", End::edge, [](Entry& e) { e.kind = Kind::recharge; }, LedgerErrc::misplaced},
      {"the cloud's kind of id", End::edge, [](Entry& e) { e.outside = OutsideId("pay/1"); }, LedgerErrc::outside_id_used},
      {"another life's entry", End::edge,
       [](Entry& e) {
         e.stream.link = other_life;
         e.lines = {};
       },
       LedgerErrc::misplaced},
      {"another site's entry", End::edge, [](Entry& e) { e.stream.site = {2}; }, LedgerErrc::misplaced},
      {"another number", End::edge, [](Entry& e) { e.number += 1; }, LedgerErrc::misplaced},
      {"a negative amount", End::cloud, [](Entry& e) { e.lines[0].amount = {-1}; }, LedgerErrc::amount},
      {"an overflow", End::cloud, [](Entry& e) { e.lines[0].amount = {INT64_MAX}; }, LedgerErrc::overflow},
      {"this box's pocket", End::cloud, [](Entry& e) { take_from(e, drawer_pocket(box)); }, LedgerErrc::foreign_pocket},
      {"a line that there is not", End::cloud, [](Entry& e) { take_from(e, subsidy_pocket()); }, LedgerErrc::illegal_line},
      {"another box's entry", End::cloud,
       [](Entry& e) {
         e.stream.link = other_box;
         e.lines = {};
       },
       LedgerErrc::misplaced},
      {"another number", End::cloud, [](Entry& e) { e.number -= 1; }, LedgerErrc::misplaced},
      {"a second grant", End::cloud,
       [](Entry& e) {
         e.kind = Kind::grant;
         e.lines = {};
       },
       LedgerErrc::before_grant},
  };
  return all;
}

Entry right_one(TwoEnds& ends, End writer) { return writer == End::edge ? ends.cash(yuan(5)) : ends.recharge(yuan(5)); }

/// The reader's books are as before, and its disk has nothing new but that the stream stopped.
void check_refused(TwoEnds& ends, End writer, const Bytes& state, const Head& cursor) {
  auto& reader = ends.at(writer == End::edge ? End::cloud : End::edge);
  CHECK(reader.link->theirs().head() == cursor);
  CHECK(reader.link->state().encoded() == state);
  CHECK(reader.heard.entries == 0);
  for (const auto& write : reader.written) {
    REQUIRE(std::holds_alternative<PutRow>(write));
    CHECK(std::get<PutRow>(write).table == Table::link);
  }
  ends.restart(reader);
  CHECK(reader.link->state().encoded() == state);
}

/// A person, or a newer program, lets the stream go on: what the writer really has arrives.
void check_goes_on(TwoEnds& ends, End writer) {
  auto& reader = ends.at(writer == End::edge ? End::cloud : End::edge);
  const auto before = ends.edge().link->state().after(room).room;
  Commit commit;
  reader.link->resume(commit);
  REQUIRE(reader.store.commit(commit).has_value());
  ends.mint(ends.at(writer), right_one(ends, writer));
  ends.connect(ends.at(writer));
  ends.exchange();
  CHECK(reader.link->theirs().head() == ends.at(writer).link->mine().head());
  CHECK(ends.edge().link->state().after(room).room.micros == before.micros + yuan(5).micros);
  if (writer == End::edge) CHECK(reader.link->state().encoded() == ends.edge().link->state().encoded());
  CHECK_FALSE(reader.link->row().stopped.has_value());
}

struct WithSale : TwoEnds {
  WithSale() : TwoEnds(sodium) {
    mint(edge(), cash(yuan(1)));
    exchange();
    REQUIRE(cloud().link->theirs().head().number == 1);
  }
};

}  // namespace

TEST_CASE("an entry that must not be taken stops its stream at its number, and the right one is taken afterwards") {
  for (const auto& bad : bad_entries()) {
    INFO(bad.what << (bad.writer == End::edge ? ", by the box" : ", by the cloud"));
    WithSale ends;
    auto& writer = ends.at(bad.writer);
    auto& reader = ends.peer_of(writer);
    const auto state = reader.link->state().encoded();
    const auto cursor = reader.link->theirs().head();
    auto entry = ends.draft(writer, right_one(ends, bad.writer));
    const auto number = entry.number;
    bad.change(entry);
    ends.deliver(reader, ends.batch(writer, number, {encode(entry)}));
    REQUIRE(reader.heard.error.has_value());
    CHECK(word(*reader.heard.error) == std::string(word(bad.code)));
    REQUIRE(reader.link->row().stopped.has_value());
    CHECK(reader.link->row().stopped->number == number);
    CHECK(reader.link->row().stopped->reason == bad.code);
    CHECK(stops(bad.code));
    check_refused(ends, bad.writer, state, cursor);
    check_goes_on(ends, bad.writer);
  }
}

TEST_CASE("an entry whose bytes cannot be read stops its stream") {
  struct Damage {
    const char* what;
    Bytes (*change)(Bytes);
    LedgerErrc code;
  };
  static const std::vector<Damage> all = {
      {"cut",
       [](Bytes b) {
         b.pop_back();
         return b;
       },
       LedgerErrc::truncated},
      {"cut in a field",
       [](Bytes b) {
         b.resize(20);
         return b;
       },
       LedgerErrc::truncated},
      {"longer",
       [](Bytes b) {
         b.push_back(0);
         return b;
       },
       LedgerErrc::truncated},
      {"nothing", [](Bytes) { return Bytes{}; }, LedgerErrc::truncated},
      {"of a version that nobody knows",
       [](Bytes b) {
         b[0] = 9;
         return b;
       },
       LedgerErrc::version},
      {"with lines that cannot be read",
       [](Bytes b) {
         b[b.size() - 50] = 0xff;
         return b;
       },
       LedgerErrc::malformed},
      {"longer than an entry may be",
       [](Bytes b) {
         b.resize(entry_bytes_max + 1);
         return b;
       },
       LedgerErrc::malformed},
  };
  for (const auto& damage : all)
    for (const auto writer_end : {End::edge, End::cloud}) {
      INFO(damage.what);
      TwoEnds ends(sodium);
      auto& writer = ends.at(writer_end);
      auto& reader = ends.peer_of(writer);
      const auto state = reader.link->state().encoded();
      const auto cursor = reader.link->theirs().head();
      auto entry = ends.draft(writer, right_one(ends, writer_end));
      if (damage.code == LedgerErrc::malformed)
        entry.detail = {};  // so that the lines end 50 bytes before the end at the latest
      ends.deliver(reader, ends.batch(writer, entry.number, {damage.change(encode(entry))}));
      REQUIRE(reader.heard.error.has_value());
      CHECK(word(*reader.heard.error) == std::string(word(damage.code)));
      CHECK(reader.link->row().stopped->number == entry.number);
      check_refused(ends, writer_end, state, cursor);
      check_goes_on(ends, writer_end);
    }
}

TEST_CASE("the entry that failed is named, not the one after the cursor, and none of its batch is taken") {
  WithSale ends;
  auto& cloud = ends.cloud();
  const auto state = cloud.link->state().encoded();
  const auto cursor = cloud.link->theirs().head();
  WithSale elsewhere;  // writes the same, and goes on
  std::vector<Bytes> entries;
  for (int i = 0; i < 3; ++i) entries.push_back(encode(elsewhere.mint(elsewhere.edge(), elsewhere.cash(yuan(1)))));
  auto last = *decode_entry(entries.back());
  last.after->room.micros += 1;
  entries.back() = encode(last);
  ends.deliver(cloud, ends.batch(ends.edge(), 2, entries));
  CHECK(cloud.heard.error == LedgerErrc::after_differs);
  CHECK(cloud.link->row().stopped->number == 4);
  check_refused(ends, End::edge, state, cursor);
  check_goes_on(ends, End::edge);
}

TEST_CASE("a stopped stream says so, and takes nothing until it goes on") {
  WithSale ends;
  auto& cloud = ends.cloud();
  auto bad = ends.draft(ends.edge(), ends.cash(yuan(5)));
  bad.lines[0].amount = {-5};
  ends.deliver(cloud, ends.batch(ends.edge(), 2, {encode(bad)}));
  ends.exchange();
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.exchange();
  CHECK(cloud.link->theirs().head().number == 1);  // the box knows, and sends nothing
  // The other direction goes on all the while.
  ends.mint(cloud, ends.recharge(yuan(2)));
  ends.exchange();
  CHECK(ends.edge().link->state().after(room).room == yuan(28));
  Commit commit;
  cloud.link->resume(commit);
  cloud.session->show_status();
  ends.exchange();
  CHECK(cloud.link->theirs().head().number == 2);
}

TEST_CASE("a seen that the cloud has forgotten stops nothing: it is held, and the cloud asks for its own entries") {
  WithSale ends;
  auto& cloud = ends.cloud();
  const auto state = cloud.link->state().encoded();
  auto entry = ends.draft(ends.edge(), ends.cash(yuan(5)));
  SECTION("beyond its chain") { entry.seen.number += 7; }
  SECTION("beside its chain") { entry.seen.hash.bytes[0] ^= 1; }
  ends.deliver(cloud, ends.batch(ends.edge(), entry.number, {encode(entry)}));
  CHECK(cloud.heard.error == LedgerErrc::seen_unknown);
  CHECK(cloud.heard.forgot_own);
  CHECK(cloud.link->row().asking);
  CHECK_FALSE(cloud.link->row().stopped.has_value());
  CHECK(cloud.link->state().encoded() == state);
  // The box's copy shows that nothing was forgotten; its real entry is taken.
  ends.exchange();
  CHECK_FALSE(cloud.link->row().asking);
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.exchange();
  CHECK(cloud.link->state().after(room).room == yuan(26));
}

TEST_CASE("an unknown kind is taken by its lines, stored and given back as it is") {
  for (const auto writer_end : {End::edge, End::cloud}) {
    TwoEnds ends(sodium);
    auto& writer = ends.at(writer_end);
    auto& reader = ends.peer_of(writer);
    auto entry = right_one(ends, writer_end);
    entry.kind = newer;
    entry.detail.assign({1, 2, 3});
    const auto written = ends.mint(writer, entry);
    ends.exchange();
    CHECK_FALSE(reader.heard.error.has_value());
    CHECK(reader.link->theirs().head() == writer.link->mine().head());
    CHECK(reader.link->theirs().at(written.number)->bytes == encode(written));
    if (writer_end == End::edge) CHECK(reader.link->state().after(room).room == yuan(25));
    CHECK(ends.edge().link->state().after(room).room == yuan(25));
    ends.mint(writer, right_one(ends, writer_end));
    ends.exchange();
    CHECK(ends.edge().link->state().after(room).room == yuan(30));
  }
}

TEST_CASE("an unknown request waits for its answer") {
  TwoEnds ends(sodium);
  auto entry = ends.recharge(yuan(1));
  entry.kind = Kind{0x8077};
  entry.lines = {};
  const auto asked = ends.mint(ends.cloud(), entry);
  ends.exchange();
  const auto& requests = ends.edge().link->state().requests();
  REQUIRE(requests.contains(asked.number));
  CHECK(requests.at(asked.number).kind == Kind{0x8077});
}

}  // namespace wattle::test
