#include "cloud/gateway/site_keys.hpp"

#include <filesystem>

#include "cloud/gateway/errors.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/files.hpp"

namespace wattle::cloud {
namespace {

constexpr std::array<std::string_view, 3> names = {"signing ", "sealing ", "codes "};
constexpr std::size_t keys_bytes_max = 4096;

}  // namespace

SiteKeys::SiteKeys(const std::array<Seed, 3>& seeds)
    : signer_(std::make_unique<SodiumSigner>(seeds[0])), box_(std::make_unique<SodiumBox>(seeds[1])), codes_(seeds[2]) {}

SiteKeys::~SiteKeys() { wipe(codes_); }

Result<void> SiteKeys::make(const std::string& path) {
  if (std::filesystem::exists(path)) return WATTLE_FAIL(GatewayErrc::keys);
  std::string text;
  for (const auto name : names) {
    Seed seed{};
    fill_random(seed);
    text += std::string(name) + to_hex(seed) + '\n';
    wipe(seed);
  }
  return write_file(path, text, FileAccess::owner_only);
}

Result<SiteKeys> SiteKeys::load(const std::string& path) {
  const auto text = read_file(path, keys_bytes_max);
  if (!text) return text.error();
  std::string_view rest = *text;
  std::array<Seed, 3> seeds{};
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (!rest.starts_with(names[i])) return WATTLE_FAIL(GatewayErrc::keys);
    const auto bytes = from_hex(rest.substr(names[i].size(), 2 * seed_bytes));
    const auto line = names[i].size() + 2 * seed_bytes;
    if (bytes.size() != seed_bytes || rest.size() <= line || rest[line] != '\n') return WATTLE_FAIL(GatewayErrc::keys);
    std::copy(bytes.begin(), bytes.end(), seeds[i].begin());
    rest.remove_prefix(line + 1);
  }
  if (!rest.empty()) return WATTLE_FAIL(GatewayErrc::keys);
  SiteKeys keys(seeds);
  for (auto& seed : seeds) wipe(seed);
  return keys;
}

Digest SiteKeys::derive(std::string_view label, SiteId site, Holder holder) const {
  Bytes bytes;
  Writer write(bytes);
  write.raw(codes_);
  write.blob(view(label));
  write.u32(site.value);
  write.u32(holder.edge.value);
  write.u32(holder.incarnation.value);
  const auto digest = SodiumCrypto().hash(bytes);
  wipe(bytes);
  return digest;
}

CodeKey SiteKeys::code_key(SiteId site, Holder holder) const { return derive("offline codes", site, holder).bytes; }
Seed SiteKeys::privacy_key(SiteId site) const { return derive("persons", site, cloud_holder).bytes; }
ClaimKey SiteKeys::claim_key(SiteId site) const { return derive("claim codes", site, cloud_holder).bytes; }

}  // namespace wattle::cloud
