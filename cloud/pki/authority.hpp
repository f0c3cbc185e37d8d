#pragma once
// The site's certificate authority: one self-signed root that signs the broker's certificate, the cloud's and each box's. ECDSA
// on P-256 with SHA-256, since mosquitto 2.0.11, Paho, RabbitMQ and NATS all take it (Ed25519 is not taken by each of them).
//
// The broker takes the common name of a client's certificate as its user name, and grants by it ("up/+/<name>/#"): whoever
// signs decides the name, never the request.
//
//   folder/ca.crt   the root, for everyone     folder/ca.key   its key, 0600     folder/ca.crl   the revocations

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/io/tls_key.hpp"

struct x509_st;  // OpenSSL's X509

namespace wattle {

struct PkiLifetimes {
  Duration authority = days(30 * 365);
  Duration server = days(3 * 365);
  Duration client = days(3 * 365);
  Duration revocations = days(10 * 365);  // a list that ran out would lock every box out; it is written anew when it changes
};

struct Certificate {
  std::string pem;
  std::string serial;  // hexadecimal, capitals: what a revocation names
  std::string common_name;
  Instant not_after;
};
Result<Certificate> parse_certificate(std::string_view pem);

struct Revocation {
  std::string serial;
  Instant since;
};

/// What a server presents: names and addresses, as clients dial them.
struct ServerNames {
  std::vector<std::string> hosts = {"localhost"};
  std::vector<std::string> addresses = {"127.0.0.1"};
};

class Authority {
 public:
  /// Randomness comes from OpenSSL.
  static Result<Authority> create(std::string_view site_name, Instant now, const PkiLifetimes& lifetimes = {});
  static Result<Authority> load(const std::string& folder, const PkiLifetimes& lifetimes = {});
  /// load() when there is an authority, else create() and save().
  static Result<Authority> open(const std::string& folder, std::string_view site_name, Instant now,
                                const PkiLifetimes& lifetimes = {});
  Result<void> save(const std::string& folder, Instant now) const;

  const std::string& certificate() const { return pem_; }
  /// SHA-256 of the root's DER, lower-case hex: stands in claim codes, and a box pins it.
  std::string fingerprint() const;

  Result<Certificate> issue_server(const TlsKey& key, const ServerNames& names, Instant now) const;
  Result<Certificate> issue_client(const TlsKey& key, std::string_view common_name, Instant now) const;
  /// For the key in a box's request, whose subject and extensions are ignored.
  Result<Certificate> sign_request(std::string_view request_pem, std::string_view common_name, Instant now) const;
  /// The whole list, PEM; number grows with each new list.
  Result<std::string> revocation_list(const std::vector<Revocation>& revoked, std::uint64_t number, Instant now) const;

 private:
  Authority(TlsKey key, std::shared_ptr<x509_st> root, std::string pem, const PkiLifetimes& lifetimes);

  TlsKey key_;
  std::shared_ptr<x509_st> root_;
  std::string pem_;
  PkiLifetimes lifetimes_;
};

/// Makes a key and a certificate for it in folder/<name>.key and folder/<name>.crt, unless both are there already.
Result<void> ensure_server_files(const Authority& authority, const std::string& folder, std::string_view name,
                                 const ServerNames& names, Instant now);
Result<void> ensure_client_files(const Authority& authority, const std::string& folder, std::string_view common_name,
                                 Instant now);

}  // namespace wattle
