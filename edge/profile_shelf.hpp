#pragma once
// The models of meters that this box knows: those of its own folder first, then those that are shipped, then those of the site,
// which come by the stream and take nobody's name. Each is read once.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "shared/meter/profile.hpp"
#include "shared/policy/own_profiles.hpp"

namespace wattle::edge {

class ProfileShelf {
 public:
  /// `folder` empty: the box has none of its own. `kept`: where the site's are kept, so that the last one that could be used
  /// outlives a restart; empty: nowhere.
  explicit ProfileShelf(std::string folder, std::string kept = {}) : folder_(std::move(folder)), kept_(std::move(kept)) {}

  struct Found {
    std::shared_ptr<const MeterProfile> profile;  // null: it cannot be used
    std::vector<std::string> faults;              // why, in words that follow the model's name
  };
  bool has_read(const std::string& model) const { return known_.contains(model); }
  const Found& find(const std::string& model);

  /// The site's, as the stream says now. One that cannot be used leaves the one before in its place, and so does one that
  /// reads registers otherwise while its name is among `used`.
  void follow(const std::map<std::string, OwnProfile>& of_site, const std::set<std::string>& used);
  /// Why the stream's is not what is used; empty: it is.
  const std::string& objection(const std::string& name) const;

 private:
  struct Own {
    Found found;
    ProfileDigest taken{};  // of what is used
    std::string objection;
  };
  Own& own(const std::string& name);
  std::string take(const std::string& name, const ProfileHead& head, const std::string& text, bool is_used);

  std::string folder_;
  std::string kept_;
  std::map<std::string, Found, std::less<>> known_;
  std::map<std::string, Own> own_;
};

}  // namespace wattle::edge
