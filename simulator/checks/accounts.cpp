// At rest: all pockets summed up from the verbatim entries alone, and compared with what the world knows. Shares no code with
// the fold.

#include <algorithm>
#include <map>
#include <set>

#include "simulator/checks/books.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

/// All entries that count, as the cloud stores them.
std::map<Place, Entry> World::counted_entries() const {
  std::map<Place, Entry> entries;
  for (const auto& id : database_.streams())
    for (auto number = database_.first(id); number <= database_.head(id).number; ++number) {
      const auto entry = decode_entry(database_.entry(id, number)->bytes);
      require(entry.has_value(), "chain", "a stored entry cannot be read");
      entries.emplace(entry->place(), *entry);
    }
  return entries;
}

namespace {

void check_pockets(const std::map<Place, Entry>& entries, const cloud::Site& site,
                   const std::map<Holder, const LinkState*>& boxes) {
  std::map<Pocket, std::int64_t> pockets;
  for (const auto& [place, entry] : entries)
    for (const auto& line : entry.lines) {
      pockets[line.from] -= line.amount.micros;
      pockets[line.to] += line.amount.micros;
    }
  for (const auto& [pocket, micros] : pockets) {
    const auto text = to_text(pocket) + " holds " + std::to_string(micros);
    if (pocket.kind == PocketKind::transit) require(micros == 0, "transit", text);
    if (pocket.kind == PocketKind::codes) require(micros == 0, "codes", text);
    const bool of_room = pocket.kind == PocketKind::room || pocket.kind == PocketKind::allow;
    if (!of_room) continue;
    const auto* link = site.link(pocket.holder);
    require(link != nullptr, "writer", text + ", and nobody knows its holder");
    const auto* chain = site.index().room(pocket.room());
    const bool open = chain != nullptr && chain->open_at() == pocket.holder;
    if (link->row().fenced)
      require(micros == 0, "fenced pocket not empty", text);
    else if (!open)
      require(micros == 0, "stranded money", text);
    const auto at = boxes.find(pocket.holder);
    if (at != boxes.end() && !link->row().fenced)
      require(at->second->balance(pocket).micros == micros, "live ≠ replay",
              text + " by the entries alone, otherwise at its box");
  }
}

/// A close on behalf of a fenced box answers too.
void check_answers(const std::map<Place, Entry>& entries) {
  std::map<Uid, int> answers;
  std::map<std::pair<Holder, Uid>, std::uint64_t> cancelled;  // from which number of the link's on
  for (const auto& [place, entry] : entries)
    if (entry.kind == Kind::cancel && place.direction == Direction::down)
      cancelled.try_emplace({place.link, detail_of<Cancel>(entry).value_or(Cancel{}).id}, place.number);
  for (const auto& [place, entry] : entries) {
    std::optional<Uid> id;
    if (entry.kind == Kind::answer) id = detail_of<Answer>(entry).value_or(Answer{}).id;
    if (entry.kind == Kind::close) id = detail_of<Close>(entry).value_or(Close{}).id;
    if (entry.kind == Kind::close_for) id = detail_of<CloseFor>(entry).value_or(CloseFor{}).close.id;
    if (!id || *id == Uid{}) continue;  // a kind that this version does not know has no id
    require(++answers[*id] == 1, "one answer a request", "request " + to_hex(*id) + " has two answers");
    if (entry.kind == Kind::close_for || (entry.kind == Kind::answer && entry.lines.empty())) continue;
    const auto taken_back = cancelled.find({place.link, *id});
    require(taken_back == cancelled.end() || taken_back->second > entry.seen.number, "cancel",
            "request " + to_hex(*id) + " is granted by a box that had read that it was taken back");
  }
}

/// At a living box each request has its answer at last, also one of a kind that the box does not know.
void check_answered(const std::map<Place, Entry>& entries) {
  std::set<Place> answered;
  std::set<Holder> fenced;
  for (const auto& [place, entry] : entries) {
    if (entry.kind == Kind::fence) fenced.insert(detail_of<Fence>(entry).value_or(Fence{}).holder);
    if ((entry.kind == Kind::answer || entry.kind == Kind::close) && entry.cause) answered.insert(*entry.cause);
  }
  constexpr std::uint16_t first_request = 0x8000;
  for (const auto& [place, entry] : entries)
    require(place.direction != Direction::down || static_cast<std::uint16_t>(entry.kind) < first_request ||
                answered.contains(place) || fenced.contains(place.link),
            "liveness",
            "request " + std::to_string(place.number) + " to box " + std::to_string(place.link.edge.value) + " has no answer");
}

/// What was sold for a room before something was asked of it is in its pocket before it answers: else a refund misses it.
void check_redeemed_first(const std::map<Place, Entry>& entries) {
  std::map<Place, std::uint64_t> redeemed;  // issues; one that matches a typed code is redeemed by no entry of its own
  std::map<std::pair<Holder, RoomId>, std::vector<Place>> issues;
  for (const auto& [place, entry] : entries) {
    if (entry.kind == Kind::redeem && entry.cause) redeemed[*entry.cause] = place.number;
    if (entry.kind == Kind::code_issue && entry.room) issues[{place.link, *entry.room}].push_back(place);
  }
  for (const auto& [place, entry] : entries) {
    if ((entry.kind != Kind::answer && entry.kind != Kind::close) || !entry.room || !entry.cause) continue;
    for (const auto& issue : issues[{place.link, *entry.room}]) {
      const auto at = issue.number < entry.cause->number ? redeemed.find(issue) : redeemed.end();
      require(at == redeemed.end() || at->second < place.number, "codes",
              to_text(entry.kind) + " " + std::to_string(place.number) + " misses the code of entry " +
                  std::to_string(issue.number));
    }
  }
}

void check_receipts(const std::map<Place, Entry>& entries, const Facts& facts) {
  std::map<std::string, std::vector<Money>> booked;
  for (const auto& [place, entry] : entries) {
    if (entry.kind != Kind::cash && entry.kind != Kind::adopt) continue;
    const auto text = entry.outside.text();
    Money sum;
    for (const auto& line : entry.lines) sum.micros += line.amount.micros;
    booked[std::string(text.substr(text.find('/') + 1))].push_back(sum);  // the receipt, under whatever sort
  }
  for (const auto& [receipt, sums] : booked)
    require(sums.size() == 1, "receipt twice", "receipt " + receipt + " is booked " + std::to_string(sums.size()) + " times");
  for (const auto& [receipt, sale] : facts.receipts) {
    const auto at = booked.find(to_hex(receipt));
    require(at != booked.end() && at->second.front() == sale.second, "receipt lost",
            "receipt " + to_hex(receipt) + " or part of it");
  }
}

/// Each payment is paid back under one number at most, and no more than it was; of money in suspense what a person decided.
void check_refunds(const std::map<Place, Entry>& entries, const Facts& facts) {
  std::map<Uid, std::int64_t> released;
  for (const auto& [place, entry] : entries)
    if (const auto answer = entry.kind == Kind::answer ? detail_of<Answer>(entry) : std::nullopt)
      for (const auto& line : entry.lines) released[answer->id] += line.amount.micros;
    else if (const auto out = entry.kind == Kind::resolve ? detail_of<Payout>(entry) : std::nullopt)
      for (const auto& line : entry.lines) released[out->request] += line.amount.micros;
  std::map<Uid, std::int64_t> paid;
  std::set<std::string> numbers;
  for (const auto& [key, refund] : facts.refunds) {
    require(refund.payment.empty() || numbers.insert(refund.payment).second, "provider's bill",
            "payment " + refund.payment + " is asked back under two numbers");
    if (refund.outcome == cloud::RefundOutcome::paid) paid[key.first] += refund.amount.micros;
    const auto payment = facts.payments.find(refund.payment);
    if (payment == facts.payments.end()) continue;
    require(refund.amount <= payment->second.amount, "provider's bill",
            "more of payment " + refund.payment + " is asked back than was paid");
  }
  for (const auto& [id, micros] : paid)
    require(micros <= released[id], "provider's bill",
            "request " + to_hex(id) + " released " + std::to_string(released[id]) + ", and " + std::to_string(micros) +
                " was paid back");
}

void check_charged_again(const std::map<Place, Entry>& entries, const Entry& slice, const Entry& correction,
                         const std::string& text) {
  require(opening_before(entries, slice) == opening_before(entries, correction), "correction",
          text + "the next students get it or pay it");
  std::int64_t left = 0;
  for (const auto& line : slice.lines) left += line.amount.micros;
  for (const auto& [place, entry] : entries) {
    if (entry.kind != Kind::correction || entry.cause != slice.place()) continue;
    for (const auto& line : entry.lines)
      if (line.to.kind == PocketKind::sold) left -= line.amount.micros;
  }
  require(left >= 0, "correction", text + "more is taken again than it cost");
}

/// No slice gives back more than it took from a pocket, and allowance only after the room's own money; nor does it take as much
/// again more than once. What is corrected was charged in the stay that gets or pays it.
void check_corrections(const std::map<Place, Entry>& entries) {
  std::map<Place, std::map<PocketKind, std::int64_t>> left;  // of what the slice took
  for (const auto& [place, entry] : entries) {
    if (entry.kind != Kind::correction || !entry.cause) continue;
    const auto corrected = entries.find(*entry.cause);
    require(corrected != entries.end() && corrected->second.kind == Kind::consumption, "correction",
            "nothing stands where a correction points");
    const auto [at, fresh] = left.try_emplace(*entry.cause);
    if (fresh)
      for (const auto& line : corrected->second.lines) at->second[line.from.kind] += line.amount.micros;
    for (const auto& line : entry.lines)
      if (line.from.kind == PocketKind::sold) at->second[line.to.kind] -= line.amount.micros;
    const auto text = "of slice " + std::to_string(entry.cause->number) + " ";
    check_charged_again(entries, corrected->second, entry, text);
    for (const auto& [kind, micros] : at->second) require(micros >= 0, "correction", text + "more is given back than it cost");
    const bool allowance =
        std::any_of(entry.lines.begin(), entry.lines.end(), [](const Line& line) { return line.to.kind == PocketKind::allow; });
    require(!allowance || at->second[PocketKind::room] == 0, "correction",
            text + "allowance comes back before the room's money");
  }
}

/// One name from outside, one entry; and one allowance of a utility for a room's term, whoever lives there.
void check_names(const std::map<Place, Entry>& entries) {
  std::map<OutsideId, Place> named;
  std::set<std::string> terms;
  for (const auto& [place, entry] : entries) {
    if (!entry.outside.empty())
      require(named.emplace(entry.outside, place).second, "outside id twice", std::string(entry.outside.text()));
    if (entry.kind != Kind::allowance) continue;
    std::string term(entry.outside.text());  // allow/room/utility/term
    std::size_t end = 0;
    for (int parts = 0; parts < 4 && end != std::string::npos; ++parts) end = term.find('/', end == 0 ? 0 : end + 1);
    require(terms.insert(term.substr(0, end)).second, "allowance", "a term is granted twice: " + term);
  }
}

void check_chain(const Disk& disk, const Crypto& crypto) {
  for (const auto& id : disk.streams()) {
    if (disk.first(id) != 1) continue;  // dropped by retention
    Digest before{};
    for (std::uint64_t number = 1; number <= disk.head(id).number; ++number) {
      const auto record = disk.entry(id, number);
      before = crypto.chain(before, record->bytes);
      require(record->hash == before, "chain", "a stored hash is not that of its entries");
    }
  }
}

}  // namespace

