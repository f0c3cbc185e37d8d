#include "cloud/pki/authority.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "cloud/pki/errors.hpp"
#include "cloud/pki/openssl.hpp"
#include "shared/base/bytes.hpp"
#include "shared/io/files.hpp"

namespace wattle {
namespace {

using namespace openssl;

constexpr std::size_t pem_limit = 64 * 1024;
constexpr std::size_t longest_name = 64;  // ub-common-name of RFC 5280, appendix A
constexpr int serial_bits = 127;          // positive, at most 20 octets (RFC 5280 §4.1.2.2), and never the same twice

// A box without a battery clock boots in 1970 and must still reach its broker; the pinned root makes an early start harmless.
constexpr Instant valid_from{0};

struct Profile {
  std::string_view common_name;
  Duration lifetime;
  std::vector<std::pair<int, std::string>> extensions;
};

bool fit_name(std::string_view name) {
  const auto fit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           c == ' ';
  };
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), fit);
}

/// The user name at the broker becomes a level of topics.
bool fit_client(std::string_view name) { return fit_name(name) && name.find_first_of(". ") == std::string_view::npos; }

bool set_serial(X509* certificate) {
  const BigNumber number(BN_new());
  return number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509_NAME* name, std::string_view text) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

/// issuer null: self-signed.
Result<std::shared_ptr<X509>> make_certificate(const Profile& profile, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                                               Instant now) {
  const std::shared_ptr<X509> made(X509_new(), &X509_free);
  auto* subject = X509_get_subject_name(made.get());
  bool right = X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) &&
               set_name(subject, profile.common_name) &&
               X509_set_issuer_name(made.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer)) == 1 &&
               set_time(X509_getm_notBefore(made.get()), valid_from) &&
               set_time(X509_getm_notAfter(made.get()), now + profile.lifetime) && X509_set_pubkey(made.get(), key) == 1;
  for (const auto& [nid, value] : profile.extensions) {
    right = right && add_extension(made.get(), issuer == nullptr ? made.get() : issuer, nid, value);
  }
  if (!right || X509_sign(made.get(), issuer_key, EVP_sha256()) == 0) return WATTLE_FAIL(PkiErrc::failed);
  return made;
}

Certificate describe(X509* certificate) {
  Certificate out;
  out.pem = to_pem(certificate);
  out.serial = serial_text(X509_get0_serialNumber(certificate));
  std::array<char, longest_name + 1> name{};
  if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size()) > 0) {
    out.common_name = name.data();
  }
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1) {
    out.not_after = {static_cast<std::int64_t>(timegm(&end)) * 1'000'000};
  }
  return out;
}

bool on_p256(EVP_PKEY* key) {
  std::array<char, 32> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == SN_X9_62_prime256v1;
}

}  // namespace

Result<Certificate> parse_certificate(std::string_view pem) {
  const auto certificate = pem.size() > pem_limit ? nullptr : parse_x509(pem);
  if (!certificate) return WATTLE_FAIL(PkiErrc::bad_certificate);
  return describe(certificate.get());
}

Authority::Authority(TlsKey key, std::shared_ptr<x509_st> root, std::string pem, const PkiLifetimes& lifetimes)
    : key_(std::move(key)), root_(std::move(root)), pem_(std::move(pem)), lifetimes_(lifetimes) {}

Result<Authority> Authority::create(std::string_view site_name, Instant now, const PkiLifetimes& lifetimes) {
  if (!fit_name(site_name)) return WATTLE_FAIL(PkiErrc::bad_name);
  auto key = TlsKey::make();
  if (!key) return key.error();
  const Profile profile{site_name,
                        lifetimes.authority,
                        {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                         {NID_key_usage, "critical,keyCertSign,cRLSign"},
                         {NID_subject_key_identifier, "hash"}}};
  auto root = make_certificate(profile, key->get(), nullptr, key->get(), now);
  if (!root) return root.error();
  auto pem = to_pem(root->get());
  return Authority(*std::move(key), *std::move(root), std::move(pem), lifetimes);
}

Result<Authority> Authority::load(const std::string& folder, const PkiLifetimes& lifetimes) {
  auto pem = read_file(folder + "/ca.crt", pem_limit);
  if (!pem) return pem.error();
  const auto key_pem = read_file(folder + "/ca.key", pem_limit);
  if (!key_pem) return key_pem.error();
  auto root = parse_x509(*pem);
  if (!root) return WATTLE_FAIL(PkiErrc::bad_certificate);
  auto key = TlsKey::parse(*key_pem);
  if (!key) return key.error();
  if (X509_check_private_key(root.get(), key->get()) != 1) return WATTLE_FAIL(PkiErrc::wrong_key);
  return Authority(*std::move(key), std::move(root), *std::move(pem), lifetimes);
}

Result<Authority> Authority::open(const std::string& folder, std::string_view site_name, Instant now,
                                  const PkiLifetimes& lifetimes) {
  struct stat found {};
  // The certificate is written last: with it the authority is whole.
  if (::stat((folder + "/ca.crt").c_str(), &found) == 0) return load(folder, lifetimes);
  auto made = create(site_name, now, lifetimes);
  if (!made) return made.error();
  if (const auto saved = made->save(folder, now); !saved) return saved.error();
  return made;
}

