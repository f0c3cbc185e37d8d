// What outside the cloud is known of money: the providers' bills, and the journal.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

cloud::RefundsJournaled World::journaled_refunds() const {
  cloud::RefundsJournaled out;
  for (const auto& [key, refund] : facts_.refunds) {
    if (refund.provider != Provider::cash_desk) continue;
    auto& said = refund.outcome == cloud::RefundOutcome::paid ? out.paid : out.rejected;
    if (refund.outcome != cloud::RefundOutcome{})
      said.push_back({key.first, key.second, refund.provider, refund.room, refund.amount});
  }
  return out;
}

/// Of the days since the last ones were read, or since the oldest backup that may still be restored. Refunds all, since what is
/// not yet in the books is not remembered across a restart.
void World::read_bills() {
  auto from = billed_;
  for (const auto& backup : backups_)
    from = {std::min(from.payment, backup.billed.payment), std::min(from.order, backup.billed.order)};
  const Bills to{next_payment_, facts_.journal.size()};
  cloud::BillsRead bills;
  for (auto number = from.payment; number < to.payment; ++number)
    if (const auto name = "P" + std::to_string(number); !facts_.unbilled.contains(name))
      bills.payments.push_back(facts_.payments.at(name));
  for (const auto& [key, refund] : facts_.refunds)
    if (refund.outcome == cloud::RefundOutcome::paid)
      bills.refunds.push_back({key.first, key.second, refund.provider, refund.room, refund.amount});
  bills.rejected = journaled_refunds().rejected;  // the providers' bills say nothing of those
  for (const auto& [decision, refund] : facts_.paid_by_hand)
    bills.refunds.push_back({decision, 0, refund.provider, refund.room, refund.amount});
  bills.journal.assign(facts_.journal.begin() + static_cast<std::ptrdiff_t>(from.order), facts_.journal.end());
  bills_due_ = false;  // whether or not the process lives to say so
  if (to_cloud(bills)) billed_ = to;
}

}  // namespace wattle::sim
