#include "simulator/scenarios/lies.hpp"

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

constexpr int steps_max = 600;  // until the entry is under way

const std::optional<Stopped>& stopped_at(World& world, const BoxNode& box, Direction direction) {
  return direction == Direction::up ? world.site()->link(box.holder)->row().stopped : box.engine->link().row().stopped;
}

/// The number of the entry that was altered.
std::uint64_t put_in_place(World& world, BoxNode& box, const Lie& lie, Direction direction) {
  std::uint64_t number = 0;
  const StreamId id{the_site, box.holder, direction};
  const auto& reader = direction == Direction::up ? world.database() : box.disk;
  const auto alter = [&](Entry& entry) {
    number = entry.number;
    return reader.head(id).number < number && lie.alter(box, entry);  // else the reader has what it stands for
  };
  for (int step = 0; step < steps_max; ++step) {
    if (world.tamper(box, direction, alter)) return number;
    if (step % 20 == 19) world.read_meters(box);
    world.settle_down(1);
  }
  throw Violation("story", std::string("what would be a lie is never under way: ") + lie.what);
}

void tell(const Lie& lie, Direction direction, const Trace& trace) {
  Options options;
  options.steps = 0;
  options.faults.reset();
  options.trace = trace;
  World world(options);
  get_going(world);
  pay_in(world, 102, yuan(20));
  live(world, 100);
  auto& box = box_of(world, 1);
  lie.deed(world, box);
  const auto number = put_in_place(world, box, lie, direction);
  world.settle_down(100);
  const auto& stopped = stopped_at(world, box, direction);
  const auto reader = std::string(direction == Direction::up ? "the cloud" : "a box");
  require(stopped.has_value(), "lie", reader + " takes " + lie.what);
  require(stopped->reason == lie.reason && stopped->number == number, "lie",
          reader + " refuses " + lie.what + " as " + word(stopped->reason) + " of entry " + std::to_string(stopped->number));
  const StreamId id{the_site, box.holder, direction};
  const auto& disk = direction == Direction::up ? world.database() : box.disk;
  require(disk.head(id).number < number, "lie", reader + " has stored " + lie.what);
  world.run();
}

}  // namespace

void tell(World& world, std::span<const Lie> lies, Direction direction) {
  world.reach_point(!lies.empty(), "nothing is told");
  for (const auto& lie : lies) tell(lie, direction, world.options().trace);
}

void take_cash(World& world, BoxNode& box) { world.to_box(box, edge::CashTaken{{102}, yuan(1)}); }

/// Five yuan of nine that are paid for it.
void ask_back(World& world, BoxNode&) {
  const auto payment = world.pay({102}, yuan(9));
  world.give(payment);
  live(world, 60);
  ReleaseRequest request{world.random().uid(), 1, Utility::none, yuan(5), ReleaseTo::provider, {}, {}};
  request.payments.push_back({payment.provider, payment.number, payment.amount});
  world.give(cloud::Release{{102}, request});
}

void move_away(World& world, BoxNode&) { move_to(world, 102, 2); }

void book_code(World& world, BoxNode&) {
  world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();
  world.give(sold);
}

bool becomes(Entry& entry, Kind from, Kind to, const Lines& lines) {
  if (!is(entry, from)) return false;
  entry.kind = to;
  entry.outside = {};
  entry.lines = lines;
  return true;
}

Pocket room_of(const BoxNode& box, std::uint32_t room) { return room_pocket({room}, box.holder); }

Holder beside(const BoxNode& box) { return {{box.holder.edge.value + 1}, box.holder.incarnation}; }

Uid first_asked(const BoxNode& box) {
  const auto& down = box.engine->link().down();
  for (std::uint64_t number = 1; number <= down.head().number; ++number) {
    const auto entry = decode_entry(down.at(number)->bytes);
    if (entry && is(*entry, Kind::release_request)) return detail_of<ReleaseRequest>(*entry).value_or(ReleaseRequest{}).id;
  }
  throw Violation("story", "the box was asked for nothing");
}

}  // namespace wattle::sim