Result<void> Authority::save(const std::string& folder, Instant now) const {
  const auto list = revocation_list({}, 1, now);
  if (!list) return list.error();
  if (auto done = write_file(folder + "/ca.key", key_.pem(), FileAccess::owner_only); !done) return done;
  if (auto done = write_file(folder + "/ca.crl", *list, FileAccess::everyone_reads); !done) return done;
  return write_file(folder + "/ca.crt", pem_, FileAccess::everyone_reads);
}

std::string Authority::fingerprint() const {
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (X509_digest(root_.get(), EVP_sha256(), digest.data(), &size) != 1) return {};
  digest.resize(size);
  return to_hex(digest);
}

Result<Certificate> Authority::issue_server(const TlsKey& key, const ServerNames& names, Instant now) const {
  std::string alternatives;
  const auto append = [&](std::string_view kind, const std::string& value) {
    if (!alternatives.empty()) alternatives += ',';
    alternatives += std::string(kind) + ':' + value;
  };
  for (const auto& host : names.hosts) append("DNS", host);
  for (const auto& address : names.addresses) append("IP", address);
  const auto plain = [](const std::string& text) { return text.find_first_of(",:;= \n") == std::string::npos; };
  if (names.hosts.empty() || !fit_name(names.hosts[0]) || !std::all_of(names.hosts.begin(), names.hosts.end(), plain) ||
      !std::all_of(names.addresses.begin(), names.addresses.end(), plain)) {
    return WATTLE_FAIL(PkiErrc::bad_name);
  }
  const Profile profile{names.hosts[0],
                        lifetimes_.server,
                        {{NID_basic_constraints, "critical,CA:FALSE"},
                         {NID_key_usage, "critical,digitalSignature"},
                         {NID_ext_key_usage, "serverAuth"},
                         {NID_authority_key_identifier, "keyid"},
                         {NID_subject_alt_name, alternatives}}};
  const auto made = make_certificate(profile, key.get(), root_.get(), key_.get(), now);
  if (!made) return made.error();
  return describe(made->get());
}

namespace {

Result<Certificate> issue_for(EVP_PKEY* key, std::string_view common_name, Duration lifetime, X509* root, EVP_PKEY* root_key,
                              Instant now) {
  if (!fit_client(common_name)) return WATTLE_FAIL(PkiErrc::bad_name);
  const Profile profile{common_name,
                        lifetime,
                        {{NID_basic_constraints, "critical,CA:FALSE"},
                         {NID_key_usage, "critical,digitalSignature"},
                         {NID_ext_key_usage, "clientAuth"},
                         {NID_authority_key_identifier, "keyid"}}};
  const auto made = make_certificate(profile, key, root, root_key, now);
  if (!made) return made.error();
  return describe(made->get());
}

}  // namespace

Result<Certificate> Authority::issue_client(const TlsKey& key, std::string_view common_name, Instant now) const {
  return issue_for(key.get(), common_name, lifetimes_.client, root_.get(), key_.get(), now);
}

Result<Certificate> Authority::sign_request(std::string_view request_pem, std::string_view common_name, Instant now) const {
  const auto bio = request_pem.size() > pem_limit ? nullptr : reading(request_pem);
  if (!bio) return WATTLE_FAIL(PkiErrc::bad_request);
  const Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  auto* key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
  // The request's own signature proves that the sender has the key.
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) return WATTLE_FAIL(PkiErrc::bad_request);
  if (!on_p256(key)) return WATTLE_FAIL(PkiErrc::weak_key);
  return issue_for(key, common_name, lifetimes_.client, root_.get(), key_.get(), now);
}

Result<std::string> Authority::revocation_list(const std::vector<Revocation>& revoked, std::uint64_t number,
                                               Instant now) const {
  const RevocationList list(X509_CRL_new());
  const Time time(ASN1_TIME_new());
  bool right = X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
               X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(root_.get())) == 1 &&
               set_time(time.get(), valid_from) && X509_CRL_set1_lastUpdate(list.get(), time.get()) == 1 &&
               set_time(time.get(), now + lifetimes_.revocations) && X509_CRL_set1_nextUpdate(list.get(), time.get()) == 1;
  for (const auto& one : revoked) {
    BIGNUM* parsed = nullptr;
    const int digits = BN_hex2bn(&parsed, one.serial.c_str());
    const BigNumber value(parsed);
    if (digits == 0 || static_cast<std::size_t>(digits) != one.serial.size()) return WATTLE_FAIL(PkiErrc::bad_name);
    const Integer serial(BN_to_ASN1_INTEGER(value.get(), nullptr));
    Revoked entry(X509_REVOKED_new());
    right = right && set_time(time.get(), one.since) && X509_REVOKED_set_serialNumber(entry.get(), serial.get()) == 1 &&
            X509_REVOKED_set_revocationDate(entry.get(), time.get()) == 1 &&
            X509_CRL_add0_revoked(list.get(), entry.get()) == 1;
    if (right) static_cast<void>(entry.release());  // now the list's
  }
  const Integer sequence(ASN1_INTEGER_new());
  const Bio bio(BIO_new(BIO_s_mem()));
  right = right && ASN1_INTEGER_set_uint64(sequence.get(), number) == 1 &&
          X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, sequence.get(), 0, 0) == 1 && X509_CRL_sort(list.get()) == 1 &&
          X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0 && PEM_write_bio_X509_CRL(bio.get(), list.get()) == 1;
  if (!right) return WATTLE_FAIL(PkiErrc::failed);
  return content(bio);
}

}  // namespace wattle
