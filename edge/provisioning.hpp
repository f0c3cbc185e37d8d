#pragma once
// From a claim code to an identity (api-spec/provisioning.md). The cloud's answer is kept verbatim in one file, written whole
// or not at all: until it is there the same keys are presented again and get the same answer, and whatever else is needed is
// made from it. So the box may be killed at any moment.

#include <functional>

#include "edge/box_keys.hpp"
#include "edge/config.hpp"
#include "edge/io/claim.hpp"
#include "shared/crypto/offline_code.hpp"

namespace wattle::edge {

inline constexpr Duration first_claim_pause = seconds(1);
inline constexpr Duration longest_claim_pause = minutes(1);

struct Claimed {
  Identity identity;
  CodeKey code_key{};
  std::string certificate_file;
  std::string ca_file;
};

/// How the claiming waits and listens, so that a stop is heard meanwhile.
struct ClaimWaiting {
  std::function<bool(Duration)> pause;  // false: the process is to stop
  std::function<bool()> give_up;
};

/// The identity as it is kept; nothing when the box has not been claimed. Writes nothing.
Result<std::optional<Identity>> read_identity(const EdgeConfig& config);
/// From the files alone; nothing when the box has not been claimed.
Result<std::optional<Claimed>> load_identity(const EdgeConfig& config, const BoxKeys& keys);
/// Presents the claim code until the cloud has taken it, with growing pauses; nothing when the process is to stop before that.
/// Errors are of this machine: files that cannot be written, keys that do not fit.
Result<std::optional<Claimed>> claim(const EdgeConfig& config, const BoxKeys& keys, const ClaimWaiting& waiting);

}  // namespace wattle::edge
