// Meter models of a site's own: TOML as --check-profile knows it, kept as registers of the configuration and sent to all boxes.
// A profile is written once: by one that changed, what meters have counted would be charged anew in another unit, and boxes
// that have it would go on otherwise than those that come later. A mended one is another profile, with another name.

#include <algorithm>

#include "cloud/api/settings.hpp"
#include "cloud/api/wiring_routes.hpp"
#include "shared/base/baud_rates.hpp"
#include "shared/policy/own_profiles.hpp"
#include "shared/profiles/profile_file.hpp"
#include "shared/profiles/shipped.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t faults_text_max = 2000;

/// Empty for a name that nothing shipped has.
std::string_view shipped_text(std::string_view name) {
  for (const auto& shipped : shipped_profiles())
    if (shipped.model == name) return shipped.text;
  return {};
}

bool is_shipped(std::string_view name) { return !shipped_text(name).empty(); }

/// As its registers say; nothing while they are not all there.
std::optional<std::string> own_text(const cloud::Site& site, std::string_view name) {
  OwnProfile profile;
  for (const auto& [key, order] : newest_orders(site, std::string(profile_prefix) + std::string(name) + '/')) {
    const auto parsed = parse_profile_key(key);
    if (!parsed) continue;
    if (parsed->part == 0)
      profile.head = decode_profile_head(order->value);
    else if (auto part = decode_profile_part(order->value))
      profile.parts.emplace(parsed->part, *std::move(part));
  }
  return joined(profile);
}

std::set<std::string> own_names(const cloud::Site& site) {
  std::set<std::string> names;
  for (const auto& [key, order] : newest_orders(site, profile_prefix))
    if (const auto parsed = parse_profile_key(key)) names.insert(parsed->name);
  return names;
}

std::string joined_faults(const std::vector<std::string>& faults) {
  std::string out;
  for (const auto& fault : faults) {
    if (out.size() + fault.size() > faults_text_max) break;
    out += (out.empty() ? "" : "\n") + fault;
  }
  return out;
}

boost::json::object own_json(const Desk& desk, const std::string& name) {
  const auto text = own_text(desk.site(), name);
  auto out = site_json(desk, profile_key(name, 0), {});
  out.erase("desired");
  out["profile"] = name;
  out["source"] = "site";
  out["toml"] = text ? boost::json::value(*text) : boost::json::value(nullptr);
  return out;
}

/// Why no place can name it, where only the name of the model is known.
void put_refusal(std::string_view name, boost::json::object& out) {
  if (const auto why = refusal_of(name); !why.empty()) out["refused"] = why;
}

boost::json::object shipped_json(std::string_view name) {
  boost::json::object out = {{"profile", name}, {"source", "shipped"},        {"number", 0},
                             {"state", "none"}, {"toml", shipped_text(name)}, {"reported", boost::json::array{}}};
  put_refusal(name, out);
  return out;
}

/// The faults that --check-profile tells, by line.
std::vector<std::string> faults_of(const std::string& text, const std::string& name) {
  auto loaded = parse_profile(text, name + ".toml");
  const auto baud = loaded.profile.line.baud;
  if (loaded.faults.empty() && !is_baud_rate(baud))
    loaded.faults.push_back(name + ".toml: [line] \"baud\": " + std::to_string(baud) + " is no rate that serial devices know");
  if (loaded.faults.empty())
    if (auto fault = name_fault(loaded.profile, name + ".toml"); !fault.empty()) loaded.faults.push_back(std::move(fault));
  return std::move(loaded.faults);
}

/// Null: it may be given. The head comes last: while there is none no box has the profile, and any text may become it.
const http::ProblemKind* objection_to_own(const cloud::Site& site, const std::string& name, const Bytes& head) {
  const auto* given = newest_order(site, profile_key(name, 0));
  if (given != nullptr) return given->value == head ? nullptr : &problems::profile_exists;
  const auto names = own_names(site);
  return !names.contains(name) && names.size() >= own_profiles_max ? &problems::profiles_full : nullptr;
}

using Registers = std::vector<std::pair<std::string, Bytes>>;

