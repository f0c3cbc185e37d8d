// Everything that may come along a line of DL/T 645, both editions: at the master's end (frames, answers to several questions,
// what a frame says) and at the meter's end. Random bytes seldom have a checksum, so each input is also tried as the control
// code and data of a sound frame.

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_describe.hpp"
#include "shared/meter/dlt645_history.hpp"
#include "shared/meter/dlt645_load.hpp"
#include "shared/meter/parts.hpp"
#include "shared/meter/profile.hpp"

using namespace wattle;
using namespace wattle::dlt645;

namespace {

const Address own = parse_address("151230011061").value();
constexpr Credentials known{{2, 0, 0, 0}, {}};

const std::vector<Request>& questions() {
  static const std::vector<Request> all = [] {
    const auto energy = read(Edition::v2007, own, di::forward_energy);
    const auto energy_1997 = read(Edition::v1997, own, di_1997::forward_energy);
    return std::vector<Request>{energy,
                                read_more(energy, 1),
                                read_address(),
                                energy_1997,
                                read_more(energy_1997, 1),
                                relay(own, known, RelayCommand::trip, {}),
                                write_address(Edition::v2007, own),
                                read(Edition::v2007, wildcard, di::status_3)};
  }();
  return all;
}

MeterImage meter(Edition edition) {
  MeterImage image{.edition = edition, .address = own, .items = {}, .accepts = known};
  const bool is_new = edition == Edition::v2007;
  image.items[is_new ? di::forward_energy : di_1997::forward_energy] = {{0x78, 0x06, 0, 0}, true};
  image.items[is_new ? 0x0001ff00 : 0x901f] = {Bytes(is_new ? 450 : 20, 0x11), false};
  image.items[di::trip_delay] = {{0, 0}, true};
  image.kept.as = std::get<Model>(generic_dlt645_meter(edition).protocol).history;
  image.items[di_1997::settlement_day] = {{0, 1}, true};
  if (is_new) {
    image.kept.as.load = ModelLoad{.records = 0x06000001};
    for (std::uint8_t day = 1; day <= 9; ++day) keep_load(image.kept, load_record_of(image, {2026, 9, day, 8, 30, 0}));
  }
  if (!is_new) image.relay_write = RelayWrite{0xe910, {0x1a}, {0x1c}};
  return image;
}

template <class T>
void check_outcome(ByteView heard, const Outcome<T>& open, const Outcome<T>& quiet) {
  WATTLE_CHECK(!std::holds_alternative<NeedMore>(quiet));
  WATTLE_CHECK(std::holds_alternative<NeedMore>(open) || open.index() == quiet.index());
  const auto* bad = std::get_if<Bad>(&quiet);
  if (bad != nullptr) WATTLE_CHECK(bad->error.category() == meter_category() && bad->offset <= heard.size());
}

void check_description(const Frame& frame) {
  for (const auto edition : {Edition::v1997, Edition::v2007}) {
    const auto described = describe(edition, frame);
    WATTLE_CHECK(!described.fields.empty() && described.fields.size() < 20 * max_data && described.offset < max_frame);
    for (const auto& field : described.fields) WATTLE_CHECK(!field.name.empty() && to_text(field.value).size() <= 3 * max_data);
  }
}

void at_master(ByteView heard) {
  const auto found = find_frame(heard, Wire::quiet);
  check_outcome(heard, find_frame(heard, Wire::open), found);
  if (const auto* f = std::get_if<Found>(&found)) {
    const auto again = encode(f->frame, 0);
    WATTLE_CHECK(std::equal(again.begin(), again.end(), heard.begin() + static_cast<std::ptrdiff_t>(f->offset)));
    check_description(f->frame);
  }
  for (const auto& question : questions()) {
    const auto answered = decode_answer(question, heard, Wire::quiet);
    check_outcome(heard, decode_answer(question, heard, Wire::open), answered);
    const auto* a = std::get_if<Answer>(&answered);
    if (a == nullptr || question.command != Command::read) continue;
    const auto value = number_in(question.edition, question.di, a->data);
    if (value) WATTLE_CHECK(number_bytes(question.edition, question.di, *value).has_value());
    (void)running_state(a->data, {});
  }
}

/// Whatever is asked, the answer is one that the asking master understands.
void at_meter(const Frame& frame) {
  for (const auto edition : {Edition::v1997, Edition::v2007}) {
    auto image = meter(edition);
    const auto cells = image.items.size();
    const auto bytes = answer(frame, image, Instant{1'750'000'000'000'000});
    WATTLE_CHECK(bytes.size() <= max_frame + image.preambles && image.items.size() <= cells + 2);
    advance(image, Instant{1'760'000'000'000'000});
    if (bytes.empty()) continue;
    const auto request = decode_request(edition, frame);
    if (!request) {  // an order that is cut short
      const auto refusal = std::get<Found>(find_frame(bytes, Wire::quiet)).frame;
      WATTLE_CHECK(request.error() == MeterErrc::length && frame.address == image.address);
      WATTLE_CHECK(refusal == Frame({image.address, static_cast<std::uint8_t>(frame.control | 0xc0), {0x01}}));
      continue;
    }
    WATTLE_CHECK(is_valid(*request) && is_answered(*request));
    WATTLE_CHECK(decode_request(edition, std::get<Found>(find_frame(encode_request(*request), Wire::quiet)).frame).value() ==
                 *request);
    const auto outcome = decode_answer(*request, bytes, Wire::open);
    const auto* bad = std::get_if<Bad>(&outcome);
    WATTLE_CHECK(std::holds_alternative<Answer>(outcome) ||
                 (bad != nullptr && is_refusal(static_cast<MeterErrc>(bad->error.value()))));
  }
}

/// Parts of a record, each with its length before it, by a meter that always has more.
void join(ByteView input) {
  JoinedAnswer parts({needing(read(Edition::v2007, parse_address("1").value(), 0x03300d01), max_data)});
  Reader in(input);
  std::size_t asked = 1;
  for (;; ++asked) {
    const auto piece = in.blob(max_data);
    if (!parts.take(MeterAnswer{{}, 0, Bytes(piece.begin(), piece.end()), true})) break;
    const auto* more = std::get_if<Request>(&parts.question().ask);
    WATTLE_CHECK(more != nullptr && is_valid(*more) && more->command == Command::read_more);
  }
  WATTLE_CHECK(asked <= answer_parts_max);
  WATTLE_CHECK(std::holds_alternative<MeterAnswer>(std::move(parts).whole()));
}

/// The input cut into as many pieces as a reading has answers, by the length that each one begins with.
void read_of(ByteView input) {
  for (const auto edition : {Edition::v1997, Edition::v2007}) {
    std::vector<Bytes> data;
    Reader in(input);
    const auto model = std::get<Model>(generic_dlt645_meter(edition).protocol);
    for (std::size_t n = 0; n < reading_asks(model, 1, Depth::full).size(); ++n) {
      const auto piece = in.blob(max_data);
      data.emplace_back(piece.begin(), piece.end());
    }
    const auto reading = decode_reading(model, usual_rollover, 1, Depth::full, data);
    if (!reading) continue;
    const auto energy = reading->circuits.at(0).energy;
    WATTLE_CHECK(energy.units >= 0 && energy < usual_rollover && *reading->voltage_mv >= 0);
    auto image = meter(edition);
    if (edition == Edition::v1997) continue;
    show(image, model, *reading, 0, Instant{1'750'000'000'000'000});
    WATTLE_CHECK(image.items.at(di::forward_energy).bytes.size() == 4);
  }
}

/// What an answer may say of freezes and events, whatever their layout.
void history_of_answer(ByteView input) {
  Reader in(input);
  const auto size = static_cast<std::uint8_t>(in.u8() % freeze_size_max + 1);
  const ModelFreeze freeze{.keeps = 1, .size = size, .step_wh = static_cast<std::int32_t>(in.u8()) + 1};
  ModelEvent event{.size = 60, .time_at = static_cast<std::uint8_t>(in.u8() % 54), .has_seconds = in.u8() % 2 == 0};
  if (!in.ok()) return;
  const auto data = input.subspan(in.position());
  const auto energy = freeze_energy_in(freeze, usual_rollover, data);
  if (energy) WATTLE_CHECK(energy->units >= 0 && *energy < usual_rollover && energy->units % freeze.step_wh == 0);
  if (const auto time = freeze_time_in(data)) WATTLE_CHECK(is_valid(*time) && time->second == 0);
  const LocalTime now{2026, static_cast<std::uint8_t>(event.time_at % 12 + 1), size, static_cast<std::uint8_t>(size * 2), 30,
                      0};
  for (const auto number : {std::uint8_t{1}, std::uint8_t{2}})
    if (const auto time = month_end_in(data, number, now)) WATTLE_CHECK(is_valid(*time) && *time < now);
  if (const auto time = event_time_in(event, data)) {
    Kept kept{.as = {.freezes = {}, .events = {{MeterEvent::tripped, event}}}};
    keep_event(kept, MeterEvent::tripped, *time);
    WATTLE_CHECK(event_time_in(event, *kept_bytes(kept, event.record)).value() == *time);
  }
}

/// Records of loads, which are the same bytes again, and whose values stay within what a meter can measure.
void loads_of_answer(ByteView data) {
  const auto read = decode_load_records(data);
  WATTLE_CHECK(read.taken <= data.size() && (read.taken == data.size()) == !read.error);
  Bytes again;
  for (const auto& record : read.records) {
    Writer(again).raw(encode_load_record(record));
    for (const auto phases : {std::uint8_t{1}, std::uint8_t{3}}) {
      const auto reading = load_reading(record, usual_rollover, phases);
      WATTLE_CHECK(is_valid(reading.at) && (!reading.energy || *reading.energy < usual_rollover));
    }
  }
  WATTLE_CHECK(std::equal(again.begin(), again.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(read.taken)));
  WATTLE_CHECK(describe_load_records(data, {}).size() < 2 * data.size() + 1);
}

/// A number that a profile lays out itself: what is read is what its bytes say, and no other bytes say it.
void own_of_answer(ByteView input) {
  Reader in(input);
  Model model;
  model.edition = Edition::v1997;
  const auto size = static_cast<std::uint8_t>(in.u8() % own_size_max + 1);
  const auto step = static_cast<std::int32_t>(in.u8()) * 1000 + 1;
  const bool has_sign = in.u8() % 2 == 0;
  if (!in.ok()) return;
  model.own[0xe901] = {Unit::yuan, size, step, has_sign};
  const auto value = number_in(model, 0xe901, input.subspan(in.position()));
  if (!value) return;
  WATTLE_CHECK(has_sign || value->value >= 0);
  const auto bytes = number_bytes(model, 0xe901, *value);
  WATTLE_CHECK(bytes && bytes->size() == size && number_in(model, 0xe901, *bytes)->value == value->value);
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
  join(input);
  read_of(input);
  history_of_answer(input);
  loads_of_answer(input);
  own_of_answer(input);
  if (input.empty() || input.size() > max_data) return 0;
  const Frame frame{own, input[0], Bytes(input.begin() + 1, input.end())};
  at_master(encode(frame, 2));
  at_meter(frame);
  check_description(frame);
  return 0;
}
