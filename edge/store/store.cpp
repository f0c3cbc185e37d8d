#include "edge/store/store.hpp"

#include "shared/store/folder.hpp"

namespace wattle::edge {

Result<std::unique_ptr<LedgerStore>> open_store(const std::string& path) {
  if (auto ok = make_folder_of(path); !ok) return ok.error();
  StoreOptions options;
  options.cache_kib = cache_kib;
  options.checkpoint_after_pages = checkpoint_after_pages;
  return LedgerStore::open(path, options);
}

Result<std::unique_ptr<LedgerStore>> look_at_store(const std::string& path) {
  StoreOptions options;
  options.access = Access::read_only;
  options.cache_kib = cache_kib;
  return LedgerStore::open(path, options);
}

}  // namespace wattle::edge
