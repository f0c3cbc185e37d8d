#include "edge/core/recorder.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t second = 1'000'000;

RecordedReading recorded(const MeterRead& read, Instant now) {
  return {{now.micros - now.micros % second}, read.register_units, read.power, read.voltage_mv, read.current_ma};
}

}  // namespace

std::int64_t Recorder::slot_of(Instant at, Duration length) const {
  return (at.micros - recording_begins.micros + settings_.utc_offset.micros) / length.micros;
}

void Recorder::add(const ReadingChunk& one) {
  auto& chunks = open_[one.circuit];
  const auto& reading = one.readings.front();
  const auto joins = [&](const ReadingChunk& chunk) {
    return chunk.room == one.room && chunk.meter == one.meter && may_follow(chunk, reading) &&
           slot_of(chunk.readings.front().at, settings_.span) == slot_of(reading.at, settings_.span);
  };
  if (chunks.empty() || !joins(chunks.back()))
    chunks.push_back(one);
  else
    chunks.back().readings.push_back(reading);
}

void Recorder::restore(const std::vector<Bytes>& open) {
  for (const auto& bytes : open) {
    const auto one = decode_chunk(bytes);
    if (!one) continue;  // the ring has counted it
    add(*one);
    recorded_in_[one->circuit] = slot_of(one->readings.back().at, settings_.every);
  }
}

bool Recorder::note(const MeterRead& read, Instant now) {
  const auto reading = recorded(read, now);
  if (!is_recordable(reading)) return false;
  const auto slot = slot_of(reading.at, settings_.every);
  const auto known = recorded_in_.find(read.circuit);
  if (known == recorded_in_.end() && recorded_in_.size() >= recorded_circuits_max) return false;
  if (known != recorded_in_.end() && known->second == slot) return false;
  recorded_in_[read.circuit] = slot;
  fresh_.push_back({read.circuit, read.room, read.meter, {reading}});
  add(fresh_.back());
  return true;
}

RingWrite Recorder::take(Instant now, bool all_open) {
  RingWrite write;
  const auto present = slot_of(now, settings_.span);
  const auto is_over = [&](const ReadingChunk& chunk) { return slot_of(chunk.readings.front().at, settings_.span) != present; };
  for (auto& [circuit, chunks] : open_) {
    // Behind the newest nothing is added any more: the clock went back, or the reading changed in kind.
    std::size_t closed = 0;
    while (closed < chunks.size() && (closed + 1 < chunks.size() || is_over(chunks[closed])))
      write.closed.push_back(encode(chunks[closed++]));
    chunks.erase(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(closed));
  }
  write.open_replaced = all_open || !write.closed.empty();
  if (write.open_replaced) {
    for (const auto& [circuit, chunks] : open_)
      for (const auto& chunk : chunks)
        for (const auto& reading : chunk.readings)
          write.open.push_back(encode(ReadingChunk{chunk.circuit, chunk.room, chunk.meter, {reading}}));
  } else {
    for (const auto& one : fresh_) write.open.push_back(encode(one));
  }
  std::erase_if(open_, [](const auto& item) { return item.second.empty(); });
  fresh_.clear();
  return write;
}

std::size_t Recorder::open_readings() const {
  std::size_t count = 0;
  for (const auto& [circuit, chunks] : open_)
    for (const auto& chunk : chunks) count += chunk.readings.size();
  return count;
}

}  // namespace wattle::edge
