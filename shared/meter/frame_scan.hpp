#pragma once
// The search for a frame among the bytes heard, the same for every protocol whose frames begin with a mark and end with a
// checksum.

#include <optional>

#include "shared/base/bytes.hpp"
#include "shared/meter/errors.hpp"
#include "shared/meter/received.hpp"

namespace wattle {

/// What the bytes at one place could be.
enum class Match { none, partial, broken, whole };
struct Candidate {
  Match match = Match::none;
  std::size_t size = 0;
  MeterErrc why = MeterErrc::framing;  // of a broken one
  std::size_t broken_at = 0;
};

struct FoundAt {
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// `candidate_at(rest, is_under_way)` judges the bytes from one place on; `is_under_way`: an earlier place may still be a
/// frame. The first sound frame; on a quiet wire the first broken one tells why, else what is missing.
template <class CandidateAt>
Outcome<FoundAt> scan_for_frame(ByteView heard, Wire wire, CandidateAt candidate_at) {
  std::optional<std::size_t> partial;
  std::optional<Bad> broken;
  for (std::size_t offset = 0; offset < heard.size(); ++offset) {
    const Candidate candidate = candidate_at(heard.subspan(offset), partial.has_value() || broken.has_value());
    if (candidate.match == Match::whole) return FoundAt{offset, candidate.size};
    if (candidate.match == Match::partial && !partial) partial = offset;
    if (candidate.match == Match::broken && !broken)
      broken = Bad{make_error_code(candidate.why), offset + candidate.broken_at, offset, candidate.size};
  }
  if (wire == Wire::open) return NeedMore{};
  if (heard.empty()) return Bad{WATTLE_FAIL(MeterErrc::silence), 0};
  if (broken) return *broken;
  if (partial) return Bad{WATTLE_FAIL(MeterErrc::length), heard.size(), *partial};
  return Bad{WATTLE_FAIL(MeterErrc::framing), 0};
}

/// How many bytes in front can be no part of a frame any more.
template <class CandidateAt>
std::size_t scan_for_dead_bytes(ByteView heard, CandidateAt candidate_at) {
  for (std::size_t offset = 0; offset < heard.size(); ++offset)
    if (candidate_at(heard.subspan(offset), false).match == Match::partial) return offset;
  return heard.size();
}

}  // namespace wattle
