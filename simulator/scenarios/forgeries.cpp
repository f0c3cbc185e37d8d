// What one entry too many, or one byte too many, would do.

#include "simulator/scenarios/stories.hpp"

#include "simulator/checks/books.hpp"
#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

/// A cloud one version ahead books a payment by an entry of a kind that neither end of today knows.
void unknown_kind_from_a_newer_cloud(World& world) {
  get_going(world);
  const auto holder = box_of(world, 1).holder;
  const StreamId down{{1}, holder, Direction::down};
  const auto payment = world.pay({102}, yuan(7));
  Entry made;
  made.stream = down;
  made.number = world.database().head(down).number + 1;
  made.kind = static_cast<Kind>(0x4242);
  made.room = RoomId{102};
  made.outside = OutsideId("pay/" + payment.number);
  made.lines.push_back({clearing_pocket(payment.provider), room_pocket({102}, holder), payment.amount, false});
  world.stop_cloud();
  auto bytes = encode(made);
  const auto hash = world.crypto().chain(world.database().head(down).hash, bytes);
  world.database().commit({AppendEntry{down, made.number, {std::move(bytes), hash, std::nullopt}}});
  world.start_cloud();
  world.settle_down(200);
  world.reach_point(box_of(world, 1).disk.head(down).number >= made.number, "the entry has not come to its box");
  end_well(world);
}

/// The caretaker's page has no check of its own: he types a sale with a minus.
void negative_cash(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(20));
  world.settle_down(200);
  auto& box = box_of(world, 1);
  const auto credit = box.engine->link().state().balance(room_pocket({102}, box.holder));
  world.reach_point(credit >= yuan(5), "the room has nothing to lose");
  world.to_box(box, edge::CashTaken{{102}, yuan(-5)});
  end_well(world);
}

/// The cloud has forgotten two recharges; the box gives them back with more money in them, signed with its own key.
void forged_copy(World& world) {
  get_going(world);
  world.backup();
  pay_in(world, 102, yuan(10));
  pay_in(world, 102, yuan(3));
  world.settle_down(300);
  restore_from(world, world.backups() - 1, true);
  bool forged = false;
  for (int step = 0; step < 400 && !forged; ++step) {
    world.settle_down(1);
    forged = world.forge_copies();
  }
  world.reach_point(forged, "no copy was under way");
  end_well(world);
}

namespace {

/// The box's next batch carries one more entry; the right cloud stops there, and a person fences the box.
void box_writes(World& world, const Line& line) {
  auto& box = box_of(world, 1);
  Entry bad;
  bad.kind = static_cast<Kind>(0x4243);
  bad.lines.push_back(line);
  bool slipped = false;
  world.to_box(box, edge::CashTaken{{102}, yuan(1)});
  for (int step = 0; step < 400 && !slipped; ++step) {
    slipped = world.slip_in(box, bad);
    if (!slipped) world.settle_down(1);
  }
  world.reach_point(slipped, "no batch was under way");
  world.settle_down(300);
  const auto& stopped = world.site()->link(box.holder)->row().stopped;
  if (!stopped || stopped->reason != LedgerErrc::illegal_line) world.check_at_rest();
  require(stopped && stopped->reason == LedgerErrc::illegal_line, "line table", "an illegal line is admitted");
  world.run();
}

}  // namespace

void box_sends_money_away_as_energy(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(5));
  world.settle_down(200);
  const auto holder = box_of(world, 1).holder;
  box_writes(world, {room_pocket({102}, holder), transit_pocket(world.random().uid()), yuan(50), true});
}

void box_pays_a_provider(World& world) {
  get_going(world);
  const auto holder = box_of(world, 1).holder;
  box_writes(world, {drawer_pocket(holder), clearing_pocket(Provider::wechat), yuan(50), false});
}

/// The box's disk loses two sales that the cloud has; cut off, it goes on alone and sells again.
void forgetful_cash_desk(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.to_box(box, edge::CashTaken{{102}, yuan(4)});
  world.to_box(box, edge::CashTaken{{105}, yuan(6)});
  world.settle_down(300);
  world.stop_box(box);
  forget(box, 2);
  world.cut(box, true, true);
  world.start_box(box);
  world.pass(minutes(2));
  const auto printed = world.facts().receipts.size();
  constexpr int sales = 4;
  for (int sale = 0; sale < sales; ++sale) world.to_box(box, edge::CashTaken{{102}, yuan(1 + sale)});
  world.reach_point(world.facts().receipts.size() == printed + sales, "the box does not sell alone");
  end_well(world);
}

