#pragma once
// CJ/T 188: the frame of water, gas and heat meters. 68H, type, seven bytes of address, control, length, data as they are,
// checksum, 16H. There is no second start mark, so that the checksum alone tells a frame from noise.

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/meter/errors.hpp"
#include "shared/meter/received.hpp"

namespace wattle::cjt188 {

inline constexpr std::size_t frame_overhead = 13;
inline constexpr std::size_t max_data = 0x64;  // CJ/T 188-2004: of a read; a write has at most 32H
inline constexpr std::size_t max_frame = frame_overhead + max_data;
inline constexpr std::size_t master_preamble = 4;
inline constexpr std::uint8_t preamble = 0xfe;

// Where in a frame its parts stand, counted from the 68H.
inline constexpr std::size_t type_at = 1;
inline constexpr std::size_t address_at = 2;
inline constexpr std::size_t control_at = 9;
inline constexpr std::size_t length_at = 10;
inline constexpr std::size_t data_at = 11;

inline constexpr std::uint8_t from_meter = 0x80;
inline constexpr std::uint8_t refusal = 0x40;
inline constexpr std::uint8_t function_mask = 0x3f;

/// Low pair first; the last two are the maker's code, which need not be decimal. A pair of AAH stands for any.
struct Address {
  std::array<std::uint8_t, 7> bytes{};
  auto operator<=>(const Address&) const = default;
};
inline constexpr Address wildcard{{0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa}};

/// Fourteen hexadecimal digits, the maker's code first; shorter ones are filled with zeros.
Result<Address> parse_address(std::string_view text);
std::string to_text(const Address& address);
bool matches(const Address& asked, const Address& own);

inline constexpr std::uint8_t cold_water = 0x10;
inline constexpr std::uint8_t any_type = 0xaa;
/// "cold water"; "type" for what the standard does not name.
const char* type_word(std::uint8_t type);

struct Frame {
  std::uint8_t type = cold_water;
  Address address;
  std::uint8_t control = 0;
  Bytes data;
  bool operator==(const Frame&) const = default;
  bool is_from_meter() const { return (control & from_meter) != 0; }
  bool is_refusal() const { return (control & refusal) != 0; }
  std::uint8_t function() const { return control & function_mask; }
};

/// At most max_data bytes of data.
Bytes encode(const Frame& frame, std::size_t preambles);

struct Found {
  Frame frame;
  std::size_t offset = 0;  // of the 68H
  std::size_t size = 0;
};
/// The first sound frame. On a quiet wire Bad tells what was nearest to a frame, and where it broke.
Outcome<Found> find_frame(ByteView heard, Wire wire);
/// Up to where bytes can be dropped when there is no sound frame in them.
std::size_t dead_bytes(ByteView heard);

}  // namespace wattle::cjt188
