#include "shared/sync/link.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/sync/corrections.hpp"

namespace wattle {

namespace {

const std::vector<Record> none_arrives;

StreamId stream(SiteId site, Holder holder, Direction direction) { return {site, holder, direction}; }

/// A settlement's state as both ends keep it: replay starts from the newest one.
struct KeptState {
  Head up;
  Head down;
  Bytes state;
};
template <class F>
void fields(F& f, KeptState& v) {
  f(v.up), f(v.down), f(v.state);
}

/// Ordered by number within a holder, so that rows() gives them oldest first.
Bytes kept_key(Holder holder, std::uint64_t number) {
  Bytes key;
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(holder.edge.value >> shift));
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(holder.incarnation.value >> shift));
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(number >> shift));
  return key;
}

}  // namespace

bool may_pass_later(LedgerErrc error) {
  switch (error) {
    case LedgerErrc::forks_too_often:
    case LedgerErrc::copy_lacks_agreed:
    case LedgerErrc::copy_drops_seen:
    case LedgerErrc::dropped: return false;
    default: return true;
  }
}

bool stops(LedgerErrc error) {
  switch (error) {
    case LedgerErrc::hole:
    case LedgerErrc::chain:
    case LedgerErrc::signature:
    case LedgerErrc::seen_unknown:
    case LedgerErrc::copy_unsigned:
    case LedgerErrc::bad_message:
    case LedgerErrc::other_session: return false;
    default: return true;
  }
}

Link::Link(End end, SiteId site, Holder holder, const StoreReader& store, const Crypto& crypto, const Signer& signer,
           PublicKey peer)
    : end_(end),
      site_(site),
      holder_(holder),
      store_(&store),
      crypto_(&crypto),
      signer_(&signer),
      peer_(peer),
      up_(stream(site, holder, Direction::up), store, crypto),
      down_(stream(site, holder, Direction::down), store, crypto),
      state_(site, holder, crypto) {
  load();
}

void Link::load() {
  up_.load();
  down_.load();
  row_ = {};
  listed_.reset();
  if (const auto bytes = store_->row(Table::link, to_bytes(holder_)))
    if (const auto row = from_bytes<LinkRow>(*bytes)) row_ = *row;
  // What an older program could not read is tried again: this may be the upgrade that can.
  if (end_ == End::edge && row_.stopped && may_pass_later(row_.stopped->reason)) row_.stopped.reset();
  WATTLE_CHECK(refold().has_value());
}

bool Link::is_current() const {
  const auto row = store_->row(Table::link, to_bytes(holder_));
  return up_.head() == store_->head(up_.id()) && down_.head() == store_->head(down_.id()) &&
         row.value_or(to_bytes(LinkRow{})) == to_bytes(row_);
}

void Link::committed() {
  up_.committed();
  down_.committed();
}

void Link::put_row(Commit& commit) { commit.push_back(PutRow{Table::link, to_bytes(holder_), to_bytes(row_)}); }

Result<Place> Link::mint(Entry entry, Commit& commit) {
  auto& log = mine_mutable();
  entry.stream = log.id();
  entry.number = log.head().number + 1;
  if (end_ == End::edge) {
    entry.seen = {folded_, *down_.hash_at(folded_)};
    if (entry.room) {
      entry.after = state_.after(*entry.room);
      for (const auto& line : entry.lines) {
        const auto count = [&](const Pocket& pocket, std::int64_t amount) {
          if (pocket.holder != holder_ || pocket.number != entry.room->value) return;
          if (pocket.kind == PocketKind::room) entry.after->room.micros += amount;
          if (pocket.kind == PocketKind::allow) entry.after->allow.micros += amount;
        };
        count(line.from, -line.amount.micros);
        count(line.to, line.amount.micros);
      }
    }
  }
  auto bytes = encode(entry);
  const auto hash = crypto_->chain(log.head().hash, bytes);
  if (end_ == End::edge)
    if (auto ok = fold_up(entry, hash, &commit, &none_arrives); !ok) return ok.error();
  log.push(Record{std::move(bytes), hash, std::nullopt}, commit);
  return entry.place();
}

