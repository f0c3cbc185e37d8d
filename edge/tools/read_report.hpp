#pragma once
// A reading for people: each value in its unit, and the bytes that it was in.

#include <span>
#include <string>

#include "shared/meter/exchange.hpp"

namespace wattle::edge {

/// One JSON object: who was asked, and what it says. `exchanges` and `answers` are those of the reading, in order.
struct ReadMeter {
  const MeterProfile& profile;
  const MeterPlace& place;
  std::span<const Exchange> exchanges;
  std::span<const MeterAnswer> answers;
};
std::string read_json(const ReadMeter& meter, const Reading& reading);
/// The same for a meter that could not be read: why, at which question (counted from 1), what that was after, and which value
/// was refused with the bytes that it was in; of a question without a good answer all that was heard.
struct FailedReading {
  Error why;
  Depth depth = Depth::control;
  Bytes heard;  // behind the last question
};
std::string failed_json(const ReadMeter& meter, const FailedReading& failed);

/// What became of an order to a relay.
struct SwitchedRelay {
  const MeterProfile& profile;
  const MeterPlace& place;
  MeterId meter;
  std::size_t circuit = 1;  // counted from 1
  bool close = false;       // was wanted
  std::optional<bool> before;
  std::optional<bool> after;
  const char* outcome = "";  // done, already, refused, does_not_obey, not_seen, stopped
  Error why = {};            // of `refused`, and of `does_not_obey` where the meter said why
};
std::string switched_json(const SwitchedRelay& relay);

}  // namespace wattle::edge
