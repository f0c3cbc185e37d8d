#pragma once
// What a decoder says about the bytes heard since a question was sent, whatever the protocol.

#include <cstdint>
#include <variant>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace wattle {

struct MeterAnswer {
  std::vector<std::uint16_t> values;  // registers or coils; empty for a command that was carried out
  std::size_t offset = 0;             // bytes of noise in front of it
  Bytes data;                         // of protocols without registers
  bool more = false;                  // the meter has more of it (DL/T 645)
};
struct NeedMore {};
struct Bad {
  Error error;             // of MeterErrc; an exception of the meter is one too
  std::size_t offset = 0;  // the byte at which it showed
  // Of what was nearest to a frame, where a scanner tells it: where it begins, and how long it would have been (0: not known).
  std::size_t begins = 0;
  std::size_t size = 0;
};
template <class Answer>
using Outcome = std::variant<Answer, NeedMore, Bad>;
using Received = Outcome<MeterAnswer>;

/// Whether bytes may still come. On a quiet line every decoder gives an answer or a reason.
enum class Wire : std::uint8_t { open, quiet };

}  // namespace wattle
