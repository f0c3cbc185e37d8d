#include "cloud/api/control_routes.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

Words words_of_event(RelayEvent event) {
  switch (event) {
    case RelayEvent::decided: return {"The box decided", "设备作出决定"};
    case RelayEvent::strayed: return {"Somebody else has switched the relay", "继电器被他人操作"};
    case RelayEvent::disobeys: return {"The relay does not obey", "继电器未执行命令"};
    case RelayEvent::obeys: return {"The relay obeys again", "继电器恢复正常"};
    case RelayEvent::meter: break;  // by what it has noted
  }
  return {"", ""};
}

Words words_of_cause(std::optional<MeterEvent> cause) {
  switch (cause.value_or(MeterEvent::tripped)) {
    case MeterEvent::overloaded: return {"The meter itself cut the power: overload", "电表自行断电：过负荷"};
    case MeterEvent::overdrawn:
      return {"The meter itself cut the power: its own purse was empty", "电表自行断电：表内余额透支"};
    case MeterEvent::cover_opened:
    case MeterEvent::terminal_cover_opened:
      return {"The meter itself cut the power: its cover was opened", "电表自行断电：表盖被打开"};
    case MeterEvent::tripped:
    case MeterEvent::programmed:
    case MeterEvent::purchased: break;
  }
  return {"The meter itself cut the power, and does not say why", "电表自行断电：原因未记录"};
}

Words words_of_note(const MeterEventNote& note) {
  switch (note.what) {
    case MeterEvent::cover_opened: return {"The meter's cover was opened", "电表表盖被打开"};
    case MeterEvent::terminal_cover_opened: return {"The meter's terminal cover was opened", "电表端钮盖被打开"};
    case MeterEvent::programmed: return {"Somebody has written into the meter", "电表被编程"};
    case MeterEvent::purchased: return {"Somebody has bought into the meter's own purse", "电表内有购电记录"};
    case MeterEvent::tripped:
    case MeterEvent::overloaded:
    case MeterEvent::overdrawn: break;
  }
  return words_of_cause(note.cause);
}

Words words_of_row(const RelayRow& row) {
  if (row.noted) return words_of_note(*row.noted);
  return row.event == RelayEvent::decided ? words_of(row.decision.reason) : words_of_event(row.event);
}

boost::json::object facts_json(const RelayRow& row) {
  boost::json::object out = {{"mode", word(row.facts.mode)},
                             {"available", money_text(row.facts.available)},
                             {"cut_at", money_text(row.facts.cut_at)},
                             {"locked", row.facts.trip.locked},
                             {"tripped", row.facts.trip.cut_at.has_value()},
                             {"trips", row.facts.trip.count},
                             {"may_return", row.facts.may_return}};
  if (row.trip != 0) out["trip"] = row.trip;
  if (row.power) out["power_w"] = row.power->watts;
  if (row.limit) out["limit_w"] = row.limit->watts;
  if (row.period) {
    constexpr std::array<std::string_view, 3> actions = {"on", "off", "limit"};
    out["period"] = {{"from_minute", row.period->from},
                     {"to_minute", row.period->to},
                     {"action", actions[static_cast<std::size_t>(row.period->action)]}};
  }
  out["entries"] = {{"own", row.mine}, {"cloud", row.theirs}};
  return out;
}

boost::json::object row_json(const RelayRow& row) {
  const auto words = words_of_row(row);
  boost::json::object out = {{"number", row.number},
                             {"time", time_text(row.time)},
                             {"circuit", row.circuit.value},
                             {"event", word(row.event)},
                             {"on", row.decision.on},
                             {"reason", word(row.decision.reason)},
                             {"words", {{"en", words.en}, {"zh-CN", words.zh}}},
                             {"facts", facts_json(row)}};
  if (row.before) out["before"] = *row.before;
  if (!row.noted) return out;
  out["meter_event"] = {{"what", word(row.noted->what)}, {"time", time_text(row.noted->at)}};
  if (row.noted->cause) out["meter_event"].as_object()["cause"] = word(*row.noted->cause);
  return out;
}

}  // namespace

Words words_of(RelayReason reason) {
  switch (reason) {
    case RelayReason::credit: return {"On: there is money", "正常供电：余额充足"};
    case RelayReason::no_credit:
      return {"Off: the money is used up; a recharge restores it", "已断电：余额不足，充值后自动恢复"};
    case RelayReason::forced_on: return {"On: kept on by the staff", "保电：由管理员强制供电"};
    case RelayReason::forced_off: return {"Off: switched off by the staff", "已断电：由管理员强制关断"};
    case RelayReason::overload:
      return {"Off: too much power was drawn; it comes back by itself", "已断电：功率超限，稍后自动恢复"};
    case RelayReason::malignant:
      return {"Off: an appliance that is not allowed here; it comes back by itself", "已断电：检测到违规电器，稍后自动恢复"};
    case RelayReason::locked_out:
      return {"Off: locked out after repeated overloads; ask the staff", "已断电：多次超限已锁定，请联系管理员"};
    case RelayReason::timetable: return {"Off: switched off by the timetable", "已断电：当前为定时断电时段"};
    case RelayReason::returning: return {"Off: waiting its turn after a mains failure", "等待供电：停电恢复后依次送电"};
    case RelayReason::fire: return {"Off: fire alarm", "已断电：消防联动"};
    case RelayReason::stay_over:
      return {"Off: the stay has ended; it comes on when the next one begins", "已断电：已退宿，新住户入住后恢复"};
  }
  return {"", ""};
}

void put_control_now(const CircuitNow& now, boost::json::object& out) {
  out["mode"] = word(now.mode);
  out["warning"] = word(now.warning);
  if (now.reason) {
    const auto words = words_of(*now.reason);
    out["reason"] = word(*now.reason);
    out["words"] = {{"en", words.en}, {"zh-CN", words.zh}};
  }
  if (now.power) out["power_w"] = now.power->watts;
  if (now.trip != 0) out["trip"] = now.trip;
  out["locked"] = now.locked;
}

void get_relays(const Call& call, const http::Request& request) {
  const RoomId room{parse_number(request.param("room")).value_or(0)};
  if (!opening_of(call.desk.site(), room)) return call.refuse(problems::room_unknown);
  call.answer(200, [&desk = call.desk, room, from = call.caller.sees_from(room)] {
    boost::json::array items;
    for (const auto& row : desk.relay_rows(room))
      if (row.time >= from) items.push_back(row_json(row));
    return boost::json::object{{"items", std::move(items)}};
  });
}

}  // namespace wattle::api
