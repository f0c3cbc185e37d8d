// What makes a fence restorable, and what a backup allows the boxes to drop.

#include "cloud/gateway/gateway.hpp"
#include "cloud/store/store.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/log.hpp"

namespace wattle::cloud {
namespace {

bool holds_fence(const StoreReader& backup, Holder holder) {
  const auto bytes = backup.row(Table::link, to_bytes(holder));
  const auto row = bytes ? from_bytes<LinkRow>(*bytes) : std::nullopt;
  return row && row->fenced;
}

}  // namespace

/// A verified backup that holds the fence, then its line in the file of claims and fences, then the core may let things rest on
/// it.
void Gateway::archive_fences(const std::string& path) {
  log_event(LogLevel::info, "cloud.backup.made", {{"path", path}});
  metrics_.counter("wattle_backups_total", "Backups made and verified").add();
  observer_.backup_made(path);
  const auto backup = open_to_read(path);
  if (!backup) return backup_failed(backup.error());
  backups_failed_ = 0;
  const auto waiting = fences_waiting_;
  for (const auto holder : waiting) {
    if (!holds_fence(**backup, holder)) continue;
    if (const auto kept = lists_->add_fence(holder); !kept) throw StoreFailure(kept.error());
    fences_waiting_.erase(holder);
    log_event(LogLevel::info, "cloud.fence.archived", {{"edge", client_name(holder)}, {"path", path}});
    runner_->give(FenceArchived{holder});
  }
  if (!fences_waiting_.empty()) backups_->make_soon();
  keep_from();
}

void Gateway::backup_failed(const Error& error) {
  log_event(LogLevel::error, "cloud.backup.failed", {{"code", error.message()}});
  metrics_.counter("wattle_backups_failed_total", "Backups that came to nothing").add();
  ++backups_failed_;
  if (fences_waiting_.empty()) return;
  archive_timer_.expires_after(to_chrono(again_after(backups_failed_, settings_.fence_pause)));
  archive_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) backups_->make_soon();
  });
}

void Gateway::keep_from() {
  std::vector<Holder> living;
  for (const auto& [holder, row] : site_->boxes())
    if (!site_->link(holder)->row().fenced) living.push_back(holder);
  const auto kept = backups_->kept(settings_.site.site, living);
  // Listed before a box can hear of it: no older backup may be restored from then on.
  if (const auto listed = lists_->promise(kept); !listed) throw StoreFailure(listed.error());
  for (const auto& one : kept) runner_->give(one);
}

void Gateway::write_heads() {
  auto heads = heads_->heads();
  site_->remember(heads);
  if (const auto written = heads_->write(heads); !written)
    log_event(LogLevel::error, "cloud.heads.failed", {{"code", written.error().message()}});
  heads_timer_.expires_after(to_chrono(heads_every));
  heads_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) runner_->when_durable([this] { write_heads(); });
  });
}

void Gateway::settle_refund(const BilledRefund& refund, RefundOutcome outcome, const Uid& by,
                            std::function<void(SiteRunner::Answer)> done) {
  refunds_told_.erase({refund.request, refund.part});
  runner_->give(RefundSettled{refund.request, refund.part, outcome, by},
                [this, refund, outcome, done](SiteRunner::Answer answer) {
                  // A known one too: the first answer may have been lost between the commit and the journal.
                  if (answer == OrderAnswer::accepted || answer == OrderAnswer::known)
                    if (const auto kept = journal_->append(refund, outcome); !kept) throw StoreFailure(kept.error());
                  done(answer);
                });
}

}  // namespace wattle::cloud
