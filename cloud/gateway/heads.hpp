#pragma once
// How far each stream of the database was known to be, in a file outside it: a database that is behind this at start was rolled
// back, and says nothing of it by itself (sync.md §4; Lists::heads, Site::remember).

#include <map>
#include <string>

#include "shared/base/result.hpp"
#include "shared/ledger/store.hpp"

namespace wattle::cloud {

class HeadsFile {
 public:
  using Heads = std::map<StreamId, std::uint64_t>;
  /// A file that is not there knows of nothing.
  static Result<HeadsFile> load(std::string path);

  const Heads& heads() const { return heads_; }
  /// Writes them, if they are not what stands there.
  Result<void> write(const Heads& heads);

 private:
  explicit HeadsFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  Heads heads_;
};

}  // namespace wattle::cloud
