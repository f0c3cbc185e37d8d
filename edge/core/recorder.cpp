#include "edge/core/recorder.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t second = 1'000'000;

RecordedReading recorded(const MeterRead& read, Instant now) {
  RecordedReading out{
      {now.micros - now.micros % second}, read.register_units, read.power, read.voltage_mv, read.current_ma, read.further};
  if (read.disagrees) out.power.reset();
  if (read.disagrees) out.current_ma.reset();
  return out;
}

}  // namespace

std::int64_t Recorder::part_of(Instant at, Duration length) const {
  return (at.micros - recording_begins.micros + settings_.utc_offset.micros) / length.micros;
}

/// Without a plan; else see slot_at().
std::optional<ReadingSlot> Recorder::slot_before(Instant at, const ReadingPlan* plan) const {
  if (plan != nullptr) return slot_at(*plan, at, settings_.utc_offset);
  const auto from = recording_begins - settings_.utc_offset + Duration{part_of(at, settings_.every) * settings_.every.micros};
  return ReadingSlot{from, from + settings_.every};
}

/// From the moment at which a reading was due last to the next one. Looked up once for each, since a plan may look far.
std::optional<ReadingSlot> Recorder::slot_of(CircuitId circuit, Instant now, const ReadingPlan* plan) {
  if (plan == nullptr) {
    slots_.erase(circuit);
    return slot_before(now, plan);
  }
  const auto known = slots_.find(circuit);
  if (known != slots_.end() && known->second.plan == *plan && known->second.of.from <= now && now < known->second.of.until)
    return known->second.of;
  const auto slot = slot_before(now, plan);
  if (slot) slots_.insert_or_assign(circuit, Slot{*plan, *slot});
  return slot;
}

Duration Recorder::span_of(CircuitId circuit) const {
  const auto slot = slots_.find(circuit);
  if (slot == slots_.end()) return settings_.span;
  return span_for(slot->second.of.until - slot->second.of.from);
}

/// What is filled into a gap lies between chunks, not within one.
void Recorder::add(const ReadingChunk& one, bool behind_gap) {
  auto& chunks = open_[one.circuit];
  const auto& reading = one.readings.front();
  const auto span = span_of(one.circuit);
  const auto joins = [&](const ReadingChunk& chunk) {
    return !behind_gap && chunk.room == one.room && chunk.meter == one.meter && may_follow(chunk, reading) &&
           part_of(chunk.readings.front().at, span) == part_of(reading.at, span);
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
    newest_[one->circuit] = *one;
  }
}

void Recorder::restore(const std::vector<Bytes>& newest, const std::vector<Bytes>& gaps) {
  for (const auto& bytes : newest) {
    auto one = decode_chunk(bytes);
    if (!one || one->readings.size() != 1 || newest_.size() >= recorded_circuits_max) continue;
    const auto known = newest_.find(one->circuit);
    if (known == newest_.end()) newest_.emplace(one->circuit, std::move(*one));
  }
  for (const auto& bytes : gaps)
    if (auto gap = decode_gap(bytes)) gaps_.push_back(std::move(*gap));
}

bool Recorder::note(const MeterRead& read, Instant now, const ReadingPlan* plan) {
  const auto reading = recorded(read, now);
  if (!is_recordable(reading)) return false;
  const bool was_silent = this->was_silent(read.circuit, reading.at);
  const auto slot = slot_of(read.circuit, reading.at, plan);
  const auto known = newest_.find(read.circuit);
  if (!slot || (known == newest_.end() && newest_.size() >= recorded_circuits_max)) return false;
  if (known != newest_.end()) {
    const auto before = known->second.readings.front().at;
    if (slot->from <= before && before < slot->until) return false;
  }
  fresh_.push_back({read.circuit, read.room, read.meter, {reading}});
  const bool behind_gap = was_silent && known != newest_.end() && note_gap(known->second, fresh_.back(), *slot, plan);
  newest_[read.circuit] = fresh_.back();
  changed_.insert(read.circuit);
  add(fresh_.back(), behind_gap);
  return true;
}

/// For longer than is usual on its bus; what it was before this life nobody knows.
bool Recorder::was_silent(CircuitId circuit, Instant now) {
  const auto known = heard_.find(circuit);
  if (known == heard_.end()) {
    if (heard_.size() < recorded_circuits_max) heard_.emplace(circuit, Heard{now, {}});
    return true;
  }
  auto& heard = known->second;
  const auto interval = now - std::exchange(heard.at, now);
  const bool is_long = interval > heard.usual.longest(gap_margin);
  heard.usual.take(interval);
  return is_long;
}

/// A reading that was due is missing, or came late. Steps of a plan may be of any length, so that the time alone says nothing.
/// Of another meter's register, or another room's time, nothing can be told.
bool Recorder::note_gap(const ReadingChunk& before, const ReadingChunk& one, const ReadingSlot& slot, const ReadingPlan* plan) {
  const auto& from = before.readings.front();
  const auto& until = one.readings.front();
  if (before.room != one.room || before.meter != one.meter || until.at <= from.at) return false;
  const auto slot_of_from = slot_before(from.at, plan);
  const bool is_one_missing = slot_of_from && slot_of_from->until < slot.from;
  if (!is_one_missing && until.at - slot.from <= gap_margin) return false;
  gaps_.push_back({one.circuit, one.room, one.meter, from, until});
  fresh_gaps_.push_back(encode(gaps_.back()));
  return true;
}

void Recorder::fill(const GapFilled& filled) {
  const auto& gap = filled.gap;
  for (const auto& reading : filled.readings)
    if (is_recordable(reading)) history_.push_back(encode(ReadingChunk{gap.circuit, gap.room, gap.meter, {reading}}));
  gaps_done_.push_back(encode(gap));
}

const ReadingChunk* Recorder::newest(CircuitId circuit) const {
  const auto known = newest_.find(circuit);
  return known == newest_.end() ? nullptr : &known->second;
}

RingWrite Recorder::take(Instant now, bool all_open) {
  RingWrite write;
  write.closed = std::exchange(history_, {});  // first, and so sent last
  write.gaps = std::exchange(fresh_gaps_, {});
  write.gaps_done = std::exchange(gaps_done_, {});
  const auto has_older = write.closed.size();
  const auto is_over = [&](const ReadingChunk& chunk) {
    const auto span = span_of(chunk.circuit);
    return part_of(chunk.readings.front().at, span) != part_of(now, span);
  };
  for (auto& [circuit, chunks] : open_) {
    // Behind the newest nothing is added any more: the clock went back, or the reading changed in kind.
    std::size_t closed = 0;
    while (closed < chunks.size() && (closed + 1 < chunks.size() || is_over(chunks[closed])))
      write.closed.push_back(encode(chunks[closed++]));
    chunks.erase(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(closed));
  }
  write.open_replaced = all_open || write.closed.size() > has_older;
  for (const auto& [circuit, one] : newest_)
    if (all_open || changed_.contains(circuit)) write.newest.emplace_back(circuit, encode(one));
  changed_.clear();
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
