// A campaign of random faults on real transports: noise, cut frames, dead and slow meters, swapped addresses, torn connections,
// adapters pulled out, while relays are ordered to and fro. No wrong reading is accepted meanwhile, and when the faults end
// every relay is where it was last ordered. WATTLE_BUS_POINTS: how many points; each says its seed. WATTLE_BUS_FIRST: the
// first.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <thread>
#include <utility>

#include "tests/integration/bus/fault_point.hpp"

namespace wattle::bus_faults {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t usual_points = 252;
constexpr std::size_t points_at_once = 32;  // of each thread; most of a point's time is waiting
constexpr unsigned threads_at_most = 2;
constexpr int turns = 120;            // longer than a meter is left alone after a silence
constexpr int good_turns_wanted = 4;  // what moves after the first good one is seen too
constexpr auto a_turn = std::chrono::milliseconds(25);
constexpr auto healing_at_most = std::chrono::seconds(60);  // on a busy machine
constexpr auto ends_within = std::chrono::milliseconds(500);

struct Figures {
  std::uint64_t points = 0, readings = 0, transactions = 0, silences = 0, broken = 0, reopens = 0, pulled = 0, dropped = 0,
                cuts = 0, lates = 0;
  std::chrono::duration<double> healing{}, longest{};

  void add(const Point& point, Clock::duration healed_in) {
    const auto& counted = point.counters();
    ++points;
    readings += point.readings();
    transactions += counted.transactions;
    silences += counted.silences;
    broken += counted.broken;
    reopens += counted.reopens;
    pulled += point.pulled();
    dropped += point.dropped();
    cuts += point.cuts();
    lates += point.lates();
    healing += healed_in;
    longest = std::max(longest, std::chrono::duration<double>(healed_in));
  }
  void add(const Figures& other) {
    points += other.points;
    readings += other.readings;
    transactions += other.transactions;
    silences += other.silences;
    broken += other.broken;
    reopens += other.reopens;
    pulled += other.pulled;
    dropped += other.dropped;
    cuts += other.cuts;
    lates += other.lates;
    healing += other.healing;
    longest = std::max(longest, other.longest);
  }
};

/// What came of some points; those with something wrong in words.
struct Outcome {
  std::array<Figures, Point::ways> of;
  std::vector<std::string> wrong;
};

/// Each point on its own way through faults, healing and the look at what has become of it; as many at once as are worth it.
class Campaign {
 public:
  Campaign(std::uint64_t first, std::uint64_t end, std::uint64_t step) : next_(first), end_(end), step_(step) {}

  Outcome run() {
    while (next_ < end_ || !running_.empty() || !ending_.empty()) {
      for (; running_.size() < points_at_once && next_ < end_; next_ += step_)
        running_.push_back({std::make_unique<Point>(loop_, next_), 0, 0, {}});
      loop_.restart();
      loop_.run_for(a_turn);
      for (auto& one : std::exchange(running_, {}))
        if (!is_over(one)) running_.push_back(std::move(one));
      while (!ending_.empty() && ending_.front().second < Clock::now()) ending_.pop_front();
    }
    return std::move(outcome_);
  }

 private:
  struct Running {
    std::unique_ptr<Point> point;
    int turn = 0;
    int good_turns = 0;  // in a row
    Clock::time_point healed_from;
  };

  bool is_over(Running& one) {
    if (one.turn < turns) {
      one.point->mischief();
      if (++one.turn < turns) return false;
      one.point->heal();
      one.healed_from = Clock::now();
      return false;
    }
    one.good_turns = one.point->is_healed() ? one.good_turns + 1 : 0;
    const bool is_healed = one.good_turns >= good_turns_wanted;
    const auto took = Clock::now() - one.healed_from;
    if (!is_healed && took < healing_at_most) return false;
    auto& point = *one.point;
    outcome_.of[static_cast<std::size_t>(point.way())].add(point, took);
    if (!is_healed) outcome_.wrong.push_back("not healed: " + point.told());
    if (point.readings() == 0) outcome_.wrong.push_back("nothing was read: " + point.told());
    for (const auto& reading : point.wrong()) outcome_.wrong.push_back(reading + ": " + point.told());
    point.stop();
    ending_.emplace_back(std::move(one.point), Clock::now() + ends_within);
    return true;
  }

