#pragma once
// What a value information block of EN 13757-3 means: the quantity by name, its unit and scale. Tables of the 2004 edition,
// main, FB and FD, with what later ones (2013, 2018) add for electricity, and the modifiers that change a scale; what is not in
// them keeps its number as a name.

#include <string>

#include "shared/meter/measured.hpp"

namespace wattle::mbus {

enum class VifKind : std::uint8_t {
  number,
  date,       // type G, two bytes
  date_time,  // type F, four bytes; type I, six
  digits,     // an identification: a number without a unit that is a name
  text_unit,  // the unit stands in the frame as text
  maker,      // of the maker's own making
};

struct Vif {
  VifKind kind = VifKind::number;
  const char* name = nullptr;  // none for what the tables do not have
  Unit unit = Unit::none;
  int exponent = 0;
};

enum class VifTable : std::uint8_t { main, fb, fd };
/// Without the extension bit.
Vif find_vif(VifTable table, std::uint8_t code);

/// What an extension byte behind a known VIF does to it.
struct Modifier {
  int exponent = 0;
  const char* name = nullptr;  // none: the value means the same, in another scale
  bool is_known = false;
  bool maker_follows = false;  // what comes behind is the maker's
};
Modifier find_modifier(std::uint8_t code);

}  // namespace wattle::mbus
