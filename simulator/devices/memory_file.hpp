#pragma once
// The meters' non-volatile memory: a line of fixed length a meter, rewritten in place before each answer. What was once shown
// to a master is therefore in the file when the process is killed, and no register runs backwards. (Not synced: a power cut of
// the machine that simulates is nothing to be simulated here.)

#include <string>
#include <vector>

#include "simulator/devices/virtual_meter.hpp"

namespace wattle::sim {

class MemoryFile {
 public:
  struct Entry {
    std::uint8_t unit = 0;
    MeterId number;
    MeterMemory memory;
  };

  /// Opens or creates. Entries are empty when the file is new.
  static Result<MemoryFile> open(const std::string& path);
  MemoryFile(MemoryFile&& other) noexcept;
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile();

  const std::vector<Entry>& entries() const { return entries_; }
  Result<void> store(const Entry& entry);

 private:
  explicit MemoryFile(int fd) : fd_(fd) {}
  int fd_;
  std::vector<Entry> entries_;
};

}  // namespace wattle::sim
