#pragma once
// One link's state under test: entries are put together against it, `after` included, and tried on a copy.

#include "tests/unit/shared/ledger/vector_story.hpp"

namespace wattle::paper {

inline Entry fitted(const LinkState& state, Entry entry) {
  if (entry.stream.direction != Direction::up || !entry.room) return entry;
  entry.after = state.after(*entry.room);
  const auto count = [&](const Pocket& pocket, std::int64_t micros) {
    if (pocket.holder != state.holder() || pocket.number != entry.room->value) return;
    if (pocket.kind == PocketKind::room) entry.after->room.micros += micros;
    if (pocket.kind == PocketKind::allow) entry.after->allow.micros += micros;
  };
  for (const auto& line : entry.lines) count(line.from, -line.amount.micros), count(line.to, line.amount.micros);
  return entry;
}

inline void check_refused(const LinkState& state, const Entry& entry, LedgerErrc code, const char* what) {
  INFO(to_text(entry.kind) << " " << entry.number << ": " << what);
  auto copy = state;
  const auto ok = copy.apply(fitted(state, entry));
  REQUIRE_FALSE(ok.has_value());
  CHECK(std::string(word(static_cast<LedgerErrc>(ok.error().value()))) == word(code));
  CHECK(copy.encoded() == state.encoded());
}

template <class T, class F>
void change(Entry& entry, const F& spoil) {
  auto detail = *detail_of<T>(entry);
  spoil(detail);
  set_detail(entry, detail);
}

/// The state before each entry of one direction, in the order of `seen`.
template <class F>
void each_before(PaperSite& paper, Holder holder, Direction direction, const F& look) {
  LinkState state(site, holder, crypto());
  in_order(paper, holder, [&](const Record& record) {
    const auto entry = decode_entry(record.bytes).value();
    if (entry.stream.direction == direction) look(state, entry);
    REQUIRE(state.apply(entry).has_value());
  });
}

inline void give(LinkState& state, RoomId room, Money amount) {
  Entry made;
  made.stream = {site, state.holder(), Direction::down};
  made.kind = Kind::recharge;
  made.room = room;
  made.lines = {{clearing_pocket(Provider::wechat), room_pocket(room, state.holder()), amount, false}};
  set_detail(made, Credit{1});
  REQUIRE(state.apply(made).has_value());
}

/// Of kinds whose amounts follow from something else; a sale is for whatever was paid.
inline std::optional<LedgerErrc> refusal_of_other_amount(const Entry& entry, std::size_t at) {
  const bool of_allowance = entry.lines[at].from.kind == PocketKind::allow;
  switch (entry.kind) {
    case Kind::consumption: return of_allowance ? LedgerErrc::split_wrong : LedgerErrc::price_wrong;
    case Kind::answer: return of_allowance ? std::nullopt : std::optional(LedgerErrc::released_too_much);
    case Kind::close:
    case Kind::redeem: return LedgerErrc::line_missing;
    default: return std::nullopt;
  }
}

inline LedgerErrc refusal_of_fewer_lines(const Entry& entry, std::size_t at) {
  const bool of_allowance = entry.lines[at].from.kind == PocketKind::allow;
  switch (entry.kind) {
    case Kind::consumption: return of_allowance ? LedgerErrc::split_wrong : LedgerErrc::price_wrong;
    case Kind::redeem: return LedgerErrc::detail;
    default: return LedgerErrc::line_missing;
  }
}

inline std::optional<LedgerErrc> refusal_of_repetition(const Entry& entry) {
  switch (entry.kind) {
    case Kind::consumption:
    case Kind::meter_change: return LedgerErrc::reading_chain;
    case Kind::answer:
    case Kind::close: return LedgerErrc::request_unknown;
    case Kind::redeem: return entry.cause ? LedgerErrc::code_unknown : LedgerErrc::code_used;
    case Kind::grant: return LedgerErrc::before_grant;
    case Kind::open: return LedgerErrc::room_open;
    case Kind::price:
    case Kind::config: return LedgerErrc::detail;
    case Kind::close_request:
    case Kind::release_request: return LedgerErrc::outside_id_used;
    default: return std::nullopt;
  }
}

struct Priced {
  std::uint32_t price = flat;
  std::uint32_t period = 0;
  std::optional<std::uint32_t> priced_as = {};
};

/// Box A with room 1 open: one circuit that has been charged, and twenty yuan.
class Bench {
 public:
  struct Asked {
    Uid id;
    std::uint32_t opening = 1;
    Place place;
  };
  Bench() : state_(site, box_a, crypto()) {
    PaperSite paper;
    paper.fit(box_a, room_1, {1}, {5001}, 100);
    paper.recharge(box_a, room_1, "P1", yuan(20));
    paper.consume(box_a, room_1, 4100);
    state_ = fold(paper, box_a);
    up_ = paper.stream(box_a, Direction::up).head().number;
    down_ = paper.stream(box_a, Direction::down).head().number;
  }

