#pragma once
// The site's own secrets: one small file, 0600, made once by `wattle-cloud init` and kept in a safe place besides (its loss
// would mean to fence and claim every box anew; see docs/operating/cloud.md). No database holds them.

#include <memory>
#include <string>

#include "shared/crypto/offline_code.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/crypto/sodium_crypto.hpp"

namespace wattle::cloud {

using ClaimKey = std::array<std::uint8_t, 32>;

class SiteKeys {
 public:
  /// Writes new secrets; a file that is there already is never touched and is an error.
  static Result<void> make(const std::string& path);
  static Result<SiteKeys> load(const std::string& path);
  explicit SiteKeys(const std::array<Seed, 3>& seeds);  // signing, sealing, codes
  SiteKeys(SiteKeys&&) = default;
  ~SiteKeys();

  const Signer& signer() const { return *signer_; }
  const SodiumBox& box() const { return *box_; }
  /// Both are derived, so that a restored database cannot have forgotten one.
  CodeKey code_key(SiteId site, Holder holder) const;
  ClaimKey claim_key(SiteId site) const;
  /// For what the register holds of persons.
  Seed privacy_key(SiteId site) const;

 private:
  Digest derive(std::string_view label, SiteId site, Holder holder) const;

  std::unique_ptr<SodiumSigner> signer_;
  std::unique_ptr<SodiumBox> box_;
  Seed codes_;
};

}  // namespace wattle::cloud
