#include "edge/readings_line.hpp"

#include "shared/io/log.hpp"

namespace wattle::edge {
namespace {

void put_before(std::vector<Bytes>& all, std::vector<Bytes>& first) {
  all.insert(all.begin(), std::make_move_iterator(first.begin()), std::make_move_iterator(first.end()));
  first.clear();
}

/// A gap that is filled already needs no place.
void take_out_pairs(std::vector<Bytes>& gaps, std::vector<Bytes>& done) {
  const std::set<Bytes> filled(done.begin(), done.end());
  std::set<Bytes> paired;
  std::erase_if(gaps, [&](const Bytes& gap) { return filled.contains(gap) && paired.insert(gap).second; });
  std::erase_if(done, [&](const Bytes& gap) { return paired.contains(gap); });
}

std::vector<Bytes> newest_of(std::vector<Bytes> all) {
  const auto excess = all.size() - std::min(all.size(), unwritten_gaps_max);
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(excess));
  return all;
}

}  // namespace

ReadingsLine::ReadingsLine(boost::asio::io_context& loop, ReadingsLineSettings settings, ReadingsLineHooks hooks,
                           const Crypto& crypto, Entropy& entropy, Metrics& metrics)
    : settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      crypto_(&crypto),
      metrics_(&metrics),
      recorder_(settings_.record),
      sender_(settings_.sender, entropy),
      write_timer_(loop),
      close_timer_(loop),
      send_timer_(loop) {}

void ReadingsLine::start() {
  open_ring();
  show_figures();
  write();
}

/// The last moment for what waits in memory, with much room or little.
void ReadingsLine::stop() {
  held_ = false;
  write();
  std::uint64_t lost = 0;
  for (const auto& chunk : unwritten_) lost += decode_chunk(chunk)->readings.size();
  unwritten_.clear();
  count_lost("unwritten", lost);
  stopped_ = true;
  write_timer_.cancel();
  close_timer_.cancel();
  send_timer_.cancel();
}

bool ReadingsLine::open_ring() {
  if (ring_) return true;
  auto ring = ReadingsRing::open(settings_.file, settings_.ring_bytes, *crypto_);
  if (!ring) return failed("open", ring.error()), false;
  ring_ = std::move(*ring);
  restore_open();
  sender_.added(monotonic_clock());
  return true;
}

/// Once: a ring that is opened again has nothing that the recorder does not have.
void ReadingsLine::restore_open() {
  if (std::exchange(restored_, true)) return;
  const auto open = ring_->open_readings();
  if (!open) return failed("read", open.error());
  recorder_.restore(*open);
  const auto ends = ring_->ends();
  const auto gaps = ring_->gaps();
  if (ends && gaps)
    recorder_.restore(*ends, *gaps);
  else
    failed("read", ends ? gaps.error() : ends.error());
  write_failed_ = true;  // what came before it is not there yet
}

void ReadingsLine::failed(const char* what, const Error& error) {
  metrics_->counter("wattle_edge_readings_failed_total", "Failures of the ring of recorded readings", {{"what", what}}).add();
  log_event(LogLevel::error, "edge.readings.failed", {{"what", what}, {"why", error.message()}, {"file", settings_.file}});
}

void ReadingsLine::noted(const MeterRead& read, const ReadingPlan* plan) {
  if (stopped_ || !recorder_.note(read, hooks_.time(), plan)) return;
  metrics_->counter("wattle_edge_readings_recorded_total", "Readings that were kept for history").add();
  write_later();
}

void ReadingsLine::filled(const GapFilled& filled) {
  if (stopped_) return;
  const auto count = [&](const char* outcome, std::size_t readings) {
    metrics_
        ->counter("wattle_edge_history_readings_total", "Readings that meters had kept of a silence, by what became of them",
                  {{"outcome", outcome}})
        .add(readings);
  };
  count("filled", filled.readings.size());
  count("dropped", filled.dropped);
  recorder_.fill(filled);
  write_later();
}

void ReadingsLine::swept() {
  if (recorder_.has_fresh()) write();
}

void ReadingsLine::write_later() {
  if (std::exchange(write_due_, true)) return;
  write_timer_.expires_after(to_chrono(record_write_after));
  write_timer_.async_wait([this](const Error& cancelled) {
    if (!cancelled) write();
  });
}

void ReadingsLine::write() {
  if (stopped_) return;
  write_timer_.cancel();
  write_due_ = false;
  put_in_ring();
  show_figures();
  close_timer_.expires_after(to_chrono(record_close_every));
  close_timer_.async_wait([this](const Error& cancelled) {
    if (!cancelled) this->write();
  });
  pump();
}

