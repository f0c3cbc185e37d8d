// One moment of the database, and the journal as the bill.

#include "cloud/books_audit.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <thread>
#include <tuple>

#include "cloud/core/rows.hpp"
#include "cloud/core/site.hpp"
#include "cloud/gateway/journal.hpp"
#include "cloud/store/store.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "shared/sync/link.hpp"

namespace wattle::cloud {
namespace {

constexpr std::chrono::seconds journal_patience{2};

/// Table::site holds rows of several sorts (cloud/core/site.hpp).
bool is_box_key(const Bytes& key) {
  constexpr std::string_view prefix = "box/";
  return key.size() > prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}

std::map<Holder, BoxRow> boxes_of(const StoreReader& store) {
  std::map<Holder, BoxRow> boxes;
  for (const auto& [key, value] : store.rows(Table::site))
    if (const auto row = from_bytes<BoxRow>(value); row && is_box_key(key)) boxes[row->holder] = *row;
  return boxes;
}

/// As they would be written now: rows and journal may be of different versions.
std::map<OutsideId, Bytes> orders_of(const StoreReader& store) {
  std::map<OutsideId, Bytes> orders;
  for (const auto& [key, value] : store.rows(Table::order))
    if (const auto order = decode_order(value)) orders.emplace(id_of(*order), encode(*order));
  return orders;
}

/// After a restore it is read at the next start.
bool has_read_journal(const BooksFiles& files, const LedgerStore& store) {
  const auto missing = store.row(Table::site, Bytes(bills_missing_key.begin(), bills_missing_key.end()));
  return (!missing || missing->empty()) && !std::filesystem::exists(files.restored_mark);
}

/// What the database says of itself: where the cloud may write, and whether it has heard all that it should.
void read_standing(const BooksFiles& files, const LedgerStore& store, AuditInput& input) {
  input.settled = has_read_journal(files, store);
  for (const auto& [holder, box] : boxes_of(store)) {
    const auto bytes = store.row(Table::link, to_bytes(holder));
    const auto link = bytes ? from_bytes<LinkRow>(*bytes).value_or(LinkRow{}) : LinkRow{};
    if (link.fenced) {
      if (link.told) input.listed_fences.insert(holder);
      continue;
    }
    const bool is_granted = store.head({files.site, holder, Direction::down}).number > 0;
    if (!box.unheard && !link.asking && is_granted) input.writable.insert(holder);
    input.settled = input.settled && !box.unheard;
  }
}

/// What the journal shows, as evidence; without what the database has heard of since its streams were read, or will when it has
/// read the journal after a restore.
class Evidence {
 public:
  Evidence(const BooksFiles& files, const LedgerStore& moment, const LedgerStore& newer, AuditInput& input)
      : site_(files.site),
        moment_(moment),
        newer_(newer),
        input_(input),
        knows_journal_(has_read_journal(files, moment)),
        accepted_(orders_of(moment)),
        wanted_(orders_of(newer)) {
    for (const auto& [id, bytes] : accepted_) note_ending(decode_order(bytes));
  }

  void read(const BillsRead& bills) {
    input_.payments.emplace();
    for (const auto& payment : bills.payments) take(payment);
    input_.refunds.emplace();
    for (const auto& refund : bills.refunds) take(refund);
    input_.allowances.emplace();
    input_.first_readings.emplace();
    for (const auto& order : bills.journal) {
      compare(order);
      if (const auto* grant = std::get_if<AllowanceGrant>(&order)) take(*grant);
      if (const auto* decided = std::get_if<Resolution>(&order)) take(*decided);
      if (const auto* fitting = std::get_if<Fitting>(&order))
        for (const auto& circuit : fitting->circuits)
          input_.first_readings->push_back({circuit.meter, circuit.reading, circuit.circuit});
    }
  }
  std::uint64_t waiting() const { return waiting_; }
  /// What the journal holds beside what the database was told: no matter of the entries.
  void report_orders(AuditReport& report) {
    report.totals.differences += orders_.size();
    for (auto& one : orders_)
      if (report.differences.size() < differences_max) report.differences.push_back(std::move(one));
  }

