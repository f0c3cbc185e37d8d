#include "shared/meter/dlt645_meter.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"

namespace wattle::dlt645 {
namespace {

// The bytes of a refusal, 2007 §7.1.
constexpr std::uint8_t other_error = 0x01;
constexpr std::uint8_t no_such_data = 0x02;
constexpr std::uint8_t wrong_password = 0x04;
constexpr std::uint8_t no_such_rate = 0x08;

constexpr std::size_t piece_overhead = 5;  // identifier and sequence
constexpr std::uint32_t instant_freeze_time = 0x05010001;
constexpr std::uint32_t instant_freeze_energy = 0x05010101;
constexpr std::uint32_t status_words = 0x040005ff;  // all of them
constexpr std::size_t relay_time_at = 2;            // behind command and parameter

bool any_in(const Address& address) {
  return std::find(address.bytes.begin(), address.bytes.end(), wildcard.bytes[0]) != address.bytes.end();
}

/// Commands to all and abbreviated addresses move little: whoever does not name the meter may only ask.
bool is_meant(const Request& request, const MeterImage& image) {
  if (request.address == image.address) return true;
  if (request.address == broadcast) return request.command == Command::set_clock || request.command == Command::freeze;
  if (!any_in(request.address) || !matches(request.address, image.address)) return false;
  return request.command == Command::read || request.command == Command::read_more ||
         request.command == Command::read_address || request.command == Command::write_address;
}

std::optional<LocalTime> time_in(ByteView bytes) {
  if (!std::all_of(bytes.begin(), bytes.end(), is_bcd)) return std::nullopt;
  const LocalTime time{static_cast<std::uint16_t>(2000 + from_bcd(bytes[5])),
                       from_bcd(bytes[4]),
                       from_bcd(bytes[3]),
                       from_bcd(bytes[2]),
                       from_bcd(bytes[1]),
                       from_bcd(bytes[0])};
  return is_valid(time) ? std::optional(time) : std::nullopt;
}

void set_clock(ByteView payload, MeterImage& image, Instant now) {
  const auto told = time_in(payload);
  if (!told) return;
  const auto error = *instant_of(*told, image.utc_offset) - now;
  const Duration step{error.micros - image.clock_error.micros};
  if (step <= image.clock_tolerance && Duration{-step.micros} <= image.clock_tolerance) image.clock_error = error;
}

void freeze_now(MeterImage& image, Instant now) {
  const auto energy = image.items.find(di::forward_energy);
  if (energy == image.items.end()) return;
  const auto time = local_time(now + image.clock_error, image.utc_offset);
  image.items[instant_freeze_time] = {{to_bcd(time.minute), to_bcd(time.hour), to_bcd(time.day), to_bcd(time.month),
                                       to_bcd(static_cast<std::uint8_t>(time.year % 100))},
                                      false};
  image.items[instant_freeze_energy] = {energy->second.bytes, false};
}

void open_contact(MeterImage& image, Instant at) {
  if (std::exchange(image.relay.closed, false)) note(image, MeterEvent::tripped, at);
}

void open_relay(MeterImage& image, Instant now, std::optional<Instant> at) {
  auto& relay = image.relay;
  relay.commanded_open = true;
  relay.may_close = false;
  relay.ends_at.reset();
  relay.closes_at.reset();
  relay.opens_at = at;
  if (!at) open_contact(image, now);
}

void close_relay(RelayState& relay) {
  relay.closed = true;
  relay.commanded_open = relay.may_close = false;
  relay.opens_at.reset();
  relay.closes_at.reset();
  relay.ends_at.reset();
}

/// Each command to close begins the delay anew.
void close_later(RelayState& relay, Instant at) {
  if (relay.closed) return close_relay(relay);
  relay.commanded_open = relay.may_close = false;
  relay.ends_at.reset();
  relay.closes_at = at;
}

/// 0, or the byte of the refusal.
std::uint8_t move_relay(ByteView payload, MeterImage& image, Instant now) {
  const auto until = time_in(payload.subspan(relay_time_at));
  if (!until || *until < local_time(now + image.clock_error, image.utc_offset)) return other_error;
  auto& relay = image.relay;
  const auto command = static_cast<RelayCommand>(payload[0]);
  const auto delay = image.trip_delay.micros > 0 ? std::optional(now + image.trip_delay) : std::nullopt;
  switch (command) {
    case RelayCommand::trip:
    case RelayCommand::trip_then_close:
    case RelayCommand::trip_then_permit: {
      if (relay.keeps_power) return other_error;
      open_relay(image, now, delay);
      if (command == RelayCommand::trip) return 0;
      const Duration length{image.trip_unit.micros * payload[1]};
      relay.ends_at = delay.value_or(now) + length;
      relay.then_closes = command == RelayCommand::trip_then_close;
      return 0;
    }
    case RelayCommand::permit_close:
      relay.may_close = !relay.closed;
      relay.commanded_open = false;
      relay.opens_at.reset();
      return 0;
    case RelayCommand::close:
      if (image.close_delay.micros == 0)
        close_relay(relay);
      else
        close_later(relay, now + image.close_delay);
      return 0;
    case RelayCommand::alarm:
    case RelayCommand::end_alarm: relay.alarm = command == RelayCommand::alarm; return 0;
    case RelayCommand::keep_power:
      close_relay(relay);
      relay.keeps_power = true;
      return 0;
    case RelayCommand::end_keep_power: relay.keeps_power = false; return 0;
  }
  return other_error;
}

/// One meter's doing of one request: an answer, a refusal, or silence.
class Answering {
 public:
  Answering(const Request& request, MeterImage& image, Instant now) : request_(request), image_(image), now_(now) {}

