#pragma once
// The models of meters that this box knows: those of its own folder first, then those that are shipped. Each is read once.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/meter/profile.hpp"

namespace wattle::edge {

class ProfileShelf {
 public:
  /// Empty: the box has none of its own.
  explicit ProfileShelf(std::string folder) : folder_(std::move(folder)) {}

  struct Found {
    std::shared_ptr<const MeterProfile> profile;  // null: it cannot be used
    std::vector<std::string> faults;              // why, in words that follow the model's name
  };
  bool has_read(const std::string& model) const { return known_.contains(model); }
  const Found& find(const std::string& model);

 private:
  std::string folder_;
  std::map<std::string, Found, std::less<>> known_;
};

}  // namespace wattle::edge
