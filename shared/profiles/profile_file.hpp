#pragma once
// Meter models out of TOML files (docs/operating/profiles.md), checked whole, and those that are shipped with Wattle
// (edge/profiles, built into the program).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/meter/profile.hpp"

namespace wattle {

struct LoadedProfile {
  MeterProfile profile;
  std::string left_out;             // what the model can do and the profile does not, and why; for people
  std::string refused;              // why nobody can write this profile yet: the model is known by name only
  std::vector<std::string> faults;  // "meter.toml:12: …", by line; empty: it may be used
};
LoadedProfile load_profile(const std::string& path);
LoadedProfile parse_profile(std::string_view text, const std::string& source);

/// What is wrong with the model's name, which is that of its file; empty: nothing.
std::string name_fault(const MeterProfile& profile, const std::string& path);

/// Of a shipped model's name, or else of a file.
LoadedProfile load_model(const std::string& model_or_path);

/// By model; nothing for one that is not shipped.
std::shared_ptr<const MeterProfile> shipped_profile(std::string_view model);
std::vector<std::string_view> shipped_models();
/// Why a model that is known by name cannot be used: what its maker has not published is not guessed. Empty for all others.
std::string refusal_of(std::string_view model);
std::vector<std::string_view> refused_models();

}  // namespace wattle
