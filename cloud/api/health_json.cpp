// How lines and meters stand, as their box told it with its newest report.

#include "cloud/api/wiring_routes.hpp"
#include "shared/meter/errors.hpp"

namespace wattle::api {
namespace {

/// Stable; what a meter refuses with a number of its own is told in the text.
std::string_view code_of(MeterErrc failure) {
  switch (failure) {
    case MeterErrc::silence: return "meter.silent";
    case MeterErrc::checksum: return "meter.checksum";
    case MeterErrc::wrong_address: return "meter.wrong_address";
    case MeterErrc::wrong_function: return "meter.wrong_function";
    case MeterErrc::length: return "meter.length";
    case MeterErrc::foreign: return "meter.other_answer";
    case MeterErrc::value: return "meter.value";
    case MeterErrc::meter_number: return "meter.bad_number";
    case MeterErrc::profile: return "meter.profile";
    case MeterErrc::framing: return "meter.framing";
    case MeterErrc::end_mark: return "meter.end_mark";
    case MeterErrc::direction: return "meter.direction";
    case MeterErrc::sequence: return "meter.sequence";
    case MeterErrc::data: return "meter.data";
    case MeterErrc::limit: return "meter.limit";
    case MeterErrc::torn: return "meter.torn";
    case MeterErrc::no_such_data: return "meter.no_such_data";
    case MeterErrc::password: return "meter.password";
    default: return is_refusal(failure) ? "meter.refused" : "meter.unreadable";
  }
}

std::string ago_text(Instant told, Duration ago) { return time_text(told - ago); }

}  // namespace

boost::json::value faults_json(const BusNow& bus) {
  if (!bus.faults) return nullptr;
  boost::json::array out;
  for (const auto& told : *bus.faults)
    out.push_back({{"code", word(told.fault)},
                   {"count", told.count},
                   {"last_at", ago_text(bus.received, told.last_ago)},
                   {"goes_on", told.goes_on}});
  return out;
}

boost::json::value health_json(const PlaceNow& meter) {
  if (!meter.health) return nullptr;
  const auto& health = *meter.health;
  boost::json::object out = {{"silent", health.silent},
                             {"foreign", health.foreign},
                             {"answers_as", nullptr},
                             {"register_stuck", health.register_stuck},
                             {"flows_open", health.flows_open},
                             {"relay_disobeys", health.disobeys},
                             {"torn", health.torn},
                             {"failure", nullptr}};
  if (health.foreign) out["answers_as"] = health.answers_as.value;
  if (!health.failure) return out;
  const auto code = static_cast<MeterErrc>(health.failure->code);
  out["failure"] = boost::json::object{{"code", code_of(code)},
                                       {"text", make_error_code(code).message()},
                                       {"at", ago_text(meter.received, health.failure->ago)}};
  return out;
}

Words remedy_of(WiringFault fault) {
  switch (fault) {
    case WiringFault::none: return {"", ""};
    case WiringFault::bus_unknown:
      return {"Set its bus first, or mend what the bus reports", "请先配置其总线，或排除总线上报的问题"};
    case WiringFault::profile_unknown:
      return {"Name a shipped profile or one of the site's own", "请填写内置型号或本站点自有型号的名称"};
    case WiringFault::bad_address: return {"Give an address of the profile's protocol", "请填写该型号协议允许的地址"};
    case WiringFault::address_taken:
      return {"Give it another address, or take the other meter of the box's file out",
              "请更换地址，或移除设备文件中占用该地址的电表"};
    case WiringFault::circuit_taken:
      return {"Give it another circuit, or take the other meter of the box's file out",
              "请更换回路，或移除设备文件中占用该回路的电表"};
    case WiringFault::too_many_circuits: return {"Name as many circuits as the profile has", "回路数不得超过该型号的回路数"};
    case WiringFault::bus_full: return {"Put the meter on another bus", "请将电表接到另一条总线"};
    case WiringFault::password_unreadable: return {"Set the meter's password again", "请重新设置电表密码"};
    case WiringFault::bad_port: return {"Give a port that the box can open", "请填写该设备能打开的端口"};
    case WiringFault::port_taken:
      return {"Give another port, or take the other bus of the box's file out", "请更换端口，或移除设备文件中占用该端口的总线"};
    case WiringFault::no_collectors:
      return {"Set listen under [collectors] in the box's own file and start the box again: it opens a port of that machine",
              "请在该设备自身的配置文件中填写 [collectors] 的 listen 并重启设备：这会在该机器上打开一个端口"};
    case WiringFault::line_format:
      return {"Set baud, parity and stop_bits of the bus", "请为总线填写 baud、parity 和 stop_bits"};
    case WiringFault::bad_number: return {"Check the number on the meter's plate", "请核对电表铭牌编号"};
    case WiringFault::other_protocol: return {"Put the meter on a bus of its protocol", "请将电表接到同协议的总线"};
    case WiringFault::too_many:
      return {"The box has 64 buses or 1,024 meters, those of its file among them; take some out",
              "该设备（含其文件中的配置）已有 64 条总线或 1024 块电表；请移除一些"};
    case WiringFault::bus_away:
      return {"Check the cable, adapter or address; the box goes on trying", "请检查线缆、适配器或地址；设备会持续重试"};
  }
  return {"", ""};
}

}  // namespace wattle::api
