#pragma once
// What somebody caught on a line, frame by frame, for people: bytes of one protocol, from either side, with preambles, noise
// and broken frames among them. Nothing here charges or switches anything; decoders of answers are stricter.

#include <string_view>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/meter/modbus_describe.hpp"
#include "shared/meter/profile.hpp"

namespace wattle {

enum class Protocol : std::uint8_t { modbus_rtu, modbus_tcp, dlt645_1997, dlt645_2007, cjt188, mbus };
inline constexpr Protocol all_protocols[] = {Protocol::modbus_rtu,  Protocol::modbus_tcp, Protocol::dlt645_1997,
                                             Protocol::dlt645_2007, Protocol::cjt188,     Protocol::mbus};
const char* word(Protocol protocol);

inline constexpr std::size_t max_capture = 16 * 1024;  // bytes; broken frames make the search quadratic

/// A frame, or what was to be one. Offsets count from the first byte of the capture.
struct Caught {
  std::size_t offset = 0;
  std::size_t size = 0;          // of a broken one as far as it reaches
  std::size_t wake_up = 0;       // FEH in front of it
  std::size_t noise = 0;         // other bytes in front of it that belong to no frame
  std::size_t noise_behind = 0;  // of the last: bytes in which none begins
  Described described;
};

/// What somebody knows beside the bytes.
struct CaptureHints {
  modbus::Side told = modbus::Side::either;  // who sent the frames, where the protocol does not say it (Modbus)
  const MeterProfile* profile = nullptr;     // of the meters: what Modbus registers mean, where a valve shows
};
/// Whether a meter of this profile speaks so.
bool speaks(const MeterProfile& profile, Protocol protocol);

/// Never empty. At most max_capture bytes; a profile must speak the protocol.
std::vector<Caught> frames_in(Protocol protocol, ByteView heard, const CaptureHints& hints = {});

}  // namespace wattle