/// Numbers, chain and signature, before any entry is read. The records that are new.
Result<std::vector<Record>> Link::check_batch(const Batch& batch) const {
  const auto& log = theirs();
  const auto cursor = log.head();
  if (batch.first == 0 || batch.entries.empty() || batch.first > cursor.number + 1) return WATTLE_FAIL(LedgerErrc::hole);
  const auto before = log.hash_at(batch.first - 1);
  if (!before) return WATTLE_FAIL(LedgerErrc::hole);
  std::vector<Record> fresh;
  Head head{batch.first - 1, *before};
  for (const auto& bytes : batch.entries) {
    head = {head.number + 1, crypto_->chain(head.hash, bytes)};
    if (head.number > cursor.number)
      fresh.push_back({bytes, head.hash, std::nullopt});
    else if (log.hash_at(head.number) != head.hash)
      return WATTLE_FAIL(LedgerErrc::chain);
  }
  if (fresh.empty()) return fresh;
  if (!crypto_->verify(peer_, signed_head(log.id(), head), batch.signature)) return WATTLE_FAIL(LedgerErrc::signature);
  fresh.back().signature = batch.signature;
  return fresh;
}

Result<std::size_t> Link::take(const Batch& batch, Commit& commit) {
  auto fresh = check_batch(batch);
  if (!fresh) return fresh.error();
  auto& log = theirs_mutable();
  // While an edge asks for its own entries the cloud's are stored but not read: they may rest on what was forgotten.
  const bool read = end_ == End::cloud || !row_.asking;
  const auto writes_before = commit.size();
  const auto folded_before = folded_;
  std::uint64_t number = log.head().number;
  for (const auto& record : *fresh) {
    if (!read) break;
    if (auto ok = fold(record, ++number, &commit, *fresh); !ok) {
      commit.resize(writes_before);
      if (number > log.head().number + 1 || folded_ != folded_before) WATTLE_CHECK(refold().has_value());
      const auto why = static_cast<LedgerErrc>(ok.error().value());
      if (stops(why)) stop({number, why}, commit);
      return ok.error();
    }
  }
  for (auto& record : *fresh) log.push(std::move(record), commit);
  return fresh->size();
}

/// Applies one entry of the peer's stream.
Result<void> Link::fold(const Record& record, std::uint64_t number, Commit* commit, const Arriving& arriving) {
  const auto entry = decode_entry(record.bytes);
  if (!entry) return entry.error();
  if (entry->stream != theirs().id() || entry->number != number) return WATTLE_FAIL(LedgerErrc::misplaced);
  if (end_ == End::cloud) return fold_up(*entry, record.hash, commit, &arriving);
  if (auto ok = state_.apply(*entry); !ok) return ok;
  folded_ = number;
  return {};
}

/// Applies an entry of the edge, and before it what it had seen of the cloud's stream. A correction is judged where it
/// is news: as its box writes it, and as the cloud admits it. Replayed or given back it bears its writer's signature, and this
/// end may by then have dropped the consumption that it names.
Result<void> Link::fold_up(const Entry& entry, const Digest& hash, Commit* commit, const Arriving* arriving) {
  if (entry.seen.number < seen_) return WATTLE_FAIL(LedgerErrc::seen_fell);
  if (!down_.holds(entry.seen)) return WATTLE_FAIL(LedgerErrc::seen_unknown);
  if (auto ok = fold_down_to(entry.seen.number); !ok) return ok;
  if (entry.kind == Kind::correction && arriving != nullptr)
    if (auto ok = check_correction(entry, state_, entries_of(up_, *arriving)); !ok) return ok;
  if (auto ok = state_.apply(entry); !ok) return ok;
  seen_ = entry.seen.number;
  if (entry.kind == Kind::settlement && commit != nullptr) {
    const KeptState kept{{entry.number, hash}, entry.seen, state_.encoded()};
    commit->push_back(PutRow{Table::kept, kept_key(holder_, entry.number), to_bytes(kept)});
  }
  return {};
}

