#include "cloud/api/audit_json.hpp"

#include <boost/json.hpp>

#include "cloud/api/answers.hpp"
#include "shared/api/money_text.hpp"

namespace wattle::api {

std::string audit_json(const AuditReport& report, std::uint64_t waiting_payments) {
  const auto& totals = report.totals;
  boost::json::array differences;
  for (const auto& one : report.differences)
    differences.push_back({{"cause", word(one.cause)}, {"what", one.what}, {"expected", one.expected}, {"found", one.found}});
  boost::json::array waits;
  for (const auto& one : report.waits) waits.push_back({{"cause", word(one.cause)}, {"what", one.what}, {"on", one.on}});
  boost::json::object paid;
  for (const auto& [provider, amount] : totals.paid) paid[provider_text(provider)] = money_text(amount);
  boost::json::object refunded;
  for (const auto& [provider, amount] : totals.refunded) refunded[provider_text(provider)] = money_text(amount);
  boost::json::object sold;
  for (const auto& [utility, amount] : totals.sold) sold[utility_text(utility)] = money_text(amount);
  boost::json::object energy;
  for (const auto& [utility, amount] : totals.energy) energy[utility_text(utility)] = amount.units;
  boost::json::object balances;
  for (const auto& [pocket, amount] : report.standing) balances[to_text(pocket)] = money_text(amount);
  const boost::json::object out = {
      {"clean", report.is_clean()},          {"entries", totals.entries},
      {"differences", totals.differences},   {"told", std::move(differences)},
      {"waits", std::move(waits)},           {"paid", std::move(paid)},
      {"refunded", std::move(refunded)},     {"sold", std::move(sold)},
      {"energy", std::move(energy)},         {"balances", std::move(balances)},
      {"cash", money_text(totals.cash)},     {"allowance_given", money_text(totals.allowance_given)},
      {"listed_sales", totals.listed_sales}, {"waiting_payments", waiting_payments}};
  return boost::json::serialize(out);
}

}  // namespace wattle::api
