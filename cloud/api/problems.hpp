#pragma once
// What the handlers refuse, with codes that never change (api-spec/openapi.yaml). Those of HTTP itself: cloud/http/problem.hpp.

#include "cloud/http/problem.hpp"

namespace wattle::api::problems {

using http::ProblemKind;

inline constexpr ProblemKind unauthenticated{401, "access.unauthenticated", "A valid token is needed", "需要有效的令牌"};
inline constexpr ProblemKind forbidden{403, "access.forbidden", "The token's role does not allow this",
                                       "该令牌的角色无权执行此操作"};
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
inline constexpr ProblemKind bad_rooms{400, "feed.bad_rooms", "The list of rooms cannot be read", "房间列表无法解析"};
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
inline constexpr ProblemKind claim_code{403, "claim.bad_code", "The claim code is none of this site's", "认领码无效"};
inline constexpr ProblemKind claim_expired{403, "claim.expired", "The claim code has expired", "认领码已过期"};
inline constexpr ProblemKind claim_used{409, "claim.used", "The claim code was used with other keys", "认领码已被其他密钥使用"};
inline constexpr ProblemKind slot_held{409, "claim.slot_held", "Another box holds the slot; fence it first",
                                       "该位置已有设备；请先停用它"};
inline constexpr ProblemKind claim_key{400, "claim.bad_key", "The sealing key cannot be used", "密封公钥不可用"};
inline constexpr ProblemKind claim_csr{400, "claim.bad_csr", "The certificate request cannot be used", "证书请求不可用"};

}  // namespace wattle::api::problems