/// A ring that cannot be opened or written is tried again, with all that it has missed. While the disk has little room it takes
/// what needs none.
void ReadingsLine::put_in_ring() {
  bool open = held_ ? ring_ != nullptr : open_ring();
  auto write = recorder_.take(hooks_.time(), write_failed_);
  put_before(write.closed, unwritten_);
  put_before(write.gaps, unwritten_gaps_);
  put_before(write.gaps_done, unwritten_gaps_done_);
  if (write.empty()) return;
  open = open && (!held_ || ring_->has_free(write));
  const auto done = open ? ring_->write(write) : Result<void>(WATTLE_FAIL(StoreErrc::io));
  write_failed_ = !done;
  if (!write.closed.empty()) sender_.added(monotonic_clock());
  if (done) return;
  const auto lost = keep_unwritten(std::move(write.closed));
  std::erase_if(write.gaps_done, [&](const Bytes& gap) { return lost.contains(decode_gap(gap)->circuit); });
  take_out_pairs(write.gaps, write.gaps_done);
  unwritten_gaps_ = newest_of(std::move(write.gaps));
  unwritten_gaps_done_ = newest_of(std::move(write.gaps_done));
  if (!open) return;  // which has been told
  failed("write", done.error());
  ring_.reset();
  shown_ = {};
}

/// The circuits of which that was lost which their meters have kept: their gaps are not filled, and are asked for again.
std::set<CircuitId> ReadingsLine::keep_unwritten(std::vector<Bytes> closed) {
  const auto excess = closed.size() - std::min(closed.size(), unwritten_chunks_max);
  std::uint64_t lost = 0;
  std::set<CircuitId> of_history;
  for (std::size_t i = 0; i < excess; ++i) {
    const auto chunk = decode_chunk(closed[i]);
    lost += chunk->readings.size();
    if (chunk->readings.front().from_history) of_history.insert(chunk->circuit);
  }
  closed.erase(closed.begin(), closed.begin() + static_cast<std::ptrdiff_t>(excess));
  unwritten_ = std::move(closed);
  count_lost("unwritten", lost);
  return of_history;
}

void ReadingsLine::connected() {
  sender_.connected(monotonic_clock());
  pump();
}

void ReadingsLine::disconnected() {
  sender_.disconnected();
  send_timer_.cancel();
}

void ReadingsLine::received(ByteView body) {
  const auto ack = decode_readings_ack(body);
  if (!ack) {
    const auto code = ack.error().message();
    metrics_->counter("wattle_edge_refused_total", "Messages of the cloud that were not taken, by the reason", {{"code", code}})
        .add();
    log_event(LogLevel::warning, "edge.message.refused", {{"code", code}});
    return;
  }
  for (const auto& one : ack->refused) {
    metrics_->counter("wattle_edge_readings_refused_total", "Chunks that the cloud will never store", {{"code", word(one.why)}})
        .add();
    log_event(LogLevel::error, "edge.readings.refused", {{"code", word(one.why)}});
  }
  const auto numbers = sender_.acknowledged(*ack, monotonic_clock());
  metrics_->counter("wattle_edge_readings_stored_total", "Chunks that the cloud has said to have").add(numbers.size());
  if (ring_)
    if (const auto dropped = ring_->drop(numbers); !dropped) failed("drop", dropped.error());
  show_figures();
  pump();
}

void ReadingsLine::pump() {
  while (!stopped_ && ring_) {
    const auto use = hooks_.use();
    const bool beside_money = use == LineUse::beside_money;
    if (use == LineUse::none || !sender_.may_send(monotonic_clock(), beside_money) || !send_one(beside_money)) break;
  }
  set_wake_up();
}

bool ReadingsLine::send_one(bool beside_money) {
  const auto chunks = ring_->newest(sender_.batch_bytes(beside_money), sender_.under_way());
  if (!chunks) return failed("read", chunks.error()), false;
  if (chunks->empty()) return sender_.exhausted(), false;
  ReadingsBatch batch{ring_->chunks(), {}};
  std::vector<RingPlace> places;
  for (auto& chunk : *chunks) {
    places.push_back(chunk.place);
    batch.chunks.push_back(chunk.bytes);
  }
  const auto body = encode(batch);
  if (!hooks_.send(body)) return false;
  sender_.sent(places, body.size(), monotonic_clock());
  metrics_->counter("wattle_edge_readings_sent_total", "Chunks sent, repetitions among them").add(places.size());
  return true;
}

void ReadingsLine::set_wake_up() {
  const auto at = sender_.wake_up();
  if (stopped_ || at == never) {
    send_timer_.cancel();
    return;
  }
  // While money waits, or the line has no room, the sender is due all the time.
  send_timer_.expires_at(to_chrono(std::max(at, monotonic_clock() + send_nap)));
  send_timer_.async_wait([this](const Error& cancelled) {
    if (!cancelled) pump();
  });
}

void ReadingsLine::show_figures() {
  if (!ring_) return;
  metrics_->gauge("wattle_edge_readings_backlog", "Chunks in the ring").set(static_cast<std::int64_t>(ring_->chunks()));
  metrics_->gauge("wattle_edge_readings_backlog_bytes", "Of the chunks in the ring").set(ring_->bytes());
  const auto losses = ring_->losses();
  count_lost("full", losses.full - std::min(shown_.full, losses.full));
  count_lost("damaged", losses.damaged - std::min(shown_.damaged, losses.damaged));
  shown_ = losses;
}

void ReadingsLine::count_lost(const char* cause, std::uint64_t count) {
  metrics_
      ->counter("wattle_edge_readings_lost_total", "Readings or damaged rows that never reached the cloud", {{"cause", cause}})
      .add(count);
  if (count > 0) log_event(LogLevel::warning, "edge.readings.lost", {{"cause", cause}, {"count", count}});
}

}  // namespace wattle::edge
