#include "shared/meter/dlt645_frame.hpp"

#include <algorithm>
#include <numeric>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"
#include "shared/meter/frame_scan.hpp"
#include "shared/meter/profile.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::uint8_t start = 0x68;
constexpr std::uint8_t stop = 0x16;
constexpr std::uint8_t offset_of_data = 0x33;
constexpr std::uint8_t any_pair = 0xaa;
constexpr std::size_t second_start = 7;

std::uint8_t sum(ByteView bytes) { return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0u)); }

Candidate candidate_at(ByteView bytes) {
  if (bytes[0] != start) return {};
  if (bytes.size() <= second_start) return {Match::partial};
  if (bytes[second_start] != start) return {};
  if (bytes.size() <= length_at) return {Match::partial};
  if (bytes[length_at] > max_data) return {Match::broken, 0, MeterErrc::length, length_at};
  const std::size_t size = frame_overhead + bytes[length_at];
  if (bytes.size() < size) return {Match::partial, size};
  if (sum(bytes.first(size - 2)) != bytes[size - 2]) return {Match::broken, size, MeterErrc::checksum, size - 2};
  if (bytes[size - 1] != stop) return {Match::broken, size, MeterErrc::end_mark, size - 1};
  return {Match::whole, size};
}

Frame frame_in(ByteView bytes) {
  Frame frame;
  std::copy_n(bytes.begin() + 1, frame.address.bytes.size(), frame.address.bytes.begin());
  frame.control = bytes[control_at];
  for (const auto b : bytes.subspan(data_at, bytes[length_at])) {
    frame.data.push_back(static_cast<std::uint8_t>(b - offset_of_data));
  }
  return frame;
}

/// AAH, or two decimal digits.
std::optional<std::uint8_t> pair_of(std::string_view two) {
  if (two == "AA" || two == "aa") return any_pair;
  if (two[0] < '0' || two[0] > '9' || two[1] < '0' || two[1] > '9') return std::nullopt;
  return static_cast<std::uint8_t>((two[0] - '0') << 4 | (two[1] - '0'));
}

Candidate candidate(ByteView bytes, bool) { return candidate_at(bytes); }

}  // namespace

Result<Address> address_of(std::uint64_t number) {
  Bytes bytes;
  if (number > max_meter_number || !put_bcd(bytes, static_cast<std::int64_t>(number), 6)) {
    return WATTLE_FAIL(MeterErrc::meter_number);
  }
  Address address;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

Result<Address> parse_address(std::string_view text) {
  constexpr std::size_t digits = 12;
  if (text.empty() || text.size() > digits) return WATTLE_FAIL(MeterErrc::meter_number);
  const auto full = std::string(digits - text.size(), '0') + std::string(text);
  Address address;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const auto pair = pair_of(std::string_view(full).substr(digits - 2 - 2 * i, 2));
    if (!pair) return WATTLE_FAIL(MeterErrc::meter_number);
    address.bytes[i] = *pair;
  }
  return address;
}

std::string to_text(const Address& address) {
  auto bytes = address.bytes;
  std::reverse(bytes.begin(), bytes.end());
  auto text = to_hex(bytes);
  for (auto& c : text) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::optional<std::uint64_t> number_of(const Address& address) {
  const auto number = bcd_value(address.bytes);
  if (!number || address == broadcast) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

bool matches(const Address& asked, const Address& own) {
  if (asked == broadcast) return true;
  for (std::size_t i = 0; i < own.bytes.size(); ++i) {
    if (asked.bytes[i] != any_pair && asked.bytes[i] != own.bytes[i]) return false;
  }
  return true;
}

Bytes encode(const Frame& frame, std::size_t preambles) {
  WATTLE_CHECK(frame.data.size() <= max_data);
  Bytes out(preambles, preamble);
  out.reserve(preambles + frame_overhead + frame.data.size());
  out.push_back(start);
  Writer(out).raw(frame.address.bytes);
  out.push_back(start);
  out.push_back(frame.control);
  out.push_back(static_cast<std::uint8_t>(frame.data.size()));
  for (const auto b : frame.data) out.push_back(static_cast<std::uint8_t>(b + offset_of_data));
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

}  // namespace wattle::dlt645
