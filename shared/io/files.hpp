#pragma once
// Small whole files: configuration, keys, certificates.

#include <cstddef>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace wattle {

enum class FileAccess { everyone_reads, owner_only };

Result<std::string> read_file(const std::string& path, std::size_t limit);

/// Written beside the old file, synced, and renamed over it, so that a crash leaves the old or the new one whole. A file for
/// its owner only (mode 0600) never exists with wider rights, not even for a moment.
Result<void> write_file(const std::string& path, std::string_view content, FileAccess access);

}  // namespace wattle
