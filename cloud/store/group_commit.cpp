#include "cloud/store/group_commit.hpp"

#include <set>
#include <utility>

namespace wattle::cloud {
namespace {

/// Each event of a group ends in a status; the last one says it all, and the box writes one row for it instead of many.
void drop_superseded(Effects& effects) {
  std::set<std::pair<Holder, std::uint64_t>> later;
  Effects kept;
  for (auto at = effects.rbegin(); at != effects.rend(); ++at) {
    const auto* send = std::get_if<Send>(&*at);
    if (send != nullptr && send->status != 0 && !later.emplace(send->to, send->status).second) continue;
    kept.push_back(std::move(*at));
  }
  effects.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

}  // namespace

void GroupCommit::add(Effects effects) {
  for (auto& effect : effects) {
    if (auto* persist = std::get_if<Persist>(&effect)) {
      writes_ += persist->commit.size();
      commits_.push_back(std::move(persist->commit));
    } else {
      waiting_.push_back(std::move(effect));
    }
  }
}

Result<Effects> GroupCommit::flush() {
  const auto commits = std::exchange(commits_, {});
  auto effects = std::exchange(waiting_, {});
  writes_ = 0;
  if (!commits.empty())
    if (auto ok = store_->commit_all(commits); !ok) return ok.error();
  // A store that failed earlier lets nothing out, not even what wrote nothing.
  if (store_->has_failed()) return WATTLE_FAIL(StoreErrc::failed);
  drop_superseded(effects);
  return effects;
}

}  // namespace wattle::cloud
