#include "edge/profile_shelf.hpp"

#include <filesystem>

#include "shared/crypto/sodium_crypto.hpp"
#include "shared/io/files.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {
namespace {

const std::string not_said = "the stream says nothing of it";

std::string file_in(const std::string& folder, const std::string& model) { return folder + '/' + model + ".toml"; }

bool is_in(const std::string& folder, const std::string& model) {
  std::error_code unreadable;
  return !folder.empty() && model.find('/') == std::string::npos && std::filesystem::exists(file_in(folder, model), unreadable);
}

bool is_shipped(const std::string& name) { return shipped_profile(name) != nullptr || !refusal_of(name).empty(); }

ProfileDigest digest_of(const std::string& text) { return SodiumCrypto().hash(view(text)).bytes; }

}  // namespace

const ProfileShelf::Found& ProfileShelf::find(const std::string& model) {
  if (const auto at = own_.find(model); at != own_.end() && at->second.found.profile != nullptr) return at->second.found;
  if (const auto at = known_.find(model); at != known_.end()) return at->second;
  auto& found = known_[model];
  if (!is_in(folder_, model)) {
    found.profile = shipped_profile(model);
    const auto refusal = refusal_of(model);
    if (!refusal.empty()) found.faults.push_back("cannot be used: " + refusal);
    if (found.profile == nullptr && refusal.empty())
      found.faults.emplace_back("is neither shipped nor in the folder of \"profiles\"");
    return found;
  }
  auto loaded = load_profile(file_in(folder_, model));
  for (const auto& fault : loaded.faults) found.faults.push_back("cannot be used: " + fault);
  if (loaded.faults.empty()) found.profile = std::make_shared<const MeterProfile>(std::move(loaded.profile));
  return found;
}

/// With what was kept of it in a former life, which could be used then.
ProfileShelf::Own& ProfileShelf::own(const std::string& name) {
  const auto [at, fresh] = own_.try_emplace(name);
  if (!fresh) return at->second;
  at->second.objection = not_said;
  const auto text = kept_.empty() ? Result<std::string>(std::string()) : read_file(file_in(kept_, name), own_profile_bytes_max);
  if (!text || text->empty() || is_in(folder_, name)) return at->second;
  auto loaded = parse_profile(*text, name + ".toml");
  if (!loaded.faults.empty()) return at->second;
  at->second.found.profile = std::make_shared<const MeterProfile>(std::move(loaded.profile));
  at->second.taken = digest_of(*text);
  return at->second;
}

void ProfileShelf::follow(const std::map<std::string, OwnProfile>& of_site, const std::set<std::string>& used) {
  for (const auto& [name, profile] : of_site) {
    auto& known = own(name);
    const auto text = joined(profile);
    if (is_shipped(name)) {
      // By a newer program. What its meters were charged by goes on: the shipped one may read them otherwise.
      known.objection = "has the name of a shipped profile";
    } else if (!text) {
      known.objection = "has not arrived whole";
    } else if (known.found.profile != nullptr && profile.head->digest == known.taken) {
      known.objection.clear();
    } else {
      known.objection = take(name, *profile.head, *text, used.contains(name));
    }
  }
}

std::string ProfileShelf::take(const std::string& name, const ProfileHead& head, const std::string& text, bool is_used) {
  if (digest_of(text) != head.digest) return "is not what its digest says";
  if (is_in(folder_, name)) return "has the name of a profile of this box's own folder";
  auto loaded = parse_profile(text, name + ".toml");
  if (!loaded.faults.empty()) return "cannot be used: " + loaded.faults.front();
  auto& known = own_.at(name);
  if (is_used && known.found.profile != nullptr && reads_otherwise(*known.found.profile, loaded.profile))
    return "reads registers otherwise than the one by which its meters are charged";
  known.found.profile = std::make_shared<const MeterProfile>(std::move(loaded.profile));
  known.taken = head.digest;
  if (kept_.empty()) return {};
  std::error_code failed;
  std::filesystem::create_directories(kept_, failed);
  // What cannot be kept is used, and comes out of the stream again.
  const auto ignored = write_file(file_in(kept_, name), text, FileAccess::owner_only);
  static_cast<void>(ignored);
  return {};
}

const std::string& ProfileShelf::objection(const std::string& name) const {
  const auto at = own_.find(name);
  return at == own_.end() ? not_said : at->second.objection;
}

}  // namespace wattle::edge