  const CircuitFigures& circuit() const { return state_.find(room_1)->circuits.at(0); }
  Money money() const { return state_.balance(room_pocket(room_1, box_a)); }

  void takes(const Entry& entry) {
    INFO(to_text(entry.kind));
    auto copy = state_;
    const auto ok = copy.apply(fitted(state_, entry));
    INFO((ok ? "" : ok.error().message()));
    CHECK(ok.has_value());
  }
  void refuses(const Entry& entry, LedgerErrc code) { check_refused(state_, entry, code, "against the bench"); }
  void applies(const Entry& entry) {
    const auto ok = state_.apply(fitted(state_, entry));
    INFO(to_text(entry.kind) << " " << (ok ? "" : ok.error().message()));
    REQUIRE(ok.has_value());
    (entry.stream.direction == Direction::up ? up_ : down_) += 1;
  }

  template <class T>
  Entry entry(Kind kind, const std::string& outside, const T& detail) {
    return made(Direction::up, kind, room_1, outside, detail);
  }
  template <class T>
  Entry down(Kind kind, std::optional<RoomId> room, const T& detail) {
    return made(Direction::down, kind, room, "", detail);
  }

  /// Priced as its price has it, so that only what it is asked of the readings, the price or the period can be wrong.
  Entry slice(std::int64_t from, std::int64_t to, const Priced& how = {}) {
    const auto& figures = circuit();
    const auto& plan = state_.prices().at(how.priced_as.value_or(how.price));
    const auto cost = charge(plan, 0, {to - from}, how.period, figures.accrued).value();
    auto made = entry(Kind::consumption, "",
                      Consumption{figures.circuit, {from}, {to}, how.price, 0, cost.after, SplitBy::one_price, {}});
    const auto allow = allow_pocket(room_1, Utility::electricity, box_a);
    const auto free = min(cost.amount, max(state_.balance(allow), Money{}));
    const Money rest{cost.amount.micros - free.micros};
    const auto sold = sold_pocket(Utility::electricity, box_a);
    if (free.micros > 0) made.lines.push_back({allow, sold, free, true});
    if (rest.micros > 0) made.lines.push_back({room_pocket(room_1, box_a), sold, rest, true});
    return made;
  }
  Entry release(const Asked& asked, Money amount) {
    auto made = entry(Kind::answer, "", Answer{asked.id, AnswerReason::released});
    made.cause = asked.place;
    made.lines = {{room_pocket(room_1, box_a), transit_pocket(asked.id), amount, false}};
    return made;
  }
  Entry refusal(const Asked& asked) {
    auto made = entry(Kind::answer, "", Answer{asked.id, AnswerReason::nothing_left});
    made.cause = asked.place;
    return made;
  }
  Entry close_entry(const Asked& asked) {
    auto made = entry(Kind::close, "", Close{asked.id, asked.opening, state_.find(room_1)->circuits});
    made.cause = asked.place;
    const auto leave = [&](const Pocket& pocket, Utility utility) {
      const auto there = state_.balance(pocket);
      if (there.micros > 0) made.lines.push_back({pocket, transit_pocket(asked.id, utility), there, false});
    };
    leave(room_pocket(room_1, box_a), Utility::none);
    leave(allow_pocket(room_1, Utility::electricity, box_a), Utility::electricity);
    return made;
  }
  Entry cash(Money amount) {
    auto made = entry(Kind::cash, "receipt/" + to_hex(uid(31)), Cash{uid(31), 1});
    made.lines = {{drawer_pocket(box_a), room_pocket(room_1, box_a), amount, false}};
    return made;
  }
  Entry redeem(const CodeName& name, Money amount, std::optional<Place> issue = {}) {
    auto made = entry(Kind::redeem, "", Redeem{name, amount});
    made.cause = issue;
    made.lines = {{codes_pocket(box_a), room_pocket(room_1, box_a), amount, false}};
    return made;
  }

