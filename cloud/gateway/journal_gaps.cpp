#include "cloud/gateway/journal_gaps.hpp"

#include <algorithm>

namespace wattle::cloud {
namespace {

/// Made anew from the bills (Site::ask_again), which show it again.
bool is_from_bills(const Release& release) {
  const auto& payments = release.request.payments;
  return std::any_of(payments.begin(), payments.end(), [](const RefundTo& to) { return to.payment.empty(); });
}

/// The parts of which a person at the cash desk has said what became of them.
void note_parts(const JournalFile& journal, const Site& site, const Release& release, BillsRead& missing) {
  const auto* parts = site.refund(release.request.id);
  if (parts == nullptr) return;
  for (std::uint32_t number = 0; number < parts->size(); ++number) {
    const auto& part = (*parts)[number];
    if (part.state == 0 || part.to.payment.empty() || part.to.provider != Provider::cash_desk) continue;
    const auto outcome = static_cast<RefundOutcome>(part.state);
    const BilledRefund refund{release.request.id, number, part.to.provider, release.room, part.amount};
    if (!journal.knows(refund.request, number))
      (outcome == RefundOutcome::paid ? missing.refunds : missing.rejected).push_back(refund);
  }
}

BillsRead missing_in(const JournalFile& journal, const Site& site) {
  BillsRead missing;
  for (const auto& [id, order] : site.orders()) {
    const auto* payment = std::get_if<Payment>(&order);
    const auto* release = std::get_if<Release>(&order);
    if (payment != nullptr && payment->provider != Provider::cash_desk) continue;  // its provider's bill shows it
    if (release != nullptr && is_from_bills(*release)) continue;
    if (release != nullptr) note_parts(journal, site, *release, missing);
    if (journal.holds(order)) continue;
    if (payment != nullptr)
      missing.payments.push_back(*payment);
    else
      missing.journal.push_back(order);
  }
  return missing;
}

}  // namespace

/// Usually there are none, and then the file is not read.
Result<std::size_t> close_gaps(JournalFile& journal, const Site& site) {
  const auto missing = missing_in(journal, site);
  const bool is_whole =
      missing.payments.empty() && missing.journal.empty() && missing.refunds.empty() && missing.rejected.empty();
  return is_whole ? Result<std::size_t>(0) : journal.complete(missing);
}

bool has_gone_back(const Site& site, const BillsRead& journaled) {
  const auto is_lost = [&](const Order& order) { return is_valid(order) && !site.orders().contains(id_of(order)); };
  return !site.bills_missing() && (std::any_of(journaled.payments.begin(), journaled.payments.end(), is_lost) ||
                                   std::any_of(journaled.journal.begin(), journaled.journal.end(), is_lost));
}

}  // namespace wattle::cloud
