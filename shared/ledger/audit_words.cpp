#include <array>

#include "shared/ledger/audit.hpp"

namespace wattle {

namespace {

constexpr std::array cause_words = {
    "audit.hole",
    "audit.undecodable",
    "audit.misplaced",
    "audit.chain",
    "audit.signature",
    "audit.unsigned_head",
    "audit.incomplete",
    "audit.cut_differs",
    "audit.before_grant",
    "audit.seen_fell",
    "audit.seen_unknown",
    "audit.detail",
    "audit.amount",
    "audit.illegal_line",
    "audit.holder",
    "audit.foreign_room",
    "audit.overflow",
    "audit.not_covered",
    "audit.after_differs",
    "audit.outside_id_missing",
    "audit.outside_id_twice",
    "audit.room_not_open",
    "audit.room_open",
    "audit.slice_gap",
    "audit.price_unknown",
    "audit.price_differs",
    "audit.remainder_differs",
    "audit.split_differs",
    "audit.close_differs",
    "audit.open_without_close",
    "audit.open_differs",
    "audit.opened_twice",
    "audit.circuit_twice",
    "audit.credit_not_open",
    "audit.correction",
    "audit.request_unknown",
    "audit.answered_twice",
    "audit.release_differs",
    "audit.code_twice",
    "audit.code_unknown",
    "audit.transit_filled_twice",
    "audit.transit_cause",
    "audit.transit_overdrawn",
    "audit.payment_missing",
    "audit.payment_differs",
    "audit.payment_unbilled",
    "audit.refund_missing",
    "audit.refund_differs",
    "audit.refund_unbilled",
    "audit.refund_unreleased",
    "audit.clearing_differs",
    "audit.receipt_missing",
    "audit.receipt_differs",
    "audit.allowance_missing",
    "audit.allowance_differs",
    "audit.allowance_ungranted",
    "audit.first_reading_differs",
    "audit.register_behind",
    "audit.register_differs",
    "audit.energy_differs",
    "audit.order_missing",
    "audit.order_differs",
    "audit.decision_missing",
    "audit.request_open",
    "audit.transit_left",
    "audit.codes_left",
    "audit.closed_pocket_left",
    "audit.fenced_pocket_left",
    "audit.fenced_room_open",
    "audit.subsidy_differs",
    "audit.sum_not_zero",
};
static_assert(cause_words.size() == static_cast<std::size_t>(AuditCause::count));

constexpr std::array wait_words = {
    "wait.suspense_missing",
    "wait.suspense_less",
    "wait.room",
    "wait.site",
};
static_assert(wait_words.size() == static_cast<std::size_t>(WaitCause::count));

}  // namespace

const char* word(WaitCause cause) { return wait_words.at(static_cast<std::size_t>(cause)); }

const char* word(AuditCause cause) { return cause_words.at(static_cast<std::size_t>(cause)); }

}  // namespace wattle
