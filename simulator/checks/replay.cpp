// After each step, for whoever has just acted: what is in memory is what the disk holds, and what a replay of it gives.

#include <algorithm>

#include "simulator/checks/books.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {
// A replay costs as much as all that went before it, so it comes more and more rarely.
bool is_due(std::uint64_t events, std::uint64_t entries) { return events % (48 + entries / 8) == 0; }

constexpr Money codes_cap = yuan(500);  // of the grants that this cloud gives
}  // namespace

void World::check_box(const BoxNode& box) const {
  if (!box.engine) return;
  const auto& link = box.engine->link();
  require(link.up().head() == box.disk.head(link.up().id()), "live ≠ replay", "a box's own head is not the disk's");
  require(link.down().head() == box.disk.head(link.down().id()), "live ≠ replay", "a box's cursor is not the disk's");
  const auto* cloud = processes_[ingest_].site.get();
  if (const auto* at = cloud != nullptr ? cloud->link(box.holder) : nullptr; at != nullptr && !at->row().fenced)
    check_retention(box.disk, database_, backups_, box.holder);
  check_rows(box);
  require(link.state().codes_balance() >= Money{-codes_cap.micros}, "holder rule", "a box has honoured codes beyond its cap");
  if (is_due(events_, link.up().head().number)) check_replay(box);
}

void World::check_replay(const BoxNode& box) const {
  const auto& live = box.engine->link();
  if (live.row().asking || live.row().fenced)
    return;  // what it had read before it asked a restart would leave unread; either is right
  const Link replay(End::edge, {1}, box.holder, box.disk, *crypto_, *box.signer, cloud_signer_->key());
  require(replay.folded() == live.folded() && replay.state().encoded() == live.state().encoded(), "live ≠ replay",
          "box " + std::to_string(box.holder.edge.value) + ": the state in memory is not the streams' fold");
  check_kept(live.state(), {1}, *crypto_);
  const auto& log = live.down();
  if (log.head().number >= log.first())
    require(log.at(log.head().number)->signature.has_value(), "chain", "a box's cursor does not stand on a signed head");
}

void World::check_cloud() const {
  const auto* site = processes_[ingest_].site.get();
  if (site == nullptr || processes_.size() > 1) return;
  if (is_due(events_, site->own().head().number + site->orders().size())) check_cloud_replay();
  if (checked_commits_ == database_.commits()) return;  // the index counts what is written, and nothing else
  require(site->index().doubled().empty(), "outside id twice",
          site->index().doubled().empty() ? "" : std::string(site->index().doubled().front().text()));
  // Until a fence that a restore has undone half is listed again, what it forwarded may be delivered and not yet written anew.
  const auto is_listed = [&](const auto& box) {
    return !site->link(box.first)->row().fenced || site->link(box.first)->row().told;
  };
  if (site->is_settled() && std::all_of(site->boxes().begin(), site->boxes().end(), is_listed))
    for (const auto& [transit, money] : site->index().transits())
      require(money.micros >= 0, "transit", to_text(transit) + " is below zero");
}

/// Of one link, another one each time.
void World::check_cloud_replay() const {
  const auto* site = processes_[ingest_].site.get();
  std::vector<const cloud::BoxRow*> living;
  for (const auto& [holder, row] : site->boxes())
    if (!site->link(holder)->row().fenced) living.push_back(&row);
  if (living.empty()) return;
  const auto& row = *living[events_ / 7 % living.size()];
  const auto holder = row.holder;
  const auto& live = *site->link(holder);
  const Link replay(End::cloud, {1}, holder, database_, *crypto_, *cloud_signer_, row.key);
  require(replay.up().head() == live.up().head() && replay.down().head() == live.down().head(), "live ≠ replay",
          "the cloud's heads are not the database's");
  require(replay.folded() == live.folded() && replay.state().encoded() == live.state().encoded(), "live ≠ replay",
          "the cloud's state is not the streams' fold");
  check_kept(live.state(), {1}, *crypto_);
  if (live.up().head().number > 0)
    require(live.up().at(live.up().head().number)->signature.has_value(), "chain", "the cloud's cursor is on no signed head");
}

}  // namespace wattle::sim
