// One room from its meter to the cloud and back: a virtual meter on a pseudo-terminal, the real wattle-edge, a real mosquitto
// with TLS, and the cloud's core.

#include <catch2/catch.hpp>
#include <filesystem>

#include "shared/meter/line_watch.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "sync.pb.h"
#include "tests/integration/edge/box_process.hpp"
#include "tests/integration/edge/test_cloud.hpp"

namespace wattle::test {
namespace {

constexpr RoomId room{101};
constexpr CircuitId circuit{1010};
constexpr MeterId meter_number{70001010};
constexpr Quantity first_reading{123'456};
constexpr std::int64_t price_per_kwh = 500'000;  // half a yuan
constexpr Power load{4000};
constexpr std::int64_t speed = 600;  // an hour in six seconds; the load costs a third of a yuan a second

/// 2026-03-02 08:50 in China: the first hour ends after a second.
constexpr Instant morning{1'772'412'600'000'000};

class Thread {
 public:
  Thread()
      : bus_(loop_, *sim::Pty::open(box_folder_.path("bus")), meters(), bus_settings()),
        cloud_(loop_, broker_, metrics_, [this] { return clock_.now(); }) {
    bus_.start();
    write("claim-code", cloud_.claim_code() + "\n");
    write("edge.toml",
          "data = \"data\"\n[cloud]\nurl = \"" + cloud_.url() +
              "\"\nclaim_code_file = \"claim-code\"\n[poll]\nevery = \"300ms\"\n[log]\nlevel = \"debug\"\n"
              "[disk]\nreserve_mib = 1\nalarm_below_mib = 4\n[metrics]\nport = " +
              std::to_string(metrics_port_) +
              "\n[[bus]]\ndevice = \"bus\"\n[[meter]]\ncircuit = 1010\nroom = 101\naddress = 1\nmeter_number = 70001010\n");
  }
  ~Thread() { bus_.stop(); }

  template <class Condition>
  bool until(int seconds_most, Condition condition) {
    const auto give_up = monotonic_clock() + seconds(seconds_most);
    while (!condition()) {
      if (monotonic_clock() >= give_up) return explain();
      loop_.restart();
      loop_.run_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  /// What the box says, for whoever reads the failure.
  bool explain() const {
    const auto log = box_.log();
    const auto all = status();
    WARN(log.substr(log.size() - std::min<std::size_t>(log.size(), 6000)));
    WARN((all ? boost::json::serialize(*all) : std::string("no status")));
    WARN("cloud: balance " << balance().micros << ", charged to " << charged_to().units << ", alarms " << cloud_.alarms());
    return false;
  }
  void live(Duration time) {
    loop_.restart();
    loop_.run_for(to_chrono(time));
  }

  void recharge(const std::string& number, Money amount) {
    cloud_.order(cloud::Payment{number, Provider::cash_desk, room, 1, amount, std::nullopt});
  }
  void fit_room() {
    cloud_.order(cloud::PriceOrder{{1, 1, morning - days(30), TierPeriod::none, {Band{{Tier{0, price_per_kwh}}}}}});
    cloud_.order(cloud::Fitting{room, 1, {7}, {{circuit, meter_number, Utility::electricity, first_reading, {}, 0}}});
  }

  /// Of the meter's own status line: what a caretaker would see at the meter.
  bool relay_closed() { return bus_.command("status").find("closed") != std::string::npos; }
  Quantity charged_to() const {
    const auto* state = cloud_.room(room);
    const auto* figures = state != nullptr ? state->find(circuit) : nullptr;
    return figures != nullptr ? figures->reading : Quantity{};
  }
  Money balance() const {
    const auto* state = cloud_.room(room);
    return state != nullptr ? state->balance : Money{};
  }
  std::optional<boost::json::object> status() const { return box_.ask("status"); }
  std::int64_t seen_at_box(const char* field) const {
    const auto all = status();
    if (!all) return -1;
    const auto& circuits = all->at("rooms").as_array().at(0).as_object().at("circuits").as_array();
    const auto* value = circuits.at(0).as_object().if_contains(field);
    return value != nullptr ? value->to_number<std::int64_t>() : -1;
  }

  TestCloud& cloud() { return cloud_; }
  BoxProcess& box() { return box_; }
  Broker& broker() { return broker_; }
  const Folder& folder() const { return box_folder_; }
  std::uint16_t metrics_port() const { return metrics_port_; }

 private:
  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(box_folder_.path(name), text, FileAccess::owner_only).has_value());
  }
  std::vector<sim::VirtualMeter> meters() const {
    sim::VirtualMeterSettings settings;
    settings.profile = std::make_shared<const MeterProfile>(generic_relay_meter());
    settings.address = 1;
    settings.number = meter_number;
    settings.circuits = {{std::make_shared<sim::LoadCurve>(load), 100, 0}};
    std::vector<sim::VirtualMeter> all;
    all.emplace_back(std::move(settings), sim::MeterMemory{{first_reading.units * sim::microjoules_per_wh, true}},
                     clock_.now());
    return all;
  }
  sim::MeterBusSettings bus_settings() {
    return {.timing = {},
            .seed = 1,
            .wall_clock = [this] { return clock_.now(); },
            .remember = [](const sim::VirtualMeter&) { return Result<void>{}; }};
  }

  FastClock clock_{speed, morning};
  Folder box_folder_;
  Broker broker_;
  Metrics metrics_;
  std::uint16_t metrics_port_ = free_port();
  boost::asio::io_context loop_{1};
  sim::MeterBus bus_;
  TestCloud cloud_;
  BoxProcess box_{box_folder_, clock_};
};

std::string fetch(std::uint16_t port, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(port);
  std::string reply;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char part[4096];
    ssize_t size = 0;
    while ((size = ::read(fd, part, sizeof part)) > 0) reply.append(part, static_cast<std::size_t>(size));
  }
  ::close(fd);
  return reply;
}

/// The newest entry of each batch changed, and signed again with the cloud's own key.
Bytes with_changed_bytes(const TestCloud& cloud, const Bytes& body, const std::function<void(Bytes&)>& change) {
  sync::Message message;
  WATTLE_CHECK(message.ParseFromArray(body.data(), static_cast<int>(body.size())));
  if (!message.has_batch()) return body;
  auto& batch = *message.mutable_batch();
  auto& last = *batch.mutable_entries(batch.entries_size() - 1);
  Bytes changed(last.begin(), last.end());
  change(changed);
  last.assign(changed.begin(), changed.end());
  const auto& log = cloud.link()->down();
  Head head{batch.first() - 1, *log.hash_at(batch.first() - 1)};
  for (const auto& bytes : batch.entries()) head = {head.number + 1, cloud.crypto().chain(head.hash, view(bytes))};
  const auto signature = cloud.signer().sign(signed_head(log.id(), head));
  batch.set_signature(signature.bytes.data(), signature.bytes.size());
  const auto text = message.SerializeAsString();
  return {text.begin(), text.end()};
}

Bytes with_changed_entry(const TestCloud& cloud, const Bytes& body, void (*change)(Entry&)) {
  return with_changed_bytes(cloud, body, [&](Bytes& bytes) {
    auto entry = *decode_entry(bytes);
    change(entry);
    bytes = encode(entry);
  });
}

/// What the energy from the first reading on costs; with this price there is never a remainder of a micro-unit.
Money cost_to(Quantity reading) { return {(reading.units - first_reading.units) * price_per_kwh / 1000}; }

}  // namespace

TEST_CASE("a room is charged, cut at zero and restored, over kills of the box and of the broker") {
  Thread t;
  INFO("folder " << t.folder().path());

  // The first answer is lost, and the box is killed while it claims: the same keys get the same identity.
  t.cloud().lose_claims(1);
  t.box().start();
  REQUIRE(t.until(10, [&] { return t.cloud().claims() == 1; }));
  t.box().kill();
  t.box().start();
  REQUIRE(t.until(20, [&] {
    const auto status = t.status();
    return status && status->at("granted").as_bool();
  }));
  CHECK(t.cloud().claims() == 2);

  // Fitted without money: the relay opens.
  t.fit_room();
  REQUIRE(t.until(10, [&] { return !t.relay_closed(); }));
  t.recharge("1", yuan(4));
  REQUIRE(t.until(10, [&] { return t.relay_closed(); }));

  // Slices arrive; power is cut to the box in the middle, twice.
  REQUIRE(t.until(15, [&] { return t.charged_to() > first_reading; }));
  t.box().kill();
  t.live(milliseconds(300));
  t.box().start();
  t.live(milliseconds(700));
  t.box().kill();
  t.box().start();
  const auto before = t.charged_to();
  REQUIRE(t.until(15, [&] { return t.charged_to() > before; }));

  // The box goes on alone while the broker is away, and cuts at zero.
  t.broker().kill();
  REQUIRE(t.until(15, [&] { return !t.relay_closed(); }));
  REQUIRE(t.until(10, [&] { return t.seen_at_box("power_w") == 0; }));
  const auto stopped_at = t.seen_at_box("reading_wh");
  t.live(milliseconds(1500));
  CHECK(t.seen_at_box("reading_wh") == stopped_at);
  const auto lonely = t.status();
  REQUIRE(lonely);
  CHECK(lonely->at("link").as_string() == "disconnected");
  t.broker().start();

  // Nothing lost and nothing twice: every Wh since the first reading, at the one price.
  REQUIRE(t.until(20, [&] { return t.charged_to().units == stopped_at; }));
  CHECK(t.balance().micros == yuan(4).micros - cost_to({stopped_at}).micros);
  CHECK(t.balance().micros <= 0);

  t.recharge("2", yuan(5));
  REQUIRE(t.until(10, [&] { return t.relay_closed(); }));
  REQUIRE(t.until(5, [&] { return t.seen_at_box("power_w") == load.watts; }));
  CHECK(t.cloud().reports() > 0);
  CHECK(t.cloud().refused() == 0);
  CHECK(t.cloud().alarms() == 0);

  // Cash and a code at the box reach the cloud.
  const auto money = [&] { return t.balance().micros + cost_to(t.charged_to()).micros; };
  const auto cash = t.box().ask("cash 101 2.50 till-0001");
  REQUIRE(cash);
  CHECK(cash->contains("receipt"));
  CHECK(t.box().ask("cash 101 2.50 till-0001") == cash);
  CHECK(t.box().ask("cash 101 3 till-0001")->contains("error"));
  REQUIRE(t.until(5, [&] { return money() == yuan(9).micros + 2'500'000; }));
  const auto digits = make_code(t.cloud().crypto(), t.cloud().code_key(), {t.cloud().holder(), room, {0}}, {77, 3});
  const auto code = t.box().ask("code 101 " + group_code(digits));
  REQUIRE(code);
  CHECK(code->at("outcome").as_string() == "accepted");
  CHECK(t.box().ask("code 101 " + digits)->at("outcome").as_string() == "used");
  REQUIRE(t.until(5, [&] { return money() == yuan(12).micros + 2'500'000; }));

  std::string page;
  REQUIRE(t.until(5, [&] {
    page = fetch(t.metrics_port(), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    return page.find("wattle_edge_backlog 0") != std::string::npos;
  }));
  CHECK(page.find("wattle_edge_connected 1") != std::string::npos);
  for (const auto fault : all_line_faults) {
    const auto series = std::string(R"(wattle_edge_bus_faults{bus="1",code=")") + word(fault) + "\"} 0\n";
    CHECK(page.find(series) != std::string::npos);
  }
  CHECK(fetch(t.metrics_port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));

  t.box().terminate();
  std::optional<int> code_of_exit;
  REQUIRE(t.until(10, [&] { return (code_of_exit = t.box().ended()).has_value(); }));
  CHECK(*code_of_exit == 0);
  const auto log = t.box().log();
  CHECK(log.find("\"event\":\"edge.stopped\"") != std::string::npos);
  CHECK(log.find("edge.alarm.") == std::string::npos);
  CHECK(log.find("CHECK failed") == std::string::npos);
}

TEST_CASE("another meter is told at the box: the old one is charged to its last reading, and the new number goes on") {
  Thread t;
  t.box().start();
  t.fit_room();
  REQUIRE(t.until(20, [&] { return !t.relay_closed() && t.seen_at_box("power_w") == 0; }));
  const Quantity last{t.seen_at_box("reading_wh") + 3};
  const auto order = [&](const std::string& numbers) {
    return t.box().ask("meter " + std::to_string(circuit.value) + ' ' + numbers).value_or(boost::json::object{});
  };
  CHECK(order("1 79000001 0").at("error").as_string() == "ledger.reading_chain");  // less than it had shown before
  CHECK(t.box().ask("meter 4711 1 79000001 0")->at("error").as_string() == "no open room has this circuit");
  CHECK(order(std::to_string(last.units) + " 79000001 5").at("meter").to_number<int>() == 79'000'001);
  REQUIRE(t.until(5, [&] { return t.charged_to() == Quantity{5}; }));
  CHECK(t.cloud().room(room)->find(circuit)->meter == MeterId{79'000'001});
  CHECK(t.balance().micros == -cost_to(last).micros);
  CHECK(order(std::to_string(last.units) + " 79000001 5").contains("error"));  // not twice
}

TEST_CASE("the cloud orders another meter, a plan for readings and a reading at once") {
  Thread t;
  t.box().start();
  t.fit_room();
  REQUIRE(t.until(20, [&] { return !t.relay_closed() && t.seen_at_box("power_w") == 0; }));
  t.cloud().ask_read({9, room});
  REQUIRE(t.until(10, [&] { return t.cloud().read().has_value(); }));
  const auto answer = *t.cloud().read();
  CHECK(answer.id == 9);
  REQUIRE(answer.circuits.size() == 1);
  CHECK(answer.circuits[0].circuit == circuit);
  CHECK(answer.circuits[0].outcome == ReadOutcome::read);
  CHECK(answer.circuits[0].reading.register_units.units == t.seen_at_box("reading_wh"));
  CHECK(answer.circuits[0].relay_closed == false);
  CHECK(answer.circuits[0].reading.voltage_mv.has_value());
  t.cloud().ask_read({10, {4711}});
  REQUIRE(t.until(10, [&] { return t.cloud().read()->id == 10; }));
  CHECK(t.cloud().read()->status == ReadStatus::not_here);

  const auto before = t.cloud().room(room)->find(circuit)->meter;
  const Quantity last{t.seen_at_box("reading_wh") + 3};
  auto configure = [&, number = std::uint64_t{0}](const std::string& key, Bytes value) mutable {
    Uid id;
    id.bytes[0] = static_cast<std::uint8_t>(++number);
    t.cloud().order(cloud::ConfigOrder{id, t.cloud().holder().edge, key, std::move(value), number});
  };
  configure(plan_key(circuit), encode(ReadingPlan{{{ReadingRuleKind::interval, 1}}}));
  configure(meter_key(circuit), encode(MeterOrder{before, last, {79'000'001}, {5}}));
  REQUIRE(t.until(10, [&] { return t.charged_to() == Quantity{5}; }));
  CHECK(t.cloud().room(room)->find(circuit)->meter == MeterId{79'000'001});
  CHECK(t.balance().micros == -cost_to(last).micros);
  // The old meter is put back, and told at the box: the order that stands there is not carried out again.
  const auto back = t.box().ask("meter " + std::to_string(circuit.value) + " 5 " + std::to_string(before.value) + " " +
                                std::to_string(last.units));
  REQUIRE(back);
  CHECK(back->at("meter").to_number<std::uint64_t>() == before.value);
  t.box().kill();
  t.box().start();
  const auto is_back = [&] { return t.cloud().room(room)->find(circuit)->meter == before; };
  REQUIRE(t.until(20, [&] { return t.seen_at_box("reading_wh") > 0 && is_back(); }));
  CHECK_FALSE(t.until(2, [&] { return !is_back(); }));
}

TEST_CASE("what a box must not take is counted under its code, and the right thing is taken afterwards") {
  Thread t;
  auto& cloud = t.cloud();
  const auto counted_as = [&](const std::string& series) {
    const auto page = fetch(t.metrics_port(), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto at = page.find(series);
    return at == std::string::npos ? 0 : std::stoi(page.substr(at + series.size()));
  };
  const auto counted = [&](const std::string& code) { return counted_as("wattle_edge_refused_total{code=\"" + code + "\"} "); };
  t.box().start();
  REQUIRE(t.until(20, [&] {
    const auto status = t.status();
    return status && status->at("granted").as_bool();
  }));
  t.fit_room();
  REQUIRE(t.until(10, [&] { return !t.relay_closed(); }));

  // From the broker: anybody there may send these.
  const auto good = cloud.envelope(view("no message of any session"), cloud.header(), cloud.signer());
  const auto send = [&](ByteView bytes, const std::string& code) {
    INFO(code);
    const auto before = counted(code);
    cloud.publish_raw(bytes);
    CHECK(t.until(5, [&] { return counted(code) == before + 1; }));
  };
  auto flipped = good;
  flipped[100] ^= 1;
  auto to_other = cloud.header();
  to_other.recipient = {{8}, {1}};
  auto of_other_key = cloud.header();
  of_other_key.sender_epoch = {9};
  const SodiumSigner forger(random_seed());
  send(ByteView(good).first(100), "envelope.truncated");
  send(flipped, "envelope.signature");
  send(cloud.envelope(view("x"), cloud.header(), forger), "envelope.signature");
  send(cloud.envelope(view("x"), to_other, cloud.signer()), "envelope.recipient");
  send(cloud.envelope(view("x"), of_other_key, cloud.signer()), "envelope.unknown_key");
  send(good, "ledger.bad_message");
  send(good, "envelope.replayed");

  // From the cloud itself, which may be wrong: the stream stops at the entry, is tried again by the next life, and the money is
  // there.
  cloud.spoil([&](const Bytes& body) { return with_changed_entry(cloud, body, [](Entry& e) { e.lines[0].amount = {-1}; }); });
  t.recharge("1", yuan(4));
  REQUIRE(t.until(10, [&] { return counted("ledger.amount") == 1; }));
  const auto stopped = t.status();
  REQUIRE(stopped);
  CHECK(stopped->at("stopped").as_string() == "ledger.amount");
  CHECK(stopped->at("stopped_at").to_number<std::uint64_t>() == cloud.link()->down().head().number);
  CHECK_FALSE(t.relay_closed());
  cloud.spoil(nullptr);
  t.box().kill();
  t.box().start();
  REQUIRE(t.until(15, [&] { return t.relay_closed(); }));
  CHECK(t.status()->at("stopped").as_string().empty());

  // Bytes that are no entry stop it likewise.
  cloud.spoil([&](const Bytes& body) { return with_changed_bytes(cloud, body, [](Bytes& bytes) { bytes[0] = 9; }); });
  t.recharge("2", yuan(400));
  REQUIRE(t.until(10, [&] { return counted("ledger.version") == 1; }));
  CHECK(t.status()->at("stopped").as_string() == "ledger.version");
  cloud.spoil(nullptr);
  t.box().kill();
  t.box().start();
  const auto has_all = [&] {
    const auto* link = cloud.link();
    return !link->row().asking && link->row().agreed == link->down().head().number && t.balance().micros > yuan(300).micros;
  };
  REQUIRE(t.until(20, has_all));

  // An unknown kind is taken by its lines, and counted.
  cloud.spoil([&](const Bytes& body) { return with_changed_entry(cloud, body, [](Entry& e) { e.kind = Kind{0x0070}; }); });
  const auto before_it = t.balance();
  t.recharge("3", yuan(400));
  REQUIRE(t.until(10, [&] { return counted_as("\nwattle_edge_unknown_kinds_total ") == 1; }));
  cloud.spoil(nullptr);
  REQUIRE(t.until(20, [&] { return has_all() && t.balance().micros > before_it.micros + yuan(300).micros; }));
  CHECK(t.status()->at("stopped").as_string().empty());

  // A cloud that has started anew is told at once how the relays are.
  const auto reports = cloud.reports();
  cloud.reconnect();
  CHECK(t.until(5, [&] { return cloud.reports() > reports; }));
  CHECK(t.box().log().find("CHECK failed") == std::string::npos);
}

TEST_CASE("a box whose disk keeps nothing ends at once and says why; no receipt leaves, and the next life goes on") {
  Thread t;
  t.box().start();
  REQUIRE(t.until(20, [&] {
    const auto status = t.status();
    return status && status->at("granted").as_bool();
  }));
  t.fit_room();
  REQUIRE(t.until(10, [&] { return !t.relay_closed(); }));  // as meters are delivered, it was closed
  t.recharge("1", yuan(4));
  REQUIRE(t.until(10, [&] { return t.relay_closed(); }));
  const auto sold = t.box().ask("cash 101 1 till-0001");
  REQUIRE(sold);
  REQUIRE(write_file(t.box().disk_fails(), "", FileAccess::owner_only).has_value());
  CHECK_FALSE(t.box().ask("cash 101 2 till-0002").has_value());
  std::optional<int> code;
  REQUIRE(t.until(10, [&] { return (code = t.box().ended()).has_value(); }));
  CHECK(*code == 3);
  CHECK(t.box().log().find("\"event\":\"edge.store.failed\"") != std::string::npos);
  CHECK(t.box().log().find("terminate called") == std::string::npos);
  CHECK(t.relay_closed());  // as it was
  std::filesystem::remove(t.box().disk_fails());
  const auto boot_id = (std::filesystem::path(t.box().disk_fails()).parent_path() / "data/boot_id").string();
  const auto present = read_file(boot_id, 100);
  REQUIRE(present.has_value());
  REQUIRE(write_file(boot_id, "of an earlier start of the machine", FileAccess::owner_only).has_value());
  t.box().start();
  REQUIRE(t.until(20, [&] { return t.status().has_value(); }));
  REQUIRE(t.until(20, [&] { return t.box().ask("cash 101 2 till-0002").value_or(boost::json::object{}).contains("receipt"); }));
  CHECK(t.box().ask("cash 101 1 till-0001") == sold);
  CHECK(t.box().log().find("\"event\":\"edge.mains.returned\"") != std::string::npos);
  REQUIRE(t.until(10, [&] { return *read_file(boot_id, 100) == *present; }));
}

TEST_CASE("a box ends on a full disk, and the next one writes in the room of the reserve; so does one that starts on it") {
  Thread t;
  const auto full = t.box().disk_fails() + ".full";
  const auto reserve = std::filesystem::path(t.box().disk_fails()).parent_path() / "data/reserve";
  const auto takes_cash = [&] {
    return t.until(20, [&] { return t.box().ask("cash 101 2").value_or(boost::json::object{}).contains("receipt"); });
  };
  t.box().start();
  REQUIRE(t.until(20, [&] {
    const auto status = t.status();
    return status && status->at("granted").as_bool();
  }));
  t.fit_room();
  REQUIRE(takes_cash());
  REQUIRE(std::filesystem::exists(reserve));
  REQUIRE(write_file(full, "", FileAccess::owner_only).has_value());
  CHECK_FALSE(t.box().ask("cash 101 2").has_value());
  std::optional<int> code;
  REQUIRE(t.until(10, [&] { return (code = t.box().ended()).has_value(); }));
  CHECK(*code == 3);
  CHECK_FALSE(std::filesystem::exists(reserve));
  CHECK(t.box().log().find("\"event\":\"edge.disk.reserve_given_up\"") != std::string::npos);
  t.box().start();
  REQUIRE(takes_cash());
  t.box().kill();
  std::filesystem::remove(full);
  t.box().start();
  REQUIRE(t.until(20, [&] { return std::filesystem::exists(reserve) && t.status().has_value(); }));
  t.box().kill();
  REQUIRE(write_file(full, "", FileAccess::owner_only).has_value());
  t.box().start();
  REQUIRE(takes_cash());
  CHECK_FALSE(std::filesystem::exists(reserve));
}

}  // namespace wattle::test
