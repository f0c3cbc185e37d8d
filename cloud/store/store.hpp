#pragma once
// A site's store on one machine: the shared one, with room for many boxes.

#include "shared/store/ledger_store.hpp"

namespace wattle::cloud {

inline constexpr std::int64_t cache_kib = 64 * 1024;
inline constexpr int checkpoint_after_pages = 4000;

/// Makes the file and its folder if they are not there.
Result<std::unique_ptr<LedgerStore>> open_store(const std::string& path);

/// Beside the process that writes, or on a backup: stays at the moment of opening.
Result<std::unique_ptr<LedgerStore>> open_to_read(const std::string& path);

}  // namespace wattle::cloud
