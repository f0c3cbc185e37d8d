#include "edge/disk_watch.hpp"

#include <utility>

#include "shared/io/log.hpp"
#include "shared/store/errors.hpp"

namespace wattle::edge {

DiskWatch::DiskWatch(const EdgeConfig& config, Metrics& metrics)
    : DiskWatch(DiskReserve({config.data + "/reserve", config.disk_reserve_bytes, config.disk_alarm_bytes}), metrics) {}

DiskWatch::DiskWatch(DiskReserve reserve, Metrics& metrics) : reserve_(std::move(reserve)), metrics_(&metrics) {}

void DiskWatch::look() {
  const bool was_held = reserve_.is_held();
  reserve_.look();
  if (const auto free = reserve_.free_bytes())
    metrics_->gauge("wattle_edge_disk_free_bytes", "Free on the disk of the ledger, beside the reserve").set(*free);
  tell_reserve(was_held);
  tell_room();
}

void DiskWatch::tell_reserve(bool was_held) {
  metrics_->gauge("wattle_edge_disk_reserve_bytes", "Kept for the ledger; 0: given up, or not made yet")
      .set(reserve_.is_held() ? reserve_.bytes() : 0);
  const auto free = reserve_.free_bytes().value_or(0);
  if (was_held && !reserve_.is_held())
    log_event(LogLevel::error, "edge.disk.reserve_given_up", {{"bytes", reserve_.bytes()}, {"free_bytes", free}});
  const bool bare = reserve_.bytes() > 0 && !reserve_.is_held();
  if (bare == std::exchange(bare_, bare) || !bare || was_held) return;
  log_event(LogLevel::warning, "edge.disk.no_reserve",
            {{"bytes", reserve_.bytes()}, {"free_bytes", free}, {"possible", !reserve_.is_impossible()}});
}

void DiskWatch::tell_room() {
  const bool low = reserve_.is_low();
  if (low == std::exchange(low_, low)) return;
  const auto free = reserve_.free_bytes().value_or(0);
  if (!low) return log_event(LogLevel::info, "edge.disk.has_room", {{"free_bytes", free}});
  constexpr const char* alarm = "edge.alarm.disk_low";
  metrics_->counter("wattle_edge_alarms_total", "Alarms of the box, by code", {{"code", alarm}}).add();
  log_event(LogLevel::error, alarm, {{"free_bytes", free}, {"reserve", reserve_.is_held()}});
}

/// A quota, and a sync or a map that finds no block, are told as store.io.
void DiskWatch::store_failed(const Error& error) {
  if (error == StoreErrc::full || (error == StoreErrc::io && reserve_.is_short())) give_up();
}

void DiskWatch::give_up() {
  if (!reserve_.is_held()) return;
  reserve_.give_up();
  tell_reserve(true);
}

}  // namespace wattle::edge
