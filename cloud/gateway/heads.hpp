#pragma once
// How far each stream of the database was known to be, in a file outside it: a database that is behind this at start was rolled
// back, and says nothing of it by itself (sync.md §4).

#include <map>
#include <string>

#include "shared/base/result.hpp"
#include "shared/ledger/store.hpp"

namespace wattle::cloud {

class HeadsFile {
 public:
  /// A file that is not there knows of nothing.
  static Result<HeadsFile> load(std::string path);

  /// Notes what a durable commit has done; whether the file should be written at once, since a stream went back on purpose.
  bool note(const Commit& commit);
  Result<void> write();
  bool is_behind(const StoreReader& store) const;
  /// Takes the database's word for everything: after a rollback has been noticed.
  void follow(const StoreReader& store);

 private:
  explicit HeadsFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::map<StreamId, std::uint64_t> heads_;
  bool changed_ = false;
};

}  // namespace wattle::cloud
