// What a session makes of a message.

#include "shared/sync/session.hpp"

#include <algorithm>
#include <utility>

#include "sync.pb.h"

namespace wattle {

namespace {

std::optional<Head> take_head(const sync::Head& in) {
  Head head;
  head.number = in.number();
  if (in.number() == 0) return in.hash().empty() ? std::optional(head) : std::nullopt;
  if (in.hash().size() != head.hash.bytes.size()) return std::nullopt;
  std::copy(in.hash().begin(), in.hash().end(), head.hash.bytes.begin());
  return head;
}

std::optional<Signature> take_signature(const std::string& in) {
  Signature signature;
  if (in.size() != signature.bytes.size()) return std::nullopt;
  std::copy(in.begin(), in.end(), signature.bytes.begin());
  return signature;
}

}  // namespace

void Session::connect(Now) {
  connected_ = true;
  answer_to_ = 0;
  renew();
}

/// A new nonce of mine; what was known of the peer in the old session is known no more.
void Session::renew() {
  mine_ = entropy_->word() | 1;  // never 0, which means "none"
  yours_ = 0;
  counter_in_ = 0;
  peer_sending_ = 0;
  peer_known_ = false;
  peer_stopped_ = false;
  listed_ = 0;
  evidence_done_ = false;
  fence_patience_ = retry_after;
  evidence_patience_ = retry_after;
  peer_asked_ = false;
  answers_.clear();
  copy_ = {};
  copy_named_ = false;
  ask_due_ = link_->row().asking;
  status_due_ = true;
}

bool Session::belongs(std::uint64_t mine, std::uint64_t yours, bool is_status) {
  if (yours != mine_) {
    if (is_status) {
      answer_to_ = mine;
      status_due_ = true;
    }
    return false;
  }
  if (yours_ == 0) {
    yours_ = mine;
    status_due_ = true;
  }
  if (yours_ == mine) return true;
  renew();
  answer_to_ = mine;
  return false;
}

Heard Session::receive(ByteView bytes, Now now, Commit& commit) {
  Heard heard;
  sync::Message message;
  const bool readable =
      bytes.size() <= message_bytes_max && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!readable || message.mine() == 0) {
    heard.error = LedgerErrc::bad_message;
    return heard;
  }
  if (!connected_) return heard;
  if (!belongs(message.mine(), message.yours(), message.has_status())) {
    const bool greets = message.has_status() && message.yours() == 0;
    if (!greets) heard.error = LedgerErrc::other_session;
    return heard;
  }
  heard_at_ = now.tick;
  const bool was_stopped = link_->row().stopped.has_value();
  switch (message.body_case()) {
    case sync::Message::kStatus: on_status(message.status(), now, heard, commit); break;
    case sync::Message::kBatch: on_batch(message.batch(), heard, commit); break;
    case sync::Message::kAsk: on_ask(message.ask()); break;
    case sync::Message::kCopy: on_copy(message.copy(), now, heard, commit); break;
    case sync::Message::kEvidence: on_evidence(message.evidence(), heard, commit); break;
    case sync::Message::BODY_NOT_SET: break;  // a newer peer's message
  }
  // What was stored while this end was asking is read when it need not ask any more, and may stop there.
  if (!was_stopped && link_->row().stopped && !heard.error) heard.error = link_->row().stopped->reason;
  return heard;
}

template <class M>
void Session::on_status(const M& status, Now now, Heard& heard, Commit& commit) {
  const auto head = take_head(status.head());
  const auto cursor = take_head(status.cursor());
  if (!head || !cursor) {
    heard.error = LedgerErrc::bad_message;
    return;
  }
  if (status.counter() <= counter_in_) return;
  const bool is_first = std::exchange(counter_in_, status.counter()) == 0;
  heard.status = true;
  heard.fenced = status.fenced();
  heard.cursor = *cursor;
  if (status.time() != 0) heard.cloud_time = Instant{status.time()};
  if (heard.fenced || link_->row().fenced) {
    if (link_->end() == End::edge) listed_ = std::max(listed_, status.listed());
    return;
  }
  const bool was_asking = link_->row().asking;
  heard.on_chain = link_->compare(*cursor, commit);
  heard.forgot_own = !heard.on_chain;
  heard.forgot_theirs = status.agreed() > link_->theirs().head().number;
  if (!was_asking && link_->row().asking) ask_due_ = true;
  peer_stopped_ = status.has_stopped();
  peer_version_ = status.stream_version();
  peer_known_ = heard.on_chain;
  peer_head_ = head->number;
  heard.complete = peer_known_ && peer_head_ <= link_->theirs().head().number;
  if (peer_asked_ && peer_head_ >= link_->theirs().head().number) {
    peer_asked_ = false;
    status_due_ = true;  // what it took from me is its own again; it waits to be told that I stand on it
  }
  take_cursor(cursor->number, status.sending(), is_first, now);
}

