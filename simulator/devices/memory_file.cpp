#include "simulator/devices/memory_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "shared/io/errors.hpp"

namespace wattle::sim {
namespace {

// "number circuit microjoules relay thousandths total count price used cut\n"; the last six are its purse's
constexpr std::size_t line_size = 12 + 1 + 1 + 1 + 20 + 1 + 1 + (1 + 20) + (1 + 20) + (1 + 10) + (1 + 20) + (1 + 20) + 2 + 1;
using Text = std::array<char, line_size + 1>;

struct Line {
  MeterId number;
  unsigned circuit = 0;
  CircuitMemory memory;
};

Error damaged() { return {EINVAL, boost::system::generic_category()}; }

bool parse(const Text& text, Line& line) {
  int relay = 0;
  int cut = 0;
  int used = 0;
  auto& purse = line.memory.purse;
  const int fields = std::sscanf(text.data(),
                                 "%12" SCNu64 " %1u %20" SCNd64 " %1d %20" SCNd64 " %20" SCNd64 " %10" SCNu32 " %20" SCNd64
                                 " %20" SCNd64 " %1d\n%n",
                                 &line.number.value, &line.circuit, &line.memory.microjoules, &relay, &purse.thousandths,
                                 &purse.total, &purse.count, &purse.price, &purse.used, &cut, &used);
  line.memory.relay_closed = relay == 1;
  purse.is_cut = cut == 1;
  return fields == 10 && used == static_cast<int>(line_size) && line.memory.microjoules >= 0;
}

}  // namespace

Result<MemoryFile> MemoryFile::open(const std::string& path) {
  MemoryFile file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (file.fd_ < 0) return last_error();
  for (;; ++file.lines_) {
    Text text{};
    const auto size = pread(file.fd_, text.data(), line_size, static_cast<off_t>(file.lines_ * line_size));
    if (size < 0) return last_error();
    if (size == 0) return file;
    Line line;
    if (size != static_cast<ssize_t>(line_size) || !parse(text, line)) return damaged();
    auto& meter = file.meters_[line.number];
    if (meter.memory.empty()) meter.first_line = file.lines_;
    if (line.circuit != meter.memory.size() || line.circuit != file.lines_ - meter.first_line) return damaged();
    meter.memory.push_back(line.memory);
  }
}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), meters_(std::move(other.meters_)), lines_(other.lines_) {}

MemoryFile::~MemoryFile() {
  if (fd_ >= 0) close(fd_);
}

MeterMemory MemoryFile::find(MeterId number) const {
  const auto at = meters_.find(number);
  return at == meters_.end() ? MeterMemory{} : at->second.memory;
}

Result<void> MemoryFile::store(MeterId number, const MeterMemory& memory) {
  auto [at, fresh] = meters_.try_emplace(number);
  if (fresh) at->second.first_line = std::exchange(lines_, lines_ + memory.size());
  if (!fresh && memory.size() != at->second.memory.size()) return damaged();
  at->second.memory = memory;
  std::string all;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    Text text{};
    const auto& purse = memory[i].purse;
    std::snprintf(text.data(), text.size(),
                  "%12" PRIu64 " %u %20" PRId64 " %d %20" PRId64 " %20" PRId64 " %10" PRIu32 " %20" PRId64 " %20" PRId64
                  " %d\n",
                  number.value, static_cast<unsigned>(i), memory[i].microjoules, memory[i].relay_closed ? 1 : 0,
                  purse.thousandths, purse.total, purse.count, purse.price, purse.used, purse.is_cut ? 1 : 0);
    all += text.data();
  }
  const auto written = pwrite(fd_, all.data(), all.size(), static_cast<off_t>(at->second.first_line * line_size));
  if (written != static_cast<ssize_t>(all.size())) return last_error();
  return {};
}

}  // namespace wattle::sim
