#include <filesystem>
#include <iostream>

#include "cloud/api/base62.hpp"
#include "cloud/commands.hpp"
#include "cloud/gateway/claim_code.hpp"
#include "cloud/gateway/site_keys.hpp"
#include "cloud/store/accounts.hpp"
#include "cloud/store/sqlite_registry.hpp"
#include "shared/crypto/password.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/files.hpp"
#include "shared/store/folder.hpp"
#include "shared/store/lock_file.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t token_file_max = 4096;

void say(const std::string& what) { std::cout << what << '\n'; }

int make_keys(const CloudConfig& config) {
  if (std::filesystem::exists(config.keys_file)) {
    if (const auto keys = SiteKeys::load(config.keys_file); !keys)
      return end_with(exit_keys, config.keys_file + ": " + keys.error().message());
    return exit_ok;
  }
  // New keys beside an old store would lock every box of the site out.
  if (std::filesystem::exists(config.store))
    return end_with(exit_keys,
                    "there is a store but no " + config.keys_file + ": put the site's keys back from their safe place");
  if (const auto folder = make_folder_of(config.keys_file); !folder)
    return end_with(exit_machine, config.keys_file + ": " + folder.error().message());
  if (const auto made = SiteKeys::make(config.keys_file); !made)
    return end_with(exit_machine, config.keys_file + ": " + made.error().message());
  say("made " + config.keys_file + " (keep a copy of it and of " + config.pki_folder + "/ca.key in a safe place)");
  return exit_ok;
}

int make_certificates(const CloudConfig& config) {
  const auto now = wall_clock();
  if (const auto folder = make_folder_of(config.pki_folder + "/ca.key"); !folder)
    return end_with(exit_machine, folder.error().message());
  const auto authority = Authority::open(config.pki_folder, config.site_name, now);
  if (!authority) return end_with(exit_keys, config.pki_folder + ": " + authority.error().message());
  const auto broker = ensure_server_files(*authority, config.pki_folder, "broker", config.broker_names, now);
  if (!broker) return end_with(exit_machine, broker.error().message());
  const auto client = ensure_client_files(*authority, config.pki_folder, broker_client_name, now);
  if (!client) return end_with(exit_machine, client.error().message());
  say("certificates in " + config.pki_folder + "; CA fingerprint " + authority->fingerprint());
  return exit_ok;
}

int make_tokens(const CloudConfig& config) {
  for (const auto& token : config.tokens) {
    if (std::filesystem::exists(token.file)) continue;
    if (const auto folder = make_folder_of(token.file); !folder) return end_with(exit_machine, folder.error().message());
    const auto text = api::base62(random_uid()) + api::base62(random_uid()) + '\n';
    if (const auto made = write_file(token.file, text, FileAccess::owner_only); !made)
      return end_with(exit_machine, token.file + ": " + made.error().message());
    say("made the token " + token.name + " in " + token.file);
  }
  return exit_ok;
}

bool has_admin(const Registry& registry) { return !list<User>(registry, {{"role", std::string("admin")}}, 1).empty(); }

/// The first who can give rights to others. Later admins are made by him; init makes no second one. A registry is written by
/// nobody beside a cloud that runs.
int make_first_admin(const CloudConfig& config) {
  if (std::filesystem::exists(config.registry)) {
    const auto registry = SqliteRegistry::open_to_read(config.registry, config.site);
    if (registry && has_admin(**registry)) return exit_ok;
  }
  if (const auto folder = make_folder_of(config.store); !folder)
    return end_with(exit_machine, config.store + ": " + folder.error().message());
  const auto alone = LockFile::take(config.store + ".lock");
  if (!alone) return end_with(exit_store, config.store + ": " + alone.error().message() + remedy_of(alone.error()));
  const auto at_once = [](const std::function<void()>& job) { job(); };
  const auto registry = SqliteRegistry::open(config.registry, config.site, at_once);
  if (!registry) return end_with(exit_store, config.registry + ": " + registry.error().message());
  if (has_admin(**registry)) return exit_ok;
  const auto password = api::base62(random_uid());
  PasswordSalt salt{};
  fill_random(salt);
  const User admin{"admin", "admin", 0, false, hash_password(password, salt), wall_clock().micros};
  if (admin.password.empty()) return end_with(exit_machine, "there is no memory to work a password out");
  if (const auto folder = make_folder_of(config.first_admin); !folder)
    return end_with(exit_machine, config.first_admin + ": " + folder.error().message());
  // The file first: a user whose password nobody knows could not be made again.
  if (const auto made = write_file(config.first_admin, password + '\n', FileAccess::owner_only); !made)
    return end_with(exit_machine, config.first_admin + ": " + made.error().message());
  put(**registry, admin);
  say("made the user admin; the password is in " + config.first_admin + " (log in, change it, and remove the file)");
  return exit_ok;
}

}  // namespace

Result<std::string> read_token(const std::string& file) {
  auto text = read_file(file, token_file_max);
  if (!text) return text.error();
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return text;
}

int init(const CloudConfig& config) {
  for (const auto step : {make_keys, make_certificates, make_tokens, make_first_admin})
    if (const int code = step(config); code != exit_ok) return code;
  return exit_ok;
}

int print_claim_code(const CloudConfig& config, EdgeId slot, Duration valid) {
  const auto keys = SiteKeys::load(config.keys_file);
  if (!keys) return end_with(exit_keys, config.keys_file + ": " + keys.error().message());
  const auto authority = Authority::load(config.pki_folder);
  if (!authority) return end_with(exit_keys, config.pki_folder + ": " + authority.error().message());
  const auto expires = (wall_clock() + valid).micros / minutes(1).micros;
  const ClaimCode code{slot, static_cast<std::uint32_t>(expires), random_u64()};
  std::cout << make_claim_code(SodiumCrypto(), keys->claim_key(config.site), code, authority->fingerprint()) << '\n';
  return exit_ok;
}

}  // namespace wattle::cloud
