#pragma once
// A box's bus with one meter of DL/T 645, its poll plan and what is asked in the background; the meter answers as meters do.

#include <catch2/catch.hpp>
#include <set>

#include "edge/core/background_tasks.hpp"
#include "shared/meter/dlt645_parameters.hpp"

namespace wattle::edge::test {

inline constexpr CircuitId metered{1010};
inline constexpr RoomId its_room{101};
inline constexpr std::uint64_t its_number = 4711;
inline constexpr dlt645::Credentials its_password{{0x02, 0x37, 0x06, 0x02}, {1, 2, 3, 4}};

struct BackgroundHouse {
  MeterProfile profile;
  dlt645::MeterImage meter{
      .address = *dlt645::address_of(its_number), .items = {}, .accepts = its_password, .utc_offset = hours(8)};
  Reading shown{{its_number}, 230'000, 50'000, {{{1'000}, Power{10}, 43, 1'000, true}}};
  bool dead = false;
  bool loses_next_write = false;  // the meter does it, and its answer is lost
  bool forgets_writes = false;    // the meter says yes, and does nothing
  bool refuses_orders = false;    // to its relay, without a reason
  bool knows_time = true;
  bool hears_cloud = true;
  bool is_recorded = true;  // readings have about the same time
  bool shows_no_date = false;
  std::set<std::uint32_t> silent_on = {};  // identifiers that the meter does not answer
  Duration box_error = {};                 // of the time that the box believes
  Instant began{1'790'121'600'000'000};    // 2026-09-23 08:00 there
  Tick now{};
  PollSettings settings{.every = seconds(10), .full_every = minutes(1), .line = profile.line, .latency = {}};
  std::vector<PolledMeter> meters;
  PollPlan plan{settings, meters, now};
  BackgroundTasks tasks;
  std::vector<PollNotice> notices;
  std::string asked;                       // r, w, b; p: the poll plan's command
  std::vector<std::uint32_t> asked_for{};  // identifiers, in the background

  /// `count`: the circuits of so many meters, which all show the same.
  explicit BackgroundHouse(ClockPlan clock = {}, MeterProfile of = generic_dlt645_meter(dlt645::Edition::v2007),
                           std::uint32_t count = 1)
      : profile(std::move(of)), meters(metered_from(profile, count)), tasks(meters, settings, clock, plan.passwords()) {
    meter.kept.as = std::get<dlt645::Model>(profile.protocol).history;
  }

  static std::vector<PolledMeter> metered_from(const MeterProfile& profile, std::uint32_t count) {
    const auto shared = std::make_shared<const MeterProfile>(profile);
    std::vector<PolledMeter> all;
    for (std::uint32_t n = 0; n < count; ++n)
      all.push_back({{its_number, MeterId{its_number}, its_password}, shared, {{its_room, {metered.value + n}}}});
    return all;
  }
  static std::uint32_t identifier_in(const Exchange& exchange) {
    const auto* request = std::get_if<dlt645::Request>(&exchange.ask);
    return request == nullptr ? 0 : request->di;
  }
  Instant wall() const { return {began.micros + now.micros}; }
  std::optional<BoxTime> time() const {
    return knows_time ? std::optional(BoxTime{wall() + box_error, hears_cloud, is_recorded}) : std::nullopt;
  }

  /// 0: for the time, 1: for the date.
  Exchange clock_question(std::size_t half) const { return clock_reads(profile, meters[0].place)[half]; }
  wattle::Received reply(const Exchange& exchange, bool writes) {
    if (dead || silent_on.contains(identifier_in(exchange))) return Bad{WATTLE_FAIL(MeterErrc::silence)};
    dlt645::show(meter, std::get<dlt645::Model>(profile.protocol), shown, 0, wall());
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(request_bytes(exchange), Wire::quiet)).frame;
    auto before = meter;
    const auto bytes = dlt645::answer(frame, meter, wall());
    if (writes && forgets_writes) meter = std::move(before);
    if (writes && std::exchange(loses_next_write, false)) return Bad{WATTLE_FAIL(MeterErrc::silence)};
    auto received = receive(exchange, bytes, Wire::quiet);
    auto* said = std::get_if<MeterAnswer>(&received);
    if (said != nullptr && shows_no_date && exchange == clock_question(1)) said->data.assign(4, 0);
    return received;
  }
  void take(const std::vector<Noticed>& all) {
    for (const auto& noticed : all) {
      notices.push_back(noticed.what);
      tasks.noticed(noticed, now);
    }
  }
  bool background() {
    const auto question = tasks.next(plan, now, time());
    if (!question) return false;
    asked_for.push_back(identifier_in(question->question.exchange));
    asked += question->is_broadcast ? 'b' : question->writes ? 'w' : 'r';
    const auto said = reply(question->question.exchange, question->writes);
    now = now + milliseconds(200);
    const auto* bad = std::get_if<Bad>(&said);
    if (bad != nullptr && bad->error == MeterErrc::silence) plan.missed(question->question.circuit, now);
    take(tasks.answered(question->is_broadcast ? wattle::Received(MeterAnswer{}) : said, {wall(), now}, time()));
    return true;
  }
  void run(Duration length) {
    const auto end = now + length;
    while (now < end) {
      if (tasks.goes_first(plan, now) && background()) continue;
      if (const auto question = plan.next(now)) {
        if (question->is_command) asked += 'p';
        const bool is_refused = question->is_command && refuses_orders;
        const auto said =
            is_refused ? wattle::Received(Bad{WATTLE_FAIL(MeterErrc::refused)}) : reply(question->exchange, false);
        now = now + milliseconds(200);
        const auto polled = plan.answered(said, now);
        take(polled.notices);
        for (const auto& reading : polled.readings) tasks.heard(reading, now);
      } else if (!tasks.may_fill(plan, now) || !background()) {
        now = std::min({std::max(now + milliseconds(100), std::min(plan.wake_up(), tasks.wake_up())), end});
      }
    }
  }
  const ParameterTold& told(Parameter parameter) const { return tasks.parameters_of(metered)->at(parameter); }
  std::size_t count(PollNotice what) const {
    return static_cast<std::size_t>(std::count(notices.begin(), notices.end(), what));
  }
  std::size_t writes() const { return static_cast<std::size_t>(std::count(asked.begin(), asked.end(), 'w')); }
};

}  // namespace wattle::edge::test
