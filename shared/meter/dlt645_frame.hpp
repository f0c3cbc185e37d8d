#pragma once
// DL/T 645, both editions: the frame. 68H, address, 68H, control, length, data (each byte + 33H), checksum, 16H. The scanner
// finds frames in a stream that may begin anywhere and hold anything: preambles of FEH, echoes, heartbeats of a serial server.
// It goes by the two 68H and the length, never by 16H, which may be a byte of the data or the checksum itself.

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/meter/errors.hpp"
#include "shared/meter/received.hpp"

namespace wattle::dlt645 {

inline constexpr std::size_t frame_overhead = 12;
inline constexpr std::size_t max_data = 200;  // DL/T 645-2007 §5.2.5: of a read; a write has at most 50
inline constexpr std::size_t max_frame = frame_overhead + max_data;
inline constexpr std::size_t master_preamble = 4;
inline constexpr std::uint8_t preamble = 0xfe;

// Where in a frame its parts stand, counted from the first 68H.
inline constexpr std::size_t address_at = 1;
inline constexpr std::size_t control_at = 8;
inline constexpr std::size_t length_at = 9;
inline constexpr std::size_t data_at = 10;

// Control code (§5.2.4).
inline constexpr std::uint8_t from_meter = 0x80;
inline constexpr std::uint8_t refusal = 0x40;
inline constexpr std::uint8_t more_follows = 0x20;
inline constexpr std::uint8_t function_mask = 0x1f;

/// Twelve decimal digits, low pair first as on the wire; a pair may be AAH, which stands for any.
struct Address {
  std::array<std::uint8_t, 6> bytes{};
  auto operator<=>(const Address&) const = default;
};
inline constexpr Address wildcard{{0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa}};
inline constexpr Address broadcast{{0x99, 0x99, 0x99, 0x99, 0x99, 0x99}};

/// MeterErrc::meter_number beyond twelve digits.
Result<Address> address_of(std::uint64_t number);
/// As on the plate, "000000000161"; shorter ones are filled with zeros, AA is any pair.
Result<Address> parse_address(std::string_view text);
std::string to_text(const Address& address);
/// Nothing for an address with pairs that are not decimal, and for the broadcast's.
std::optional<std::uint64_t> number_of(const Address& address);
/// Whether a frame to `asked` is meant for the meter `own`, or one from `own` may answer it. AAH stands for any pair; some
/// masters use the broadcast address as a wildcard too.
bool matches(const Address& asked, const Address& own);

struct Frame {
  Address address;
  std::uint8_t control = 0;
  Bytes data;  // without the 33H
  bool operator==(const Frame&) const = default;
  bool is_from_meter() const { return (control & from_meter) != 0; }
  bool is_refusal() const { return (control & refusal) != 0; }
  bool has_more() const { return (control & more_follows) != 0; }
  std::uint8_t function() const { return control & function_mask; }
};

/// At most max_data bytes of data. Masters send four bytes of preamble, meters none to four.
Bytes encode(const Frame& frame, std::size_t preambles);

struct Found {
  Frame frame;
  std::size_t offset = 0;  // of the first 68H
  std::size_t size = 0;
};
/// The first sound frame. On a quiet wire Bad tells what was nearest to a frame, and where it broke.
Outcome<Found> find_frame(ByteView heard, Wire wire);
/// Up to where bytes can be dropped when there is no sound frame in them: what is left may become one.
std::size_t dead_bytes(ByteView heard);

}  // namespace wattle::dlt645
