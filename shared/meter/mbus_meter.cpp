#include "shared/meter/mbus_meter.hpp"

#include <algorithm>

namespace wattle::mbus {
namespace {

constexpr std::uint8_t more_follows = 0x1f;
constexpr std::uint8_t unknown_ci = 1;
constexpr std::uint8_t unspecified = 0;
constexpr std::size_t secondary_size = 8;

bool is_meant(const Request& request, const MeterImage& image) {
  if (request.address == selected) return image.is_selected;
  return request.address == image.primary || request.address == everyone || request.address == silent_everyone;
}

std::optional<SecondaryAddress> asked_for(const Request& request) {
  if (request.command != Command::send || request.address != selected || request.ci != ci_select) return std::nullopt;
  if (request.data.size() != secondary_size) return std::nullopt;
  Reader in(request.data);
  SecondaryAddress asked;
  for (auto& pair : asked.id) pair = in.u8();
  asked.manufacturer = in.u16();
  asked.version = in.u8();
  asked.medium = in.u8();
  return asked;
}

Bytes respond(MeterImage& image, std::uint8_t ci, Bytes data) {
  return encode({FrameKind::full, response, image.primary, ci, std::move(data)});
}

Bytes report(MeterImage& image, const Request& request) {
  if (image.error) {
    const auto code = *image.error;
    image.error.reset();
    return respond(image, ci_error, {code});
  }
  // The same bit asks for the same telegram once more: it is no other access.
  const bool again = image.frame_count == request.frame_count;
  const auto access = again ? static_cast<std::uint8_t>(image.header.access - 1) : image.header.access++;
  if (image.fixed) {
    image.fixed->own.id = image.header.own.id;
    image.fixed->access = access;
    image.frame_count = request.frame_count;
    auto data = encode_fixed(*image.fixed);
    return data ? respond(image, ci_fixed, *std::move(data)) : Bytes{};
  }
  // A toggled bit says that the last telegram arrived.
  const bool next = image.frame_count && *image.frame_count != request.frame_count;
  if (next) image.telegram = image.telegram + 1 < image.telegrams.size() ? image.telegram + 1 : 0;
  image.frame_count = request.frame_count;
  auto header = image.header;
  header.access = access;
  auto data = encode_header(header);
  Writer out(data);
  const auto& records = image.telegrams[image.telegram];
  const bool has_more = image.telegram + 1 < image.telegrams.size();
  out.raw(ByteView(records).first(std::min(records.size(), max_data - header_size - 1)));
  if (has_more) out.u8(more_follows);
  return respond(image, ci_variable, std::move(data));
}

void obey(MeterImage& image, const Request& request) {
  const ByteView data = request.data;
  if (baud_of(request.ci) != 0) {
    image.baud = baud_of(request.ci);
  } else if (request.ci == ci_reset) {
    image.telegram = 0;
    image.frame_count.reset();
  } else if (request.ci == ci_data && data.size() == 3 && data[0] == 0x01 && data[1] == 0x7a && data[2] <= max_primary) {
    image.primary = data[2];
  } else {
    image.error = request.ci == ci_data ? unspecified : unknown_ci;
  }
}

}  // namespace

Bytes answer(const Frame& heard, MeterImage& image) {
  const auto request = decode_request(heard);
  if (!request || image.telegrams.empty()) return {};
  const Bytes acknowledged = encode({});
  if (const auto asked = asked_for(*request)) {
    image.is_selected = matches(*asked, image.header.own);
    image.telegram = 0;
    image.frame_count.reset();
    return image.is_selected ? acknowledged : Bytes{};
  }
  if (!is_meant(*request, image)) return {};
  Bytes out = acknowledged;  // also of a question for alarms: there are none
  switch (request->command) {
    case Command::reset_link:
      image.telegram = 0;
      image.frame_count.reset();
      if (request->address == selected) image.is_selected = false;
      break;
    case Command::send: obey(image, *request); break;
    case Command::read: out = report(image, *request); break;
    case Command::read_alarm: break;
  }
  return is_answered(*request) ? out : Bytes{};
}

}  // namespace wattle::mbus
