#include "simulator/devices/memory_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <utility>

namespace wattle::sim {
namespace {

// "unit number microjoules relay\n"
constexpr std::size_t line_size = 3 + 1 + 12 + 1 + 20 + 1 + 1 + 1;
using Text = std::array<char, line_size + 1>;

Error last_error() { return {errno, boost::system::generic_category()}; }
Error damaged() { return {EINVAL, boost::system::generic_category()}; }

bool parse(const Text& text, MemoryFile::Entry& entry) {
  unsigned unit = 0;
  int relay = 0;
  int used = 0;
  const int fields = std::sscanf(text.data(), "%3u %12" SCNu64 " %20" SCNd64 " %1d\n%n", &unit, &entry.number.value,
                                 &entry.memory.microjoules, &relay, &used);
  entry.unit = static_cast<std::uint8_t>(unit);
  entry.memory.relay_closed = relay == 1;
  return fields == 4 && used == static_cast<int>(line_size) && unit <= modbus_rtu::max_unit && entry.memory.microjoules >= 0;
}

}  // namespace

Result<MemoryFile> MemoryFile::open(const std::string& path) {
  MemoryFile file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (file.fd_ < 0) return last_error();
  for (std::size_t unit = 0; unit <= modbus_rtu::max_unit; ++unit) {
    Text text{};
    const auto size = pread(file.fd_, text.data(), line_size, static_cast<off_t>(unit * line_size));
    if (size < 0) return last_error();
    if (size == 0) break;
    if (text[0] == '\0') continue;  // a hole: no meter had this address
    Entry entry;
    if (size != static_cast<ssize_t>(line_size) || !parse(text, entry) || entry.unit != unit) return damaged();
    file.entries_.push_back(entry);
  }
  return file;
}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), entries_(std::move(other.entries_)) {}

MemoryFile::~MemoryFile() {
  if (fd_ >= 0) close(fd_);
}

Result<void> MemoryFile::store(const Entry& entry) {
  Text text{};
  std::snprintf(text.data(), text.size(), "%3u %12" PRIu64 " %20" PRId64 " %d\n", static_cast<unsigned>(entry.unit),
                entry.number.value, entry.memory.microjoules, entry.memory.relay_closed ? 1 : 0);
  const auto written = pwrite(fd_, text.data(), line_size, static_cast<off_t>(entry.unit * line_size));
  if (written != static_cast<ssize_t>(line_size)) return last_error();
  return {};
}

}  // namespace wattle::sim
