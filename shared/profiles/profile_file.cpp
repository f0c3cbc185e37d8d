#include "shared/profiles/profile_file.hpp"

#include <algorithm>
#include <filesystem>

#include "shared/io/config.hpp"
#include "shared/profiles/sections.hpp"
#include "shared/profiles/shipped.hpp"

namespace wattle {
namespace {

constexpr std::int64_t max_rollover = 1'000'000'000'000'000;

void read_line(ConfigSection line, LineFormat& format) {
  format.baud = static_cast<std::uint32_t>(line.integer("baud", {300, 115'200}, format.baud));
  const auto usual = format.parity == Parity::none ? "none" : format.parity == Parity::odd ? "odd" : "even";
  const auto parity = line.choice("parity", {"none", "even", "odd"}, usual);
  format.parity = parity == "none" ? Parity::none : parity == "odd" ? Parity::odd : Parity::even;
  format.stop_bits = static_cast<std::uint8_t>(line.integer("stop_bits", {1, 2}, format.stop_bits));
}

void read_timings(ConfigSection section, MeterTimings& timings) {
  timings.answers_within = section.duration("answers_within", {milliseconds(1), seconds(10)}, timings.answers_within);
  timings.gap = section.duration("gap", {milliseconds(0), seconds(1)}, timings.gap);
  timings.relay_settles = section.duration("relay_settles", {milliseconds(0), seconds(60)}, timings.relay_settles);
}

/// What a protocol's meters usually are, if the file does not say otherwise.
void set_usual(MeterProfile& profile, std::string_view protocol) {
  if (protocol == "modbus") return;
  profile.line.baud = protocol == "dlt645-1997" ? 1200 : 2400;
  profile.timings.gap = milliseconds(20);  // the answer delay of DL/T 645, the other way round; M-Bus wants 33 bits
}

void read_protocol(ConfigSection& root, std::string_view protocol, MeterProfile& profile) {
  if (protocol == "modbus") {
    profile.protocol = read_modbus_model(root);
  } else if (protocol == "cjt188") {
    profile.protocol = read_cjt188_model(root);
  } else if (protocol == "mbus") {
    profile.protocol = read_mbus_model(root);
  } else {
    const auto edition = protocol == "dlt645-2007" ? dlt645::Edition::v2007 : dlt645::Edition::v1997;
    profile.protocol = read_dlt645_model(root, edition);
  }
}

/// In Wh, or litres of a meter of water. The registers of DL/T 645 and CJ/T 188 are as long as the standard says.
Quantity read_rollover(ConfigSection& root, std::string_view protocol, const MeterProfile& profile) {
  const auto* mbus_model = std::get_if<mbus::Model>(&profile.protocol);
  const bool is_water = protocol == "cjt188" || (mbus_model != nullptr && mbus_model->counts == Unit::cubic_metre);
  std::optional<std::int64_t> usual;
  if (protocol == "cjt188") usual = cjt188::usual_rollover.units;
  if (std::holds_alternative<dlt645::Model>(profile.protocol)) usual = dlt645::usual_rollover.units;
  if (is_water) return {root.integer("rollover_litres", {1, max_rollover}, usual)};
  return {root.integer("rollover_wh", {1, max_rollover}, usual)};
}

/// At the line where it stands.
void note(ConfigSection& root, const Contradiction& wrong) {
  if (wrong.section.empty() && wrong.key.empty()) return root.fault("model", "contradicts itself: " + wrong.what);
  const auto what = "contradicts the rest: " + wrong.what;
  if (wrong.section.empty()) return root.fault(wrong.key, what);
  if (wrong.nth) {
    auto several = root.sections(wrong.section);
    const auto which =
        several.size() > 1 ? "of the " + wrong.section + ' ' + std::to_string(*wrong.nth + 1) + ' ' : std::string();
    return several.at(*wrong.nth).fault(wrong.key, which + what);
  }
  auto section = root.section(wrong.section);
  if (wrong.key.empty()) return root.fault(wrong.section, "contradicts itself: " + wrong.what);
  section.fault(wrong.key, what);
}

LoadedProfile read(Config file) {
  LoadedProfile loaded;
  auto& profile = loaded.profile;
  auto root = file.root();
  const auto take_faults = [&] {
    for (const auto& fault : file.finish()) loaded.faults.push_back(describe(fault));
  };
  profile.model = root.text("model");
  root.text("about", "");  // for people
  loaded.left_out = root.text("left_out", "");
  loaded.refused = root.text("refused", "");
  if (root.has("refused")) {
    root.fault("refused", loaded.refused.empty() ? "must say why nobody can write this profile yet"
                                                 : "says that this model cannot be used: " + loaded.refused);
    take_faults();
    return loaded;
  }
  const auto protocol = root.choice("protocol", {"modbus", "dlt645-2007", "dlt645-1997", "cjt188", "mbus"});
  set_usual(profile, protocol);
  read_line(root.section("line"), profile.line);
  read_timings(root.section("timing"), profile.timings);
  if (protocol == "modbus" || protocol.starts_with("dlt645"))
    profile.phases = static_cast<std::uint8_t>(root.integer("phases", {1, 3}, profile.phases));
  read_protocol(root, protocol, profile);
  profile.rollover = read_rollover(root, protocol, profile);
  take_faults();
  if (!loaded.faults.empty()) return loaded;
  if (const auto wrong = find_contradiction(profile); !wrong.empty()) {
    note(root, wrong);
    take_faults();
  }
  return loaded;
}

/// A model that is not shipped has one fault.
LoadedProfile load_shipped(std::string_view model) {
  for (const auto& shipped : shipped_profiles()) {
    if (shipped.model == model) return parse_profile(shipped.text, std::string(model) + ".toml");
  }
  return {{}, {}, {}, {"no profile of this name is shipped"}};
}

std::vector<std::string_view> models_where(bool is_refused) {
  std::vector<std::string_view> models;
  for (const auto& shipped : shipped_profiles()) {
    if (refusal_of(shipped.model).empty() != is_refused) models.push_back(shipped.model);
  }
  return models;
}

}  // namespace

namespace {

std::string names_of(const std::vector<std::string_view>& models) {
  std::string out;
  for (const auto model : models) out += (out.empty() ? "" : ", ") + std::string(model);
  return out;
}

}  // namespace

LoadedProfile load_profile(const std::string& path) { return read(Config::load(path)); }

LoadedProfile parse_profile(std::string_view text, const std::string& source) { return read(Config::parse(text, source)); }

std::string name_fault(const MeterProfile& profile, const std::string& path) {
  const auto name = std::filesystem::path(path).stem().string();
  if (profile.model == name) return {};
  return path + ": \"model\" contradicts the file's name: it is \"" + profile.model + "\", and must be \"" + name + '"';
}

LoadedProfile load_model(const std::string& model_or_path) {
  const auto all = shipped_profiles();
  const auto is_it = [&](const ShippedProfile& shipped) { return shipped.model == model_or_path; };
  if (std::any_of(all.begin(), all.end(), is_it)) return load_shipped(model_or_path);
  const bool is_path = model_or_path.find('/') != std::string::npos || model_or_path.ends_with(".toml");
  if (is_path || std::filesystem::exists(model_or_path)) return load_profile(model_or_path);
  return {{},
          {},
          {},
          {"no profile \"" + model_or_path +
           "\" is shipped, nor is there such a file; shipped are: " + names_of(shipped_models())}};
}

std::shared_ptr<const MeterProfile> shipped_profile(std::string_view model) {
  auto loaded = load_shipped(model);
  return loaded.faults.empty() ? std::make_shared<const MeterProfile>(std::move(loaded.profile)) : nullptr;
}

std::string refusal_of(std::string_view model) { return load_shipped(model).refused; }

std::vector<std::string_view> shipped_models() { return models_where(false); }
std::vector<std::string_view> refused_models() { return models_where(true); }

}  // namespace wattle
