#include "cloud/store/group_commit.hpp"

#include <utility>

namespace wattle::cloud {

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
  return effects;
}

}  // namespace wattle::cloud
