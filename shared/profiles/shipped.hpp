#pragma once
// The files of edge/profiles as the build has read them.

#include <span>
#include <string_view>

namespace wattle {

struct ShippedProfile {
  std::string_view model;  // the file's name without its ending
  std::string_view text;
};
std::span<const ShippedProfile> shipped_profiles();

}  // namespace wattle