  void price(const PricePlan& plan) { applies(down(Kind::price, {}, plan)); }
  void recharge(Money amount) {
    give(state_, room_1, amount);
    ++down_;
  }
  void allow(Money amount) {
    auto made = down(Kind::allowance, room_1, Credit{1});
    made.lines = {{subsidy_pocket(), allow_pocket(room_1, Utility::electricity, box_a), amount, false}};
    applies(made);
  }
  /// Another room at the same box, with so much money.
  void open_neighbour(Money amount) {
    auto figures = circuit();
    figures.circuit = {2};
    figures.meter = {5003};
    applies(down(Kind::open, room_2, Open{1, {figures}}));
    give(state_, room_2, amount);
    ++down_;
  }
  Asked ask_release(Money at_most, std::uint32_t opening = 1) {
    const Asked asked{uid(++ids_), opening, {box_a, Direction::down, down_ + 1}};
    applies(down(Kind::release_request, room_1, ReleaseRequest{asked.id, opening, Utility::none, at_most, {}, {}, {}}));
    return asked;
  }
  Asked ask_close() {
    const auto opening = state_.find(room_1)->opening;
    const Asked asked{uid(++ids_), opening, {box_a, Direction::down, down_ + 1}};
    applies(down(Kind::close_request, room_1, CloseRequest{asked.id, opening, {}}));
    return asked;
  }
  void cancel(const Asked& asked) { applies(down(Kind::cancel, room_1, Cancel{asked.id})); }
  void close() { applies(close_entry(ask_close())); }
  /// The room leaves and comes back with these figures.
  void reopen(const CircuitFigures& figures, std::uint32_t opening = 1) {
    const auto kept = figures;
    if (state_.find(room_1)->open) close();
    applies(down(Kind::open, room_1, Open{opening, {kept}}));
  }
  Place issue(const CodeName& name, Money amount, std::uint32_t opening) {
    const Place place{box_a, Direction::down, down_ + 1};
    auto made = down(Kind::code_issue, room_1, Code{name, amount, opening});
    made.lines = {{clearing_pocket(Provider::alipay), codes_pocket(box_a), amount, false}};
    applies(made);
    return place;
  }

 private:
  template <class T>
  Entry made(Direction direction, Kind kind, std::optional<RoomId> room, const std::string& outside, const T& detail) {
    Entry made;
    made.stream = {site, box_a, direction};
    made.number = (direction == Direction::up ? up_ : down_) + 1;
    made.kind = kind;
    made.room = room;
    made.outside = OutsideId(outside);
    set_detail(made, detail);
    return made;
  }

  LinkState state_;
  std::uint64_t up_ = 0;
  std::uint64_t down_ = 0;
  std::uint8_t ids_ = 100;
};

}  // namespace wattle::paper
