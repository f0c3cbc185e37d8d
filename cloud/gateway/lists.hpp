#pragma once
// Which incarnations were claimed and fenced, what boxes were told that they need not keep, and which backups the site was set
// back to; in a file beside the backups: what a database restored from an old backup does not know any more. One line each;
// written whole, synced and renamed.

#include <string>

#include "cloud/core/site.hpp"
#include "cloud/gateway/claim.hpp"

namespace wattle::cloud {

template <class F>
void fields(F& f, BackupsKept& v) {
  f(v.holder), f(v.up_cursor), f(v.down_agreed);
}

/// The site went on from the backup that was begun at `from`; what was written between then and `at` is no longer its past.
struct Restore {
  Instant from;
  Instant at;
  bool operator==(const Restore&) const = default;
};
template <class F>
void fields(F& f, Restore& v) {
  f(v.from), f(v.at);
}

class ListsFile {
 public:
  /// A file that is not there is empty; one with a line that cannot be read is an error, since what it says must not be lost.
  static Result<ListsFile> load(std::string path);

  const std::vector<Claim>& claims() const { return claims_; }
  const std::vector<Holder>& fences() const { return fences_; }
  const std::vector<BackupsKept>& promises() const { return promises_; }
  const std::vector<Restore>& restores() const { return restores_; }
  Lists lists() const;

  /// Durable when they return. What is listed already stays as it is.
  Result<void> add(const Claim& claim);
  Result<void> add_fence(Holder holder);
  Result<void> add(const Restore& restore);
  /// Keeps the highest of each box: what was promised stays promised.
  Result<void> promise(const std::vector<BackupsKept>& kept);

 private:
  explicit ListsFile(std::string path) : path_(std::move(path)) {}
  bool read_line(std::string_view line);
  Result<void> write() const;

  std::string path_;
  std::vector<Claim> claims_;
  std::vector<Holder> fences_;
  std::vector<BackupsKept> promises_;
  std::vector<Restore> restores_;
};

}  // namespace wattle::cloud
