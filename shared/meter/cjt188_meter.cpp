#include "shared/meter/cjt188_meter.hpp"

#include <algorithm>

#include "shared/meter/bcd.hpp"

namespace wattle::cjt188 {
namespace {

bool is_meant(const Request& request, const MeterImage& image) {
  const bool has_type = request.type == image.type || request.type == any_type;
  return has_type && matches(request.address, image.address);
}

bool move_valve(std::uint8_t command, MeterImage& image, Instant now) {
  const auto what = static_cast<ValveCommand>(command);
  const bool opens = what == ValveCommand::open || what == ValveCommand::free_open;
  const bool closes = what == ValveCommand::close || what == ValveCommand::free_close;
  if (!opens && !closes) return false;
  if (image.valve.open == opens && !image.valve.arrives_at) return true;
  image.valve.target_open = opens;
  image.valve.arrives_at = now + image.travel;
  advance(image, now);
  return true;
}

bool set_clock(ByteView payload, MeterImage& image, Instant now) {
  if (payload.size() != clock_size || !std::all_of(payload.begin(), payload.end(), is_bcd)) return false;
  const LocalTime time{static_cast<std::uint16_t>(from_bcd(payload[6]) * 100 + from_bcd(payload[5])),
                       from_bcd(payload[4]),
                       from_bcd(payload[3]),
                       from_bcd(payload[2]),
                       from_bcd(payload[1]),
                       from_bcd(payload[0])};
  const auto told = instant_of(time, image.utc_offset);
  if (told) image.clock_error = *told - now;
  return told.has_value();
}

class Answering {
 public:
  Answering(const Request& request, MeterImage& image, Instant now) : request_(request), image_(image), now_(now) {}

  Bytes run() {
    switch (request_.command) {
      case Command::read: return read();
      case Command::read_key_version: return item();
      case Command::read_address: return good({});
      case Command::write: return write();
      case Command::write_address: {
        const auto before = image_.address;
        std::copy_n(request_.payload.begin(), image_.address.bytes.size(), image_.address.bytes.begin());
        return encode_answer(request_, image_.type, before, {}, image_.preambles);
      }
      case Command::write_total: {
        const auto total = volume_in(request_.payload);
        if (!total || total->unit != Unit::cubic_metre) return refuse();
        image_.total = *total;
        return good(status_bytes());
      }
    }
    return refuse();
  }

 private:
  Bytes good(ByteView data) const { return encode_answer(request_, image_.type, image_.address, data, image_.preambles); }
  Bytes refuse() const { return encode_refusal(request_, image_.type, image_.address, status(image_), image_.preambles); }
  Bytes status_bytes() const {
    return {static_cast<std::uint8_t>(status(image_)), static_cast<std::uint8_t>(status(image_) >> 8)};
  }

  Bytes read() const {
    if (request_.di != di::current) return item();
    const auto clock = local_time(now_ + image_.clock_error, image_.utc_offset);
    return good(encode_current({image_.total, image_.settled, clock, status(image_)}));
  }
  Bytes item() const {
    const auto found = image_.items.find(request_.di);
    return found == image_.items.end() ? refuse() : good(found->second);
  }

  Bytes write() {
    if (request_.di == di::valve) {
      const bool is_one = request_.payload.size() == 1 && move_valve(request_.payload[0], image_, now_);
      return is_one ? good(status_bytes()) : refuse();
    }
    if (request_.di == di::set_clock) return set_clock(request_.payload, image_, now_) ? good({}) : refuse();
    const auto found = image_.items.find(request_.di);
    if (found == image_.items.end() || found->second.size() != request_.payload.size()) return refuse();
    found->second = request_.payload;
    return good({});
  }

  const Request& request_;
  MeterImage& image_;
  Instant now_;
};

}  // namespace

void advance(MeterImage& image, Instant now) {
  auto& valve = image.valve;
  if (!valve.arrives_at || now < *valve.arrives_at) return;
  if (!valve.stuck) valve.open = valve.target_open;
  if (!valve.stuck) valve.arrives_at.reset();  // a stuck one goes on trying, and shows it
}

bool lets_flow(const Valve& valve) { return valve.open || (valve.arrives_at && !valve.stuck); }

std::uint16_t status(const MeterImage& image) {
  const auto& bits = image.bits;
  const auto valve = image.valve.stuck ? bits.fault : image.valve.open ? bits.open : bits.closed;
  return static_cast<std::uint16_t>(valve | (image.battery_low ? bits.battery_low : 0));
}

Bytes answer(const Frame& heard, MeterImage& image, Instant now) {
  const auto request = decode_request(heard);
  if (!request || !is_meant(*request, image)) return {};
  advance(image, now);
  return Answering(*request, image, now).run();
}

}  // namespace wattle::cjt188
