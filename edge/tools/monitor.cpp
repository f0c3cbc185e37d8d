#include "edge/tools/monitor.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "edge/tools/fields_json.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t micros_a_tenth = 100;  // of a millisecond

std::string field_text(const Fields& fields, std::string_view name) {
  const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return field == fields.end() ? std::string() : to_text(field->value);
}

std::string address_in(const Fields& fields) {
  const auto address = field_text(fields, "address");
  return address.empty() ? field_text(fields, "unit") : address;
}

/// "41.3", rounded to tenths.
std::string ms_text(std::int64_t micros) {
  const auto tenths = (micros + micros_a_tenth / 2) / micros_a_tenth;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

/// The smallest that so many per cent do not exceed (nearest rank).
std::int64_t percentile(const std::vector<std::int64_t>& sorted, std::size_t percent) {
  const auto rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

std::string to_json(const PassedFrame& frame) {
  boost::json::object out{{"at_us", frame.at.micros}};
  if (frame.since_last) out["since_last_us"] = frame.since_last->micros;
  if (frame.gap) out["gap_us"] = frame.gap->micros;
  for (const auto& [name, value] : json_of(frame.caught))
    if (name != "offset") out[name] = value;
  return boost::json::serialize(out);
}

Duration Monitor::on_wire(std::size_t bytes) const {
  return settings_.line ? wire_time(*settings_.line, static_cast<std::int64_t>(bytes)) : Duration{};
}

/// When the byte's last bit was there: those behind it in its chunk came after it.
Tick Monitor::end_of(std::size_t byte) const {
  const auto chunk = std::find_if(chunks_.begin(), chunks_.end(), [&](const Chunk& c) { return byte < c.end; });
  return {chunk->at.micros - on_wire(chunk->end - 1 - byte).micros};
}

std::vector<PassedFrame> Monitor::heard(ByteView bytes, Tick at) {
  std::vector<PassedFrame> out;
  if (bytes_.size() + bytes.size() > monitor_bytes_at_once) out = quiet();
  bytes = bytes.first(std::min(bytes.size(), monitor_bytes_at_once));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  chunks_.push_back({bytes_.size(), at});
  all_bytes_ += bytes.size();
  last_ = at;
  return out;
}

std::vector<PassedFrame> Monitor::quiet() {
  std::vector<PassedFrame> out;
  if (bytes_.empty()) return out;
  const auto known = question_.size();
  auto all = std::exchange(question_, {});
  all.insert(all.end(), bytes_.begin(), bytes_.end());
  for (auto& caught : frames_in(settings_.protocol, all, {modbus::Side::either, settings_.profile})) {
    if (caught.offset + caught.size <= known) continue;  // the question before, which was told already
    out.push_back(passed(std::move(caught), known));
  }
  if (out.empty()) {  // nothing like a frame behind the question
    Caught noise{.offset = known, .size = bytes_.size(), .described = {{}, WATTLE_FAIL(MeterErrc::framing), 0}};
    out.push_back(passed(std::move(noise), known));
  }
  const auto& last = out.empty() ? Caught{} : out.back().caught;
  const bool is_modbus = settings_.protocol == Protocol::modbus_rtu || settings_.protocol == Protocol::modbus_tcp;
  if (is_modbus && !last.described.error && field_text(last.described.fields, "from") != "meter" && last.size > 0) {
    const auto begins = all.begin() + static_cast<std::ptrdiff_t>(last.offset);
    question_.assign(begins, begins + static_cast<std::ptrdiff_t>(last.size));
  }
  bytes_.clear();
  chunks_.clear();
  return out;
}

PassedFrame Monitor::passed(Caught caught, std::size_t skipped) {
  const auto first = caught.offset > skipped ? caught.offset - skipped : 0;
  const Tick begins{end_of(first).micros - on_wire(1).micros};
  const auto ends = end_of(caught.offset + caught.size - skipped - 1);
  if (caught.described.offset >= caught.offset) caught.described.offset -= caught.offset;  // within the frame
  PassedFrame out{std::move(caught), begins - start_, std::nullopt, std::nullopt};
  if (began_) out.since_last = begins - *began_;
  if (ended_) out.gap = begins - *ended_;
  began_ = begins;
  ended_ = ends;
  ++frames_;
  const auto& described = out.caught.described;
  if (described.error) {
    ++bad_[described.error.message() + " (" + std::to_string(described.error.value()) + ")"];
    asked_.reset();
    return out;
  }
  note_turnaround(field_text(described.fields, "from"), address_in(described.fields), begins, ends);
  return out;
}

/// An answer to a wildcard comes from an address of its own.
void Monitor::note_turnaround(const std::string& from, const std::string& address, Tick begins, Tick ends) {
  if (from != "meter") {
    ++from_masters_;
    asked_ = Asked{address, ends};
    return;
  }
  const auto asked = std::exchange(asked_, std::nullopt);
  if (!asked || (turnarounds_.size() >= monitor_addresses_max && !turnarounds_.contains(asked->address))) return;
  auto& times = turnarounds_[asked->address];
  times.push_back(std::max<std::int64_t>((begins - asked->until).micros, 0));
  if (times.size() > monitor_turnarounds_max) times.pop_front();
}

std::string Monitor::summary(Tick now) const {
  std::size_t bad = 0;
  for (const auto& [reason, count] : bad_) bad += count;
  const auto listened = std::max<std::int64_t>((now - start_).micros, 1);
  std::string out = "frames: " + std::to_string(frames_) + ", of these from masters: " + std::to_string(from_masters_) +
                    ", bad: " + std::to_string(bad) + '\n';
  for (const auto& [reason, count] : bad_) out += "  " + reason + ": " + std::to_string(count) + '\n';
  out += "listened: " + ms_text(listened / 1000) + " s";
  if (settings_.line) {
    const auto per_mille = on_wire(all_bytes_).micros * 1000 / listened;
    out += ", the line was busy for " + std::to_string(per_mille / 10) + '.' + std::to_string(per_mille % 10) + " %";
  }
  out += '\n';
  for (const auto& [address, times] : turnarounds_) {
    std::vector<std::int64_t> sorted(times.begin(), times.end());
    std::sort(sorted.begin(), sorted.end());
    out += "turnaround of " + address + ": median " + ms_text(percentile(sorted, 50)) + " ms, p99 " +
           ms_text(percentile(sorted, 99)) + " ms, answers: " + std::to_string(sorted.size()) + '\n';
  }
  return out;
}

}  // namespace wattle::edge
