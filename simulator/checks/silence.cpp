// What must not happen silently, or not at all: a box that goes on writing when it is fenced, or begins before it has heard
// anything, money that a person must decide about without an alarm, a row in memory that is not the disk's.

#include <algorithm>

#include "cloud/core/rows.hpp"
#include "simulator/checks/books.hpp"
#include "simulator/nodes/world.hpp"
#include "sync.pb.h"

namespace wattle::sim {

namespace {

/// Of a clone, or worse: only a fence ends that, and no restart.
std::optional<LedgerErrc> stopped_for_good(const LinkRow& row) {
  if (!row.stopped) return std::nullopt;
  switch (row.stopped->reason) {
    case LedgerErrc::forks_too_often:
    case LedgerErrc::copy_lacks_agreed:
    case LedgerErrc::copy_drops_seen: return row.stopped->reason;
    default: return std::nullopt;
  }
}

bool touches_suspense(const Commit& commit) {
  return std::any_of(commit.begin(), commit.end(), [](const Write& write) {
    const auto* append = std::get_if<AppendEntry>(&write);
    const auto entry = append != nullptr && !append->record.signature ? decode_entry(append->record.bytes)
                                                                      : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    // What a person decides about suspense he need not be told.
    return entry && !entry->outside.text().starts_with("resolve/") &&
           std::any_of(entry->lines.begin(), entry->lines.end(), [](const Line& line) {
             return line.from.kind == PocketKind::suspense || line.to.kind == PocketKind::suspense;
           });
  });
}

}  // namespace

void check_suspense(const cloud::Effects& effects) {
  const bool touched = std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
    const auto* persist = std::get_if<cloud::Persist>(&effect);
    return persist != nullptr && touches_suspense(persist->commit);
  });
  const bool told = std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
    const auto* raised = std::get_if<cloud::Raise>(&effect);
    return raised != nullptr &&
           (raised->alarm == cloud::Alarm::opening_passed || raised->alarm == cloud::Alarm::refund_unexplained ||
            raised->alarm == cloud::Alarm::cause_lost);
  });
  require(!touched || told, "suspense", "money goes to suspense and nobody is told");
}

/// `before`: the head when it already knew of its fence.
void World::check_fenced(const BoxNode& box, const Head& before) const {
  if (!box.engine) return;
  require(box.engine->link().up().head() == before, "writer", "a box that knows of its fence goes on writing");
}

/// Whether or not it belongs to this life of the box: what a box may do on hearing it is no matter of this check.
void World::note_heard(BoxNode& box, const edge::Event& event) {
  const auto* received = box.heard ? nullptr : std::get_if<edge::Received>(&event);
  sync::Message message;
  if (received == nullptr) return;
  const auto& bytes = received->bytes;
  box.heard = message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && message.has_status();
}

/// Its disk may have lost what the cloud still knows: what it writes before it has heard, or waited, forks.
void World::check_waited(const BoxNode& box, const Head& before) const {
  if (!box.engine || box.heard || tick_ - box.started >= edge::patience_for_status) return;
  require(box.engine->link().up().head() == before, "writer",
          "a box that has just started writes before it has heard anything");
}

/// The only cloud process, if it has read what another one wrote that is no more.
const cloud::Site* World::site_alone() const {
  const auto& live = processes_[ingest_];
  return processes_.size() == 1 && live.seen_commits == database_.commits() ? live.site.get() : nullptr;
}

/// Of both ends: what a restart would not find again.
void World::check_rows(const BoxNode& box) const {
  const auto same = [](const Disk& disk, const Link& link) {
    const auto bytes = disk.row(Table::link, to_bytes(link.holder()));
    const auto row = bytes ? from_bytes<LinkRow>(*bytes).value_or(LinkRow{}) : LinkRow{};
    const auto& live = link.row();
    return row.asking == live.asking && row.agreed == live.agreed && row.fenced == live.fenced && row.told == live.told &&
           stopped_for_good(row) == stopped_for_good(live);
  };
  require(same(box.disk, box.engine->link()), "output", "what a box remembers of its link is not durable");
  const auto* site = site_alone();
  const auto* link = site != nullptr ? site->link(box.holder) : nullptr;
  require(link == nullptr || same(database_, *link), "output", "what the cloud remembers of a link is not durable");
}

/// What one process thinks of the site after a restore, another one, or it itself tomorrow, must think too. Of one box, another
/// one each time.
void World::check_site_rows() const {
  const auto* site = site_alone();
  if (site == nullptr || site->boxes().empty()) return;
  const auto at = std::next(site->boxes().begin(), static_cast<std::ptrdiff_t>(events_ % site->boxes().size()));
  require(database_.row(Table::site, cloud::box_key(at->first)) == to_bytes(at->second), "output",
          "what the cloud remembers of box " + std::to_string(at->first.edge.value) + " is not durable");
  const auto key = cloud::bills_missing_key;
  const bool missing = database_.row(Table::site, {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}).has_value();
  require(missing == site->bills_missing(), "output", "whether bills are missing is not durable");
}

}  // namespace wattle::sim
