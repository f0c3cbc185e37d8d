#include <sys/stat.h>

#include "cloud/pki/authority.hpp"
#include "shared/io/files.hpp"

namespace wattle {
namespace {

template <class Issue>
Result<void> ensure_files(const std::string& stem, const Issue& issue) {
  struct stat found {};
  if (::stat((stem + ".crt").c_str(), &found) == 0 && ::stat((stem + ".key").c_str(), &found) == 0) return {};
  const auto key = TlsKey::make();
  if (!key) return key.error();
  const Result<Certificate> made = issue(*key);
  if (!made) return made.error();
  if (auto done = write_file(stem + ".key", key->pem(), FileAccess::owner_only); !done) return done;
  return write_file(stem + ".crt", made->pem, FileAccess::everyone_reads);
}

}  // namespace

Result<void> ensure_server_files(const Authority& authority, const std::string& folder, std::string_view name,
                                 const ServerNames& names, Instant now) {
  return ensure_files(folder + '/' + std::string(name),
                      [&](const TlsKey& key) { return authority.issue_server(key, names, now); });
}

Result<void> ensure_client_files(const Authority& authority, const std::string& folder, std::string_view common_name,
                                 Instant now) {
  return ensure_files(folder + '/' + std::string(common_name),
                      [&](const TlsKey& key) { return authority.issue_client(key, common_name, now); });
}

}  // namespace wattle
