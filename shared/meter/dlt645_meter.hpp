#pragma once
// The answering side of DL/T 645: a meter as what it shows, what it lets itself be told, its relay, and what it keeps of its
// past.

#include <map>

#include "shared/meter/dlt645_items.hpp"
#include "shared/meter/dlt645_kept.hpp"

namespace wattle::dlt645 {

struct Cell {
  Bytes bytes;
  bool writable = false;
};

/// The meter's own contact and what it was told about it.
struct RelayState {
  bool closed = true;
  bool commanded_open = false;  // bit 6 of status word 3; the contact follows after the delay
  bool may_close = false;       // closing is permitted, somebody has yet to press the key
  bool keeps_power = false;
  bool alarm = false;
  std::optional<Instant> opens_at;        // a trip that waits for its delay
  std::optional<Instant> closes_at = {};  // a close that does
  std::optional<Instant> ends_at;         // of a trip for a while: then it closes, or lets itself be closed
  bool then_closes = false;
  bool operator==(const RelayState&) const = default;
};

/// A relay that is moved by a write of bytes, as they are on the wire before the 33H. The edition of 1997 knows no command for
/// one; how a maker of such meters does it none has published.
struct RelayWrite {
  std::uint32_t di = 0;
  Bytes open;
  Bytes close;
  bool operator==(const RelayWrite&) const = default;
};

struct MeterImage {
  Edition edition = Edition::v2007;
  Address address;
  std::map<std::uint32_t, Cell> items;
  Credentials accepts;  // only the password counts
  RelayState relay{};
  std::uint8_t rate_code = 0x08;       // 2400 bit/s
  std::size_t preambles = 4;           // makers send none to four
  std::size_t answer_data = max_data;  // with identifier and sequence; what is longer goes out in pieces
  struct Sent {
    std::uint32_t di = 0;
    std::size_t pieces = 0;  // of it, so far; nothing was asked for yet
    Bytes asked = {};        // how many load records, and from when on
  };
  Sent sent{};  // 1997 counts no pieces: a meter goes on where it was
  Duration utc_offset{};
  Duration clock_error{};                 // the meter's clock runs ahead by this
  Duration clock_tolerance = minutes(5);  // a broadcast beyond it is ignored, by a common rule that no standard states
  Duration trip_delay{};
  Duration close_delay{};
  Duration trip_unit = minutes(5);  // of the parameter of a trip for a while
  Kept kept = {};
  std::optional<RelayWrite> relay_write = {};
};

/// What its clock shows.
LocalTime shown_time(const MeterImage& image, Instant now);
/// Of what it shows, in the groups that it keeps.
LoadRecord load_record_of(const MeterImage& image, const LocalTime& at);
/// When its clock comes to what it keeps next, a freeze of the full hour or a load record: what counts stops there. Nothing:
/// it keeps neither.
std::optional<Instant> next_kept(const MeterImage& image, Instant after);
/// A load record of what it shows, where an interval has begun since the last call; false: nothing was due. What it shows is
/// put there by `show`, which is called only then.
template <class Show>
bool keep_load(MeterImage& image, Instant now, Show show) {
  const auto at = load_begun(image.kept, shown_time(image, now));
  if (!at) return false;
  show(image);
  keep_load(image.kept, load_record_of(image, *at));
  return true;
}
/// It writes down that this happened.
void note(MeterImage& image, MeterEvent event, Instant at);

/// Lets the relay do what its delays say has come due.
void advance(MeterImage& image, Instant now);
/// What is answered to a frame heard at `now`, and done about it. Empty when nothing is.
Bytes answer(const Frame& heard, MeterImage& image, Instant now);
/// Status word 3 of this relay.
Bytes status_3(const RelayState& relay);

}  // namespace wattle::dlt645
