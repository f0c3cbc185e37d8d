#pragma once
// Recorded readings on their way through the box: recorder, ring, sender, and the line to the cloud. Beside the books, never
// before them: while entries wait little is sent, and no failure here ends the process.

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <set>

#include "edge/core/readings_sender.hpp"
#include "edge/core/recorder.hpp"
#include "edge/store/readings_ring.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/metrics.hpp"

namespace wattle::edge {

inline constexpr Duration record_write_after = seconds(5);   // what was noted, if no round of a bus ends before
inline constexpr Duration record_close_every = seconds(15);  // looks for chunks that are over
inline constexpr std::size_t unwritten_chunks_max = 4096;    // kept in memory while the ring cannot be written
inline constexpr std::size_t unwritten_gaps_max = 1024;      // the same; older ones are not remembered over a restart
inline constexpr Duration send_nap = milliseconds(50);       // until looking again whether money still waits

/// What the line to the cloud has for readings.
enum class LineUse : std::uint8_t {
  none,          // a cloud that is not heard
  beside_money,  // entries that the cloud has not shown to have
  all,
};

struct ReadingsLineSettings {
  std::string file;
  std::int64_t ring_bytes = ring_bytes_usual;
  RecordSettings record;
  SenderSettings sender;
};

struct ReadingsLineHooks {
  /// False: the line is away, or has no room.
  std::function<bool(ByteView body)> send;
  std::function<LineUse()> use;
  std::function<Instant()> time = wall_clock;  // of the readings
};

class ReadingsLine {
 public:
  ReadingsLine(boost::asio::io_context& loop, ReadingsLineSettings settings, ReadingsLineHooks hooks, const Crypto& crypto,
               Entropy& entropy, Metrics& metrics);
  ReadingsLine(const ReadingsLine&) = delete;
  ReadingsLine& operator=(const ReadingsLine&) = delete;

  /// Without a ring nothing is recorded; it is looked for again at the next write.
  void start();
  /// What waits in memory is written, or lost and counted.
  void stop();
  /// While the disk has little room, what is recorded goes where the cloud has taken something out of the ring, or waits in
  /// memory (unwritten_chunks_max) until there is room, or until stop(); money needs that of the disk.
  void hold(bool held) { held_ = held; }
  /// Where no plan says otherwise; from now on.
  void record_every(Duration every) { recorder_.record_every(every, span_for(every)); }
  /// `plan`: when readings of its circuit are kept; null: as the configuration says.
  void noted(const MeterRead& read, const ReadingPlan* plan);
  /// A round of a bus has ended: what was noted is written.
  void swept();
  /// Silences that what the meters have kept may fill; each once, and again after a restart until filled() was told of it.
  std::vector<RecordedGap> take_gaps() { return recorder_.take_gaps(); }
  void filled(const GapFilled& filled);
  /// Null: none is known.
  const ReadingChunk* newest(CircuitId circuit) const { return recorder_.newest(circuit); }
  void connected();
  void disconnected();
  void received(ByteView body);

 private:
  bool open_ring();
  void restore_open();
  void put_in_ring();
  std::set<CircuitId> keep_unwritten(std::vector<Bytes> closed);
  void write();
  void write_later();
  void pump();
  bool send_one(bool beside_money);
  void set_wake_up();
  void failed(const char* what, const Error& error);
  void show_figures();
  void count_lost(const char* cause, std::uint64_t count);

  ReadingsLineSettings settings_;
  ReadingsLineHooks hooks_;
  const Crypto* crypto_;
  Metrics* metrics_;
  Recorder recorder_;
  ReadingsSender sender_;
  std::unique_ptr<ReadingsRing> ring_;
  RingLosses shown_;
  std::vector<Bytes> unwritten_;  // chunks that the ring could not take yet, oldest first
  std::vector<Bytes> unwritten_gaps_;
  std::vector<Bytes> unwritten_gaps_done_;
  bool write_failed_ = false;  // what is open may not be in the ring
  bool restored_ = false;      // what the last life had open is with the recorder
  boost::asio::steady_timer write_timer_;
  boost::asio::steady_timer close_timer_;
  boost::asio::steady_timer send_timer_;
  bool write_due_ = false;
  bool held_ = false;
  bool stopped_ = false;
};

}  // namespace wattle::edge
