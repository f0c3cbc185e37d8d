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
inline constexpr ProblemKind bad_resolution{400, "readings.bad_resolution", "The resolution is raw, hour or day",
                                            "resolution 须为 raw、hour 或 day"};
inline constexpr ProblemKind bad_circuit{400, "readings.bad_circuit", "The circuit is no number", "circuit 不是有效编号"};
inline constexpr ProblemKind readings_unavailable{503, "readings.unavailable", "Recorded readings cannot be read just now",
                                                  "暂时无法读取历史读数"};
inline constexpr ProblemKind readings_busy{503, "readings.busy", "Too many people are reading readings just now",
                                           "当前查询历史读数的人数过多"};
inline constexpr ProblemKind bad_rooms{400, "feed.bad_rooms", "The list of rooms cannot be read", "房间列表无法解析"};
inline constexpr ProblemKind record_unknown{404, "record.unknown", "The registry has no such thing", "登记册中没有此项"};
inline constexpr ProblemKind record_in_use{409, "record.in_use", "Something else in the registry names it",
                                           "登记册中仍有其他项引用它"};
inline constexpr ProblemKind building_unknown{409, "record.building_unknown", "There is no such building", "没有这栋楼"};
inline constexpr ProblemKind floor_unknown{409, "record.floor_unknown", "The building has no such floor", "该楼没有这一层"};
inline constexpr ProblemKind if_match_missing{428, "edit.if_match_missing",
                                              "If-Match is needed: what stands there would be lost",
                                              "缺少 If-Match 头，直接覆盖会丢失现有内容"};
inline constexpr ProblemKind changed_meanwhile{412, "edit.changed_meanwhile", "It was changed meanwhile; read it again",
                                               "内容已被他人修改，请重新读取"};
inline constexpr ProblemKind circuit_taken{409, "circuit.taken", "The circuit or its meter belongs to another room",
                                           "该回路或电表已属于其他房间"};
inline constexpr ProblemKind circuit_unknown{404, "circuit.unknown", "There is no such circuit", "没有这个回路"};
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
inline constexpr ProblemKind opening_not_next{409, "room.opening_not_next", "The next opening has another number",
                                              "下一次开户的序号不符"};
inline constexpr ProblemKind code_too_large{409, "code.too_large", "The box would not honour so much without network",
                                            "金额超过设备离线可兑付的上限"};
inline constexpr ProblemKind codes_used_up{409, "code.used_up",
                                           "The room's codes are used up; try again when its box has new ones",
                                           "该房间的充值码已用完；请待设备更新后重试"};
inline constexpr ProblemKind bad_term{400, "allowance.bad_term", "A term is 1 to 16 of [0-9A-Za-z._-]",
                                      "学期名须为 1 到 16 个字母、数字或 ._-"};
inline constexpr ProblemKind allowance_contradicts{409, "allowance.contradicts", "This term's allowance was granted otherwise",
                                                   "该学期的补贴已按其他内容发放"};
inline constexpr ProblemKind not_cancellable{409, "order.not_cancellable", "Such an order cannot be taken back",
                                             "该订单不可撤销"};
inline constexpr ProblemKind backup_failed{503, "backup.failed", "The backup came to nothing", "备份失败"};
inline constexpr ProblemKind room_closing{409, "room.closing", "The room is already on its way to another box",
                                          "该房间正在迁移"};
inline constexpr ProblemKind payment_unknown{409, "refund.payment_unknown", "There is no such payment of this room",
                                             "该房间没有这笔付款"};
inline constexpr ProblemKind exceeds_payment{409, "refund.exceeds_payment", "More than is left of that payment",
                                             "超过该付款的可退金额"};
inline constexpr ProblemKind part_unknown{404, "refund.part_unknown", "There is no such part of a refund", "没有这笔退款"};
inline constexpr ProblemKind part_settled{409, "refund.part_settled", "This part was settled otherwise",
                                          "这笔退款已有其他结果"};
inline constexpr ProblemKind incarnation_unknown{409, "fence.incarnation_unknown", "This box never had that incarnation",
                                                 "该设备没有这个化身编号"};
inline constexpr ProblemKind not_settled{409, "fence.not_settled", "After a restore every other living box must be heard first",
                                         "恢复之后须先收到其他设备的消息"};
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
