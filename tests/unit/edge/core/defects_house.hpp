#pragma once
// A room whose socket has a meter that shows what a test wants, on the way that a reading takes: its bytes, the poll plan, the
// engine with its books, the recorder.

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "edge/core/poll_plan.hpp"
#include "edge/core/recorder.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge::test {

inline constexpr std::int64_t micros_of_wh = 500;
inline constexpr std::int64_t mains_mv = 220'000;

class DefectsHouse {
 public:
  explicit DefectsHouse(std::string_view model, Duration every = seconds(10))
      : profile_(shipped_profile(model)),
        plan({.every = every, .line = {}, .latency = {}}, {{place(*profile_), profile_, {{room, socket}}}}, house.now.tick) {
    shows = {MeterId{5002}, mains_mv, 50'000, {CircuitReading{}}};
    circuit().relay_closed = true;
    if (const auto* of = std::get_if<dlt645::Model>(&profile_->protocol)) {
      image_.address = dlt645::address_of(5002).value();
      image_.edition = of->edition;
    }
    draws(0);
  }

  CircuitReading& circuit() { return shows.circuits.front(); }
  void draws(std::int64_t watts) {
    circuit().power = Power{watts};
    circuit().current_ma = std::abs(watts) * 1'000'000 / mains_mv;
    circuit().power_factor_per_mille = 1000;
  }
  /// The register, in the steps of the coarsest.
  void counts(std::int64_t wh) { circuit().energy.units += wh / 10 * 10; }
  void pay_wh(std::int64_t wh) { house.pay(Money{wh * micros_of_wh}), paid_wh += wh; }
  std::int64_t balance_wh() { return house.box->live_balance(room).micros / micros_of_wh; }
  std::int64_t charged_wh() { return paid_wh - balance_wh(); }
  /// Once nothing provisional is left of this hour.
  std::int64_t booked_wh() {
    draws(0);  // its register is to stand still
    run(minutes(1));
    house.pass(hours(1));
    run(minutes(1));
    return paid_wh - house.box->link().state().find(room)->balance.micros / micros_of_wh;
  }
  /// By their numbers, which a failed check prints.
  std::vector<int> told() const {
    std::vector<int> all;
    for (const auto what : notices) all.push_back(static_cast<int>(what));
    return all;
  }
  std::ptrdiff_t told(PollNotice what) const { return std::count(notices.begin(), notices.end(), what); }
  std::ptrdiff_t anomalies() const {
    return std::count_if(house.alarms.begin(), house.alarms.end(),
                         [](const Raise& raised) { return raised.alarm == Alarm::meter_anomaly; });
  }
  std::size_t orders() const {
    return static_cast<std::size_t>(std::count_if(house.switches.begin(), house.switches.end(),
                                                  [](const SwitchRelay& order) { return order.circuit == socket; }));
  }
  bool has_power_factor() const {
    const auto* of = std::get_if<dlt645::Model>(&profile_->protocol);
    return of == nullptr || of->circuits.front().power_factor.has_value();
  }

  void run(Duration time) {
    const auto end = house.now.tick + time;
    while (house.now.tick < end) {
      const auto question = plan.next(house.now.tick);
      if (!question) {
        house.pass(std::min(plan.wake_up(), end) - house.now.tick);
        continue;
      }
      before_answer(question->exchange);
      auto bytes = is_dead ? Bytes{} : answer(question->exchange);
      house.pass(milliseconds(100));
      if (spoilt > 0) --spoilt, std::reverse(bytes.begin(), bytes.end());
      take(plan.answered(receive(question->exchange, bytes, Wire::quiet), house.now.tick));
    }
  }
  void give(const MeterRead& read) {
    readings.push_back(read);
    house.give(read);
    const auto at = house.box_now().wall;
    if (recorder.note(read, at)) noted.push_back(recorder.newest(socket)->readings.front());
    for (; forgotten_ < house.forgot.size(); ++forgotten_) plan.forget_order(house.forgot[forgotten_]);
    for (; followed_ < house.switches.size(); ++followed_)
      if (const auto& order = house.switches[followed_]; order.circuit == socket)
        plan.order(socket, order.close, house.now.tick);
  }

  House house;

 private:
  static MeterPlace place(const MeterProfile& of) { return {is_asked_by_number(of) ? 5002u : 1u, MeterId{5002}, {}}; }
  void take(const Polled& polled) {
    for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
    for (const auto& read : polled.readings) give(read);
    if (!polled.swept) return;
    house.read(lamp);
    house.give(Swept{});
  }
  /// Nothing flows through an open relay.
  Reading shows_now() const {
    auto shown = shows;
    auto& of = shown.circuits.front();
    if (of.relay_closed == false) of.power = Power{0}, of.current_ma = 0;
    return shown;
  }
  Bytes answer(const Exchange& exchange) {
    const auto shown = shows_now();
    if (const auto* ask = std::get_if<ModbusAsk>(&exchange.ask)) {
      const auto& model = std::get<ModbusModel>(profile_->protocol);
      auto image = modbus::encode_reading(model, shown, 0).value();
      spoil_registers(image);
      const auto before = image;
      const auto pdu = modbus::answer(modbus::encode_request(ask->request), image);
      if (const auto close = modbus::commanded(model, 0, before, image)) circuit().relay_closed = *close;
      return modbus_rtu::frame(ask->unit, pdu);
    }
    dlt645::show(image_, std::get<dlt645::Model>(profile_->protocol), shown, 0, house.now.wall);
    if (lacks != 0) image_.items.erase(lacks);
    const auto asked = std::get<dlt645::Found>(dlt645::find_frame(request_bytes(exchange), Wire::quiet)).frame;
    auto bytes = dlt645::answer(asked, image_, house.now.wall);
    circuit().relay_closed = image_.relay.closed;
    return bytes;
  }

  std::shared_ptr<const MeterProfile> profile_;
  dlt645::MeterImage image_;
  std::size_t followed_ = 0;  // of the house's orders
  std::size_t forgotten_ = 0;

 public:
  PollPlan plan;
  Recorder recorder{{minutes(1), minutes(15), hours(8)}};
  Reading shows;
  bool is_dead = false;
  std::uint64_t spoilt = 0;  // answers that cannot be read, from now on
  std::uint32_t lacks = 0;   // an item that the meter has not
  std::function<void(const Exchange&)> before_answer = [](const Exchange&) {};
  std::function<void(modbus::RegisterImage&)> spoil_registers = [](modbus::RegisterImage&) {};
  std::int64_t paid_wh = 0;
  std::vector<MeterRead> readings;
  std::vector<RecordedReading> noted;
  std::vector<PollNotice> notices;
};

}  // namespace wattle::edge::test
