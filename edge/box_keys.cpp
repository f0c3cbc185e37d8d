#include "edge/box_keys.hpp"

#include <algorithm>
#include <filesystem>

#include "shared/io/entropy.hpp"
#include "shared/io/files.hpp"
#include "shared/io/tls_key.hpp"

namespace wattle::edge {
namespace {

constexpr std::size_t key_file_bytes_max = 8192;

bool is_there(const std::string& path) {
  std::error_code ignored;  // a file that cannot even be looked at is found unreadable a moment later
  return std::filesystem::symlink_status(path, ignored).type() != std::filesystem::file_type::not_found;
}

/// The file's bytes; made by `make` when there is none.
template <class Make>
Result<std::string> read_or_make(const std::string& path, Make make) {
  if (is_there(path)) {
    auto content = read_file(path, key_file_bytes_max);
    if (!content) return WATTLE_FAIL(ClaimErrc::keys);
    return content;
  }
  const Result<std::string> made = make();
  if (!made) return made.error();
  if (const auto written = write_file(path, *made, FileAccess::owner_only); !written) return written.error();
  return made;
}

Result<std::string> make_seed() {
  Seed seed{};
  fill_random(seed);
  auto text = to_hex(seed);
  wipe(seed);
  return text;
}

Result<Seed> open_seed(const std::string& path) {
  auto text = read_or_make(path, make_seed);
  if (!text) return text.error();
  auto bytes = from_hex(*text);
  Seed seed{};
  const bool right = bytes.size() == seed.size();
  if (right) std::copy(bytes.begin(), bytes.end(), seed.begin());
  wipe({reinterpret_cast<std::uint8_t*>(text->data()), text->size()});
  wipe(bytes);
  if (!right) return WATTLE_FAIL(ClaimErrc::keys);
  return seed;
}

Result<std::string> make_tls() {
  const auto key = TlsKey::make();
  if (!key) return key.error();
  return key->pem();
}

}  // namespace

bool have_keys(const std::string& folder) {
  return is_there(folder + "/signing.key") && is_there(folder + "/sealing.key") && is_there(folder + "/tls.key");
}

Result<BoxKeys> open_keys(const std::string& folder) {
  start_sodium();
  auto signing = open_seed(folder + "/signing.key");
  if (!signing) return signing.error();
  auto sealing = open_seed(folder + "/sealing.key");
  if (!sealing) return sealing.error();
  BoxKeys keys;
  keys.signer = std::make_unique<SodiumSigner>(*signing);
  keys.sealing = std::make_unique<SodiumBox>(*sealing);
  wipe(*signing);
  wipe(*sealing);
  keys.tls_file = folder + "/tls.key";
  auto tls = read_or_make(keys.tls_file, make_tls);
  if (!tls) return tls.error();
  keys.tls_pem = std::move(*tls);
  if (!TlsKey::parse(keys.tls_pem)) return WATTLE_FAIL(ClaimErrc::keys);
  return keys;
}

}  // namespace wattle::edge
