#pragma once
// Defects of meters and balances by their kinds, as catalogues list them, each played in a room of its own: through plan,
// engine and recorder no money is charged wrongly, what is recorded was read, and a person is told where one is needed.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <istream>
#include <map>
#include <sstream>
#include <utility>

#include "tests/unit/edge/core/defects_house.hpp"

namespace wattle::edge::defects_replay_test {

using test::DefectsHouse;
inline constexpr auto modbus_meter = "hiking-dds238";
inline constexpr auto dlt645_meter = "generic-dlt645-2007";
inline constexpr std::int64_t deposit_wh = 700'000;
inline constexpr std::int64_t begins_wh = 5'000;

struct Row {
  std::string series, kind, start;
  double size = 0;
  double before = 0, value = 0, after = 0;

  std::int64_t whole_size() const { return std::llround(size); }
  std::int64_t watts() const { return std::llround(value); }
  std::int64_t wh() const { return std::llround(value * 1000); }
};

inline double number(const std::string& text) {
  return text.empty() || text.find('-', 1) != std::string::npos ? 0 : std::stod(text);
}

inline std::vector<Row> rows_in(std::istream& file) {
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#') || line.starts_with("source,")) continue;
    std::vector<std::string> cells;
    std::istringstream in(line + ',');
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() == 9);
    rows.push_back({cells[1], cells[2], cells[3], number(cells[4]), number(cells[6]), number(cells[7]), number(cells[8])});
  }
  return rows;
}

/// A room that has used some already, and its meter draws power.
struct Played : DefectsHouse {
  explicit Played(const char* model, std::int64_t watts = 300, Duration every = seconds(10)) : DefectsHouse(model, every) {
    pay_wh(deposit_wh);
    counts(begins_wh);
    draws(watts);
    run(minutes(2));
    CHECK(charged_wh() == begins_wh);
    CHECK(balance_wh() == deposit_wh - begins_wh);
  }
  /// However it came about, in the end it is what the meter counted, once.
  void is_settled() {
    draws(0);
    run(minutes(2));
    CHECK(charged_wh() == circuit().energy.units);
    CHECK(booked_wh() == circuit().energy.units);
  }
  void is_quiet() const {
    CHECK(told() == std::vector<int>{});
    CHECK(anomalies() == 0);
  }
};

inline void gap_stored_as_zero(const Row& row) {
  Played room(modbus_meter);
  const auto stood = std::exchange(room.circuit().energy, {});
  room.draws(0);
  room.run(minutes(row.whole_size()));
  CHECK(room.charged_wh() == begins_wh);
  CHECK(room.anomalies() == 1);
  CHECK(room.noted.back().register_units == Quantity{0});
  room.circuit().energy = stood;
  room.counts(300 * row.whole_size() / 60);
  room.draws(300);
  room.is_settled();
  CHECK(room.anomalies() == 1);
}

inline void stuck_value(const Row& row) {
  Played room(modbus_meter, row.watts());
  room.run(minutes(row.whole_size()));
  CHECK(room.charged_wh() == begins_wh);
  const auto flowed = row.watts() * row.whole_size() / 60;
  if (flowed > 250) CHECK(room.told(PollNotice::register_stuck) == 1);
  if (flowed < 150) CHECK(room.told(PollNotice::register_stuck) == 0);
  room.counts(flowed);
  room.is_settled();
  CHECK(room.told(PollNotice::register_moves) == room.told(PollNotice::register_stuck));
  CHECK(room.anomalies() == 0);
}

