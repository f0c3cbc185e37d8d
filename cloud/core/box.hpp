#pragma once
// One incarnation as the site holds it: its link and its session.

#include "cloud/core/site.hpp"

namespace wattle::cloud {

struct Site::Box {
  Box(SiteId site, const BoxRow& row, const StoreReader& store, const Crypto& crypto, const Signer& signer, Entropy& entropy)
      : link(End::cloud, site, row.holder, store, crypto, signer, row.key), session(link, entropy, entropy.word()) {}
  Link link;
  Session session;
  std::uint64_t countersigned = 0;  // the newest settlement that is known to have its answer
};

}  // namespace wattle::cloud
