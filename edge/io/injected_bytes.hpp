#pragma once
// Bytes that a collector puts into the stream of its meters' answers, and which no meter sent: its heartbeat, its registration
// once more. They may stand in the middle of an answer.

#include <vector>

#include "shared/base/bytes.hpp"

namespace wattle {

/// `heard` without each whole occurrence of the words, looked for from the left. Empty words are none.
Bytes without_injected(ByteView heard, const std::vector<Bytes>& words);

}  // namespace wattle
