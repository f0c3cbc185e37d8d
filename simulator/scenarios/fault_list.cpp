#include "simulator/scenarios/fault_list.hpp"

#include <algorithm>

namespace wattle::sim {

namespace {

std::optional<std::size_t> fault_of(std::string_view name) {
  const auto at = std::find(fault_names.begin(), fault_names.end(), name);
  if (at == fault_names.end()) return std::nullopt;
  return static_cast<std::size_t>(at - fault_names.begin());
}

std::string list_of(const Faults& faults, const char* before) {
  std::string text;
  for (std::size_t i = 0; i < fault_count; ++i)
    if (faults.test(i)) text += (text.empty() ? "" : ",") + std::string(before) + fault_names[i];
  return text;
}

}  // namespace

std::optional<Faults> parse_faults(std::string_view text) {
  if (text == "none") return Faults();
  if (text == "all") return Faults().set();
  Faults faults;
  if (text.starts_with('-')) faults.set();
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto name = text.substr(0, comma);
    const bool taken_away = name.starts_with('-');
    if (taken_away) name.remove_prefix(1);
    const auto fault = fault_of(name);
    if (!fault) return std::nullopt;
    faults.set(*fault, !taken_away);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return faults;
}

std::string to_text(const Faults& faults) {
  if (faults.all()) return "all";
  if (faults.none()) return "none";
  return faults.count() * 2 > fault_count ? list_of(~faults, "-") : list_of(faults, "");
}

}  // namespace wattle::sim
