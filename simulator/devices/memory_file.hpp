#pragma once
// The meters' non-volatile memory: a line of fixed length a circuit, rewritten in place before each answer. What was once shown
// to a master is therefore in the file when the process is killed, and no register runs backwards. (Not synced: a power cut of
// the machine that simulates is nothing to be simulated here.)

#include <map>
#include <string>

#include "simulator/devices/virtual_meter.hpp"

namespace wattle::sim {

class MemoryFile {
 public:
  /// Opens or creates.
  static Result<MemoryFile> open(const std::string& path);
  MemoryFile(MemoryFile&& other) noexcept;
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile();

  /// Empty for a meter that the file does not know.
  MeterMemory find(MeterId number) const;
  Result<void> store(MeterId number, const MeterMemory& memory);

 private:
  struct Meter {
    std::size_t first_line = 0;  // its circuits follow each other
    MeterMemory memory;
  };
  explicit MemoryFile(int fd) : fd_(fd) {}

  int fd_;
  std::map<MeterId, Meter> meters_;
  std::size_t lines_ = 0;
};

}  // namespace wattle::sim
