#include "shared/meter/cjt188_frame.hpp"

#include <algorithm>
#include <numeric>

#include "shared/base/check.hpp"
#include "shared/meter/frame_scan.hpp"

namespace wattle::cjt188 {
namespace {

constexpr std::uint8_t start = 0x68;
constexpr std::uint8_t stop = 0x16;
constexpr std::uint8_t any_pair = 0xaa;

std::uint8_t sum(ByteView bytes) { return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0u)); }

Candidate candidate_at(ByteView bytes) {
  if (bytes[0] != start) return {};
  if (bytes.size() <= length_at) return {Match::partial};
  if (bytes[length_at] > max_data) return {Match::broken, 0, MeterErrc::length, length_at};
  const std::size_t size = frame_overhead + bytes[length_at];
  if (bytes.size() < size) return {Match::partial, size};
  if (sum(bytes.first(size - 2)) != bytes[size - 2]) return {Match::broken, size, MeterErrc::checksum, size - 2};
  if (bytes[size - 1] != stop) return {Match::broken, size, MeterErrc::end_mark, size - 1};
  return {Match::whole, size};
}

Frame frame_in(ByteView bytes) {
  Frame frame{bytes[type_at], {}, bytes[control_at], {}};
  std::copy_n(bytes.begin() + address_at, frame.address.bytes.size(), frame.address.bytes.begin());
  const auto data = bytes.subspan(data_at, bytes[length_at]);
  frame.data.assign(data.begin(), data.end());
  return frame;
}

Candidate candidate(ByteView bytes, bool) { return candidate_at(bytes); }

}  // namespace

Result<Address> parse_address(std::string_view text) {
  constexpr std::size_t digits = 14;
  if (text.empty() || text.size() > digits) return WATTLE_FAIL(MeterErrc::meter_number);
  const auto bytes = from_hex(std::string(digits - text.size(), '0') + std::string(text));
  if (bytes.empty()) return WATTLE_FAIL(MeterErrc::meter_number);
  Address address;
  std::reverse_copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

std::string to_text(const Address& address) {
  auto bytes = address.bytes;
  std::reverse(bytes.begin(), bytes.end());
  auto text = to_hex(bytes);
  for (auto& c : text) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

bool matches(const Address& asked, const Address& own) {
  for (std::size_t i = 0; i < own.bytes.size(); ++i) {
    if (asked.bytes[i] != any_pair && asked.bytes[i] != own.bytes[i]) return false;
  }
  return true;
}

const char* type_word(std::uint8_t type) {
  switch (type) {
    case cold_water: return "cold water";
    case 0x11: return "hot water";
    case 0x12: return "drinking water";
    case 0x13: return "reclaimed water";
    case 0x20: return "heat";
    case 0x21: return "cold energy";
    case 0x30: return "gas";
    case 0x40: return "electricity";
    case any_type: return "any";
    default: return "type";
  }
}

Bytes encode(const Frame& frame, std::size_t preambles) {
  WATTLE_CHECK(frame.data.size() <= max_data);
  Bytes out(preambles, preamble);
  out.reserve(preambles + frame_overhead + frame.data.size());
  out.push_back(start);
  out.push_back(frame.type);
  Writer(out).raw(frame.address.bytes);
  out.push_back(frame.control);
  out.push_back(static_cast<std::uint8_t>(frame.data.size()));
  Writer(out).raw(frame.data);
  out.push_back(sum(ByteView(out).subspan(preambles)));
  out.push_back(stop);
  return out;
}

Outcome<Found> find_frame(ByteView heard, Wire wire) {
  const auto scanned = scan_for_frame(heard, wire, candidate);
  if (const auto* found = std::get_if<FoundAt>(&scanned))
    return Found{frame_in(heard.subspan(found->offset)), found->offset, found->size};
  if (const auto* bad = std::get_if<Bad>(&scanned)) return *bad;
  return NeedMore{};
}

std::size_t dead_bytes(ByteView heard) { return scan_for_dead_bytes(heard, candidate); }

}  // namespace wattle::cjt188
