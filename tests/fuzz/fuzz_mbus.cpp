// Everything that may come along a wired M-Bus, at the master's end (frames, records) and at the meter's. Random bytes seldom
// have a checksum, so each input is also tried as the data of a sound answer, and as the control, address, CI and data of a
// frame.

#include <cstdlib>

#include "shared/base/check.hpp"
#include "shared/meter/mbus_model.hpp"

using namespace wattle;
using namespace wattle::mbus;

namespace {

SecondaryAddress own_address() {
  auto own = parse_secondary("18200726").value();
  own.manufacturer = 0x1ee6;
  own.version = 0x35;
  own.medium = 7;
  return own;
}

template <class T>
void check_outcome(ByteView heard, const Outcome<T>& open, const Outcome<T>& quiet) {
  WATTLE_CHECK(!std::holds_alternative<NeedMore>(quiet));
  WATTLE_CHECK(std::holds_alternative<NeedMore>(open) || open.index() == quiet.index());
  const auto* bad = std::get_if<Bad>(&quiet);
  if (bad != nullptr) WATTLE_CHECK(bad->error.category() == meter_category() && bad->offset <= heard.size());
}

void check_description(const Frame& frame) {
  const auto described = describe(frame);
  WATTLE_CHECK(!described.fields.empty() && described.fields.size() < 40 + max_data && described.offset <= max_frame);
  for (const auto& field : described.fields) WATTLE_CHECK(!field.name.empty() && to_text(field.value).size() <= 3 * max_data);
}

/// What an old meter tells comes back as it was, where the answering side can tell it.
void check_fixed(ByteView bytes) {
  const auto data = decode_fixed(bytes);
  if (!data || !data->counters[0] || !data->counters[1]) return;
  const auto again = encode_fixed(*data);
  WATTLE_CHECK(again && std::equal(again->begin(), again->end(), bytes.begin(), bytes.end()));
}

void check_data(ByteView bytes) {
  check_fixed(bytes);
  const auto data = decode_variable(bytes);
  if (!data) return;
  WATTLE_CHECK(data->records.size() + data->maker.size() <= bytes.size());
  WATTLE_CHECK(!data->error || data->offset <= bytes.size());
  for (const auto unit : {Unit::cubic_metre, Unit::watt_hour}) {
    const auto value = present(*data, unit);
    WATTLE_CHECK(!value || (value->unit == unit && !data->error));
    if (value) (void)scaled(*value, -3);
  }
}

/// What a box makes of a telegram: refused, or within what a meter can count, with a number that a plate can carry.
void check_reading(const Answer& answer) {
  constexpr Quantity rollover{1'000'000};
  const Bytes answers[] = {{}, data_of(answer)};
  for (const auto unit : {Unit::cubic_metre, Unit::watt_hour}) {
    const auto reading = decode_reading({unit, false, -3}, rollover, answers);
    if (!reading) continue;
    WATTLE_CHECK(reading->meter.value >= 1 && reading->meter.value <= max_number && reading->circuits.size() == 1);
    WATTLE_CHECK(reading->circuits[0].energy.units >= 0 && reading->circuits[0].energy < rollover);
    WATTLE_CHECK(reading->voltage_mv.value_or(0) >= 0 && reading->voltage_mv.value_or(0) <= max_voltage_mv);
    WATTLE_CHECK(std::abs(reading->circuits[0].current_ma.value_or(0)) <= max_current_ma);
    WATTLE_CHECK(std::abs(reading->circuits[0].power_factor_per_mille.value_or(0)) <= unity_per_mille);
  }
}

void at_master(ByteView heard) {
  const auto found = find_frame(heard, Wire::quiet);
  check_outcome(heard, find_frame(heard, Wire::open), found);
  if (const auto* f = std::get_if<Found>(&found)) {
    const auto again = encode(f->frame);
    WATTLE_CHECK(again.size() == f->size);
    WATTLE_CHECK(std::equal(again.begin(), again.end(), heard.begin() + static_cast<std::ptrdiff_t>(f->offset)));
    check_description(f->frame);
  }
  for (const auto& question : {read(1, false), read(selected, true), reset_link(1), select(own_address(), false)}) {
    const auto answered = decode_answer(question, heard, Wire::quiet);
    check_outcome(heard, decode_answer(question, heard, Wire::open), answered);
    const auto* a = std::get_if<Answer>(&answered);
    if (a == nullptr) continue;
    check_data(a->data);
    check_reading(*a);
  }
}

/// The input as the telegrams of one reading, each with its length before it. What is asked behind them is bounded, and asks
/// for the next one.
void check_telegrams(ByteView input) {
  std::vector<Bytes> answers{{}};
  Reader in(input);
  while (!in.at_end() && answers.size() <= telegrams_max) {
    const auto size = in.u8();
    if (size > input.size() - in.position()) break;
    const auto data = in.raw(size);
    answers.push_back({(size & 1) != 0 ? ci_fixed : ci_variable});
    answers.back().insert(answers.back().end(), data.begin(), data.end());
    for (const auto depth : {Depth::control, Depth::full}) {
      const auto more = following_ask({Unit::watt_hour, false}, 9, {depth, true}, answers);
      if (!more) continue;
      WATTLE_CHECK(answers.size() <= telegrams_max && more->command == Command::read && more->address == 9);
      WATTLE_CHECK(more->frame_count == (answers.size() % 2 != 0));  // the first one was asked for with the bit set
    }
    constexpr Quantity rollover{1'000'000};
    const auto reading = decode_reading({Unit::watt_hour, false}, rollover, answers);
    if (reading) WATTLE_CHECK(reading->circuits[0].energy.units >= 0 && reading->circuits[0].energy < rollover);
  }
}

/// Whatever is asked, the answer is one that the asking master understands.
void at_meter(const Frame& frame) {
  MeterImage image;
  image.primary = 5;
  image.header.own = own_address();
  image.is_selected = true;
  WATTLE_CHECK(put_record(image.telegrams[0], RecordShape::digits, 0x13, 12'565));
  image.telegrams.push_back(image.telegrams[0]);
  for (int time = 0; time < 4; ++time) {
    if (time == 3) image.fixed = FixedData{};  // an old meter answers as well

    const auto asked_at = image.primary;
    const auto bytes = answer(frame, image);
    WATTLE_CHECK(bytes.size() <= max_frame && image.telegram < image.telegrams.size());
    if (bytes.empty()) continue;
    const auto request = decode_request(frame);
    WATTLE_CHECK(request && is_answered(*request));
    const auto outcome = decode_answer(*request, bytes, Wire::open);
    const auto* bad = std::get_if<Bad>(&outcome);
    const bool reported = bad != nullptr && is_application(static_cast<MeterErrc>(bad->error.value()));
    WATTLE_CHECK(std::holds_alternative<Answer>(outcome) || reported || image.primary != asked_at);
    if (const auto* a = std::get_if<Answer>(&outcome)) check_data(a->data);
  }
}

void listen_as_meter(ByteView heard) {
  for (;;) {
    const auto found = find_frame(heard, Wire::open);
    const auto* f = std::get_if<Found>(&found);
    if (f == nullptr) break;
    at_meter(f->frame);
    heard = heard.subspan(f->offset + f->size);
  }
  WATTLE_CHECK(heard.size() - dead_bytes(heard) < max_frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  at_master(input);
  listen_as_meter(input);
  check_data(input);
  check_telegrams(input);
  if (input.size() <= max_data) {
    const Frame answered{FrameKind::full, response, 1, ci_variable, Bytes(input.begin(), input.end())};
    at_master(encode(answered));
    check_description(answered);
  }
  if (input.size() < 3 || input.size() > max_data) return 0;
  const Frame full{FrameKind::full, input[0], input[1], input[2], Bytes(input.begin() + 3, input.end())};
  check_description(full);
  at_meter(full);
  const Frame brief{FrameKind::brief, input[0], input[1], 0, {}};
  check_description(brief);
  at_meter(brief);
  return 0;
}
