#pragma once
// The log of what people and programs have changed: appended to, chained by hashes, never edited.

#include <optional>
#include <string>

#include "cloud/store/accounts.hpp"
#include "shared/crypto/crypto.hpp"

namespace wattle::api {

/// Completes number and hash, and writes it.
void append_operation(const Crypto& crypto, cloud::Registry& registry, cloud::Operation operation);
/// The first whose hash is not that of its words and of the one before, or that is missing; none: the log is whole.
std::optional<std::int64_t> broken_operation(const Crypto& crypto, const cloud::Registry& registry);

}  // namespace wattle::api
