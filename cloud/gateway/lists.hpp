#pragma once
// Which incarnations were claimed and fenced, in a file beside the backups: what a database restored from an old backup does
// not know any more. One line each; written whole, synced and renamed.

#include <string>

#include "cloud/core/site.hpp"
#include "cloud/gateway/claim.hpp"

namespace wattle::cloud {

class ListsFile {
 public:
  /// A file that is not there is empty; one with a line that cannot be read is an error, since what it says must not be lost.
  static Result<ListsFile> load(std::string path);

  const std::vector<Claim>& claims() const { return claims_; }
  const std::vector<Holder>& fences() const { return fences_; }
  Lists lists() const;

  /// Durable when they return. What is listed already stays as it is.
  Result<void> add(const Claim& claim);
  Result<void> add_fence(Holder holder);

 private:
  explicit ListsFile(std::string path) : path_(std::move(path)) {}
  bool read_line(std::string_view line);
  Result<void> write() const;

  std::string path_;
  std::vector<Claim> claims_;
  std::vector<Holder> fences_;
};

}  // namespace wattle::cloud
