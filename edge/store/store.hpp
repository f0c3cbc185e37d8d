#pragma once
// The box's store: the shared one, fitted to little memory and to flash.

#include "shared/store/ledger_store.hpp"

namespace wattle::edge {

inline constexpr std::int64_t cache_kib = 512;      // with SQLite's own needs well below 4 MB
inline constexpr int checkpoint_after_pages = 256;  // 1 MB of log; each page is then written once for many commits

/// Makes the file and its folder if they are not there.
Result<std::unique_ptr<LedgerStore>> open_store(const std::string& path);
/// Makes and changes nothing. StoreErrc::schema: it was written by another version.
Result<std::unique_ptr<LedgerStore>> look_at_store(const std::string& path);

}  // namespace wattle::edge
