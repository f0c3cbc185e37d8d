#include "cloud/gateway/restorable.hpp"

#include "cloud/gateway/errors.hpp"
#include "shared/sync/link.hpp"

namespace wattle::cloud {

Result<void> may_go_on(const StoreReader& store, SiteId site, const ListsFile& lists) {
  if (!Site::may_restore(store, lists.lists())) return WATTLE_FAIL(GatewayErrc::older_than_fence);
  for (const auto& promised : lists.promises()) {
    const auto bytes = store.row(Table::link, to_bytes(promised.holder));
    const auto row = bytes ? from_bytes<LinkRow>(*bytes) : std::nullopt;
    if (row && row->fenced) continue;  // nothing is asked back from a box that has ended, and its cut may lie below
    const auto cursor = store.head({site, promised.holder, Direction::up}).number;
    if (cursor < promised.up_cursor || (row ? row->agreed : 0) < promised.down_agreed)
      return WATTLE_FAIL(GatewayErrc::older_than_promised);
  }
  return {};
}

Result<void> may_be_restored(const StoreReader& backup, SiteId site, Instant made, const ListsFile& lists) {
  for (const auto& restore : lists.restores())
    if (restore.from < made && made < restore.at) return WATTLE_FAIL(GatewayErrc::ended_branch);
  return may_go_on(backup, site, lists);
}

}  // namespace wattle::cloud
