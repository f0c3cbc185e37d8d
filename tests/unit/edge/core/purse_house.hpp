#pragma once
// A box's bus with one meter of DL/T 645, or of Modbus, that has a purse, and the box's disk; the box can be killed at any
// moment.

#include <catch2/catch.hpp>

#include "edge/core/background_tasks.hpp"
#include "shared/meter/dlt645_parameters.hpp"
#include "shared/meter/dlt645_purse.hpp"
#include "shared/meter/modbus_purse.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge::test {

inline constexpr CircuitId purse_circuit{1010};
inline constexpr RoomId purse_room{101};
inline constexpr dlt645::Credentials purse_password{{0x02, 0x37, 0x06, 0x02}, {1, 2, 3, 4}};
inline constexpr std::int64_t purse_rate = 550'000;  // a kWh

struct PurseHouse {
  MeterProfile profile;
  std::uint64_t number = 4711;
  dlt645::MeterImage meter;
  MeterPurse purse;
  Reading shown{{4711}, 230'000, 50'000, {{{1'000}, Power{10}, 43, 1'000, true}}};
  bool loses_answer = false;    // of the next purchase, which is taken
  bool loses_trade = false;     // the next purchase never arrives
  bool hides_counters = false;  // as a meter that was never charged
  bool dead = false;
  std::optional<Duration> takes_after;  // a purchase is taken so long after it was accepted
  std::optional<PurseOrder> waiting;
  Tick waiting_until{};

  Money live = yuan(20);
  std::uint32_t opening = 1;
  bool is_open = true;
  bool is_second = false;                  // another purse of the room is kept already
  std::optional<std::uint64_t> in_ledger;  // which meter, if it is another one
  PurseBook disk;
  std::vector<PurseOrder> sent;  // purchases that went out, each after its book was durable
  std::vector<PollNotice> notices;
  std::size_t asked = 0;

  Instant began{1'790'121'600'000'000};
  Tick now{};
  PollSettings settings;
  std::vector<PolledMeter> meters;
  std::unique_ptr<PollPlan> plan;
  std::unique_ptr<BackgroundTasks> tasks;

  explicit PurseHouse(MeterProfile of = *shipped_profile("generic-dlt645-2007-prepaid")) : profile(std::move(of)) {
    meter = {.address = *dlt645::address_of(number), .items = {}, .accepts = purse_password, .utc_offset = hours(8)};
    purse.price = purse_rate;
    settings = {.every = seconds(10), .full_every = minutes(1), .line = profile.line, .latency = {}};
    restart();
  }
  const dlt645::Model& model() const { return std::get<dlt645::Model>(profile.protocol); }

  /// What this life of the box knew is gone; the meter and the disk are not.
  void restart(PurseMode mode = PurseMode::purse) {
    const bool is_modbus = std::holds_alternative<ModbusModel>(profile.protocol);
    meters = {{{is_modbus ? 1 : number, MeterId{number}, purse_password},
               std::make_shared<const MeterProfile>(profile),
               {{purse_room, purse_circuit}}}};
    plan = std::make_unique<PollPlan>(settings, meters, now);
    tasks = std::make_unique<BackgroundTasks>(meters, settings, ClockPlan{}, plan->passwords());
    tasks->want_purse(purse_circuit, mode, disk, now);
    fund();
  }
  std::optional<PurseFacts> facts() const {
    if (!is_open) return std::nullopt;
    const MeterId of{in_ledger.value_or(number)};
    return PurseFacts{of, opening, live, live, purse_rate, purse_rate, shown.circuits[0].energy, is_second};
  }
  void fund() {
    tasks->fund_purse(purse_circuit, facts(), now);
    keep();
  }
  void keep() {
    for (const auto& [circuit, book] : tasks->take_books()) disk = decode_purse_book(encode(book)).value();
  }
  /// Energy flows: the meter charges it, and so does the ledger.
  void use(std::int64_t wh) {
    shown.circuits[0].energy.units += wh;
    purse.flow(wh);
    live.micros -= wh * purse_rate / 1000;
    fund();
  }
  void recharge(Money amount) {
    live.micros += amount.micros;
    fund();
  }
  /// Another meter on the same wires.
  void replace(std::uint64_t by) {
    number = by;
    meter.address = *dlt645::address_of(by);
    shown.meter = {by};
    purse = {};
    purse.price = purse_rate;
    restart();
  }

  wattle::Received reply(const BackgroundQuestion& question) {
    if (dead) return Bad{WATTLE_FAIL(MeterErrc::silence)};
    if (waiting && now >= waiting_until) purse.take(*std::exchange(waiting, std::nullopt));
    if (const auto* registers = std::get_if<ModbusModel>(&profile.protocol)) return reply(question, *registers);
    dlt645::show(meter, model(), shown, 0, {began.micros + now.micros});
    dlt645::show_purse(meter, model(), purse);
    if (hides_counters && purse.count == 0)
      for (const auto item : {PurseItem::count, PurseItem::total}) {
        auto& bytes = meter.items.at(model().purse->items.at(item)).bytes;
        std::fill(bytes.begin(), bytes.end(), std::uint8_t{0xff});
      }
    const auto frame =
        std::get<dlt645::Found>(dlt645::find_frame(request_bytes(question.question.exchange), Wire::quiet)).frame;
    const bool is_trade = question.book.has_value();
    if (is_trade && std::exchange(loses_trade, false)) return Bad{WATTLE_FAIL(MeterErrc::silence)};
    auto before = purse;
    auto traded = dlt645::answer_trade(frame, meter, model(), purse);
    if (traded && takes_after && purse != before) {
      waiting = question.book->pending->order;
      waiting_until = now + *takes_after;
      purse = before;
    }
    const auto bytes = traded ? *traded : dlt645::answer(frame, meter, {began.micros + now.micros});
    if (!traded) dlt645::keep_purse(meter, model(), purse);
    if (is_trade && std::exchange(loses_answer, false)) return Bad{WATTLE_FAIL(MeterErrc::silence)};
    return receive(question.question.exchange, bytes, Wire::quiet);
  }
  wattle::Received reply(const BackgroundQuestion& question, const ModbusModel& registers) {
    auto image = modbus::encode_reading(registers, shown, 0).value();
    modbus::show_purse(image, registers, purse);
    const auto asked_bytes = request_bytes(question.question.exchange);
    const auto pdu = ByteView(asked_bytes).subspan(1, asked_bytes.size() - 3);
    const auto traded = modbus::answer_trade(registers, pdu, purse);
    const auto bytes = traded ? *traded : modbus::answer(pdu, image);
    if (!traded) modbus::keep_purse(image, registers, purse);
    return receive(question.question.exchange, modbus_rtu::frame(1, bytes), Wire::quiet);
  }
  void take(const std::vector<Noticed>& all) {
    for (const auto& noticed : all) {
      notices.push_back(noticed.what);
      tasks->noticed(noticed, now);
    }
  }
  /// One question in the background; of a purchase the book is durable before it goes out.
  bool background() {
    const auto question = tasks->next(*plan, now, std::nullopt);
    if (!question) return false;
    ++asked;
    if (question->book) {
      REQUIRE(question->writes);
      REQUIRE(question->book->pending);
      disk = decode_purse_book(encode(*question->book)).value();
      sent.push_back(disk.pending->order);
    }
    const auto said = reply(*question);
    now = now + milliseconds(200);
    const auto* bad = std::get_if<Bad>(&said);
    if (bad != nullptr && bad->error == MeterErrc::silence) plan->missed(question->question.circuit, now);
    take(tasks->answered(said, {{began.micros + now.micros}, now}, std::nullopt));
    keep();
    return true;
  }
  void poll(const Question& question) {
    wattle::Received said = Bad{WATTLE_FAIL(MeterErrc::silence)};
    if (!dead) said = reply({question, false, false});
    now = now + milliseconds(200);
    take(plan->answered(said, now).notices);
  }
  void run(Duration length) {
    const auto end = now + length;
    while (now < end) {
      if (tasks->goes_first(*plan, now) && background()) continue;
      if (const auto question = plan->next(now)) {
        poll(*question);
      } else if (!tasks->may_fill(*plan, now) || !background()) {
        now = std::min({std::max(now + milliseconds(100), std::min(plan->wake_up(), tasks->wake_up())), end});
      }
    }
  }
  /// Runs until a purchase has gone out; its answer has been heard.
  bool run_to_trade(Duration most) {
    const auto before = sent.size();
    for (const auto end = now + most; now < end && sent.size() == before;) run(milliseconds(100));
    return sent.size() > before;
  }
  const PurseTold& told() const { return *tasks->purse_of(purse_circuit); }
  std::size_t count(PollNotice what) const {
    return static_cast<std::size_t>(std::count(notices.begin(), notices.end(), what));
  }
};

}  // namespace wattle::edge::test
