// The disk under the ledger: how much is free, and what is done about it.

#include <utility>

#include "edge/runner.hpp"

namespace wattle::edge {

void Runner::look_at_disk() {
  reserve_.look();
  if (const auto free = reserve_.free_bytes())
    metrics_->gauge("wattle_edge_disk_free_bytes", "Free on the disk of the ledger, beside the reserve").set(*free);
  metrics_->gauge("wattle_edge_disk_reserve_bytes", "Kept for the ledger; 0: given up, or not made yet")
      .set(reserve_.is_held() ? config_->disk_reserve_bytes : 0);
  readings_.hold(!reserve_.may_record());
  const bool low = reserve_.is_low();
  if (low == std::exchange(disk_low_, low)) return;
  const auto free = reserve_.free_bytes().value_or(0);
  if (!low) return log_event(LogLevel::info, "edge.disk.has_room", {{"free_bytes", free}});
  constexpr const char* alarm = "edge.alarm.disk_low";
  metrics_->counter("wattle_edge_alarms_total", "Alarms of the box, by code", {{"code", alarm}}).add();
  log_event(LogLevel::error, alarm, {{"free_bytes", free}, {"reserve", reserve_.is_held()}});
}

/// The process ends on it; with that room the next one can write.
void Runner::commit_failed(const Error& error) {
  if (error == StoreErrc::full && reserve_.is_held()) {
    reserve_.give_up();
    log_event(LogLevel::error, "edge.disk.reserve_given_up", {{"bytes", config_->disk_reserve_bytes}});
  }
  throw StoreFailure(error);
}

}  // namespace wattle::edge
