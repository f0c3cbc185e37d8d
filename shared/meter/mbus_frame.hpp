#pragma once
// Wired M-Bus (EN 13757-2): the frames. E5H alone acknowledges; a short frame asks; a long frame carries data. The scanner
// finds them in a stream that may begin anywhere.

#include <optional>

#include "shared/base/bytes.hpp"
#include "shared/meter/errors.hpp"
#include "shared/meter/received.hpp"

namespace wattle::mbus {

inline constexpr std::size_t max_frame = 261;
inline constexpr std::size_t max_data = 252;  // behind the CI field; control and address count too

// Where in a full frame its parts stand.
inline constexpr std::size_t control_at = 4;
inline constexpr std::size_t address_at = 5;
inline constexpr std::size_t ci_at = 6;
inline constexpr std::size_t data_at = 7;

enum class FrameKind : std::uint8_t { acknowledge, brief, full };

struct Frame {
  FrameKind kind = FrameKind::acknowledge;
  std::uint8_t control = 0;
  std::uint8_t address = 0;
  std::uint8_t ci = 0;  // of a full one
  Bytes data;
  bool operator==(const Frame&) const = default;
  bool is_from_master() const { return kind != FrameKind::acknowledge && (control & 0x40) != 0; }
};

Bytes encode(const Frame& frame);

struct Found {
  Frame frame;
  std::size_t offset = 0;
  std::size_t size = 0;
};
/// The first sound frame. E5H counts as a frame only where no other one could be under way: it is a byte of data too. On a
/// quiet wire Bad tells what was nearest to a frame, and where it broke.
Outcome<Found> find_frame(ByteView heard, Wire wire);
/// Up to where bytes can be dropped when there is no sound frame in them.
std::size_t dead_bytes(ByteView heard);

}  // namespace wattle::mbus