  Bytes run() {
    switch (request_.command) {
      case Command::set_clock: set_clock(request_.payload, image_, now_); return {};
      case Command::read: return read();
      case Command::read_more: return read_more();
      case Command::read_address: return good(image_.address.bytes);
      case Command::write: return write();
      case Command::write_address: return write_address();
      case Command::freeze: return freeze();
      case Command::change_rate: return change_rate();
      case Command::change_password: return change_password();
      case Command::relay: {
        if (!knows_password()) return refuse(wrong_password);
        const auto refused = move_relay(request_.payload, image_, now_);
        return refused == 0 ? good({}) : refuse(refused);
      }
      case Command::read_again: return read_again();
      case Command::authenticate:
      case Command::clear_demand:
      case Command::clear_meter:
      case Command::clear_events:
      case Command::set_output: return refuse(other_error);  // this meter has nothing of the kind
    }
    return {};
  }

 private:
  Bytes good(ByteView data, bool more = false) const {
    if (request_.command != Command::read_again) return encode_answer(request_, image_.address, data, more, image_.preambles);
    Bytes named{static_cast<std::uint8_t>(image_.sent.di), static_cast<std::uint8_t>(image_.sent.di >> 8)};
    Writer(named).raw(data);
    return encode_answer(request_, image_.address, named, more, image_.preambles);
  }
  Bytes refuse(std::uint8_t byte) const { return encode_refusal(request_, image_.address, byte, image_.preambles); }
  bool knows_password() const { return request_.by.password == image_.accepts.password; }

  std::optional<Bytes> shows(std::uint32_t identifier) const {
    if (!image_.sent.asked.empty()) return kept_loads(image_.kept, identifier, image_.sent.asked);
    if (image_.edition == Edition::v2007 && identifier == di::status_3) return status_3(image_.relay);
    if (image_.edition == Edition::v2007 && identifier == status_words) return all_status();
    if (auto kept = kept_bytes(image_.kept, identifier)) return kept;
    const auto cell = image_.items.find(identifier);
    return cell == image_.items.end() ? std::nullopt : std::optional(cell->second.bytes);
  }

  /// Of the seven words all or none.
  std::optional<Bytes> all_status() const {
    constexpr std::uint32_t words = 7;
    Bytes all;
    for (std::uint32_t word = 1; word <= words; ++word) {
      const auto one = shows(status_words - 0xff + word);
      if (!one) return std::nullopt;
      Writer(all).raw(*one);
    }
    return all;
  }