void World::check_accounts() const {
  const auto entries = counted_entries();
  check_chain(database_, *crypto_);
  for (const auto& box : boxes_) check_chain(box->disk, *crypto_);
  check_bills(entries, facts_);
  check_cuts(entries, database_);
  check_answers(entries);
  check_answered(entries);
  check_redeemed_first(entries);
  check_receipts(entries, facts_);
  check_refunds(entries, facts_);
  check_corrections(entries);
  check_names(entries);
  check_terms(entries);
  check_openings(entries, facts_);
  check_suspended(entries, facts_, *processes_[ingest_].site);
  check_undecided(entries, *processes_[ingest_].site);
  check_debts(entries, *processes_[ingest_].site);
  std::map<Holder, const LinkState*> states;
  for (const auto& box : boxes_)
    if (box->engine) states[box->holder] = &box->engine->link().state();
  check_pockets(entries, *processes_[ingest_].site, states);
}

/// A room waits for the box that it was named for as long as that lives: it may have the room open, and could not say so yet.
void World::check_rehomed(const cloud::Site& site, const Uid& close, std::optional<EdgeId> awaited) const {
  const auto lives = [&](const auto& item) { return item.first.edge == awaited && !is_fenced(item.first); };
  require(
      !awaited || std::none_of(site.boxes().begin(), site.boxes().end(), lives) || site.index().destination(close) == awaited,
      "two holders", "a room is given another box while the one that it was named for lives");
}

/// No restore undoes a fence that is listed beside the backups.
void World::check_fences() const {
  for (const auto& holder : facts_.lists.fences) {
    const auto row = database_.row(Table::link, to_bytes(holder));
    const auto link = row ? from_bytes<LinkRow>(*row) : std::nullopt;
    require(link && link->fenced, "writer", "box " + std::to_string(holder.edge.value) + "'s fence is undone");
  }
}

}  // namespace wattle::sim
