// A box comes back after a week without uplink: its hourly slices and its recorded readings over a real broker to the real
// wattle-cloud, and what is recorded meanwhile. The box is the product's engine, ring, recorder and sender in this process;
// what the week has left behind is made directly, at the speed of the machine.

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "edge/readings_line.hpp"
#include "edge/store/store.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/history.hpp"
#include "tests/integration/cloud/cloud_site.hpp"

namespace wattle::bench {

namespace {

constexpr double money_target_s = 2;
constexpr double all_target_s = 60;
constexpr double live_target_s = 3;
constexpr int patience_s = 600;
constexpr std::uint32_t live_circuit = 9;
constexpr std::size_t ring_write_chunks = 2000;

struct Size {
  std::uint32_t rooms;
  std::int64_t days;
  std::int64_t month_days;  // of the first room
};

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * 4096 / (1024 * 1024);
}

/// Processor time of a process so far: beside the seconds by the wall it says what another load on the machine has cost.
double processor_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string field;
  std::getline(file, field, ')');
  constexpr int fields_before = 11;
  for (int i = 0; i < fields_before; ++i) file >> field;
  double user = 0;
  double system = 0;
  file >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string time_of(Instant at) {
  std::array<char, 40> text{};
  const auto time = static_cast<std::time_t>(at.micros / 1'000'000);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

/// Its clock can be moved on, both hands.
struct OutageClock {
  Duration wall;
  Duration tick;
  Now now() const {
    auto now = read_clocks();
    return {now.wall + wall, now.tick + tick};
  }
};

class Week {
 public:
  explicit Week(Size size)
      : size_(size),
        clock_{{-days(size.days).micros}, {}},
        box_(
            site_, 7, [this] { return clock_.now(); }, open_books()) {}

  void run(const Report& report) {
    fit();
    be_away();
    fill_ring();
    come_back(report);
    read_month(report);
  }

 private:
  void fit() {
    WATTLE_CHECK(site_.put("/api/v1/prices/1", R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})").status == 201);
    for (std::uint32_t i = 0; i < size_.rooms; ++i) {
      const auto room = std::to_string(room_of(i).value);
      const auto circuit = std::to_string(circuit_of(i).value);
      const auto meter = std::to_string(70'000'000 + i);
      WATTLE_CHECK(site_
                       .post("/api/v1/rooms", R"({"room":)" + room + R"(,"edge":7,"circuits":[{"circuit":)" + circuit +
                                                  R"(,"meter":)" + meter + R"(,"first_reading":0}]})")
                       .status == 201);
      WATTLE_CHECK(site_.recharge(static_cast<int>(room_of(i).value), "100", "key-" + room).status == 201);
    }
    WATTLE_CHECK(box_.until([&] { return box_.balance(room_of(size_.rooms - 1)) == yuan(100); }, patience_s));
  }

  /// Each hour a reading of each meter, and the slice that it closes.
  void be_away() {
    bool stopped = false;
    box_.mqtt->stop([&] { stopped = true; });
    WATTLE_CHECK(box_.until([&] { return stopped; }));
    box_.give(edge::Disconnected{});
    for (std::int64_t hour = 1; hour <= size_.days * 24; ++hour) {
      clock_.wall.micros += hours(1).micros;
      clock_.tick.micros += hours(1).micros;
      for (std::uint32_t i = 0; i < size_.rooms; ++i)
        box_.give(edge::MeterRead{room_of(i), circuit_of(i), {70'000'000U + i}, {hour * 100}, true});
      box_.give(edge::Swept{});
    }
    entries_ = box_.engine->session().backlog();
  }

  void fill_ring() {
    auto ring = edge::ReadingsRing::open(ring_file(), edge::ring_bytes_usual, box_.crypto);
    WATTLE_CHECK(ring.has_value());
    edge::RingWrite write;
    const auto flush = [&] {
      WATTLE_CHECK((*ring)->write(write).has_value());
      write.closed.clear();
    };
    std::vector<Room> rooms;
    for (std::uint32_t i = 0; i < size_.rooms; ++i) rooms.emplace_back(i);
    const auto now = wall_clock();
    const auto end = Instant{now.micros - now.micros % minutes(15).micros};
    month_begins_ = end - days(size_.month_days);
    for (auto at = month_begins_; at < end; at = at + minutes(15)) {
      for (std::uint32_t i = 0; i < (at >= end - days(size_.days) ? size_.rooms : 1); ++i)
        write.closed.push_back(encode(rooms[i].next_quarter(at))), readings_ += 15;
      if (write.closed.size() >= ring_write_chunks) flush();
    }
    flush();
    chunks_ = (*ring)->chunks();
    WATTLE_CHECK((*ring)->losses().full == 0);
  }

  void come_back(const Report& report) {
    edge::ReadingsLineSettings settings;
    settings.file = ring_file();
    settings.record = {seconds(1), seconds(1), {}};
    edge::ReadingsLine line(box_.loop, settings, {[this](ByteView body) { return send(body); }, [this] { return line_use(); }},
                            box_.crypto, entropy_, box_.metrics);
    line.start();
    box_.connected = [&] { connected_at_ = wall_seconds(), line.connected(); };
    box_.disconnected = [&] { line.disconnected(); };
    box_.readings_received = [&](ByteView body) { line.received(body); };
    const auto resident = resident_mib();
    auto most_resident = resident;
    double money_at = 0;
    double all_at = 0;
    std::thread probe([this] { watch_live(); });
    const auto cloud_before = processor_seconds(site_.pid());
    const auto box_before = processor_seconds(getpid());
    double cloud_took = 0;
    double box_took = 0;
    box_.connect();
    const auto stop_at = wall_seconds() + patience_s;
    auto live_due = wall_seconds();
    while (all_at == 0 && wall_seconds() < stop_at) {
      box_.loop.run_one_for(std::chrono::milliseconds(5));
      box_.loop.restart();
      if (box_.engine->wake_up() <= box_.clocks().tick) box_.give(edge::Woke{});
      const auto now = wall_seconds();
      if (connected_at_ > 0 && money_at == 0 && box_.engine->session().backlog() == 0) {
        money_at = now;
        cloud_took = processor_seconds(site_.pid()) - cloud_before;
        box_took = processor_seconds(getpid()) - box_before;
      }
      if (now >= live_due) record_live(line), live_due = now + 0.5, most_resident = std::max(most_resident, resident_mib());
      if (money_at > 0 && box_.metrics.gauge("wattle_edge_readings_backlog", "").value() <= 2) all_at = now;
    }
    line.stop();
    done_ = true;
    probe.join();
    report({"catch-up.entries", static_cast<double>(entries_), "entries"});
    report({"catch-up.readings", static_cast<double>(readings_), "readings"});
    report({"catch-up.money", money_at - connected_at_, "s", {}, {}, money_target_s, true});
    report({"catch-up.money_processor_cloud", cloud_took, "s"});
    report({"catch-up.money_processor_box", box_took, "s"});
    report({"catch-up.everything", all_at > 0 ? all_at - connected_at_ : patience_s, "s", {}, {}, all_target_s, true});
    report({"catch-up.live_p99", percentile(live_seconds_, 0.99), "s", {}, {}, live_target_s, true});
    report({"catch-up.resident_grew", most_resident - resident, "MiB"});
  }

  edge::LineUse line_use() const {
    const auto& session = box_.engine->session();
    if (!session.connected() || session.heard_at() == never) return edge::LineUse::none;
    return session.backlog() > 0 ? edge::LineUse::beside_money : edge::LineUse::all;
  }
  bool send(ByteView body) {
    return box_.mqtt->publish(box_.topic("/topic_up", "readings"), box_.envelope(body), 1).has_value();
  }

  /// A reading now; what was recorded a second ago is closed with it and may leave.
  void record_live(edge::ReadingsLine& line) {
    const auto now = wall_clock();
    const auto second = now.micros / 1'000'000;
    line.noted({room_of(0), {live_circuit}, {1}, {second}, true, Power{1}}, nullptr);
    line.swept();
    if (second == last_live_) return;
    const std::lock_guard lock(mutex_);
    closed_[std::exchange(last_live_, second)] = wall_seconds();
  }

  /// Asks the API for the newest, and notes how long each has taken from being closed at the box to being there.
  void watch_live() {
    const auto begin = time_of(wall_clock() - minutes(1));
    const auto end = time_of(wall_clock() + hours(2));
    const auto path = "/api/v1/rooms/" + std::to_string(room_of(0).value) +
                      "/readings?limit=50000&circuit=" + std::to_string(live_circuit) + "&from=" + begin + "&to=" + end;
    std::size_t seen = 0;
    while (!done_) {
      const auto answer = site_.get(path);
      const auto now = wall_seconds();
      if (answer.status != 200) continue;
      const auto& items = answer.body.at("items").as_array();
      const std::lock_guard lock(mutex_);
      for (; seen < items.size(); ++seen) {
        const auto at = closed_.find(items[seen].at("register_wh").to_number<std::int64_t>());
        if (at != closed_.end()) live_seconds_.push_back(now - at->second);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  void read_month(const Report& report) {
    const auto room = "/api/v1/rooms/" + std::to_string(room_of(0).value);
    const auto path = room + "/readings?limit=50000&circuit=" + std::to_string(circuit_of(0).value) +
                      "&from=" + time_of(month_begins_) + "&to=" + time_of(month_begins_ + days(size_.month_days));
    std::vector<double> times;
    std::size_t bytes = 0;
    constexpr int questions = 300;  // the first of them wait for the last of the catch-up
    for (int i = 0; i < questions; ++i) {
      const auto begin = wall_seconds();
      const auto answer =
          site_.talk("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " +
                     site_.token + "\r\n\r\n");
      times.push_back((wall_seconds() - begin) * 1000 - answer.parse_ms);
      WATTLE_CHECK(answer.status == 200);
      bytes = answer.text.size();
    }
    report({"catch-up.month_over_http_bytes", static_cast<double>(bytes), "bytes"});
    report({"catch-up.month_over_http_longest", percentile(times, 1), "ms"});
    report({"catch-up.month_over_http_p99", percentile(times, 0.99), "ms", {}, {}, month_target_ms, true});
  }

  std::unique_ptr<LedgerStore> open_books() const {
    auto store = edge::open_store(site_.path("box.sqlite"));
    WATTLE_CHECK(store.has_value());
    return std::move(*store);
  }
  std::string ring_file() const { return site_.path("box-readings.sqlite"); }

  Size size_;
  OutageClock clock_;
  test::CloudSite site_;
  test::Box box_;
  test::SystemEntropy entropy_;
  std::uint64_t entries_ = 0;
  std::uint64_t readings_ = 0;
  std::uint64_t chunks_ = 0;
  Instant month_begins_;
  double connected_at_ = 0;
  std::int64_t last_live_ = 0;
  std::mutex mutex_;
  std::map<std::int64_t, double> closed_;
  std::vector<double> live_seconds_;
  std::atomic<bool> done_ = false;
};

}  // namespace

void measure_catch_up(Effort effort, const Report& report) {
  Week(effort == Effort::small ? Size{5, 1, 1} : Size{500, 7, 30}).run(report);
}

}  // namespace wattle::bench