  Bytes read() {
    image_.sent.asked = request_.payload;
    return read(request_.di, 0);
  }

  /// Piece n of what the identifier shows; piece 0 answers the read itself.
  Bytes read(std::uint32_t di, std::size_t n) {
    const auto shown = shows(di);
    if (!shown) return refuse(no_such_data);
    const auto& bytes = *shown;
    const auto piece = std::clamp(image_.answer_data, piece_overhead + 1, max_data) - piece_overhead;
    if (n > 0 && n * piece >= bytes.size()) return refuse(no_such_data);
    const auto rest = ByteView(bytes).subspan(std::min(n * piece, bytes.size()));
    image_.sent.di = di;
    image_.sent.pieces = n + 1;
    return good(rest.first(std::min(piece, rest.size())), rest.size() > piece);
  }

  Bytes read_more() {
    if (image_.edition == Edition::v1997)
      return image_.sent.pieces == 0 || image_.sent.di != request_.di ? refuse(no_such_data)
                                                                      : read(request_.di, image_.sent.pieces);
    return request_.payload[0] == 0 ? refuse(no_such_data) : read(request_.di, request_.payload[0]);
  }

  /// The last answer once more: of 1997, which names no identifier in the question.
  Bytes read_again() { return image_.sent.pieces == 0 ? refuse(no_such_data) : read(image_.sent.di, image_.sent.pieces - 1); }

  Bytes write() const {
    if (!knows_password()) return refuse(wrong_password);
    if (image_.relay_write && request_.di == image_.relay_write->di) return write_relay();
    const auto cell = image_.items.find(request_.di);
    if (cell == image_.items.end()) return refuse(no_such_data);
    if (!cell->second.writable || cell->second.bytes.size() != request_.payload.size()) return refuse(other_error);
    if (!can_be()) return refuse(other_error);
    cell->second.bytes = request_.payload;
    note(image_, MeterEvent::programmed, now_);
    keep_written(image_.kept, request_.di, request_.payload);
    take_clock();
    return good({});
  }

  Bytes write_relay() const {
    const bool opens = request_.payload == image_.relay_write->open;
    if (!opens && request_.payload != image_.relay_write->close) return refuse(other_error);
    if (opens)
      open_relay(image_, now_, std::nullopt);
    else
      close_relay(image_.relay);
    return good({});
  }

  bool is_of_clock() const {
    const bool is_new = image_.edition == Edition::v2007;
    return request_.di == (is_new ? di::date : di_1997::date) || request_.di == (is_new ? di::clock : di_1997::clock);
  }

  /// What is written, with what the other of the two items shows: each is set against it.
  std::optional<LocalTime> told_time() const {
    const bool is_new = image_.edition == Edition::v2007;
    const auto date = is_new ? di::date : di_1997::date;
    const bool is_date = request_.di == date;
    const auto& day = is_date ? request_.payload : image_.items.at(date).bytes;
    const auto& clock = is_date ? image_.items.at(is_new ? di::clock : di_1997::clock).bytes : request_.payload;
    return time_in(Bytes{clock[0], clock[1], clock[2], day[1], day[2], day[3]});
  }

  /// No second is the 99th. What is filled, and says elsewhere that there is none, is no time that a clock could be set to.
  bool can_be() const {
    if (is_of_clock()) return told_time().has_value();
    return is_sound(image_.edition, request_.di, request_.payload, {});
  }

  void take_clock() const {
    if (!is_of_clock()) return;
    if (const auto told = told_time()) image_.clock_error = *instant_of(*told, image_.utc_offset) - now_;
  }

  Bytes write_address() const {
    Address own;
    std::copy_n(request_.payload.begin(), own.bytes.size(), own.bytes.begin());
    if (!number_of(own)) return refuse(other_error);
    image_.address = own;
    return good({});
  }

  Bytes freeze() const {
    const bool is_now = std::all_of(request_.payload.begin(), request_.payload.end(), [](auto b) { return b == any_time; });
    if (is_now) freeze_now(image_, now_);
    if (request_.address == broadcast) return {};
    return is_now ? good({}) : refuse(other_error);  // no timed freezes in this meter
  }