Result<void> Link::fold_down_to(std::uint64_t number) {
  while (folded_ < number) {
    const auto record = down_.at(folded_ + 1);
    WATTLE_CHECK(record.has_value());
    const auto entry = decode_entry(record->bytes);
    if (!entry) return entry.error();
    if (auto ok = state_.apply(*entry); !ok) return ok;
    ++folded_;
  }
  return {};
}

void Link::fold_to(std::uint64_t number) { WATTLE_CHECK(fold_down_to(number).has_value()); }

std::optional<Link::Kept> Link::kept_at(std::uint64_t settlement) const {
  const auto row = store_->row(Table::kept, kept_key(holder_, settlement));
  const auto kept = row ? from_bytes<KeptState>(*row) : std::nullopt;
  if (!kept || kept->up.number != settlement || !up_.holds(kept->up) || !down_.holds(kept->down)) return std::nullopt;
  auto state = LinkState::decode(site_, holder_, *crypto_, kept->state);
  if (!state) return std::nullopt;
  return Kept{std::move(*state), kept->down.number};
}

/// The newest kept state whose place is on both chains; false when replay must begin at the beginning. Found by its settlement,
/// above which everything is replayed in any case: all states that were ever kept, also of other links, would be a long read.
bool Link::begin_from_kept() {
  const auto first = std::max<std::uint64_t>(up_.first(), 1);
  for (auto number = up_.head().number; number >= first; --number) {
    const auto record = up_.at(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry || entry->kind != Kind::settlement) continue;
    auto kept = kept_at(number);
    if (!kept) continue;
    state_ = std::move(kept->state);
    folded_ = kept->folded;
    seen_ = kept->folded;
    return true;
  }
  return false;
}

/// `given_back`: the settlements above that number were not known here, so their states are kept now.
Result<void> Link::refold(std::uint64_t given_back, Commit* commit) {
  state_ = LinkState(site_, holder_, *crypto_);
  folded_ = 0;
  seen_ = 0;
  std::uint64_t number = 0;
  if (begin_from_kept()) number = state_.settlement().number;
  while (number < up_.head().number) {
    const auto record = up_.at(++number);
    WATTLE_CHECK(record.has_value());
    const auto entry = decode_entry(record->bytes);
    if (!entry) return entry.error();
    if (auto ok = fold_up(*entry, record->hash, number > given_back ? commit : nullptr); !ok) return ok;
  }
  if (end_ == End::edge && !row_.asking) read_rest();
  if (end_ == End::cloud && row_.fenced) fold_to(down_.head().number);  // up to the cut, as at the fence
  return {};
}

/// What the edge has received since its last entry. An entry that it cannot take now stops the stream there; of a fenced link
/// nothing is to come, and what came while it asked may rest on entries that it never had again.
void Link::read_rest() {
  if (auto ok = fold_down_to(down_.head().number); !ok && !row_.fenced)
    row_.stopped = Stopped{folded_ + 1, static_cast<LedgerErrc>(ok.error().value())};
}

bool Link::compare(const Head& named, Commit& commit) {
  const auto& log = mine();
  if (named.number < log.first() && named.number < row_.agreed) return true;  // dropped by retention, so agreed long ago
  if (!log.holds(named)) {
    ask(commit);
    return false;
  }
  if (named.number > row_.agreed) {
    row_.agreed = named.number;
    put_row(commit);
  }
  return true;
}

void Link::ask(Commit& commit) {
  if (row_.asking) return;
  row_.asking = true;
  put_row(commit);
}

