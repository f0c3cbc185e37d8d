// One moment of the database, and the journal as the bill.

#include "cloud/books_audit.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "cloud/core/site.hpp"
#include "cloud/gateway/journal.hpp"
#include "cloud/store/store.hpp"
#include "shared/crypto/sodium_crypto.hpp"

namespace wattle::cloud {
namespace {

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
      if (const auto* decided = std::get_if<Resolution>(&order);
          decided != nullptr && decided->to == ResolveTo::provider && !waits(order))
        input.refunds->push_back({decided->id, 0, decided->provider, decided->amount});
      if (const auto* fitting = std::get_if<Fitting>(&order))
        for (const auto& circuit : fitting->circuits)
          input.first_readings->push_back({circuit.meter, circuit.reading, circuit.circuit});
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

}  // namespace

Result<BooksAudit> audit_books(const BooksFiles& files) {
  const SodiumCrypto crypto;
  const auto store = open_to_read(files.store);
  if (!store) return store.error();
  auto input = streams_of(files.site, **store, files.cloud_key);
  // The journal after the moment, and the orders after the journal: what is in a later one only is on its way, not missing.
  const auto bills = JournalFile::read(files.journal, crypto);
  if (!bills) return bills.error();
  const auto newer = open_to_read(files.store);
  if (!newer) return newer.error();
  Evidence evidence(files.site, **store, **newer);
  evidence.read(*bills, input);
  input.registers = files.registers;
  return BooksAudit{audit(input, crypto), evidence.waiting()};
}

}  // namespace wattle::cloud
