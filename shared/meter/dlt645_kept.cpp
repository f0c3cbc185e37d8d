#include "shared/meter/dlt645_kept.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"
#include "shared/meter/dlt645_history.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::size_t further_tariffs = 3;  // behind the total and the first one
constexpr std::size_t freeze_time_size = 5;
constexpr std::int64_t hours_a_day = 24;

/// [ss] mm hh DD MM YY
Bytes time_shown(const LocalTime& time, bool has_seconds) {
  Bytes bytes;
  if (has_seconds) bytes.push_back(to_bcd(time.second));
  for (const auto part : {time.minute, time.hour, time.day, time.month, static_cast<std::uint8_t>(time.year % 100)})
    bytes.push_back(to_bcd(part));
  return bytes;
}

/// The total, and all of it in the first tariff. Before the first freeze a meter shows zeros.
Bytes energy_shown(const ModelFreeze& as, Quantity energy) {
  std::int64_t end = 1;
  for (std::size_t i = 0; i < as.size; ++i) end *= 100;
  Bytes one;
  WATTLE_CHECK(put_bcd(one, energy.units / as.step_wh % end, as.size));
  Bytes bytes = one;
  Writer(bytes).raw(one);
  bytes.resize(bytes.size() + further_tariffs * as.size);
  return bytes;
}

/// The total alone, in four bytes: the standard has the tariffs elsewhere.
std::optional<Bytes> month_shown(const Kept& kept, const ModelFreeze& as, const std::deque<KeptFreeze>& months,
                                 std::uint32_t di) {
  if (di == as.time) return Bytes{to_bcd(kept.settlement_hour), to_bcd(kept.settlement_day)};
  for (std::size_t n = 0; n < as.keeps; ++n) {
    if (di != as.energy + n * month_stride) continue;
    auto bytes = energy_shown(as, n < months.size() ? months[n].energy : Quantity{});
    bytes.resize(as.size);
    return bytes;
  }
  return std::nullopt;
}

std::optional<Bytes> freeze_shown(const ModelFreeze& as, const std::deque<KeptFreeze>& kept, std::uint32_t di) {
  const bool is_time = di >= as.time && di - as.time < as.keeps;
  const bool is_energy = di >= as.energy && di - as.energy < as.keeps;
  if (!is_time && !is_energy) return std::nullopt;
  const auto n = is_time ? di - as.time : di - as.energy;
  if (n >= kept.size()) return is_time ? Bytes(freeze_time_size, 0) : energy_shown(as, {});
  return is_time ? time_shown(kept[n].at, false) : energy_shown(as, kept[n].energy);
}

Bytes event_shown(const ModelEvent& as, const LocalTime* when) {
  Bytes bytes(as.size, 0);
  if (when == nullptr) return bytes;
  const auto time = time_shown(*when, as.has_seconds);
  std::copy(time.begin(), time.end(), bytes.begin() + as.time_at);
  return bytes;
}

}  // namespace

namespace {

/// The newest settlement up to this hour since 1970.
std::int64_t settlement_before(const Kept& kept, std::int64_t hour) {
  auto at = hour - hour % hours_a_day + kept.settlement_hour;
  while (at > hour || local_time(Instant{at * hours(1).micros}, {}).day != kept.settlement_day) at -= hours_a_day;
  return at;
}

}  // namespace

void keep_freezes(Kept& kept, LocalTime now, Quantity energy) {
  if (kept.as.freezes.empty()) return;
  const auto since_1970 = instant_of(now, {});
  WATTLE_CHECK(since_1970);
  const auto hour = since_1970->micros / hours(1).micros;
  const auto before = std::exchange(kept.hour, hour);
  if (!before || *before >= hour) return;
  const auto newest = [&](FreezeKind kind, std::int64_t at) {
    if (kind == FreezeKind::monthly) return settlement_before(kept, at);
    return kind == FreezeKind::daily ? at - at % hours_a_day : at;
  };
  for (const auto& [kind, as] : kept.as.freezes) {
    const auto at = newest(kind, hour);
    if (newest(kind, *before) == at) continue;
    auto& all = kept.freezes[kind];
    all.push_front({local_time(Instant{at * hours(1).micros}, {}), energy});
    if (all.size() > as.keeps) all.pop_back();
  }
}

