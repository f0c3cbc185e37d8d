#pragma once
// One writer a store: SQLite would let two processes take turns, but each core believes that it alone appends.

#include <string>
#include <utility>

#include "shared/store/errors.hpp"

namespace wattle {

class LockFile {
 public:
  /// Held until destruction or the process's end, however it ends. `store.busy` if another holds it.
  static Result<LockFile> take(const std::string& path);

  LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace wattle
