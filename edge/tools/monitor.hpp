#pragma once
// What passes on a line between others, frame by frame with its times. Pure: the shell brings bytes with the moment at which
// they came, and says when the line has been quiet for long enough to know that a frame is over.

#include <deque>
#include <map>
#include <string>

#include "shared/base/time.hpp"
#include "shared/meter/capture.hpp"

namespace wattle::edge {

inline constexpr std::size_t monitor_bytes_at_once = 2048;  // of a line that is never quiet
inline constexpr std::size_t monitor_addresses_max = 1024;
inline constexpr std::size_t monitor_turnarounds_max = 4096;  // of one address; the oldest go

struct MonitorSettings {
  Protocol protocol{};
  std::optional<LineFormat> line;  // nothing: behind a connection, where bytes do not tell when they were on the wire
  Duration quiet;                  // after so long without a byte what was heard is told
  const MeterProfile* profile = nullptr;
};

struct PassedFrame {
  Caught caught;
  Duration at;                         // its first bit, since the start
  std::optional<Duration> since_last;  // from the first bit of the frame before
  std::optional<Duration> gap;         // from the last bit of the frame before
};
/// One JSON object. Times are microseconds; an error's offset counts from the frame's first byte.
std::string to_json(const PassedFrame& frame);

class Monitor {
 public:
  Monitor(MonitorSettings settings, Tick start) : settings_(settings), start_(start) {}

  /// Whole frames, where the line gives no rest. Bytes that came together have the time of the last one.
  std::vector<PassedFrame> heard(ByteView bytes, Tick at);
  /// When `quiet` is due; never: nothing waits.
  Tick wake_up() const { return bytes_.empty() ? never : last_ + settings_.quiet; }
  std::vector<PassedFrame> quiet();

  /// For people, in several lines.
  std::string summary(Tick now) const;

 private:
  struct Chunk {
    std::size_t end;  // behind its last byte in bytes_
    Tick at;
  };
  struct Asked {
    std::string address;
    Tick until;  // its last bit
  };
  Tick end_of(std::size_t byte) const;
  Duration on_wire(std::size_t bytes) const;
  PassedFrame passed(Caught caught, std::size_t skipped);
  void note_turnaround(const std::string& from, const std::string& address, Tick begins, Tick ends);

  MonitorSettings settings_;
  Tick start_;
  Tick last_;
  Bytes bytes_;
  std::vector<Chunk> chunks_;
  Bytes question_;  // of Modbus: an answer is named by it
  std::optional<Tick> began_;
  std::optional<Tick> ended_;
  std::optional<Asked> asked_;
  std::size_t frames_ = 0;
  std::size_t from_masters_ = 0;
  std::uint64_t all_bytes_ = 0;
  std::map<std::string, std::size_t> bad_;                       // by reason and code
  std::map<std::string, std::deque<std::int64_t>> turnarounds_;  // microseconds, by address
};

}  // namespace wattle::edge
