// What a session says: statuses, batches and the peer's copy, and when.

#include <algorithm>
#include <utility>

#include "shared/sync/session.hpp"
#include "sync.pb.h"

namespace wattle {

namespace {

void put_head(sync::Head* out, const Head& head) {
  out->set_number(head.number);
  if (head.number != 0) out->set_hash(head.hash.bytes.data(), head.hash.bytes.size());
}

}  // namespace

template <class M>
void Session::put(M& message, Position rests_on, std::vector<Outgoing>& out) {
  message.set_mine(mine_);
  message.set_yours(yours_);
  Outgoing outgoing;
  outgoing.bytes.resize(message.ByteSizeLong());
  message.SerializeToArray(outgoing.bytes.data(), static_cast<int>(outgoing.bytes.size()));
  outgoing.rests_on = rests_on;
  out.push_back(std::move(outgoing));
}

std::vector<Outgoing> Session::produce(Now now) {
  std::vector<Outgoing> out;
  if (!connected_) return out;
  if (link_->end() == End::cloud && link_->row().fenced && !link_->row().told) return out;
  // With a probe, since it may be my status that was lost: without one the peer takes no batch.
  const bool probes = may_send() && is_under_way() && now.tick >= probe_due_;
  if (status_due_ || probes || now.tick - status_sent_ >= status_patience()) put_status(now, out);
  if (yours_ == 0) return out;
  if (link_->row().asking && !link_->row().stopped) put_ask(now, out);
  put_answers(out);
  if (link_->row().fenced) {
    if (link_->end() == End::edge) put_evidence(now, out);
    return out;
  }
  if (may_send()) put_batches(now, out);
  return out;
}

void Session::put_status(Now now, std::vector<Outgoing>& out) {
  sync::Message message;
  auto* status = message.mutable_status();
  put_head(status->mutable_head(), link_->mine().head());
  put_head(status->mutable_cursor(), link_->theirs().head());
  status->set_agreed(link_->row().agreed);
  if (const auto& stopped = link_->row().stopped) {
    status->mutable_stopped()->set_number(stopped->number);
    status->mutable_stopped()->set_reason(static_cast<std::uint32_t>(stopped->reason));
  }
  status->set_stream_version(stream_version);
  status->set_boot(boot_);
  status->set_counter(++counter_out_);
  if (link_->end() == End::cloud) {
    status->set_time(now.wall.micros);
    status->set_fenced(link_->row().fenced);
    status->set_listed(listed_);
  }
  const Position position{link_->mine().head().number, link_->theirs().head().number};
  const auto bound = yours_;
  if (answer_to_ != 0) {
    yours_ = std::exchange(answer_to_, 0);
    put(message, position, out);
    yours_ = bound;
  }
  // What has arrived is of the bound session; and the counter makes older statuses void.
  status->set_sending(peer_sending_);
  if (bound != 0 || out.empty()) put(message, position, out), out.back().status = bound;
  status_due_ = false;
  status_sent_ = now.tick;
  if (link_->row().fenced) fence_patience_ = std::min(Duration{fence_patience_.micros * 2}, beat_after);
}

void Session::put_batches(Now now, std::vector<Outgoing>& out) {
  if (!is_under_way()) {
    progress_ = now.tick;
    probe_due_ = now.tick + patience_;
  } else if (now.tick >= probe_due_) {
    // All that is under way may be lost, or late: the first alone tells which.
    const auto last = put_batch(peer_cursor_ + 1, out);
    while (!under_way_.empty() && under_way_.front().last <= last) under_way_.pop_front();
    if (last != 0) under_way_.push_front({last, sendings_, now.tick});
    next_ = std::max(next_, last + 1);
    patience_ = std::min(Duration{patience_.micros * 2}, retry_after_max);
    probe_due_ = now.tick + patience_;
  }
  while (next_ <= link_->mine().head().number && next_ <= peer_cursor_ + window_entries_max &&
         under_way_.size() < window_batches_max) {
    const auto last = put_batch(next_, out);
    if (last == 0) return;
    under_way_.push_back({last, sendings_, now.tick});
    next_ = last + 1;
  }
}

/// The number of its last entry; 0 if they were dropped here and are not yet at the peer: its status will say what it has.
std::uint64_t Session::put_batch(std::uint64_t first, std::vector<Outgoing>& out) {
  const auto& log = link_->mine();
  if (first > log.head().number) return 0;  // another process has withdrawn them
  sync::Message message;
  auto* batch = message.mutable_batch();
  Head last;
  std::size_t bytes = 0;
  for (auto number = first; number <= log.head().number && bytes < batch_bytes_max; ++number) {
    if (static_cast<std::size_t>(batch->entries_size()) == batch_entries_max) break;
    const auto record = log.at(number);
    if (!record) return 0;
    batch->add_entries(record->bytes.data(), record->bytes.size());
    bytes += record->bytes.size();
    last = {number, record->hash};
  }
  const auto signature = link_->sign(last);
  batch->set_first(first);
  batch->set_signature(signature.bytes.data(), signature.bytes.size());
  batch->set_sending(++sendings_);
  put(message, {last.number, 0}, out);
  return last.number;
}

/// A part at a time; the next when the cloud has said that this one is there.
void Session::put_evidence(Now now, std::vector<Outgoing>& out) {
  const bool is_again = next_ == listed_ + 1;
  if (evidence_done_ || (is_again && now.tick - progress_ < evidence_patience_)) return;
  const auto evidence = link_->evidence();
  evidence_done_ = listed_ >= evidence.size();
  if (evidence_done_) return;
  sync::Message message;
  auto* part = message.mutable_evidence();
  part->set_first(listed_);
  std::size_t bytes = 0;
  for (auto at = listed_; at < evidence.size() && bytes < batch_bytes_max; ++at) {
    part->add_entries(evidence[at].data(), evidence[at].size());
    bytes += evidence[at].size();
  }
  next_ = listed_ + 1;
  progress_ = now.tick;
  evidence_patience_ = is_again ? std::min(Duration{evidence_patience_.micros * 2}, beat_after) : retry_after;
  put(message, {}, out);
}

void Session::put_ask(Now now, std::vector<Outgoing>& out) {
  if (!ask_due_ && now.tick - ask_sent_ < retry_after) return;
  sync::Message message;
  auto* ask = message.mutable_ask();
  if (copy_named_) {
    put_head(ask->mutable_from(), copy_.from);
    put_head(ask->mutable_to(), copy_.to);
    ask->set_next(copy_.from.number + copy_.entries.size() + 1);
    if (ask->next() > copy_.to.number) {  // complete: waits for what it rests on
      ask_due_ = false;
      ask_sent_ = now.tick;
      return;
    }
  } else {
    const auto agreed = link_->row().agreed;
    put_head(ask->mutable_from(), {agreed, link_->mine().hash_at(agreed).value_or(Digest{})});
    ask->set_next(agreed + 1);
  }
  ask_due_ = false;
  ask_sent_ = now.tick;
  put(message, {}, out);
}

/// The peer's own stream back to it, a part at a time, up to the head that the first part named.
void Session::put_answers(std::vector<Outgoing>& out) {
  const auto& log = link_->theirs();
  for (; !answers_.empty(); answers_.pop_front()) {
    const auto& asked = answers_.front();
    sync::Message message;
    auto* part = message.mutable_copy();
    Head to = log.head();
    if (asked.to && log.holds(*asked.to)) to = *asked.to;
    put_head(part->mutable_to(), to);
    auto number = std::min(asked.first, to.number + 1);
    part->set_first(number);
    if (number < log.first()) {
      part->set_dropped_below(log.first());
      number = to.number + 1;
    }
    for (std::size_t bytes = 0; number <= to.number && bytes < batch_bytes_max; ++number) {
      const auto record = log.at(number);
      if (!record) break;
      part->add_entries(record->bytes.data(), record->bytes.size());
      bytes += record->bytes.size();
    }
    if (const auto last = log.at(to.number); last && last->signature)
      part->set_signature(last->signature->bytes.data(), last->signature->bytes.size());
    put(message, {0, to.number}, out);
  }
}

Tick Session::wake_up() const {
  if (!connected_ || (link_->end() == End::cloud && link_->row().fenced && !link_->row().told)) return never;
  const bool asks = link_->row().asking && !link_->row().stopped;
  if (status_due_ || (yours_ != 0 && ((ask_due_ && asks) || !answers_.empty()))) return Tick{};
  Tick next = status_sent_ + status_patience();
  if (yours_ == 0) return next;
  if (asks) next = std::min(next, ask_sent_ + retry_after);
  if (link_->row().fenced) {
    if (link_->end() == End::edge && !evidence_done_) next = std::min(next, progress_ + evidence_patience_);
  } else if (may_send() && is_under_way()) {
    next = std::min(next, probe_due_);
  }
  return next;
}

}  // namespace wattle
