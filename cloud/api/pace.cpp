// How often a box reads its meters and keeps a reading, and when it tells meters the time: a register of the box, over what its
// own file says.

#include "cloud/api/control_routes.hpp"
#include "cloud/api/wiring_routes.hpp"

namespace wattle::api {
namespace {

constexpr std::string_view never_told = "never";
constexpr std::int64_t not_said = 0;  // neither is ever

void read_broadcast(JsonObject& root, BoxPace& pace) {
  constexpr std::string_view name = "clock_broadcast_at";
  if (!root.has(name)) return;
  if (root.text(name, {5, 5}) == never_told)
    pace.broadcast = ClockBroadcast{};
  else
    pace.broadcast = ClockBroadcast{read_moment(root, name)};
  if (!is_valid(BoxPace{{}, {}, pace.broadcast})) root.fault(name, JsonErrc::out_of_range);
}

BoxPace read_pace(JsonObject& root) {
  BoxPace pace;
  const auto poll =
      root.integer("poll_every_ms",
                   {poll_every_min.micros / milliseconds(1).micros, poll_every_max.micros / milliseconds(1).micros}, not_said);
  const auto record = root.integer(
      "record_every_s", {record_every_min.micros / seconds(1).micros, record_every_max.micros / seconds(1).micros}, not_said);
  if (poll != not_said) pace.poll_every = milliseconds(poll);
  if (record != not_said) pace.record_every = seconds(record);
  if (!is_valid(BoxPace{{}, pace.record_every, {}})) root.fault("record_every_s", JsonErrc::out_of_range);
  read_broadcast(root, pace);
  return pace;
}

void put_pace(const BoxPace& pace, boost::json::object& out) {
  if (pace.poll_every) out["poll_every_ms"] = pace.poll_every->micros / milliseconds(1).micros;
  if (pace.record_every) out["record_every_s"] = pace.record_every->micros / seconds(1).micros;
  if (!pace.broadcast) return;
  const auto& minute = pace.broadcast->minute;
  out["clock_broadcast_at"] = minute ? clock_text(*minute) : std::string(never_told);
}

boost::json::object pace_json(const Desk& desk, Holder box) {
  const auto key = pace_key(box.edge);
  boost::json::object out = {{"edge", box.edge.value}};
  boost::json::object desired;
  put_pace(desired_of(desk.site(), key, decode_pace), desired);
  out["desired"] = std::move(desired);
  put_order(desk.site(), newest_order(desk.site(), key), out);
  out["reported"] = nullptr;
  const auto wiring = desk.wiring_now(box);
  if (const auto now = desk.setting_now(box, key); now && wiring && wiring->pace) {
    auto reported = setting_json(*now);
    put_pace(*wiring->pace, reported);
    out["reported"] = std::move(reported);
  }
  return out;
}

}  // namespace

void get_pace(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  show_setting(call, pace_key(box->edge), [&desk = call.desk, box = *box] { return pace_json(desk, box); });
}

void put_pace(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto pace = read_pace(root);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto box = slot_holder(call, request);
  if (!box) return;
  give_setting(call, request, pace_key(box->edge), box->edge, encode(pace),
               [&desk = call.desk, box = *box] { return pace_json(desk, box); });
}

}  // namespace wattle::api