void Session::take_cursor(std::uint64_t cursor, std::uint64_t sending, bool is_first, Now now) {
  // The peer may have lost what it once had: then its cursor is lower than what was sent long ago.
  const bool fell = cursor < peer_cursor_;
  const bool rose = cursor > peer_cursor_;
  peer_cursor_ = cursor;
  if (is_first || fell || next_ <= cursor) {
    patience_ = retry_after;
    resent_at_.reset();
    return send_from(cursor + 1);  // another session's batches were dropped
  }
  sending = std::min(sending, sendings_);
  auto since = progress_;
  for (; !under_way_.empty() && under_way_.front().last <= cursor; under_way_.pop_front())
    if (under_way_.front().sending <= sending) since = std::max(since, under_way_.front().at);
  if (rose) {
    patience_ = std::clamp(Duration{(now.tick - since).micros * 2}, retry_after, retry_after_max);
    progress_ = now.tick;
    probe_due_ = now.tick + patience_;
  }
  const bool is_lost = !under_way_.empty() && under_way_.front().sending <= sending;
  if (!is_lost || resent_at_ == cursor) return;
  resent_at_ = cursor;
  send_from(cursor + 1);
}

void Session::send_from(std::uint64_t number) {
  next_ = number;
  under_way_.clear();
}

template <class M>
void Session::on_batch(const M& message, Heard& heard, Commit& commit) {
  status_due_ = true;
  const auto signature = take_signature(message.signature());
  if (!signature || static_cast<std::size_t>(message.entries_size()) > batch_entries_max) {
    heard.error = LedgerErrc::bad_message;
    return;
  }
  Batch batch{message.first(), {}, *signature};
  for (const auto& entry : message.entries()) batch.entries.emplace_back(entry.begin(), entry.end());
  if (link_->row().stopped || link_->row().fenced) return;
  // Overtook the peer's status, which might say that my own entries are missing here, on which these rest.
  if (counter_in_ == 0) return;
  const auto taken = link_->take(batch, commit);
  // What was refused is not counted, since it is not lost.
  if (taken || taken.error() == LedgerErrc::hole) peer_sending_ = std::max(peer_sending_, message.sending());
  if (taken) {
    heard.entries = *taken;
    heard.complete = peer_known_ && peer_head_ <= link_->theirs().head().number;
    if (*taken > 0) try_take_back(heard, commit);
    return;
  }
  heard.error = static_cast<LedgerErrc>(taken.error().value());
  if (*heard.error == LedgerErrc::seen_unknown && link_->end() == End::cloud) {
    heard.forgot_own = true;
    link_->ask(commit);
    ask_due_ = true;
  }
}

template <class M>
void Session::on_evidence(const M& evidence, Heard& heard, Commit& commit) {
  if (link_->end() != End::cloud || !link_->row().fenced) return;
  if (evidence.first() != listed_) {
    status_due_ = true;  // it has not heard how much is here
    return;
  }
  std::vector<Bytes> entries;
  for (const auto& entry : evidence.entries())
    if (entry.size() <= entry_bytes_max) entries.emplace_back(entry.begin(), entry.end());
  heard.listed = link_->list(entries, commit);
  listed_ += static_cast<std::uint64_t>(evidence.entries_size());
  status_due_ = true;
}

template <class M>
void Session::on_ask(const M& ask) {
  if (answers_.size() >= answers_waiting_max) return;
  Asked asked{ask.next(), std::nullopt};
  if (ask.has_to()) asked.to = take_head(ask.to());
  answers_.push_back(asked);
  peer_asked_ = true;
}

template <class M>
void Session::on_copy(const M& part, Now now, Heard& heard, Commit& commit) {
  if (!link_->row().asking || link_->row().stopped) return;
  if (part.dropped_below() != 0) {
    heard.error = LedgerErrc::dropped;
    link_->stop({part.dropped_below(), LedgerErrc::dropped}, commit);
    return;
  }
  const auto to = take_head(part.to());
  if (!to) {
    heard.error = LedgerErrc::bad_message;
    return;
  }
  if (!copy_named_ || copy_.to != *to) {
    const auto from = std::min(link_->row().agreed, to->number);
    const auto hash = link_->mine().hash_at(from);
    if (!hash) return;
    copy_ = Copy{{from, *hash}, {}, *to, {}};
    copy_named_ = true;
  }
  if (part.first() != copy_.from.number + copy_.entries.size() + 1) return;
  for (const auto& entry : part.entries()) {
    if (copy_.entries.size() >= copy_entries_max) return;
    copy_.entries.emplace_back(entry.begin(), entry.end());
  }
  if (const auto signature = take_signature(part.signature())) copy_.signature = *signature;
  ask_due_ = true;
  ask_sent_ = now.tick;
  try_take_back(heard, commit);
}

/// Takes the copy back once all its parts are here, and at an edge what they rest on.
void Session::try_take_back(Heard& heard, Commit& commit) {
  if (!link_->row().asking || !copy_named_) return;
  if (copy_.from.number + copy_.entries.size() < copy_.to.number) return;
  auto taken_back = link_->take_back(copy_, commit);
  if (taken_back.outcome == TakeBack::waits) return;
  if (taken_back.outcome == TakeBack::refused) {
    heard.error = taken_back.error;
    const bool is_final = taken_back.error == LedgerErrc::copy_lacks_agreed || taken_back.error == LedgerErrc::copy_drops_seen;
    if (is_final || ++copies_refused_ >= copies_refused_max) link_->stop({copy_.to.number, taken_back.error}, commit);
  } else {
    copies_refused_ = 0;
  }
  copy_ = {};
  copy_named_ = false;
  ask_due_ = false;
  status_due_ = true;
  send_from(peer_cursor_ + 1);
  heard.taken_back = std::move(taken_back);
}

}  // namespace wattle
