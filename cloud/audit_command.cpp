// The audit beside a cloud that runs or stands: one moment of the database, and the journal as the bill.

#include "shared/ledger/audit.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <map>
#include <set>

#include "cloud/api/audit_json.hpp"
#include "cloud/commands.hpp"
#include "cloud/core/site.hpp"
#include "cloud/gateway/journal.hpp"
#include "cloud/gateway/site_keys.hpp"
#include "cloud/store/store.hpp"
#include "shared/api/money_text.hpp"
#include "shared/io/files.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t registers_bytes_max = 64 * 1024 * 1024;

/// Table::site holds rows of several sorts (cloud/core/site.hpp).
bool is_box_key(const Bytes& key) {
  constexpr std::string_view prefix = "box/";
  return key.size() > prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}

std::map<Holder, PublicKey> box_keys(const StoreReader& store) {
  std::map<Holder, PublicKey> keys;
  for (const auto& [key, value] : store.rows(Table::site))
    if (const auto row = from_bytes<BoxRow>(value); row && is_box_key(key)) keys[row->holder] = row->key;
  return keys;
}

/// "meter reading" a line.
std::optional<std::vector<AuditReading>> read_registers(const std::string& path) {
  const auto text = read_file(path, registers_bytes_max);
  if (!text) return std::nullopt;
  std::vector<AuditReading> readings;
  const char* at = text->data();
  const char* end = at + text->size();
  while (at != end) {
    AuditReading reading;
    auto parsed = std::from_chars(at, end, reading.meter.value);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != ' ') return std::nullopt;
    parsed = std::from_chars(parsed.ptr + 1, end, reading.reading.units);
    if (parsed.ec != std::errc{} || (parsed.ptr != end && *parsed.ptr != '\n')) return std::nullopt;
    readings.push_back(reading);
    at = parsed.ptr == end ? end : parsed.ptr + 1;
  }
  return readings;
}

/// What the journal shows, as evidence: without what is accepted and waits for its box, which the newer store tells.
class Evidence {
 public:
  Evidence(SiteId site, const LedgerStore& moment, const LedgerStore& newer) : site_(site), moment_(moment), newer_(newer) {
    for (const auto& [key, value] : newer.rows(Table::order))
      if (const auto order = decode_order(value)) wanted_.insert(id_of(*order));
  }

  void read(const BillsRead& bills, AuditInput& input) {
    input.payments.emplace();
    for (const auto& payment : bills.payments)
      if (!waits(payment)) input.payments->push_back({payment.number, payment.provider, payment.room, payment.amount});
    input.refunds.emplace();
    for (const auto& refund : bills.refunds) {
      const OutsideId id("refund/" + to_hex(refund.request) + "/" + std::to_string(refund.part));
      if (!moment_.find(site_, id).empty() || !newer_.row(Table::refund, to_bytes(refund.request)))
        input.refunds->push_back({refund.request, refund.part, refund.provider, refund.amount});
    }
    input.allowances.emplace();
    input.first_readings.emplace();
    for (const auto& order : bills.journal) {
      if (const auto* grant = std::get_if<AllowanceGrant>(&order); grant != nullptr && !waits(order))
        input.allowances->push_back({grant->room, grant->utility, grant->term, grant->amount});
      if (const auto* fitting = std::get_if<Fitting>(&order))
        for (const auto& circuit : fitting->circuits) input.first_readings->push_back({circuit.meter, circuit.reading});
    }
  }
  std::uint64_t waiting() const { return waiting_; }

 private:
  bool waits(const Order& order) {
    const auto id = id_of(order);
    const bool booked = !moment_.find(site_, id).empty();
    if (booked || !wanted_.contains(id)) return false;
    ++waiting_;
    return true;
  }

  SiteId site_;
  const LedgerStore& moment_;
  const LedgerStore& newer_;
  std::set<OutsideId> wanted_;
  std::uint64_t waiting_ = 0;
};

AuditInput streams_of(SiteId site, const LedgerStore& store, const PublicKey& cloud_key) {
  AuditInput input;
  input.site = site;
  const auto boxes = box_keys(store);
  for (const auto& id : store.streams()) {
    const bool received = id.direction == Direction::up;
    const auto box = boxes.find(id.link);
    const auto writer = !received ? cloud_key : box == boxes.end() ? PublicKey{} : box->second;
    input.streams.push_back(audit_stream(store, id, writer, received));
    for (auto& record : store.listed(id)) input.listed.push_back(std::move(record));
  }
  return input;
}

void print_table(const AuditReport& report, std::uint64_t waiting) {
  const auto& totals = report.totals;
  std::cout << "entries looked at     " << totals.entries << '\n';
  for (const auto& [provider, amount] : totals.paid)
    std::cout << "paid, provider " << static_cast<std::uint32_t>(provider) << "      " << money_text(amount) << '\n';
  for (const auto& [provider, amount] : totals.refunded)
    std::cout << "refunded, provider " << static_cast<std::uint32_t>(provider) << "  " << money_text(amount) << '\n';
  for (const auto& [utility, amount] : totals.sold)
    std::cout << "sold, utility " << static_cast<int>(utility) << "       " << money_text(amount) << '\n';
  std::cout << "payments waiting      " << waiting << '\n' << "differences           " << totals.differences << '\n';
  std::map<std::string_view, std::uint64_t> by_cause;
  for (const auto& one : report.differences) ++by_cause[word(one.cause)];
  for (const auto& [cause, count] : by_cause) std::cout << "  " << cause << "  " << count << '\n';
  for (const auto& one : report.differences)
    std::cout << "    " << word(one.cause) << "  " << one.what << "  expected " << one.expected << ", found " << one.found
              << '\n';
}

}  // namespace

int audit_site(const CloudConfig& config, const AuditOptions& options) {
  const auto site = config.site;
  const auto keys = SiteKeys::load(config.keys_file);
  if (!keys) return end_with(exit_keys, config.keys_file + ": " + keys.error().message());
  const auto store = open_to_read(config.store);
  if (!store) return end_with(exit_store, config.store + ": " + store.error().message());
  const SodiumCrypto crypto;
  auto input = streams_of(site, **store, keys->signer().key());
  // The journal after the moment, and the orders after the journal: what is in a later one only is on its way, not missing.
  const auto bills = JournalFile::read(config.journal, crypto);
  if (!bills) return end_with(exit_store, config.journal + ": " + bills.error().message());
  const auto newer = open_to_read(config.store);
  if (!newer) return end_with(exit_store, config.store + ": " + newer.error().message());
  Evidence evidence(site, **store, **newer);
  evidence.read(*bills, input);
  if (!options.registers.empty()) {
    input.registers = read_registers(options.registers);
    if (!input.registers) return end_with(exit_config, options.registers + ": must be lines of \"meter reading\"");
  }
  const auto report = audit(input, crypto);
  if (options.json)
    std::cout << api::audit_json(report, evidence.waiting()) << '\n';
  else
    print_table(report, evidence.waiting());
  return report.is_clean() ? exit_ok : exit_differences;
}

}  // namespace wattle::cloud
