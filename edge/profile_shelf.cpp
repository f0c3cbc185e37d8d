#include "edge/profile_shelf.hpp"

#include <filesystem>

#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {

const ProfileShelf::Found& ProfileShelf::find(const std::string& model) {
  if (const auto at = known_.find(model); at != known_.end()) return at->second;
  auto& found = known_[model];
  const auto path = folder_ + '/' + model + ".toml";
  if (folder_.empty() || model.find('/') != std::string::npos || !std::filesystem::exists(path)) {
    found.profile = shipped_profile(model);
    const auto refusal = refusal_of(model);
    if (!refusal.empty()) found.faults.push_back("cannot be used: " + refusal);
    if (found.profile == nullptr && refusal.empty())
      found.faults.emplace_back("is neither shipped nor in the folder of \"profiles\"");
    return found;
  }
  auto loaded = load_profile(path);
  for (const auto& fault : loaded.faults) found.faults.push_back("cannot be used: " + fault);
  if (loaded.faults.empty()) found.profile = std::make_shared<const MeterProfile>(std::move(loaded.profile));
  return found;
}

}  // namespace wattle::edge
