#include "shared/sync/log.hpp"

#include "shared/base/check.hpp"

namespace wattle {

std::optional<Digest> Log::hash_at(std::uint64_t number) const {
  if (number == 0) return Digest{};
  if (number == head_.number) return head_.hash;
  if (number > head_.number) return std::nullopt;
  if (head_.number - number < tail_.size()) return tail_[tail_.size() - 1 - (head_.number - number)].hash;
  const auto record = store_->entry(id_, number);
  if (!record) return std::nullopt;
  return record->hash;
}

std::optional<Record> Log::at(std::uint64_t number) const {
  if (number == 0 || number > head_.number) return std::nullopt;
  if (head_.number - number < tail_.size()) return tail_[tail_.size() - 1 - (head_.number - number)];
  return store_->entry(id_, number);
}

void Log::push(Record record, Commit& commit) {
  head_ = {head_.number + 1, record.hash};
  commit.push_back(AppendEntry{id_, head_.number, record});
  tail_.push_back(std::move(record));
}

void Log::push(Bytes bytes, std::optional<Signature> signature, Commit& commit) {
  const auto hash = crypto_->chain(head_.hash, bytes);
  push(Record{std::move(bytes), hash, signature}, commit);
}

std::vector<Record> Log::set_aside(std::uint64_t after, Commit& commit) {
  WATTLE_CHECK(after <= head_.number);
  const auto hash = hash_at(after);
  WATTLE_CHECK(hash.has_value());
  std::vector<Record> dropped;
  for (auto number = after + 1; number <= head_.number; ++number) dropped.push_back(*at(number));
  while (!tail_.empty() && head_.number > after) {
    tail_.pop_back();
    --head_.number;
  }
  head_ = {after, *hash};
  commit.push_back(SetAside{id_, after});
  return dropped;
}

void Log::committed() {
  while (tail_.size() > tail_records_max) tail_.pop_front();
}

void Log::load() {
  head_ = store_->head(id_);
  tail_.clear();
}

}  // namespace wattle
