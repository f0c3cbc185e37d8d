#pragma once
// The answering side of M-Bus: a meter with a primary and a secondary address and its telegrams.

#include "shared/meter/mbus_data.hpp"

namespace wattle::mbus {

struct MeterImage {
  std::uint8_t primary = unconfigured;
  Header header{};
  std::vector<Bytes> telegrams{{}};  // records; all but the last are followed by another
  std::optional<FixedData> fixed{};  // of an old meter: told in place of the telegrams
  std::uint32_t baud = 2400;
  // The link as the meter sees it.
  bool is_selected = false;
  std::optional<bool> frame_count{};  // of the last question; nothing since the link was reset
  std::size_t telegram = 0;
  std::optional<std::uint8_t> error{};  // application error that the next question is answered with
};

/// What is answered to a frame heard. Empty when nothing is.
Bytes answer(const Frame& heard, MeterImage& image);

}  // namespace wattle::mbus
