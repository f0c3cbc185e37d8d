#include "edge/io/boot_id.hpp"

#include "shared/io/files.hpp"

namespace wattle::edge {
namespace {

constexpr const char* kernel_boot_id = "/proc/sys/kernel/random/boot_id";
constexpr std::size_t id_bytes_max = 64;

}  // namespace

Result<Boot> machine_boot(const std::string& folder) {
  const auto path = folder + "/boot_id";
  const auto present = read_file(kernel_boot_id, id_bytes_max);
  if (!present) return Boot::unknown;
  const auto noted = read_file(path, id_bytes_max);
  if (noted && *noted == *present) return Boot::same;
  if (const auto written = write_file(path, *present, FileAccess::owner_only); !written) return written.error();
  return noted ? Boot::other : Boot::unknown;
}

}  // namespace wattle::edge
