#include "cloud/pki/authority.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "cloud/pki/errors.hpp"
#include "cloud/pki/openssl.hpp"
#include "shared/io/files.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle {
namespace {

constexpr Instant now{1'772'000'000'000'000};  // 2026-02-25

using Store = std::unique_ptr<X509_STORE, openssl::Release<X509_STORE_free>>;
using Context = std::unique_ptr<X509_STORE_CTX, openssl::Release<X509_STORE_CTX_free>>;

/// What a TLS peer does with a certificate: X509_V_OK, or the reason against it.
int verify(const std::string& certificate, const std::string& root, const std::string& list, int purpose, Instant at = now,
           const char* address = nullptr) {
  const auto leaf = openssl::parse_x509(certificate);
  const auto top = openssl::parse_x509(root);
  const Store store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), top.get());
  const auto bio = openssl::reading(list);
  const openssl::RevocationList revocations(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
  X509_STORE_add_crl(store.get(), revocations.get());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK);
  const Context context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  auto* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(at.micros / 1'000'000));
  if (address != nullptr) X509_VERIFY_PARAM_set1_ip_asc(parameters, address);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

struct Site {
  Authority authority = *Authority::create("Wattle site 1", now);
  TlsKey key = *TlsKey::make();
  std::string list = *authority.revocation_list({}, 1, now);
};

TEST_CASE("what the authority issues is accepted for its purpose only") {
  const Site site;
  const auto& root = site.authority.certificate();
  const auto server = site.authority.issue_server(site.key, {}, now);
  const auto client = site.authority.issue_client(site.key, "edge-7", now);
  REQUIRE(server.has_value());
  REQUIRE(client.has_value());
  CHECK(client->common_name == "edge-7");
  CHECK(client->not_after == Instant{now.micros} + days(3 * 365));
  CHECK(verify(server->pem, root, site.list, X509_PURPOSE_SSL_SERVER, now, "127.0.0.1") == X509_V_OK);
  CHECK(verify(client->pem, root, site.list, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  CHECK(verify(server->pem, root, site.list, X509_PURPOSE_SSL_SERVER, now, "10.0.0.1") == X509_V_ERR_IP_ADDRESS_MISMATCH);
  CHECK(verify(client->pem, root, site.list, X509_PURPOSE_SSL_SERVER) == X509_V_ERR_INVALID_PURPOSE);
  CHECK(verify(client->pem, root, site.list, X509_PURPOSE_SSL_CLIENT, Instant{0} + days(1)) == X509_V_OK);
  CHECK(verify(client->pem, root, site.list, X509_PURPOSE_SSL_CLIENT, now + days(4 * 365)) == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("another site's certificate is not accepted") {
  const Site site;
  const Site other;
  const auto client = other.authority.issue_client(other.key, "edge-7", now);
  CHECK(verify(client->pem, site.authority.certificate(), site.list, X509_PURPOSE_SSL_CLIENT) != X509_V_OK);
  CHECK(site.authority.fingerprint() != other.authority.fingerprint());
  CHECK(site.authority.fingerprint().size() == 64);
}

TEST_CASE("a box's request gets the name that the cloud gives") {
  const Site site;
  const auto request = site.key.request("cloud");
  REQUIRE(request);
  const auto signed_ = site.authority.sign_request(*request, "edge-7", now);
  REQUIRE(signed_.has_value());
  CHECK(signed_->common_name == "edge-7");
  CHECK(verify(signed_->pem, site.authority.certificate(), site.list, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  const auto leaf = openssl::parse_x509(signed_->pem);
  CHECK(X509_check_private_key(leaf.get(), site.key.get()) == 1);
}

TEST_CASE("bad requests and names are refused") {
  const Site site;
  const auto refused = [&](const std::string& request, std::string_view name) {
    const auto result = site.authority.sign_request(request, name, now);
    REQUIRE_FALSE(result.has_value());
    return result.error();
  };
  const auto good = *site.key.request("edge-7");
  CHECK(refused("", "edge-7") == PkiErrc::bad_request);
  CHECK(refused("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "edge-7") ==
        PkiErrc::bad_request);
  CHECK(refused(std::string(100'000, 'x'), "edge-7") == PkiErrc::bad_request);
  CHECK(refused(good, "") == PkiErrc::bad_name);
  CHECK(refused(good, "edge/7") == PkiErrc::bad_name);
  CHECK(refused(good, "edge.7") == PkiErrc::bad_name);
  CHECK(refused(good, "#") == PkiErrc::bad_name);
  CHECK(refused(good, std::string(65, 'e')) == PkiErrc::bad_name);
  CHECK(Authority::create("a\nb", now).error() == PkiErrc::bad_name);
  CHECK(site.authority.issue_server(site.key, {{"localhost,IP:1.2.3.4"}, {}}, now).error() == PkiErrc::bad_name);
  CHECK(parse_certificate("x").error() == PkiErrc::bad_certificate);

  const openssl::Key rsa(EVP_RSA_gen(2048));
  const openssl::Request weak(X509_REQ_new());
  X509_REQ_set_pubkey(weak.get(), rsa.get());
  X509_REQ_sign(weak.get(), rsa.get(), EVP_sha256());
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(bio.get(), weak.get());
  CHECK(refused(openssl::content(bio), "edge-7") == PkiErrc::weak_key);
}

TEST_CASE("a revoked certificate is not accepted, others are") {
  const Site site;
  const auto stolen = site.authority.issue_client(site.key, "edge-7", now);
  const auto other = site.authority.issue_client(site.key, "edge-8", now);
  const auto list = site.authority.revocation_list({{stolen->serial, now}}, 2, now);
  REQUIRE(list);
  const auto& root = site.authority.certificate();
  CHECK(verify(stolen->pem, root, *list, X509_PURPOSE_SSL_CLIENT) == X509_V_ERR_CERT_REVOKED);
  CHECK(verify(other->pem, root, *list, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  CHECK(site.authority.revocation_list({{"12xz", now}}, 3, now).error() == PkiErrc::bad_name);
}

TEST_CASE("an authority is made once and found again") {
  const test::Folder folder;
  const auto made = Authority::open(folder.path(), "Wattle site 1", now);
  REQUIRE(made.has_value());
  const auto again = Authority::open(folder.path(), "another name", now + days(1));
  REQUIRE(again.has_value());
  CHECK(again->fingerprint() == made->fingerprint());
  struct stat found {};
  REQUIRE(::stat(folder.path("ca.key").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600);

  REQUIRE(ensure_server_files(*made, folder.path(), "broker", {}, now));
  REQUIRE(ensure_client_files(*made, folder.path(), "edge-7", now));
  const auto first = read_file(folder.path("edge-7.crt"), 100'000);
  REQUIRE(ensure_client_files(*made, folder.path(), "edge-7", now));
  CHECK(*read_file(folder.path("edge-7.crt"), 100'000) == *first);
  REQUIRE(::stat(folder.path("edge-7.key").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600);

  REQUIRE(write_file(folder.path("ca.key"), TlsKey::make()->pem(), FileAccess::owner_only));
  CHECK(Authority::load(folder.path()).error() == PkiErrc::wrong_key);
}

}  // namespace
}  // namespace wattle