 private:
  /// Neither booked nor known when the streams were read.
  bool comes_later(const OutsideId& id) {
    if (input_.at_rest || !moment_.find(site_, id).empty() || accepted_.contains(id)) return false;
    if (!wanted_.contains(id) && knows_journal_) return false;
    ++waiting_;
    return true;
  }
  void take(const Payment& payment) {
    const auto id = id_of(payment);
    compare(payment);
    if (comes_later(id)) return;
    const auto issuer = payment.code ? std::optional(payment.code->issuer) : std::nullopt;
    input_.payments->push_back(
        {payment.number, payment.provider, payment.room, payment.amount, payment.opening, issuer, accepted_.contains(id)});
  }
  void take(const AllowanceGrant& grant) {
    const auto id = id_of(grant);
    if (comes_later(id)) return;
    const auto ends = endings_.find({grant.room, grant.utility, grant.opening});
    input_.allowances->push_back({grant.room, grant.utility, grant.term, grant.amount, grant.opening, accepted_.contains(id),
                                  ends == endings_.end() ? std::vector<Uid>() : ends->second});
  }
  /// An allowance that goes back to the university takes a new one along, so that waits.
  void note_ending(const std::optional<Order>& order) {
    const auto* release = order ? std::get_if<Release>(&*order) : nullptr;
    if (release == nullptr || release->request.to != ReleaseTo::subsidy) return;
    const auto& request = release->request;
    endings_[{release->room, request.allow, request.opening}].push_back(request.id);
  }
  /// After a restore it may wait until the money lies in suspense again. Out of there it is paid through a provider.
  void take(const Resolution& decided) {
    const auto id = id_of(decided);
    if (comes_later(id)) return;
    const bool is_booked = !moment_.find(site_, id).empty();
    const bool is_known = accepted_.contains(id);
    if (is_known || is_booked)
      input_.decisions.push_back({decided.id, decided.of, decided.amount, decided.room, decided.opening});
    if (decided.to == ResolveTo::provider && (is_booked || !is_known))
      input_.refunds->push_back({decided.id, 0, decided.provider, decided.amount});
  }
  /// A refund whose request the database knows is booked when its box has answered, which may take its time.
  void take(const BilledRefund& refund) {
    const OutsideId id("refund/" + to_hex(refund.request) + "/" + std::to_string(refund.part));
    const bool is_booked = !moment_.find(site_, id).empty();
    if (!input_.at_rest && !is_booked && (!knows_journal_ || !newer_.find(site_, id).empty())) {
      ++waiting_;
      return;
    }
    ReleaseRequest asked;
    asked.id = refund.request;
    const bool is_known =
        newer_.row(Table::refund, to_bytes(refund.request)).has_value() || wanted_.contains(id_of(Release{{}, asked}));
    input_.refunds->push_back({refund.request, refund.part, refund.provider, refund.amount, is_known});
  }
  void compare(const Order& order) {
    const auto id = id_of(order);
    const auto at = wanted_.find(id);
    if (at == wanted_.end() && knows_journal_)
      orders_.push_back({AuditCause::order_missing, std::string(id.text()), 1, 0});
    else if (at != wanted_.end() && at->second != encode(order))
      orders_.push_back({AuditCause::order_differs, std::string(id.text()), 1, 1});
  }

  SiteId site_;
  const LedgerStore& moment_;
  const LedgerStore& newer_;
  AuditInput& input_;
  bool knows_journal_;
  std::map<OutsideId, Bytes> accepted_;
  std::map<OutsideId, Bytes> wanted_;
  std::map<std::tuple<RoomId, Utility, std::uint32_t>, std::vector<Uid>> endings_;  // by what they end
  std::vector<Difference> orders_;
  std::uint64_t waiting_ = 0;
};

AuditInput streams_of(SiteId site, const LedgerStore& store, const PublicKey& cloud_key) {
  AuditInput input;
  input.site = site;
  const auto boxes = boxes_of(store);
  for (const auto& id : store.streams()) {
    const bool received = id.direction == Direction::up;
    const auto box = boxes.find(id.link);
    const auto writer = !received ? cloud_key : box == boxes.end() ? PublicKey{} : box->second.key;
    input.streams.push_back(audit_stream(store, id, writer, received));
    for (auto& record : store.listed(id)) input.listed.push_back(std::move(record));
  }
  return input;
}

/// The journal after the moment, and the orders after the journal: what is in a later one only is on its way, not missing.
Result<BooksAudit> compare(const BooksFiles& files, const Crypto& crypto, const LedgerStore& moment, AuditInput input) {
  const auto bills = JournalFile::read(files.journal, crypto);
  if (!bills) return bills.error();
  const auto newer = open_to_read(files.store);
  if (!newer) return newer.error();
  Evidence evidence(files, moment, **newer, input);
  evidence.read(*bills);
  BooksAudit books{audit(input, crypto), 0};
  evidence.report_orders(books.report);
  books.waiting = evidence.waiting() + books.report.totals.waiting;
  return books;
}

bool tells(const Result<BooksAudit>& books, std::initializer_list<AuditCause> causes) {
  return books && std::any_of(books->report.differences.begin(), books->report.differences.end(), [&](const Difference& one) {
           return std::find(causes.begin(), causes.end(), one.cause) != causes.end();
         });
}

/// Between a commit and its last line in the journal there is the time of many writes.
bool may_be_ahead_of_journal(const Result<BooksAudit>& books) {
  return tells(books, {AuditCause::payment_unbilled, AuditCause::refund_unbilled, AuditCause::allowance_ungranted});
}

/// One moment of files that a running cloud goes on writing. It stays that one while the journal is read again: another moment
/// might be ahead of the journal in its turn.
Result<BooksAudit> look(const BooksFiles& files, const Crypto& crypto) {
  const auto store = open_to_read(files.store);
  if (!store) return store.error();
  auto input = streams_of(files.site, **store, files.cloud_key);
  input.at_rest = input.slices_closed = files.at_rest;
  input.registers = files.registers;
  read_standing(files, **store, input);
  auto books = compare(files, crypto, **store, input);
  bool is_less = true;
  while (is_less && may_be_ahead_of_journal(books)) {
    const auto before = books->report.totals.differences;
    std::this_thread::sleep_for(journal_patience);
    books = compare(files, crypto, **store, input);
    is_less = books && books->report.totals.differences < before;
  }
  return books;
}

}  // namespace

/// What the bills have shown after a restore is paid out with the event after the one that told of it.
Result<BooksAudit> audit_books(const BooksFiles& files) {
  const SodiumCrypto crypto;
  auto books = look(files, crypto);
  if (files.at_rest || !tells(books, {AuditCause::refund_missing})) return books;
  std::this_thread::sleep_for(journal_patience);
  return look(files, crypto);
}

}  // namespace wattle::cloud
