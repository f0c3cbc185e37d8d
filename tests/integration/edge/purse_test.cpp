// Purses in meters, from a payment to the meter and back in the report: a meter of DL/T 645 and one of Modbus, each on a
// pseudo-terminal, the real wattle-edge, a real mosquitto, and the cloud's core. An answer is lost, and the box is killed
// between a purchase and its reading back.

#include "cloud/gateway/report.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/integration/edge/edge_site.hpp"

namespace wattle::test {
namespace {

constexpr std::uint64_t first_purse = 70'003'010;  // of the meter of DL/T 645; the next one speaks Modbus

struct PurseOne : LoneMeter {
  std::uint32_t loses_from = 0;  // the answer to the purchase with this count is lost; 0: none
  bool lost = false;

  MeterPurse& purse() const { return meter().purse(0); }
};

class PurseSite : public EdgeSite {
 public:
  PurseSite(const char* of_dlt645, const char* of_modbus) {
    meters_.push_back(make(of_dlt645, first_purse, {first_purse}, {101}, {1010}));
    meters_.push_back(make(of_modbus, 1, {first_purse + 1}, {102}, {1020}));
    std::vector<const LoneMeter*> all;
    for (auto& one : meters_) {
      begin(one, Power{100}, [&one](const sim::VirtualMeter& meter) { return remember(one, meter); });
      all.push_back(&one);
    }
    write_config(all);
  }

  void fit_all() { fit({&meters_.front(), &meters_.back()}); }
  void keep(const PurseOne& one, PurseMode mode) { configure(purse_key(one.circuit), encode(mode)); }
  std::optional<PurseTold> told(const PurseOne& one) const {
    const auto report = cloud::read_report(cloud_.report());
    if (!report) return std::nullopt;
    for (const auto& of : report->circuits)
      if (of.circuit == one.circuit) return of.purse_told;
    return std::nullopt;
  }
  bool agrees(const PurseOne& one, std::uint32_t count) const {
    const auto now = told(one);
    return now && now->state == PurseState::agrees && now->in_meter && now->in_meter->count == count;
  }
  bool logs(const std::string& event, const PurseOne& one) {
    return box_.log().find("\"" + event + R"(","room":)" + std::to_string(one.room.value)) != std::string::npos;
  }
  std::vector<PurseOne>& meters() { return meters_; }

 private:
  static PurseOne make(const char* model, std::uint64_t address, MeterId number, RoomId its_room, CircuitId its_circuit) {
    return {{shipped_profile(model), address, number, its_room, its_circuit}};
  }
  /// The meter has what it has done in its memory before it answers; then its answer may be lost.
  static Result<void> remember(PurseOne& one, const sim::VirtualMeter& meter) {
    if (one.lost || one.loses_from == 0 || meter.memory()[0].purse.count != one.loses_from) return {};
    one.lost = true;
    return WATTLE_FAIL(MeterErrc::silence);
  }

  std::vector<PurseOne> meters_;
};

}  // namespace

TEST_CASE("a purse follows the room's money through a lost answer and a killed box, and what others do to it is told",
          "[purse]") {
  PurseSite site("generic-dlt645-2007-prepaid", "generic-prepaid-meter");
  site.box().start();
  site.fit_all();
  for (auto& one : site.meters()) {
    INFO(one.profile->model);
    one.loses_from = 1;
    site.pay(one, yuan(20));
    site.keep(one, PurseMode::purse);
    REQUIRE(site.until(30, [&] { return one.lost; }));
    site.box().kill();  // the purchase is in the meter, and nobody has read it back
    CHECK(one.purse().total == yuan(20).micros);
    site.box().start();
    REQUIRE(site.until(30, [&] { return site.agrees(one, 1); }));
    CHECK(one.purse().total == yuan(20).micros);
    CHECK(one.purse().price == 500'000);
    site.pay(one, yuan(10));
    REQUIRE(site.until(30, [&] { return one.purse().count == 2; }));
    CHECK(one.purse().total > yuan(29).micros);
    CHECK(one.purse().total <= yuan(30).micros);
    CHECK_FALSE(site.logs("edge.alarm.purse_differs", one));

    // Its purse is empty although the room has money: it cuts, which is seen and mended.
    one.purse().set_remaining(0);
    REQUIRE(site.until(30, [&] { return one.purse().count == 3; }));
    CHECK(one.purse().remaining() > yuan(29).micros);
    REQUIRE(site.until(20, [&] { return one.meter().memory()[0].relay_closed; }));

    // Somebody's card: an alarm, and nothing is taken from him.
    REQUIRE(one.purse().take({PurseTrade::buy, 4, yuan(50).micros}));
    site.pay(one, yuan(5));
    REQUIRE(site.until(30, [&] { return site.told(one) && site.told(one)->foreign > yuan(44).micros; }));
    CHECK(site.logs("edge.alarm.purse_differs", one));
    CHECK(site.told(one)->state == PurseState::differs);
    CHECK(one.purse().count == 4);
  }
  CHECK(site.box().log().find("123456") == std::string::npos);  // the password
}

TEST_CASE("a display shows what the room has, what was given and what it costs, and never cuts", "[display]") {
  PurseSite site("generic-dlt645-2007-display", "generic-display-meter");
  site.box().start();
  site.fit_all();
  for (const auto& one : site.meters()) {
    site.pay(one, yuan(20));
    site.keep(one, PurseMode::display);
  }
  for (auto& one : site.meters()) {
    INFO(one.profile->model);
    REQUIRE(site.until(30, [&] { return one.purse().price == 500'000 && one.purse().remaining() > yuan(19).micros; }));
    CHECK(one.purse().remaining() <= yuan(20).micros);
    const auto agrees = [&] { return site.told(one) && site.told(one)->state == PurseState::agrees; };
    REQUIRE(site.until(75, agrees));  // with the next report
    site.pay(one, yuan(10));
    REQUIRE(site.until(30, [&] { return one.purse().remaining() > yuan(29).micros; }));
    REQUIRE(site.until(30, [&] { return one.purse().total > 0; }));
    const auto status = one.bus->command("status");
    CHECK(status.find(" purse=display remaining=" +
                      std::string(one.purse().remaining() < yuan(30).micros ? "29.99" : "30.00")) != std::string::npos);
    CHECK(status.find(" price=0.5000") != std::string::npos);
    CHECK(status.find(" relay=closed ") != std::string::npos);
    CHECK_FALSE(site.logs("edge.alarm.purse_differs", one));
  }
}

}  // namespace wattle::test
