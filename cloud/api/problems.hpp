#pragma once
// What the handlers refuse, with codes that never change (api-spec/openapi.yaml). Those of HTTP itself: cloud/http/problem.hpp.

#include "cloud/http/problem.hpp"

namespace wattle::api::problems {

using http::ProblemKind;

inline constexpr ProblemKind unauthenticated{401, "access.unauthenticated", "A valid token is needed", "需要有效的令牌"};
inline constexpr ProblemKind forbidden{403, "access.forbidden", "The token's role does not allow this",
                                       "该令牌的角色无权执行此操作"};
inline constexpr ProblemKind too_many_requests{429, "access.too_many_requests", "Too many calls; wait a moment",
                                               "请求过于频繁，请稍后再试"};
inline constexpr ProblemKind login_refused{401, "login.refused", "The name or the password is wrong", "用户名或密码错误"};
inline constexpr ProblemKind login_too_fast{429, "login.too_fast", "Too many attempts; wait", "尝试次数过多，请稍后再试"};
inline constexpr ProblemKind login_busy{503, "login.busy", "Too many people are logging in just now", "当前登录人数过多"};
inline constexpr ProblemKind refresh_refused{401, "login.refresh_refused", "Log in again", "请重新登录"};
inline constexpr ProblemKind refresh_reused{
    401, "login.refresh_reused", "The session was ended, since its token was used twice", "令牌被重复使用，会话已终止"};
inline constexpr ProblemKind no_session{409, "login.no_session", "A service token has no session", "服务令牌没有会话"};
inline constexpr ProblemKind password_wrong{403, "login.password_wrong", "The present password is another one", "当前密码错误"};
inline constexpr ProblemKind user_name{400, "user.bad_name", "A user's name is 1 to 32 of [a-z0-9._-]",
                                       "用户名须为 1 到 32 个小写字母、数字或 ._-"};
inline constexpr ProblemKind user_role{400, "user.bad_role", "There is no such role", "没有这个角色"};
inline constexpr ProblemKind user_person{400, "user.bad_person", "A student is a person of the registry, and nobody else is",
                                         "学生用户须对应登记的人员，其他用户不得对应"};
inline constexpr ProblemKind last_admin{409, "user.last_admin", "Somebody must be left who can give rights",
                                        "必须保留至少一名管理员"};
inline constexpr ProblemKind person_unknown{404, "person.unknown", "There is no such person", "没有这个人员"};
inline constexpr ProblemKind student_id_taken{409, "person.student_id_taken", "Another person has this student id",
                                              "该学号已登记给其他人"};
inline constexpr ProblemKind room_unknown{404, "room.unknown", "There is no such room", "没有这个房间"};
inline constexpr ProblemKind edge_unknown{404, "edge.unknown", "There is no such box", "没有这个边缘设备"};
inline constexpr ProblemKind order_unknown{404, "order.unknown", "There is no such order", "没有这个订单"};
inline constexpr ProblemKind order_refused{422, "order.refused", "The order makes no sense", "订单内容不合理"};
inline constexpr ProblemKind key_missing{400, "idempotency.key_missing", "The Idempotency-Key header is needed",
                                         "缺少 Idempotency-Key 头"};
inline constexpr ProblemKind key_bad{400, "idempotency.key_invalid",
                                     "The Idempotency-Key must be 1 to 128 printable characters",
                                     "Idempotency-Key 须为 1 到 128 个可见字符"};
inline constexpr ProblemKind key_reused{409, "idempotency.key_reused", "This Idempotency-Key stands for another request",
                                        "该 Idempotency-Key 已用于其他请求"};
inline constexpr ProblemKind bad_cursor{400, "page.bad_cursor", "The cursor is none of ours", "游标无效"};
inline constexpr ProblemKind bad_limit{400, "page.bad_limit", "The limit is out of its range", "limit 超出范围"};
inline constexpr ProblemKind bad_period{400, "readings.bad_period",
                                        "from and to must be times between 2020 and 2100, from before to",
                                        "from 和 to 须为 2020 至 2100 年间的时间，且 from 早于 to"};
inline constexpr ProblemKind short_period{400, "loss.short_period", "A loss is told by days: ask for one day at least",
                                          "损耗按天统计：时间段至少为一天"};
inline constexpr ProblemKind bad_resolution{400, "readings.bad_resolution", "The resolution is raw, hour or day",
                                            "resolution 须为 raw、hour 或 day"};
inline constexpr ProblemKind bad_circuit{400, "readings.bad_circuit", "The circuit is no number", "circuit 不是有效编号"};
inline constexpr ProblemKind bad_utility{400, "readings.bad_utility",
                                         "The utility must be electricity, cold_water or hot_water",
                                         "utility 须为 electricity、cold_water 或 hot_water"};
inline constexpr ProblemKind readings_unavailable{503, "readings.unavailable", "Recorded readings cannot be read just now",
                                                  "暂时无法读取历史读数"};
inline constexpr ProblemKind readings_busy{503, "readings.busy", "Too many people are reading readings just now",
                                           "当前查询历史读数的人数过多"};
inline constexpr ProblemKind edge_offline{503, "edge.offline", "The room's box is not heard just now",
                                          "该房间的边缘设备当前离线"};
inline constexpr ProblemKind read_timed_out{504, "read.timed_out", "The box did not answer in time",
                                            "该房间的边缘设备未在时限内应答"};
inline constexpr ProblemKind read_busy{503, "read.busy", "Too many readings are under way just now", "当前抄读请求过多"};
inline constexpr ProblemKind read_not_wired{409, "read.not_wired", "The box has no meter of this room or circuit",
                                            "该边缘设备未接入此房间或回路的电表"};
inline constexpr ProblemKind read_box_older{
    409, "read.box_older", "The box does not know yet how to read one circuit alone; bring its program up to date",
    "该边缘设备的程序尚不支持单回路抄读，请升级"};
inline constexpr ProblemKind too_many_feeds{429, "feed.too_many", "This caller has as many feeds open as one may have",
                                            "该用户的实时连接数已达上限"};
inline constexpr ProblemKind bad_rooms{400, "feed.bad_rooms", "The list of rooms cannot be read", "房间列表无法解析"};
inline constexpr ProblemKind record_unknown{404, "record.unknown", "The registry has no such thing", "登记册中没有此项"};
inline constexpr ProblemKind record_in_use{409, "record.in_use", "Something else in the registry names it",
                                           "登记册中仍有其他项引用它"};
inline constexpr ProblemKind building_unknown{409, "record.building_unknown", "There is no such building", "没有这栋楼"};
inline constexpr ProblemKind floor_unknown{409, "record.floor_unknown", "The building has no such floor", "该楼没有这一层"};
inline constexpr ProblemKind meter_role{
    422, "record.meter_role", "A sub-meter has no circuit here; a main or monitor meter has one, and only a main meter a floor",
    "分表不填 circuit；总表和监测表须填 circuit，只有总表可以填 floor"};
inline constexpr ProblemKind meter_circuit{409, "record.meter_circuit", "Another meter has this circuit",
                                           "已有其他电表使用此回路"};
inline constexpr ProblemKind if_match_missing{428, "edit.if_match_missing",
                                              "If-Match is needed: what stands there would be lost",
                                              "缺少 If-Match 头，直接覆盖会丢失现有内容"};
inline constexpr ProblemKind changed_meanwhile{412, "edit.changed_meanwhile", "It was changed meanwhile; read it again",
                                               "内容已被他人修改，请重新读取"};
inline constexpr ProblemKind circuit_taken{409, "circuit.taken", "The circuit or its meter belongs to another room",
                                           "该回路或电表已属于其他房间"};
inline constexpr ProblemKind circuit_unknown{404, "circuit.unknown", "There is no such circuit", "没有这个回路"};
inline constexpr ProblemKind meter_same{409, "meter.same", "The circuit has this meter already", "该回路已是这块电表"};
inline constexpr ProblemKind meter_other{409, "meter.other", "The circuit has another meter", "该回路现用的是另一块电表"};
inline constexpr ProblemKind meter_below_charged{
    409, "meter.below_charged", "The old meter's last reading is below what was charged already; has its register rolled over?",
    "旧表止码低于已计费读数；是否已翻转归零？"};
inline constexpr ProblemKind meter_not_behind{409, "meter.not_behind",
                                              "The register does not stand below what was charged: it has not rolled over",
                                              "表码并不低于已计费读数，没有翻转"};
inline constexpr ProblemKind reading_not_held{409, "reading.not_held", "The circuit has no reading that is held",
                                              "该回路没有待确认的读数"};
inline constexpr ProblemKind reading_other{409, "reading.other",
                                           "The box has read something else: at or above this reading, and not far",
                                           "设备所读表码与此不符：应不低于该读数且相差不大"};
inline constexpr ProblemKind correction_entry{409, "correction.entry_unknown", "The entry is no consumption of this circuit",
                                              "该记录不是此回路的用量记录"};
inline constexpr ProblemKind correction_stay{
    409, "correction.stay_over",
    "It was charged in another stay, or at another box; it can not be put right for who lives there now",
    "该用量属于其他住期或其他设备，不能记到现住户名下"};
inline constexpr ProblemKind correction_amount{409, "correction.too_much", "More than the consumption cost",
                                               "超过该用量的金额"};
inline constexpr ProblemKind correction_waiting{409, "correction.waiting", "The box has yet to carry out the correction before",
                                                "设备尚未执行上一笔更正"};
inline constexpr ProblemKind correction_passed{409, "correction.passed",
                                               "Another correction took its place before it was carried out; it never will be",
                                               "已被另一笔更正取代，不会再执行"};
inline constexpr ProblemKind bus_name{400, "bus.bad_name", "A bus's name is 1 to 16 of [A-Za-z0-9._-]",
                                      "总线名称须为 1 到 16 个字母、数字或 ._-"};
inline constexpr ProblemKind bus_unknown{404, "bus.unknown", "The box has no such bus", "该边缘设备没有这条总线"};
inline constexpr ProblemKind bus_port{
    422, "bus.bad_port",
    "The port is /dev/…, tcp://host:port, modbus-tcp://host:port, collector://… or modbus-collector://…, and only a collector "
    "has a heartbeat",
    "port 须为 /dev/…、tcp://主机:端口、modbus-tcp://主机:端口、collector://… 或 modbus-collector://…；只有采集器可填 "
    "heartbeat"};
inline constexpr ProblemKind bus_line{422, "bus.bad_line", "baud is 300, 600 … 57600 or 115200; parity and stop_bits need it",
                                      "baud 须为 300、600 … 57600 或 115200；填写 parity 或 stop_bits 时必须同时填写"};
inline constexpr ProblemKind bus_rs485{422, "bus.bad_rs485",
                                       "rs485 is rts-high or rts-low, of a serial device; its delays need it",
                                       "rs485 须为 rts-high 或 rts-low，且仅适用于串口设备；填写延时时必须同时填写"};
inline constexpr ProblemKind bus_port_taken{409, "bus.port_taken", "Another bus of the box has this port",
                                            "该设备的另一条总线已使用此端口"};
inline constexpr ProblemKind bus_in_use{409, "bus.in_use", "There are meters on this bus", "该总线上仍有电表"};
inline constexpr ProblemKind bus_full{409, "bus.full", "The bus has 128 meters", "该总线已有 128 块电表"};
inline constexpr ProblemKind box_full{409, "edge.full", "The box has 64 buses, or 1,024 meters",
                                      "该边缘设备已有 64 条总线，或 1024 块电表"};
inline constexpr ProblemKind wired_unknown{404, "meter.not_wired", "The box has no such meter", "该边缘设备没有这块电表"};
inline constexpr ProblemKind profile_unknown{422, "profile.unknown", "There is no profile of this name",
                                             "没有此名称的电表型号"};
inline constexpr ProblemKind profile_missing{404, "profile.missing", "There is no profile of this name", "没有此名称的型号"};
inline constexpr ProblemKind profile_name{422, "profile.bad_name", "A profile's name is 1 to 20 of [a-z0-9-]",
                                          "型号名称须为 1 到 20 个小写字母、数字或 -"};
inline constexpr ProblemKind profile_bad{422, "profile.bad", "The profile cannot be used", "型号文件有误"};
inline constexpr ProblemKind profile_shipped{409, "profile.shipped", "A shipped profile has this name", "内置型号已使用此名称"};
inline constexpr ProblemKind profile_exists{409, "profile.exists", "A profile does not change; give it another name",
                                            "型号不可修改；请另取名称"};
inline constexpr ProblemKind meter_reads_otherwise{409, "meter.reads_otherwise",
                                                   "By this profile the meter is read otherwise than it was charged; close its "
                                                   "rooms first, and open them with what it shows then",
                                                   "该型号的读数方式与已计费的不同；请先关闭相关房间，再按新读数开户"};
inline constexpr ProblemKind profiles_full{409, "profile.too_many", "The site has 32 profiles of its own",
                                           "本站点已有 32 个自有型号"};
inline constexpr ProblemKind profile_refused{422, "profile.refused",
                                             "The model is known by name only: its maker has not published what is needed",
                                             "该型号仅知其名，厂家未公开所需资料"};
inline constexpr ProblemKind meter_address{422, "meter.bad_address", "The profile's protocol has no such address",
                                           "该型号的协议没有这样的地址"};
inline constexpr ProblemKind meter_asked_by_number{422, "meter.bad_address",
                                                   "A meter of this profile is asked by its number; leave the address out",
                                                   "该型号的电表按表号通信，请不要填写 address"};
inline constexpr ProblemKind meter_number{422, "meter.bad_number", "No meter of this profile has such a number",
                                          "该型号的电表不会有这样的编号"};
inline constexpr ProblemKind meter_circuits{
    422, "meter.bad_circuits", "A meter has one to so many circuits as its profile, each once, all of rooms or none",
    "回路数须为一至该型号的回路数，不得重复，且须全部属于房间或全部不属于"};
inline constexpr ProblemKind meter_protocol{422, "meter.other_protocol", "The bus speaks another protocol than this profile",
                                            "该总线的协议与此型号不同"};
inline constexpr ProblemKind meter_password{422, "meter.bad_password",
                                            "The password is eight hex digits, or sixteen with the operator's code",
                                            "密码须为 8 位十六进制数字，含操作者代码时为 16 位"};
inline constexpr ProblemKind meter_address_taken{409, "meter.address_taken", "Another meter has this address on the bus",
                                                 "该总线上另一块电表已使用此地址"};
inline constexpr ProblemKind meter_elsewhere{409, "meter.elsewhere", "The meter is wired to another box",
                                             "该电表已接入另一台边缘设备"};
inline constexpr ProblemKind meter_registry{409, "meter.registry_differs",
                                            "The registry has the meter as a main or monitor meter with another circuit",
                                            "登记册中该表为总表或监测表，回路与此不符"};
inline constexpr ProblemKind setting_changed{412, "setting.changed", "Somebody has changed it since; read it again",
                                             "设置已被他人修改；请重新读取"};
inline constexpr ProblemKind fitted_differently{409, "room.fitted_differently", "The room was fitted with other circuits",
                                                "该房间已按其他回路安装"};
inline constexpr ProblemKind price_contradicts{409, "price.contradicts",
                                               "This price version has other figures; use the next number",
                                               "该价格版本内容不同；请使用下一个版本号"};
inline constexpr ProblemKind price_unknown{404, "price.unknown", "There is no such price version", "没有这个价格版本"};
inline constexpr ProblemKind room_not_open{409, "room.not_open", "The room is not open at a box just now",
                                           "该房间目前未在任何设备上开通"};
inline constexpr ProblemKind stay_over{409, "room.stay_over", "The room's stay is over and its next one has not begun",
                                       "该房间的住宿已结束，下一期尚未开始"};
inline constexpr ProblemKind opening_not_next{409, "room.opening_not_next", "The next opening has another number",
                                              "下一次开户的序号不符"};
inline constexpr ProblemKind room_lived_in{
    409, "room.lived_in", "People of the stay before live there: end that of each who goes, or say that they stay",
    "上一期住户仍登记在住：请先为退宿者办理退住，或注明住户不变"};
inline constexpr ProblemKind code_too_large{409, "code.too_large", "The box would not honour so much without network",
                                            "金额超过设备离线可兑付的上限"};
inline constexpr ProblemKind code_cap_reached{
    409, "code.cap_reached", "The box honours no more codes until it has read of those that were sold; take a recharge",
    "设备在同步已售充值码之前不再兑付更多充值码；请改用普通充值"};
inline constexpr ProblemKind codes_used_up{409, "code.used_up",
                                           "The room's codes are used up; try again when its box has new ones",
                                           "该房间的充值码已用完；请待设备更新后重试"};
inline constexpr ProblemKind bad_term{400, "allowance.bad_term", "A term is 1 to 16 of [0-9A-Za-z._-]",
                                      "学期名须为 1 到 16 个字母、数字或 ._-"};
inline constexpr ProblemKind allowance_contradicts{409, "allowance.contradicts", "This term's allowance was granted otherwise",
                                                   "该学期的补贴已按其他内容发放"};
inline constexpr ProblemKind allowance_of_other_stay{
    409, "allowance.of_other_stay", "This term's allowance was granted to another stay; give this one's another name",
    "该学期的补贴已发给另一住期；请换用另一学期名"};
inline constexpr ProblemKind not_cancellable{409, "order.not_cancellable", "Such an order cannot be taken back",
                                             "该订单不可撤销"};
inline constexpr ProblemKind order_answered{409, "order.answered", "Its box has answered: it can no longer be taken back",
                                            "设备已答复，该订单不能再撤销"};
inline constexpr ProblemKind backup_failed{503, "backup.failed", "The backup came to nothing", "备份失败"};
inline constexpr ProblemKind room_closing{409, "room.closing", "The room is already on its way to another box",
                                          "该房间正在迁移"};
inline constexpr ProblemKind payment_unknown{409, "refund.payment_unknown", "There is no such payment of this room",
                                             "该房间没有这笔付款"};
inline constexpr ProblemKind payment_of_other_stay{409, "refund.stay_over",
                                                   "The payment was for another stay; what was left of that lies in suspense",
                                                   "该付款属于其他住期，其余额已转入待处理款项"};
inline constexpr ProblemKind exceeds_payment{409, "refund.exceeds_payment", "More than is left of that payment",
                                             "超过该付款的可退金额"};
inline constexpr ProblemKind part_unknown{404, "refund.part_unknown", "There is no such part of a refund", "没有这笔退款"};
inline constexpr ProblemKind part_settled{409, "refund.part_settled", "This part was settled otherwise",
                                          "这笔退款已有其他结果"};
inline constexpr ProblemKind part_told{409, "refund.part_told", "Somebody else has said so already: do not pay it again",
                                       "此笔退款已由他人登记，请勿重复付款"};
inline constexpr ProblemKind incarnation_unknown{409, "fence.incarnation_unknown", "This box never had that incarnation",
                                                 "该设备没有这个化身编号"};
inline constexpr ProblemKind fence_decided{409, "fence.decided_otherwise",
                                           "A box was fenced before, with another destination for its rooms",
                                           "设备此前已停用，其房间已归入另一位置"};
inline constexpr ProblemKind not_settled{409, "fence.not_settled", "After a restore every other living box must be heard first",
                                         "恢复之后须先收到其他设备的消息"};
inline constexpr ProblemKind unsettled{409, "suspense.not_settled",
                                       "Since a restore not every box and bill has been read: try again when they have",
                                       "恢复后尚有设备或账单未核对，请稍后再处理"};
inline constexpr ProblemKind audit_running{503, "audit.running", "An audit is under way already", "已有审计正在进行"};
inline constexpr ProblemKind audit_unknown{404, "audit.unknown", "There is no such audit", "没有这次审计"};
inline constexpr ProblemKind claim_code{403, "claim.bad_code", "The claim code is none of this site's", "认领码无效"};
inline constexpr ProblemKind claim_expired{403, "claim.expired", "The claim code has expired", "认领码已过期"};
inline constexpr ProblemKind claim_used{409, "claim.used", "The claim code was used with other keys", "认领码已被其他密钥使用"};
inline constexpr ProblemKind slot_held{409, "claim.slot_held", "Another box holds the slot; fence it first",
                                       "该位置已有设备；请先停用它"};
inline constexpr ProblemKind claim_key{400, "claim.bad_key", "The sealing key cannot be used", "密封公钥不可用"};
inline constexpr ProblemKind claim_csr{400, "claim.bad_csr", "The certificate request cannot be used", "证书请求不可用"};

}  // namespace wattle::api::problems
