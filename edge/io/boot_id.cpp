#include "edge/io/boot_id.hpp"

#include "shared/io/files.hpp"

namespace wattle::edge {
namespace {

constexpr const char* kernel_boot_id = "/proc/sys/kernel/random/boot_id";
constexpr std::size_t id_bytes_max = 64;

std::string path_in(const std::string& folder) { return folder + "/boot_id"; }

}  // namespace

Boot machine_boot(const std::string& folder) {
  const auto present = read_file(kernel_boot_id, id_bytes_max);
  const auto noted = read_file(path_in(folder), id_bytes_max);
  if (!present || !noted) return Boot::unknown;
  return *noted == *present ? Boot::same : Boot::other;
}

Result<void> note_boot(const std::string& folder) {
  const auto present = read_file(kernel_boot_id, id_bytes_max);
  return present ? write_file(path_in(folder), *present, FileAccess::owner_only) : Result<void>();
}

}  // namespace wattle::edge