struct GivenProfile {
  std::string name;
  Registers parts;
  std::pair<std::string, Bytes> head;
};

/// From that part on. Whoever has become the profile meanwhile is left alone.
void give_parts(const Call& call, const std::shared_ptr<const GivenProfile>& profile, std::size_t at,
                std::function<void()> done) {
  if (at == profile->parts.size()) return done();
  if (const auto* why = objection_to_own(call.desk.site(), profile->name, profile->head.second)) return call.refuse(*why);
  const auto& [key, value] = profile->parts[at];
  give_register(call, key, cloud::every_slot, value,
                [call, profile, at, done = std::move(done)] { give_parts(call, profile, at + 1, done); });
}

/// No other caller's have taken the place of some.
bool stand_all(const cloud::Site& site, const Registers& parts) {
  return std::all_of(parts.begin(), parts.end(), [&](const auto& part) {
    const auto* newest = newest_order(site, part.first);
    return newest != nullptr && newest->value == part.second;
  });
}

}  // namespace

std::shared_ptr<const MeterProfile> profile_of(const cloud::Site& site, const std::string& name) {
  if (auto shipped = shipped_profile(name)) return shipped;
  const auto text = is_own_profile_name(name) ? own_text(site, name) : std::nullopt;
  if (!text) return nullptr;
  auto loaded = parse_profile(*text, name);
  return loaded.faults.empty() ? std::make_shared<const MeterProfile>(std::move(loaded.profile)) : nullptr;
}

void get_profiles(const Call& call, const http::Request&) {
  call.answer(200, [&desk = call.desk] {
    boost::json::array items;
    boost::json::array known_by_name;
    for (const auto& shipped : shipped_profiles()) {
      boost::json::object item = {{"profile", shipped.model}, {"source", "shipped"}};
      put_refusal(shipped.model, item);
      (item.contains("refused") ? known_by_name : items).push_back(std::move(item));
    }
    items.insert(items.end(), known_by_name.begin(), known_by_name.end());
    for (const auto& name : own_names(desk.site())) items.push_back({{"profile", name}, {"source", "site"}});
    return boost::json::object{{"items", std::move(items)}};
  });
}

void get_profile(const Call& call, const http::Request& request) {
  const std::string name(request.param("profile"));
  if (is_shipped(name)) return call.answer(200, [name] { return shipped_json(name); });
  if (!own_names(call.desk.site()).contains(name)) return call.refuse(problems::profile_missing);
  show_setting(call, profile_key(name, 0), [&desk = call.desk, name] { return own_json(desk, name); });
}

void put_profile(const Call& call, const http::Request& request) {
  const std::string name(request.param("profile"));
  JsonBody body(request.body);
  auto root = body.root();
  const auto text = root.text("toml", {1, own_profile_bytes_max});
  if (text.size() > own_profile_bytes_max) root.fault("toml", JsonErrc::out_of_range);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  if (is_shipped(name)) return call.refuse(problems::profile_shipped);
  if (!is_own_profile_name(name)) return call.refuse(problems::profile_name);
  if (const auto faults = faults_of(text, name); !faults.empty())
    return call.refuse(problems::profile_bad, joined_faults(faults));
  auto parts = registers_of(name, text, call.crypto.hash(view(text)).bytes);
  auto head = std::move(parts.back());
  parts.pop_back();
  if (const auto* why = objection_to_own(call.desk.site(), name, head.second)) return call.refuse(*why);
  const auto profile = std::make_shared<const GivenProfile>(GivenProfile{name, std::move(parts), std::move(head)});
  give_parts(call, profile, 0, [call, request, profile] {
    const auto& site = call.desk.site();
    const auto& [key, value] = profile->head;
    if (const auto* why = objection_to_own(site, profile->name, value)) return call.refuse(*why);
    if (!stand_all(site, profile->parts)) return call.refuse(problems::setting_changed);
    give_setting(call, request, key, cloud::every_slot, value,
                 [&desk = call.desk, name = profile->name] { return own_json(desk, name); });
  });
}

}  // namespace wattle::api
