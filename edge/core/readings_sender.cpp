#include "edge/core/readings_sender.hpp"

#include <algorithm>

namespace wattle::edge {
namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr unsigned doublings_max = 16;

}  // namespace

Duration ReadingsSender::jitter(Duration most) {
  return {static_cast<std::int64_t>(entropy_->word() % static_cast<std::uint64_t>(most.micros + 1))};
}

Duration ReadingsSender::patience() const {
  const auto doubled = settings_.answer_time.micros << std::min(unanswered_, doublings_max);
  return std::min(Duration{doubled}, settings_.longest_pause);
}

void ReadingsSender::connected(Tick now) {
  disconnected();
  connected_ = true;
  exhausted_ = false;
  not_before_ = now + jitter(settings_.spread_connected);
  refilled_ = now;
}

void ReadingsSender::disconnected() {
  connected_ = false;
  batches_.clear();
  under_way_.clear();
  unanswered_ = 0;
}

void ReadingsSender::added(Tick now) {
  if (exhausted_ && batches_.empty()) not_before_ = std::max(not_before_, now + jitter(settings_.spread));
  exhausted_ = false;
}

/// Saves up for two batches at most.
void ReadingsSender::refill(Tick now) {
  const auto passed = std::min((now - refilled_).micros, 2 * micros_per_second);
  const auto most = static_cast<std::int64_t>(2 * settings_.batch_bytes);
  allowance_ = std::min(allowance_ + passed * settings_.bytes_per_second / micros_per_second, most);
  refilled_ = now;
}

/// When one batch was not answered in time, all that are under way are given up: they are sent again, the newest first.
void ReadingsSender::expire(Tick now) {
  const bool late =
      std::any_of(batches_.begin(), batches_.end(), [&](const auto& batch) { return now >= batch.second.sent + patience(); });
  if (!late) return;
  batches_.clear();
  under_way_.clear();
  ++unanswered_;
  exhausted_ = false;
}

bool ReadingsSender::may_send(Tick now, bool beside_money) {
  if (!connected_) return false;
  expire(now);
  refill(now);
  if (beside_money && now < beside_not_before_) return false;
  const auto window = unanswered_ > 0 || beside_money ? 1 : settings_.window;
  return !exhausted_ && now >= not_before_ && batches_.size() < window && allowance_ > 0;
}

void ReadingsSender::sent(const std::vector<RingPlace>& chunks, std::size_t bytes, Tick now) {
  if (known_.size() > 2 * settings_.window * readings_batch_chunks_max)  // late answers to these find nobody
    std::erase_if(known_, [&](const auto& item) { return !batches_.contains(item.second.batch); });
  batches_[++last_batch_] = {chunks.size(), now};
  for (const auto& chunk : chunks) {
    known_[chunk.id] = {chunk.number, last_batch_};
    under_way_.insert(chunk.number);
  }
  allowance_ -= static_cast<std::int64_t>(bytes);
  beside_not_before_ = now + settings_.pause_beside;
}

std::optional<std::uint64_t> ReadingsSender::answered(ChunkId id) {
  const auto at = known_.find(id);
  if (at == known_.end()) return std::nullopt;
  const auto known = at->second;
  known_.erase(at);
  under_way_.erase(known.number);
  const auto batch = batches_.find(known.batch);
  if (batch != batches_.end() && --batch->second.left == 0) batches_.erase(batch);
  return known.number;
}

std::vector<std::uint64_t> ReadingsSender::acknowledged(const ReadingsAck& ack, Tick) {
  std::vector<std::uint64_t> numbers;
  const auto take = [&](ChunkId id) {
    if (const auto number = answered(id)) numbers.push_back(*number);
  };
  for (const auto& id : ack.stored) take(id);
  for (const auto& one : ack.refused) take(one.id);
  if (!numbers.empty()) unanswered_ = 0;
  return numbers;
}

Tick ReadingsSender::wake_up() const {
  if (!connected_) return never;
  auto at = never;
  for (const auto& [number, batch] : batches_) at = std::min(at, batch.sent + patience());
  const auto window = unanswered_ > 0 ? 1 : settings_.window;
  if (exhausted_ || batches_.size() >= window) return at;
  const auto missing = std::max<std::int64_t>(1 - allowance_, 0);
  const auto filled = refilled_ + Duration{missing * micros_per_second / settings_.bytes_per_second + 1};
  return std::min(at, std::max(not_before_, missing > 0 ? filled : not_before_));
}

}  // namespace wattle::edge