  asio::io_context loop_{1};
  std::uint64_t next_, end_, step_;
  std::vector<Running> running_;
  std::deque<std::pair<std::unique_ptr<Point>, Clock::time_point>> ending_;
  Outcome outcome_;
};

std::uint64_t number_from(const char* name, std::uint64_t usual) {
  const char* text = std::getenv(name);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

/// Seeds go round the threads with the ways, so that each thread has them all.
std::vector<Outcome> campaign(std::uint64_t first, std::uint64_t count) {
  const std::uint64_t threads = std::clamp(std::thread::hardware_concurrency(), 1u, threads_at_most);
  std::vector<Outcome> outcomes(threads);
  std::vector<std::thread> running;
  for (std::uint64_t n = 0; n < threads; ++n)
    running.emplace_back([&, n] { outcomes[n] = Campaign(first + n, first + count, threads).run(); });
  for (auto& thread : running) thread.join();
  return outcomes;
}

void tell(const std::array<Figures, Point::ways>& of) {
  for (std::size_t way = 0; way < of.size(); ++way) {
    const auto& all = of[way];
    const auto of_each = static_cast<double>(std::max<std::uint64_t>(all.points, 1));
    std::cout << way_names[way] << ": points " << all.points << ", readings " << all.readings << ", questions "
              << all.transactions << ", silences " << all.silences << ", broken " << all.broken << ", reopened " << all.reopens
              << ", pulled out " << all.pulled << ", dropped " << all.dropped << ", cut " << all.cuts << ", late " << all.lates
              << ", healed in " << all.healing.count() / of_each << " s, at most " << all.longest.count() << " s\n";
  }
}

}  // namespace

TEST_CASE("through any faults no wrong reading is accepted, and no relay is left wrong", "[faults]") {
  const auto points = number_from("WATTLE_BUS_POINTS", usual_points);
  const auto begin = Clock::now();
  const auto outcomes = campaign(number_from("WATTLE_BUS_FIRST", 1), points);
  std::array<Figures, Point::ways> all;
  for (const auto& outcome : outcomes) {
    for (const auto& wrong : outcome.wrong) FAIL_CHECK(wrong);
    for (std::size_t way = 0; way < all.size(); ++way) all[way].add(outcome.of[way]);
  }
  tell(all);
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::cout << points << " points in " << took.count() << " s" << std::endl;
  if (points < usual_points) return;  // somebody looks at a few
  Figures plugged, dialled;           // what comes seldom need not come on each way
  for (std::size_t way = 0; way < all.size(); ++way) {
    INFO(way_names[way]);
    CHECK(all[way].points >= usual_points / Point::ways);
    CHECK(all[way].readings > all[way].points);
    CHECK(all[way].silences + all[way].broken > 0);
    CHECK(all[way].lates > 0);
    (is_serial(static_cast<Way>(way)) ? plugged : dialled).add(all[way]);
  }
  CHECK(plugged.cuts > 0);
  CHECK(dialled.cuts > 0);
  CHECK(plugged.pulled > 0);
  CHECK(plugged.reopens > 0);
  CHECK(dialled.dropped > 0);
  CHECK(dialled.reopens > 0);
}

TEST_CASE("an adapter that is pulled out takes no reading and no order with it", "[faults]") {
  asio::io_context loop(1);
  std::vector<std::unique_ptr<Point>> all;
  for (std::uint64_t way = 0; way < Point::ways; ++way)
    if (is_serial(static_cast<Way>(way))) all.push_back(std::make_unique<Point>(loop, 900 + way, static_cast<Way>(way)));
  const auto each = [&](const auto& condition) { return std::all_of(all.begin(), all.end(), condition); };
  const auto comes = [&](const auto& condition) {
    const auto give_up = Clock::now() + healing_at_most;
    while (!each(condition) && Clock::now() < give_up) loop.run_for(a_turn);
    return each(condition);
  };
  const auto order_all = [&](bool close) {
    for (const auto& point : all)
      for (std::uint64_t n = 0; n < meters_a_bus; ++n) point->order(n, close);
  };
  for (const auto& point : all) point->heal();  // no other fault than this one
  order_all(true);
  CHECK(comes([](const auto& point) { return point->readings() > 0 && point->is_healed(); }));
  for (const auto& point : all) point->adapter().unplug();
  CHECK(comes([](const auto& point) { return point->is_away(); }));
  std::vector<std::uint64_t> read_before;
  for (const auto& point : all) read_before.push_back(point->readings());
  order_all(false);  // what the meters cannot hear yet
  loop.run_for(4 * a_turn);
  for (std::size_t n = 0; n < all.size(); ++n) CHECK(all[n]->readings() == read_before[n]);
  for (const auto& point : all)
    if (point->can_switch()) CHECK_FALSE(point->is_healed());
  for (const auto& point : all) point->forget_readings();
  for (const auto& point : all) CHECK(point->adapter().plug());
  if (!comes([](const auto& point) { return point->is_healed(); }))
    for (const auto& point : all)
      if (!point->is_healed()) FAIL_CHECK(point->told());
  for (std::size_t n = 0; n < all.size(); ++n) {
    INFO(all[n]->told());
    CHECK(all[n]->wrong() == std::vector<std::string>{});
    CHECK(all[n]->counters().reopens == 1);
    CHECK(all[n]->readings() > read_before[n]);
    all[n]->stop();
  }
  loop.run_for(ends_within);
}

}  // namespace wattle::bus_faults
