// A correction names what was charged; the cloud admits no more than that, whatever a box writes.

#include <catch2/catch.hpp>

#include "shared/sync/corrections.hpp"
#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

constexpr auto charged_box = TwoEnds::box;
constexpr auto charged_room = TwoEnds::room;
const Pocket own = room_pocket(charged_room, charged_box);
const Pocket allowance = allow_pocket(charged_room, Utility::electricity, charged_box);
const Pocket sold = sold_pocket(Utility::electricity, charged_box);

/// The room has been charged 3,000 micro-units, of which its allowance paid 1,000.
class ChargedEnds : public TwoEnds {
 public:
  ChargedEnds() : TwoEnds(sodium) {
    mint(cloud(), made(Kind::price, {}, PricePlan{1, 1, {}, TierPeriod::none, {Band{{Tier{0, 300'000}}}}}, {}));
    mint(cloud(), made(Kind::allowance, charged_room, Credit{1}, {{subsidy_pocket(), allowance, {1000}, false}}));
    exchange();
    const auto& circuit = edge().link->state().find(charged_room)->circuits.at(0);
    const Consumption slice{circuit.circuit, circuit.reading, {circuit.reading.units + 10}, 1, 0, {0, 10, 0}, {}, {}};
    charged = mint(edge(),
                   made(Kind::consumption, charged_room, slice, {{allowance, sold, {1000}, true}, {own, sold, {2000}, true}}));
    exchange();
  }

  template <class T>
  static Entry made(Kind kind, std::optional<RoomId> of, const T& detail, const Lines& lines) {
    Entry entry;
    entry.kind = kind;
    entry.room = of;
    entry.lines = lines;
    set_detail(entry, detail);
    return entry;
  }
  Entry correction(const Lines& lines) const {
    auto entry = made(Kind::correction, charged_room, Credit{1}, lines);
    entry.outside = OutsideId("order/1");
    entry.cause = charged.place();
    return entry;
  }
  /// As a box would write it that has no gate of its own; behind it in the same batch perhaps another.
  LedgerErrc refusal_of_batch(std::vector<Entry> entries) {
    auto after = edge().link->state().after(charged_room);
    auto number = edge().link->mine().head().number;
    std::vector<Bytes> bytes;
    for (auto& entry : entries) {
      entry.stream = edge().link->mine().id();
      entry.number = ++number;
      entry.seen = edge().link->theirs().head();
      for (const auto& line : entry.lines) {
        const auto count = [&](const Pocket& pocket, std::int64_t micros) {
          if (pocket.kind == PocketKind::room) after.room.micros += micros;
          if (pocket.kind == PocketKind::allow) after.allow.micros += micros;
        };
        count(line.from, -line.amount.micros), count(line.to, line.amount.micros);
      }
      entry.after = after;
      bytes.push_back(encode(entry));
    }
    const auto& heard = deliver(cloud(), batch(edge(), edge().link->mine().head().number + 1, bytes));
    return heard.error.value_or(LedgerErrc{});
  }
  LedgerErrc refusal(const Lines& lines) { return refusal_of_batch({correction(lines)}); }

  Entry charged;
};

void check_word(LedgerErrc is, LedgerErrc expected) { CHECK(std::string(word(is)) == word(expected)); }

}  // namespace

TEST_CASE("the cloud admits what a consumption has taken, the room's money first, and then nothing more") {
  ChargedEnds ends;
  ends.mint(ends.edge(), ends.correction({{sold, own, {1500}, false}}));
  ends.mint(ends.edge(), ends.correction({{sold, own, {500}, false}, {sold, allowance, {1000}, false}}));
  ends.mint(ends.edge(), ends.correction({{own, sold, {3000}, false}}));
  ends.exchange();
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
  check_word(ends.refusal({{sold, own, {1}, false}}), LedgerErrc::amount);
}

TEST_CASE("a box that gives back more than was charged is stopped") {
  ChargedEnds ends;
  const auto state = ends.cloud().link->state().encoded();
  auto code = LedgerErrc::amount;
  SECTION("to the room") { check_word(ends.refusal({{sold, own, {2001}, false}}), code); }
  SECTION("to the allowance") {
    check_word(ends.refusal({{sold, own, {2000}, false}, {sold, allowance, {1001}, false}}), code);
  }
  SECTION("to an allowance that paid nothing") {
    const auto other = allow_pocket(charged_room, Utility::cold_water, charged_box);
    check_word(ends.refusal({{sold, own, {2000}, false}, {sold, other, {1}, false}}), code);
  }
  SECTION("in two steps of one batch") {
    const auto half = ends.correction({{sold, own, {1500}, false}});
    check_word(ends.refusal_of_batch({half, half}), code);
  }
  SECTION("again, as much as it cost and more") { check_word(ends.refusal({{own, sold, {3001}, false}}), code); }
  SECTION("allowance before the room's money") {
    code = LedgerErrc::split_wrong;
    check_word(ends.refusal({{sold, own, {1999}, false}, {sold, allowance, {1}, false}}), code);
  }
  SECTION("of another utility") {
    code = LedgerErrc::line_missing;
    check_word(ends.refusal({{sold_pocket(Utility::cold_water, charged_box), own, {1}, false}}), code);
  }
  SECTION("of what was no consumption") {
    code = LedgerErrc::request_unknown;
    ends.charged = ends.mint(ends.edge(), ends.cash(yuan(5)));
    ends.exchange();
    check_word(ends.refusal({{sold, own, {1}, false}}), code);
    return;
  }
  SECTION("of an entry that there is not") {
    code = LedgerErrc::request_unknown;
    ends.charged.number += 1;
    check_word(ends.refusal({{sold, own, {1}, false}}), code);
  }
  CHECK(ends.cloud().link->state().encoded() == state);
  CHECK(ends.cloud().link->row().stopped.has_value());
}

TEST_CASE("a box writes no correction itself that the cloud would refuse") {
  ChargedEnds ends;
  Commit commit;
  const auto place = ends.edge().link->mint(ends.correction({{sold, own, {2001}, false}}), commit);
  REQUIRE_FALSE(place.has_value());
  check_word(static_cast<LedgerErrc>(place.error().value()), LedgerErrc::amount);
}

TEST_CASE("the next students neither get back nor pay what those before them were charged") {
  ChargedEnds ends;
  const auto& state = ends.cloud().link->state();
  auto close = ends.made(Kind::close, charged_room, Close{{}, 1, {}}, {});
  const auto entries = [&](std::uint64_t number) {
    return std::optional(number == ends.charged.number ? ends.charged : close);
  };
  auto late = ends.correction({{sold, own, {1}, false}});
  late.number = ends.charged.number + 2;
  CHECK(check_correction(late, state, entries).has_value());  // it came back in the same stay
  set_detail(close, Close{{}, 2, {}});
  const auto refused = check_correction(late, state, entries);
  REQUIRE_FALSE(refused.has_value());
  check_word(static_cast<LedgerErrc>(refused.error().value()), LedgerErrc::opening);
}

/// Seed 113164: a clone that had dropped what was settled was left over, and was to go on from what the other had written.
TEST_CASE("a correction is given back to a box that has dropped the consumption meanwhile") {
  ChargedEnds ends;
  ends.mint(ends.edge(), ends.made(Kind::settlement, {}, Settlement{ends.edge().link->state().hash()}, {}));
  ends.exchange();
  const auto& up = ends.edge().link->mine();
  const auto settled = up.head();
  auto forgetful = ends.edge().store;
  REQUIRE(forgetful.commit({DropBelow{up.id(), settled.number}}));
  ends.mint(ends.edge(), ends.correction({{sold, own, {1500}, false}}));
  ends.exchange();
  Link link(End::edge, TwoEnds::site, charged_box, forgetful, sodium, ends.edge().signer, ends.cloud().signer.key());
  REQUIRE_FALSE(link.mine().at(ends.charged.number).has_value());

  Commit commit;
  link.ask(commit);
  const Copy copy{settled, {up.at(up.head().number)->bytes}, up.head(), ends.edge().link->sign(up.head())};
  const auto taken_back = link.take_back(copy, commit);
  check_word(taken_back.error, LedgerErrc{});
  REQUIRE(taken_back.outcome == TakeBack::done);
  CHECK(link.mine().head() == up.head());
  CHECK(link.state().encoded() == ends.edge().link->state().encoded());
}

}  // namespace wattle::test
