// Nothing is left lying: another process that reads the same database, and has been told the same, finds nothing to write and
// nobody to call that the running one has not.

#include <algorithm>

#include "simulator/checks/given.hpp"
#include "simulator/checks/telling.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

constexpr std::uint64_t events_between = 12000;  // it reads all that there is
constexpr std::uint64_t orders_of_short_runs = 1000;

std::string told(const Write& write) {
  const auto* append = std::get_if<AppendEntry>(&write);
  const auto entry = append != nullptr ? decode_entry(append->record.bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  return entry ? entry_text(*entry) : "a row";
}

}  // namespace

/// What of it may be due: by chance, and where much may have become possible at once.
void World::note_for_undone(const cloud::Event& event) {
  const auto* site = processes_[ingest_].site.get();
  const bool settled = site != nullptr && site->is_settled();
  const bool has_settled = !std::exchange(was_settled_, settled) && settled;
  look_for_undone_ = look_for_undone_ || has_settled || events_ - undone_at_ > events_between ||
                     std::holds_alternative<cloud::FenceArchived>(event) || std::holds_alternative<cloud::BillsRead>(event);
}

/// After an event that has changed nothing: until then the running process may still be at it. The more there is to read, the
/// more rarely, so that a long run is not spent on this alone.
void World::look_for_undone(bool has_written) {
  if (!look_for_undone_ || has_written || processes_.size() > 1 || !restore_noted_) return;
  const auto& live = processes_[ingest_];
  if (!live.site || live.seen_commits != database_.commits()) return;
  const auto orders = live.site->orders().size();
  if (orders > orders_of_short_runs && events_ - undone_at_ < 2 * (orders - orders_of_short_runs)) return;
  look_for_undone_ = false;
  undone_at_ = events_;
  check_undone();
}

void World::check_undone() const {
  const auto& live = processes_[ingest_];
  SeededEntropy entropy(1);
  cloud::Site other(site_config(), database_, *crypto_, *cloud_signer_, entropy, now());
  for (const auto& effect : other.begin(facts_.lists, false, now())) {
    if (const auto* persist = std::get_if<cloud::Persist>(&effect); persist != nullptr && !persist->commit.empty())
      require(false, "undone", "another process would write: " + told(persist->commit.front()));
    const auto* call = std::get_if<cloud::CallProvider>(&effect);
    if (call == nullptr) continue;
    const auto at = live.called.find({call->request, call->part});
    require(at != live.called.end(), "undone", "another process would call a provider, and this one never did");
    require(tick_ - at->second < cloud::provider_patience || live.site->wake_up() <= tick_, "undone",
            "a provider has not answered, and nobody asks again");
  }
  for (const auto& [id, order] : other.orders()) {
    const auto known = live.site->orders().find(id);
    require(known != live.site->orders().end() && is_same(known->second, order), "order",
            std::string(id.text()) + " is another to a process that has just started");
  }
}

}  // namespace wattle::sim
