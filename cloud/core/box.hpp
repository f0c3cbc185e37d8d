#pragma once
// One incarnation as the site holds it: its link and its session.

#include "cloud/core/site.hpp"

namespace wattle::cloud {

struct Site::Box {
  Box(SiteId site, const BoxRow& row, const StoreReader& store, const Crypto& crypto, const Signer& signer, Entropy& entropy)
      : link(End::cloud, site, row.holder, store, crypto, signer, row.key), session(link, entropy, entropy.word()) {}
  Link link;
  Session session;
};

}  // namespace wattle::cloud