void Link::end_asking(Commit& commit) {
  if (!row_.asking) return;
  row_.asking = false;
  if (end_ == End::edge) read_rest();
  put_row(commit);
}

void Link::stop(Stopped stopped, Commit& commit) {
  row_.stopped = stopped;
  put_row(commit);
}

void Link::resume(Commit& commit) {
  if (!row_.stopped) return;
  row_.stopped.reset();
  put_row(commit);
}

/// The copy's records with their hashes; the highest number that it shares with my own stream.
Result<std::uint64_t> Link::fork_of(const Copy& copy, std::vector<Record>& records) const {
  if (!mine().holds(copy.from)) return WATTLE_FAIL(LedgerErrc::copy_lacks_agreed);
  Head head = copy.from;
  std::uint64_t fork = copy.from.number;
  for (const auto& bytes : copy.entries) {
    head = {head.number + 1, crypto_->chain(head.hash, bytes)};
    if (fork + 1 == head.number && mine().hash_at(head.number) == head.hash) fork = head.number;
    records.push_back({bytes, head.hash, std::nullopt});
  }
  if (head != copy.to) return WATTLE_FAIL(LedgerErrc::chain);
  if (head.number > copy.from.number) {
    if (!crypto_->verify(signer_->key(), signed_head(mine().id(), head), copy.signature))
      return WATTLE_FAIL(LedgerErrc::copy_unsigned);
    records.back().signature = copy.signature;
  }
  return fork;
}

/// The highest of the cloud's entries that the edge's own records have seen.
Result<std::uint64_t> Link::rests_on(const std::vector<Record>& records) const {
  std::uint64_t seen = 0;
  for (const auto& record : records) {
    const auto entry = decode_entry(record.bytes);
    if (!entry) return entry.error();
    seen = entry->seen.number;
    if (entry->seen.number <= down_.head().number && !down_.holds(entry->seen)) return WATTLE_FAIL(LedgerErrc::seen_unknown);
  }
  return seen;
}

Link::TakenBack Link::take_back(const Copy& copy, Commit& commit) {
  std::vector<Record> records;
  const auto refuse = [](Error error) { return TakenBack{TakeBack::refused, static_cast<LedgerErrc>(error.value()), 0, {}}; };
  if (mine().holds(copy.to)) {
    end_asking(commit);
    return {TakeBack::nothing_lost, {}, 0, {}};
  }
  if (copy.to.number <= row_.agreed) return refuse(WATTLE_FAIL(LedgerErrc::copy_lacks_agreed));
  const auto fork = fork_of(copy, records);
  if (!fork) return refuse(fork.error());
  if (*fork < row_.agreed) return refuse(WATTLE_FAIL(LedgerErrc::copy_lacks_agreed));
  if (end_ == End::cloud && *fork < seen_) return refuse(WATTLE_FAIL(LedgerErrc::copy_drops_seen));
  if (end_ == End::edge) {
    const auto seen = rests_on(records);
    if (!seen) return {TakeBack::waits, static_cast<LedgerErrc>(seen.error().value()), 0, {}};
    if (*seen > down_.head().number) return {TakeBack::waits, {}, 0, {}};
  }
  // On a second self: what I have signed and nevertheless cannot fold must leave everything as it is.
  Link after = *this;
  Commit changes;
  auto& log = after.mine_mutable();
  TakenBack result{TakeBack::done, {}, *fork, log.set_aside(*fork, changes)};
  for (auto at = *fork - copy.from.number; at < records.size(); ++at) log.push(std::move(records[at]), changes);
  after.row_.asking = false;
  after.row_.agreed = copy.to.number;
  if (end_ == End::edge)
    if (auto ok = after.refold(*fork, &changes); !ok) return refuse(ok.error());
  after.put_row(changes);
  *this = std::move(after);
  commit.insert(commit.end(), std::make_move_iterator(changes.begin()), std::make_move_iterator(changes.end()));
  return result;
}

}  // namespace wattle