void keep_written(Kept& kept, std::uint32_t di, ByteView data) {
  const auto months = kept.as.freezes.find(FreezeKind::monthly);
  if (months == kept.as.freezes.end() || months->second.time != di || data.size() != 2) return;
  if (!is_bcd(data[0]) || !is_bcd(data[1])) return;
  const auto hour = from_bcd(data[0]);
  const auto day = from_bcd(data[1]);
  if (hour >= hours_a_day || day < 1 || day > last_settlement_day) return;
  kept.settlement_hour = hour;
  kept.settlement_day = day;
}

void keep_event(Kept& kept, MeterEvent event, LocalTime now) {
  if (kept.as.events.contains(event)) kept.events[event] = now;
}

std::optional<std::uint8_t> load_interval(const Kept& kept) {
  if (!kept.as.load) return std::nullopt;
  return kept.load_minutes != 0 ? kept.load_minutes : kept.as.load->minutes;
}

std::optional<LocalTime> load_begun(Kept& kept, LocalTime now) {
  const auto every = load_interval(kept);
  if (!every) return std::nullopt;
  const auto since_1970 = instant_of(now, {});
  WATTLE_CHECK(since_1970);
  const auto length = minutes(*every).micros;
  const auto slot = since_1970->micros / length;
  const auto before = std::exchange(kept.load_slot, slot);
  if (before && slot < *before) std::erase_if(kept.loads, [&](const KeptLoad& load) { return load.at >= now; });
  if (!before || *before >= slot) return std::nullopt;
  return local_time(Instant{slot * length}, {});
}

void keep_load(Kept& kept, const LoadRecord& record) {
  kept.loads.push_back({record.at, encode_load_record(record)});
  if (kept.loads.size() > kept_loads_max) kept.loads.pop_front();
}

namespace {

/// The whole record, or only one of its groups.
Bytes load_shown(const KeptLoad& load, std::size_t group) {
  if (group == 0) return load.record;
  auto record = decode_load_records(load.record).records.at(0);
  for (std::size_t n = 0; n < record.groups.size(); ++n)
    if (n + 1 != group) record.groups[n].clear();
  return encode_load_record(record);
}

}  // namespace

std::optional<Bytes> kept_loads(const Kept& kept, std::uint32_t di, ByteView asked) {
  enum Which : std::uint8_t { earliest, from_time, latest };
  const auto* item = find_item(Edition::v2007, di);
  if (!kept.as.load || item == nullptr || item->shape != Shape::load_records || asked.empty()) return std::nullopt;
  const std::size_t group = di >> 16 & 0xff;
  if (group > 0 && (kept.load_classes >> (group - 1) & 1) == 0) return std::nullopt;
  const auto count = std::min<std::size_t>(is_bcd(asked[0]) ? from_bcd(asked[0]) : 0, kept.loads.size());
  auto first = kept.loads.begin();
  if ((di & 0xff) == latest) first = kept.loads.end() - static_cast<std::ptrdiff_t>(count);
  if ((di & 0xff) == from_time) {
    const auto from = freeze_time_in(asked.subspan(1));
    if (!from) return std::nullopt;
    first = std::find_if(first, kept.loads.end(), [&](const KeptLoad& load) { return load.at >= *from; });
  }
  Bytes bytes;
  for (std::size_t n = 0; n < count && first != kept.loads.end(); ++n, ++first) Writer(bytes).raw(load_shown(*first, group));
  return bytes.empty() ? std::nullopt : std::optional(bytes);
}

std::optional<Bytes> kept_bytes(const Kept& kept, std::uint32_t di) {
  for (const auto& [kind, as] : kept.as.freezes) {
    const auto all = kept.freezes.find(kind);
    const auto frozen = all == kept.freezes.end() ? std::deque<KeptFreeze>{} : all->second;
    auto bytes = kind == FreezeKind::monthly ? month_shown(kept, as, frozen, di) : freeze_shown(as, frozen, di);
    if (bytes) return bytes;
  }
  for (const auto& [event, as] : kept.as.events) {
    if (as.record != di) continue;
    const auto when = kept.events.find(event);
    return event_shown(as, when == kept.events.end() ? nullptr : &when->second);
  }
  return std::nullopt;
}

}  // namespace wattle::dlt645