/// Two boxes with one identity sell, cut off from each other; one of them hears of the other and must say so.
void clone_tells(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  auto& second = twin_of(world, box);
  world.pass(minutes(2));
  world.to_box(second, edge::CashTaken{{105}, yuan(2)});
  world.to_box(box, edge::CashTaken{{102}, yuan(3)});
  world.settle_down(200);
  const StreamId up{{1}, box.holder, Direction::up};
  const auto& known = world.database().head(up);
  world.reach_point(known == box.disk.head(up) && !(known == second.disk.head(up)), "the twins have not parted");
  world.cut(box, true, true);
  world.heal(second);
  world.settle_down(300);
  // It has healed: it is the box that stays. The other is thrown away.
  world.stop_box(box);
  second.clone = false;
  const auto gone = box.holder;
  std::erase_if(world.boxes(), [&](const auto& one) { return one->holder == gone && !one->engine; });
  end_well(world);
}

namespace {

/// A link's entries of room 102, as neither end writes them by itself.
class Told {
 public:
  explicit Told(LinkState state) : state_(std::move(state)) {}

  const LinkState& state() const { return state_; }
  const RoomState& room() const { return *state_.find({102}); }
  Pocket pocket() const { return room_pocket({102}, state_.holder()); }

  template <class T>
  Place asks(Kind kind, const T& detail, const Lines& lines = {}) {
    auto entry = made(Direction::down, kind, lines);
    set_detail(entry, detail);
    require(state_.apply(entry).has_value(), "story", "what the cloud says does not fit");
    return entry.place();
  }

  template <class T>
  Result<void> answers(Kind kind, const Place& cause, const T& detail, const Lines& lines) {
    auto entry = made(Direction::up, kind, lines);
    set_detail(entry, detail);
    entry.cause = cause;
    entry.after = state_.after({102});
    for (const auto& line : lines) entry.after->room.micros -= line.amount.micros;
    return state_.apply(entry);
  }

 private:
  Entry made(Direction direction, Kind kind, const Lines& lines) {
    Entry entry;
    entry.stream = {the_site, state_.holder(), direction};
    entry.number = ++number_;
    entry.kind = kind;
    entry.room = RoomId{102};
    entry.lines = lines;
    return entry;
  }

  LinkState state_;
  std::uint64_t number_ = 1000;
};

}  // namespace

/// A room's money is asked for, and twice that it closes; it closes once, and the other two are left. A box may answer them
/// neither with the next students' money nor with their stay. A right box leaves none, and one of whose answers is altered
/// under way has forked and writes no more: so this is told to the ledger itself.
void answers_for_a_past_stay(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(20));
  live(world, 100);
  Told told(box_of(world, 1).engine->link().state());  // in which all is that it has read
  const auto circuits = told.room().circuits;
  const Uid asked = world.random().uid();
  const Uid first = world.random().uid();
  const Uid second = world.random().uid();
  const auto request =
      told.asks(Kind::release_request, ReleaseRequest{asked, 1, Utility::none, yuan(5), ReleaseTo::provider, {}, {}});
  const auto close = told.asks(Kind::close_request, CloseRequest{first, 1, {}});
  const auto again = told.asks(Kind::close_request, CloseRequest{second, 1, {2}});
  const auto all = [&](const Uid& id, Money money) { return Lines{{told.pocket(), transit_pocket(id), money, false}}; };
  const bool closes = told.answers(Kind::close, close, Close{first, 1, circuits}, all(first, yuan(20))).has_value();
  told.asks(Kind::open, Open{2, circuits});
  told.asks(Kind::recharge, Credit{2}, {{clearing_pocket(Provider::wechat), told.pocket(), yuan(9), false}});
  world.reach_point(closes && told.room().open && told.room().opening == 2 && told.room().balance == yuan(9),
                    "the next students do not live there with money of theirs");
  const auto refused = [&](const Result<void>& answer) { return !answer && answer.error() == LedgerErrc::opening; };
  require(refused(told.answers(Kind::answer, request, Answer{asked, AnswerReason::released}, all(asked, yuan(5)))), "lie",
          "what was asked of the last students is released of these ones' money");
  for (const std::uint32_t opening : {1U, 2U})
    require(refused(told.answers(Kind::close, again, Close{second, opening, circuits}, all(second, yuan(9)))), "lie",
            "what was asked for the last stay ends this one");
  require(told.answers(Kind::answer, request, Answer{asked, AnswerReason::room_not_here}, {}).has_value(), "lie",
          "that the room of the request is not there any more is no answer");
  // What is taken back is answered at once, so that the swarm hardly ever meets a state in which it waits.
  told.asks(Kind::cancel, Cancel{second});
  check_kept(told.state(), the_site, world.crypto());
  end_well(world);
}

}  // namespace wattle::sim
