// Everything that may come along a line of CJ/T 188, at the master's end and at the meter's. Random bytes seldom have a
// checksum, so each input is also tried as the control code and data of a sound frame.

#include "shared/base/check.hpp"
#include "shared/meter/cjt188_model.hpp"

using namespace wattle;
using namespace wattle::cjt188;

namespace {

const Address own = parse_address("00002020120218").value();
constexpr Instant noon{1'750'000'000'000'000};

template <class T>
void check_outcome(ByteView heard, const Outcome<T>& open, const Outcome<T>& quiet) {
  WATTLE_CHECK(!std::holds_alternative<NeedMore>(quiet));
  WATTLE_CHECK(std::holds_alternative<NeedMore>(open) || open.index() == quiet.index());
  const auto* bad = std::get_if<Bad>(&quiet);
  if (bad != nullptr) WATTLE_CHECK(bad->error.category() == meter_category() && bad->offset <= heard.size());
}

void check_description(const Frame& frame) {
  const auto described = describe(frame);
  WATTLE_CHECK(!described.fields.empty() && described.fields.size() < 40 && described.offset < max_frame);
  for (const auto& field : described.fields) WATTLE_CHECK(!field.name.empty() && to_text(field.value).size() <= 3 * max_data);
}

/// What a box makes of an answer's data: refused, or within what a meter can count.
void check_reading(ByteView data) {
  constexpr Quantity rollover{1'000'000};
  const auto reading = decode_reading({.valve = ModelValve{}}, rollover, 1, data);
  if (!reading) return;
  WATTLE_CHECK(reading->circuits.size() == 1);
  WATTLE_CHECK(reading->circuits[0].energy.units >= 0 && reading->circuits[0].energy < rollover);
}

void at_master(ByteView heard) {
  const auto found = find_frame(heard, Wire::quiet);
  check_outcome(heard, find_frame(heard, Wire::open), found);
  if (const auto* f = std::get_if<Found>(&found)) {
    const auto again = encode(f->frame, 0);
    WATTLE_CHECK(std::equal(again.begin(), again.end(), heard.begin() + static_cast<std::ptrdiff_t>(f->offset)));
    check_description(f->frame);
  }
  const Request questions[] = {read(cold_water, own, di::current, 1, DiOrder::high_first),
                               read(cold_water, wildcard, di::current, 0, DiOrder::low_first),
                               read_address(any_type, 0, DiOrder::high_first),
                               move_valve(cold_water, own, ValveCommand::close, 1, DiOrder::high_first)};
  for (const auto& question : questions) {
    const auto answered = decode_answer(question, heard, Wire::quiet);
    check_outcome(heard, decode_answer(question, heard, Wire::open), answered);
    const auto* a = std::get_if<Answer>(&answered);
    if (a == nullptr) continue;
    check_reading(a->data);
    const auto current = decode_current(a->data);
    if (!current) continue;
    const auto again = decode_current(encode_current(*current));
    WATTLE_CHECK(again && again->status == current->status && again->clock == current->clock);
    (void)valve_state(current->status, {});
  }
}

/// Whatever is asked, the answer is one that the asking master understands.
void at_meter(const Frame& frame) {
  MeterImage image{.address = own, .items = {{di::last_month, Bytes(5)}, {di::key_version, Bytes(1)}}};
  const auto before = image.items.size();
  const auto bytes = answer(frame, image, noon);
  advance(image, noon + hours(1));
  WATTLE_CHECK(bytes.size() <= max_frame + image.preambles && image.items.size() == before);
  if (bytes.empty()) return;
  const auto request = decode_request(frame);
  WATTLE_CHECK(request && is_valid(*request));
  const auto outcome = decode_answer(*request, bytes, Wire::open);
  const auto* bad = std::get_if<Bad>(&outcome);
  WATTLE_CHECK(std::holds_alternative<Answer>(outcome) || (bad != nullptr && bad->error == MeterErrc::refused));
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
  check_reading(input);
  listen_as_meter(input);
  if (input.empty() || input.size() > max_data) return 0;
  const Frame frame{cold_water, own, input[0], Bytes(input.begin() + 1, input.end())};
  at_master(encode(frame, 3));
  at_meter(frame);
  check_description(frame);
  return 0;
}