inline void clipped_at_6000w(const Row& row) {
  Played room(modbus_meter, row.watts());
  for (auto minute = row.whole_size(); minute > 0; --minute) {
    room.counts(120);  // it is more than is shown
    room.run(minutes(1));
    CHECK(room.noted.back().power == Power{6'000});
  }
  room.is_settled();
  room.is_quiet();
}

inline void rows_missing(const Row& row) {
  Played room(modbus_meter);
  room.run(minutes(1));
  room.house.pass(minutes(row.whole_size()));
  room.counts(row.size < 10 ? 40 : row.whole_size());
  room.is_settled();
  room.is_quiet();
  CHECK(room.recorder.take_gaps().size() >= 1);
}

inline void start_clock_same(const Row&) {
  Played room(modbus_meter);
  const auto start = room.house.now.wall;
  room.house.pass(hours(1));
  room.counts(300);
  room.run(minutes(1));
  room.house.restart_alone(start);
  room.counts(200);
  room.run(minutes(1));
  room.house.give(Connected{});
  room.is_settled();
  room.is_quiet();
}

inline void clock_went_backward(const Row& row) {
  Played room(modbus_meter);
  for (const auto error : {minutes(-row.whole_size()), Duration{}}) {
    room.house.box_clock_error = error;
    room.counts(100);
    room.run(minutes(2));
    CHECK(room.charged_wh() == room.circuit().energy.units);
  }
  room.is_settled();
  room.is_quiet();
}

inline void gap_over_10min(const Row& row) {
  Played room(dlt645_meter);
  room.is_dead = true;
  room.run(seconds(row.watts()));
  CHECK(room.told(PollNotice::silent) == 1);
  CHECK(room.charged_wh() == begins_wh);
  room.is_dead = false;
  room.counts(300 * row.watts() / 3600);
  room.run(minutes(3));
  CHECK(room.told(PollNotice::heard_again) == 1);
  room.is_settled();
  CHECK(room.recorder.take_gaps().size() == 2);  // this one, and the hour in which it was looked at what is booked
  CHECK(room.anomalies() == 0);
}

inline void single_sample_spike(const Row& row) {
  Played room(modbus_meter, std::llround(row.before));
  for (const auto watts : {row.watts(), std::int64_t{std::llround(row.after)}}) {
    room.draws(watts);
    room.counts(20);
    room.run(minutes(1));
  }
  room.is_settled();
  room.is_quiet();
  const auto is_it = [&](const RecordedReading& reading) { return reading.power == Power{row.watts()}; };
  CHECK(std::any_of(room.noted.begin(), room.noted.end(), is_it));  // a short load, as far as anybody knows
}

inline void duplicate_timestamp(const Row& row) {
  Played room(modbus_meter);
  room.counts(100);
  room.run(minutes(1));
  const auto last = room.readings.back();
  room.give(last);  // it may be the first of its minute
  const auto kept = room.noted.size();
  for (auto n = std::min<std::int64_t>(row.whole_size(), 200); n > 0; --n) room.give(last);
  CHECK(room.noted.size() == kept);
  room.is_settled();
  room.is_quiet();
}

inline void unparsable_lines(const Row& row) {
  Played room(modbus_meter);
  room.spoilt = static_cast<std::uint64_t>(std::min<std::int64_t>(row.whole_size(), 40));
  room.counts(250);
  room.run(minutes(1));
  CHECK((room.charged_wh() == begins_wh) == (row.size > 40));
  room.run(hours(2));
  CHECK(room.told(PollNotice::silent) == (row.size > 40 ? 1 : 0));
  CHECK(room.told(PollNotice::heard_again) == room.told(PollNotice::silent));
  room.is_settled();
  CHECK(room.anomalies() == 0);
}

inline void late_poll(const Row& row) {
  Played room(dlt645_meter);
  room.is_dead = true;
  room.run(seconds(row.whole_size()));
  room.is_dead = false;
  room.counts(60);
  room.run(minutes(3));
  CHECK(room.told(PollNotice::heard_again) == room.told(PollNotice::silent));
  CHECK(room.noted.back().register_units == room.circuit().energy);
  room.is_settled();
  CHECK(room.anomalies() == 0);
}

inline void register_missing_in_poll(const Row& row) {
  Played room(dlt645_meter);
  REQUIRE(room.noted.back().current_ma);
  room.lacks = dlt645::di::current_a;
  for (auto poll = row.whole_size(); poll > 0; --poll) {
    room.counts(10);
    room.run(minutes(1));
  }
  room.run(seconds(30));
  CHECK_FALSE(room.noted.back().current_ma);
  CHECK(room.noted.back().power == Power{300});
  CHECK(room.charged_wh() == room.circuit().energy.units);
  room.lacks = 0;
  room.run(minutes(2));
  CHECK(room.noted.back().current_ma);
  room.is_settled();
  room.is_quiet();
}

inline void registers_disagree(const Row& row) {
  Played room(dlt645_meter);
  room.before_answer = [&](const Exchange& exchange) {
    const auto& ask = std::get<dlt645::Request>(exchange.ask);
    if (ask.di == dlt645::di::current_a) room.draws(row.watts());
    if (ask.di == dlt645::di::power) room.draws(std::llround(row.before));
  };
  room.counts(30);
  const auto begins = static_cast<std::ptrdiff_t>(room.readings.size());
  room.run(minutes(5));                                                        // more than three full readings
  const auto read = std::llround(row.before), said = std::llround(row.value);  // as meters tell them
  const bool is_more = read * 10 > said * 12 + 200;
  const bool is_less = room.has_power_factor() && (read + 20) * 2 < said;
  // Within a watt or two of a bound the steps of current and voltage decide.
  const bool is_near = std::abs(read * 10 - said * 12 - 200) <= 20 || std::abs((read + 20) * 2 - said) <= 4;
  const bool is_told = is_near ? room.told(PollNotice::figures_disagree) > 0 : is_more || is_less;
  CHECK(room.told(PollNotice::figures_disagree) == (is_told ? 1 : 0));
  const auto disagrees = [](const MeterRead& reading) { return reading.disagrees; };
  CHECK(std::any_of(room.readings.begin() + begins, room.readings.end(), disagrees) == is_told);
  CHECK(room.noted.back().register_units == room.circuit().energy);
  CHECK(room.charged_wh() == room.circuit().energy.units);
  room.before_answer = [](const Exchange&) {};
  room.draws(300);
  room.run(minutes(5));
  CHECK(room.told(PollNotice::figures_agree) == (is_told ? 1 : 0));
  CHECK(room.noted.back().power == Power{300});
  room.is_settled();
  CHECK(room.anomalies() == 0);
}

inline void power_factor_above_one(const Row& row) {
  Played room(modbus_meter);
  constexpr std::uint16_t factor_register = 0x0010;
  room.spoil_registers = [&](modbus::RegisterImage& image) {
    image.holding[factor_register].value = static_cast<std::uint16_t>(std::lround(row.value * 1000));
  };
  room.counts(50);
  room.run(minutes(row.whole_size() + 1));
  CHECK_FALSE(room.noted.back().further.has(FurtherKind::power_factor));
  CHECK(room.noted.back().power == Power{300});
  room.spoil_registers = [](modbus::RegisterImage&) {};
  room.run(minutes(2));
  CHECK(room.noted.back().further.get(FurtherKind::power_factor) == 1000);
  room.is_settled();
  room.is_quiet();
}

inline void sign_flip(const Row& row) {
  Played room(modbus_meter, std::llround(row.before));
  room.draws(row.watts());
  room.counts(40);
  room.run(minutes(row.whole_size()));
  CHECK(room.noted.back().power == Power{row.watts()});
  room.draws(std::llround(row.after));
  room.counts(40);
  room.is_settled();
  room.is_quiet();
}

inline void reading_gap(const Row& row) {
  Played room(modbus_meter);
  room.house.pass(Duration{std::llround(row.size * 3600) * seconds(1).micros});
  room.counts(std::llround(row.size * 300));
  room.is_settled();
  room.is_quiet();
  CHECK(room.recorder.take_gaps().size() == 2);  // and the hour of looking
}

/// Until the money is gone, and so much further.
inline void uses_up(DefectsHouse& room, std::int64_t overdrawn_wh) {
  room.pay_wh(1'000);
  room.draws(900);
  room.run(minutes(1));
  CHECK(room.circuit().relay_closed == true);
  room.counts(1'000 + overdrawn_wh);
  room.run(minutes(1));
  CHECK(room.balance_wh() == -overdrawn_wh);
  CHECK(room.circuit().relay_closed == false);
}

inline void top_up(const Row& row) {
  DefectsHouse room(modbus_meter);
  const auto size_wh = std::llround(row.size * 1000);
  if (row.wh() > size_wh) room.pay_wh(row.wh() - size_wh);
  if (row.wh() < size_wh) uses_up(room, size_wh - row.wh());
  const auto used = room.circuit().energy.units;
  room.run(minutes(1));
  CHECK(room.circuit().relay_closed == (row.wh() > size_wh));
  room.pay_wh(size_wh);
  room.run(minutes(1));
  CHECK(room.balance_wh() == row.wh());
  CHECK(room.circuit().relay_closed == true);
  CHECK(room.charged_wh() == used);
}

inline void balance_zero_run(const Row& row) {
  DefectsHouse room(modbus_meter, minutes(30));
  room.pay_wh(1'000);
  room.run(minutes(40));
  room.counts(1'000);
  room.run(hours(1));
  CHECK(room.circuit().relay_closed == false);
  const auto orders = room.orders();
  room.run(days(row.whole_size()));
  CHECK(room.orders() == orders);
  CHECK(room.balance_wh() == 0);
  CHECK(room.charged_wh() == 1'000);
  room.pay_wh(2'000);
  room.run(hours(1));
  CHECK(room.circuit().relay_closed == true);
  CHECK(room.balance_wh() == 2'000);
  CHECK(room.told() == std::vector<int>{});
}

inline void balance_below_zero(const Row& row) {
  DefectsHouse room(modbus_meter);
  uses_up(room, -row.wh());
  room.run(hours(2));
  CHECK(room.balance_wh() == row.wh());
  room.pay_wh(2'000);
  room.run(minutes(1));
  CHECK(room.balance_wh() == 2'000 + row.wh());
  CHECK(room.circuit().relay_closed == true);
  CHECK(room.told() == std::vector<int>{});
}

inline const std::map<std::string, std::function<void(const Row&)>> kinds{
    {"gap_stored_as_zero", gap_stored_as_zero},
    {"stuck_value", stuck_value},
    {"clipped_at_6000w", clipped_at_6000w},
    {"rows_missing", rows_missing},
    {"start_clock_same_as_other_session", start_clock_same},
    {"clock_went_backward", clock_went_backward},
    {"gap_over_10min", gap_over_10min},
    {"single_sample_spike", single_sample_spike},
    {"duplicate_timestamp", duplicate_timestamp},
    {"unparsable_lines", unparsable_lines},
    {"late_poll", late_poll},
    {"register_missing_in_poll", register_missing_in_poll},
    {"registers_disagree_within_poll", registers_disagree},
    {"power_factor_above_one", power_factor_above_one},
    {"sign_flip", sign_flip},
    {"reading_gap", reading_gap},
    {"top_up", top_up},
    {"balance_zero_run", balance_zero_run},
    {"balance_below_zero", balance_below_zero},
};

}  // namespace wattle::edge::defects_replay_test