  Bytes change_rate() const {
    const bool is_known = image_.edition == Edition::v1997 || baud_of(request_.payload[0]) != 0;
    if (!is_known) return refuse(no_such_rate);
    image_.rate_code = request_.payload[0];
    return good(request_.payload);
  }

  Bytes change_password() const {
    if (!knows_password()) return refuse(wrong_password);
    std::copy_n(request_.payload.begin(), image_.accepts.password.size(), image_.accepts.password.begin());
    return good(request_.payload);
  }

  const Request& request_;
  MeterImage& image_;
  Instant now_;
};

}  // namespace

LocalTime shown_time(const MeterImage& image, Instant now) { return local_time(now + image.clock_error, image.utc_offset); }

std::optional<Instant> next_kept(const MeterImage& image, Instant after) {
  const auto shown = after + image.clock_error + image.utc_offset;
  const auto next = [&](Duration length) { return after + Duration{length.micros - shown.micros % length.micros}; };
  if (const auto every = load_interval(image.kept)) return next(minutes(*every));  // a part of an hour
  return image.kept.as.freezes.empty() ? std::nullopt : std::optional(next(hours(1)));
}

LoadRecord load_record_of(const MeterImage& image, const LocalTime& at) {
  LoadRecord record{.at = at};
  for (std::size_t group = 0; group < load_groups; ++group) {
    if ((image.kept.load_classes >> group & 1) == 0) continue;
    for (const auto di : load_items(group)) {
      const auto cell = image.items.find(di);
      const auto size = find_item(Edition::v2007, di)->size;
      const bool is_there = cell != image.items.end() && cell->second.bytes.size() == size;
      Writer(record.groups[group]).raw(is_there ? cell->second.bytes : Bytes(size, 0xff));
    }
  }
  return record;
}

void note(MeterImage& image, MeterEvent event, Instant at) { keep_event(image.kept, event, shown_time(image, at)); }

void advance(MeterImage& image, Instant now) {
  auto& relay = image.relay;
  if (relay.closes_at && *relay.closes_at <= now) close_relay(relay);
  if (relay.opens_at && *relay.opens_at <= now) open_contact(image, *std::exchange(relay.opens_at, std::nullopt));
  if (!relay.ends_at || now < *relay.ends_at) return;
  if (relay.then_closes) return close_relay(relay);
  relay.may_close = true;
  relay.commanded_open = false;
  relay.ends_at.reset();
}

namespace {

/// An order to this meter that is cut short, though its checksum is right. Nothing else is answered that is no whole request.
Bytes refuse_short(const Frame& heard, const MeterImage& image) {
  constexpr std::uint8_t write_2007 = 0x14, relay_2007 = 0x1c, write_1997 = 0x04, refused = 0xc0;
  const bool is_order = image.edition == Edition::v2007 ? heard.control == write_2007 || heard.control == relay_2007
                                                        : heard.control == write_1997;
  if (!is_order || heard.address != image.address) return {};
  return encode({image.address, static_cast<std::uint8_t>(heard.control | refused), {other_error}}, image.preambles);
}

}  // namespace

Bytes answer(const Frame& heard, MeterImage& image, Instant now) {
  const auto request = decode_request(image.edition, heard);
  if (!request && request.error() == MeterErrc::length) return refuse_short(heard, image);
  if (!request || !is_meant(*request, image)) return {};
  advance(image, now);
  return Answering(*request, image, now).run();
}

Bytes status_3(const RelayState& relay) {
  constexpr unsigned contact_bit = 1u << 4, command_bit = 1u << 6, warning_bit = 1u << 7, keep_power_bit = 1u << 12;
  const unsigned bits = (relay.closed ? 0u : contact_bit) | (relay.commanded_open ? command_bit : 0u) |
                        (relay.opens_at ? warning_bit : 0u) | (relay.keeps_power ? keep_power_bit : 0u);
  return {static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8)};
}

}  // namespace wattle::dlt645
