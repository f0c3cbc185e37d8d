#include "cloud/api/answers.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace wattle::api {

void Call::refuse(const http::ProblemKind& kind, std::string_view detail) const {
  desk.when_durable([respond = respond, &kind, language = language, detail = std::string(detail)] {
    respond(http::problem(kind, language, detail));
  });
}

http::Response held_back(const http::ProblemKind& kind, http::Language language, Duration wait) {
  auto response = http::problem(kind, language);
  const auto whole = (wait.micros + seconds(1).micros - 1) / seconds(1).micros;
  response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(whole, 1)));
  return response;
}

void Call::hold_back(const http::ProblemKind& kind, Duration wait) const { respond(held_back(kind, language, wait)); }

void Call::answer(unsigned status, std::function<boost::json::value()> body, http::Pairs headers) const {
  desk.when_durable([respond = respond, status, body = std::move(body), headers = std::move(headers)] {
    respond({status, "application/json", boost::json::serialize(body()), headers});
  });
}

bool Call::refuse_faults(JsonBody& body) const {
  const auto faults = body.finish();
  if (faults.empty()) return false;
  std::vector<http::FieldProblem> fields;
  for (const auto& fault : faults) fields.push_back({json_code(fault.code), fault.field});
  respond(http::problem(http::problems::bad_body, language, {}, fields));
  return true;
}

void read_reason(JsonBody& body) { body.root().text("reason", {1, reason_max}, ""); }

RoomId room_param(const http::Request& request) { return {parse_number(request.param("room")).value_or(0)}; }

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0 || text[0] == '0') return std::nullopt;
  return number;
}

std::optional<Incarnation> parse_incarnation(std::string_view hex) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  if (error != std::errc{} || end != hex.data() + hex.size() || number == 0) return std::nullopt;
  return Incarnation{number};
}

std::string incarnation_text(Incarnation incarnation) {
  std::array<char, 12> text{};
  std::snprintf(text.data(), text.size(), "%x", incarnation.value);
  return text.data();
}

std::optional<std::string> idempotency_key(const Call& call, const http::Request& request) {
  const auto key = request.header("idempotency-key");
  if (key.empty()) return call.refuse(problems::key_missing), std::nullopt;
  bool printable = key.size() <= idempotency_key_max;
  for (const char c : key) printable = printable && c > ' ' && c <= '~';
  if (!printable) return call.refuse(problems::key_bad), std::nullopt;
  return std::string(key);
}

Uid id_of_key(const Crypto& crypto, std::string_view sort, const Caller& caller, std::string_view key) {
  Bytes bytes;
  Writer write(bytes);
  write.blob(view(sort));
  write.blob(view(caller.name));
  write.blob(view(key));
  const auto digest = crypto.hash(bytes);
  Uid id;
  std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

std::optional<std::uint32_t> opening_of(const cloud::Site& site, RoomId room) {
  if (const auto* chain = site.index().room(room)) return chain->opening();
  const auto prefix = "fit/" + std::to_string(room.value) + "/";
  const auto at = site.orders().lower_bound(OutsideId(prefix));
  if (at == site.orders().end() || !at->first.text().starts_with(prefix)) return std::nullopt;
  const auto* fitting = std::get_if<cloud::Fitting>(&at->second);
  if (fitting == nullptr) return std::nullopt;
  return fitting->opening;
}

bool is_stay_known(const cloud::Site& site, RoomId room) {
  const auto* chain = site.index().room(room);
  if (chain != nullptr && chain->has_hole()) return false;
  if (site.is_settled()) return true;
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  return at && !site.bills_missing() && !site.boxes().at(*at).unheard;
}

std::optional<std::uint32_t> known_opening(const Call& call, RoomId room, std::string_view detail) {
  const auto opening = opening_of(call.desk.site(), room);
  if (!opening) return call.refuse(problems::room_unknown, detail), std::nullopt;
  if (!is_stay_known(call.desk.site(), room)) return call.refuse(problems::unsettled, detail), std::nullopt;
  return opening;
}

std::optional<std::uint32_t> present_opening(const Call& call, RoomId room, std::string_view detail) {
  const auto opening = known_opening(call, room, detail);
  if (opening && call.desk.site().has_passed(room, *opening)) return call.refuse(problems::stay_over, detail), std::nullopt;
  return opening;
}

std::optional<Instant> time_of(const Desk& desk, const Place& place) {
  const auto record = desk.store().entry({desk.site_id(), place.link, place.direction}, place.number);
  const auto entry = record ? decode_entry(record->bytes) : Result<wattle::Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  return entry ? std::optional(entry->time) : std::nullopt;
}

std::string_view utility_text(Utility utility) {
  switch (utility) {
    case Utility::none: return "none";
    case Utility::electricity: return "electricity";
    case Utility::cold_water: return "cold_water";
    case Utility::hot_water: return "hot_water";
  }
  return "unknown";
}

std::optional<Utility> parse_utility(std::string_view text) {
  for (const auto utility : {Utility::electricity, Utility::cold_water, Utility::hot_water})
    if (utility_text(utility) == text) return utility;
  return std::nullopt;
}

std::string_view provider_text(Provider provider) {
  switch (provider) {
    case Provider::wechat: return "wechat";
    case Provider::alipay: return "alipay";
    case Provider::campus_card: return "campus_card";
    case Provider::cash_desk: return "cash_desk";
  }
  return "unknown";
}

boost::json::object holder_json(Holder holder) {
  return {{"edge", holder.edge.value}, {"incarnation", incarnation_text(holder.incarnation)}};
}

boost::json::object place_json(const Place& place) {
  static constexpr std::array<std::string_view, 4> directions = {"", "up", "down", "site"};
  boost::json::object out;
  out["stream"] = directions.at(static_cast<std::size_t>(place.direction));
  if (!place.link.is_cloud()) {
    out["edge"] = place.link.edge.value;
    out["incarnation"] = incarnation_text(place.link.incarnation);
  }
  out["number"] = place.number;
  return out;
}

}  // namespace wattle::api
