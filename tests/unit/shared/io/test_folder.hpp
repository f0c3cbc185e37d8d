#pragma once
// A folder of the test's own, gone with it.

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "shared/base/check.hpp"

namespace wattle::test {

class Folder {
 public:
  Folder() {
    auto name = (std::filesystem::temp_directory_path() / "wattle-test-XXXXXX").string();
    WATTLE_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;  // what a broker may still hold open is cleared with the machine's temporary folder
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path(std::string_view name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace wattle::test
