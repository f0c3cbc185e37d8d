#include "cloud/api/access.hpp"

namespace wattle::api {
namespace {

/// In a time that does not tell where they differ.
bool equal(const Digest& a, const Digest& b) {
  unsigned different = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) different |= static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]);
  return different == 0;
}

constexpr std::string_view scheme = "bearer ";

bool is_bearer(std::string_view header) {
  if (header.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = header[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != scheme[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<Role> parse_role(std::string_view name) {
  if (name == "monitor") return Role::monitor;
  if (name == "cashier") return Role::cashier;
  if (name == "admin") return Role::admin;
  return std::nullopt;
}

void Access::add(std::string name, Role role, std::string_view token) {
  known_.push_back({{std::move(name), role}, crypto_->hash(view(token))});
}

const Caller* Access::find(const http::Request& request) const {
  const auto header = request.header("authorization");
  if (!is_bearer(header) || header.size() > scheme.size() + token_bytes_max) return nullptr;
  const auto given = crypto_->hash(view(header.substr(scheme.size())));
  const Caller* found = nullptr;
  for (const auto& known : known_)  // all of them, so that the time does not tell which
    if (equal(known.token, given)) found = &known.caller;
  return found;
}

}  // namespace wattle::api
