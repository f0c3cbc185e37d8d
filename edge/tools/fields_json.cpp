#include "edge/tools/fields_json.hpp"

namespace wattle::edge {
namespace {

namespace json = boost::json;

struct InJson {
  json::value operator()(NotAvailable) const { return nullptr; }
  json::value operator()(std::uint64_t number) const { return number; }
  json::value operator()(bool yes) const { return yes; }
  json::value operator()(const std::string& text) const { return json::value(text); }
  json::value operator()(const Bytes& bytes) const { return json::value(to_hex(bytes)); }
  /// Digits as the meter sent them: a JSON number would be read as a binary one.
  json::value operator()(const Measured& measured) const {
    json::object out{{"value", decimal_text(measured)}};
    if (measured.unit != Unit::none) out["unit"] = word(measured.unit);
    return out;
  }
};

}  // namespace

json::object json_of(const Fields& fields) {
  json::object out;
  for (const auto& field : fields) {
    auto name = field.name;
    for (std::size_t n = 2; out.contains(name); ++n) name = field.name + '.' + std::to_string(n);
    out[name] = std::visit(InJson{}, field.value);
  }
  return out;
}

json::object json_of(const Caught& caught) {
  const auto& described = caught.described;
  json::object out{{"offset", caught.offset}, {"size", caught.size}, {"good", !described.error.failed()}};
  if (caught.wake_up > 0) out["wake_up_bytes"] = caught.wake_up;
  if (caught.noise > 0) out["noise_bytes"] = caught.noise;
  if (caught.noise_behind > 0) out["noise_bytes_behind"] = caught.noise_behind;
  if (!described.fields.empty()) out["fields"] = json_of(described.fields);
  if (described.error) {
    auto error = json_of(described.error);
    error["offset"] = described.offset;
    out["error"] = std::move(error);
  }
  return out;
}

json::object json_of(Error error) { return {{"code", error.value()}, {"reason", error.message()}}; }

}  // namespace wattle::edge
