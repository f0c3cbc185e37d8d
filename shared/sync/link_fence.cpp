// The end of a link: where it is cut, and what the box that was lost still hands over.

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/sync/link.hpp"

namespace wattle {

namespace {

/// Whether a term's allowance stands here before the last term's end was answered: it rests on the answer without naming it.
bool is_granted_early(const Entry& entry, const LinkState& state) {
  if (entry.kind != Kind::allowance || !entry.room) return false;
  const auto& asked = state.requests();
  return std::any_of(asked.begin(), asked.end(), [&](const auto& item) {
    const auto& request = item.second;
    const auto is_of_it = [&](const Line& line) { return line.to.utility == request.allow; };
    return request.kind == Kind::release_request && request.allow != Utility::none && request.room == *entry.room &&
           std::any_of(entry.lines.begin(), entry.lines.end(), is_of_it);
  });
}

}  // namespace

void Link::fence(Commit& commit) {
  row_.fenced = true;
  row_.asking = false;
  put_row(commit);
}

void Link::fence(const Head& cut, Commit& commit) {
  if (cut.number < row_.agreed && mine().holds(cut)) row_.agreed = cut.number;
  fence(commit);
}

void Link::tell_fence(Commit& commit) {
  row_.told = true;
  put_row(commit);
}

std::vector<Bytes> Link::evidence() const {
  std::vector<Bytes> entries;
  for (auto& record : store_->listed(mine().id())) entries.push_back(std::move(record.bytes));
  for (auto number = row_.agreed + 1; number <= mine().head().number; ++number)
    if (auto record = mine().at(number)) entries.push_back(std::move(record->bytes));
  return entries;
}

std::size_t Link::list(const std::vector<Bytes>& entries, Commit& commit) {
  const auto& id = theirs().id();
  if (!listed_) {
    listed_.emplace();
    for (const auto& record : store_->listed(id)) listed_->insert(crypto_->hash(record.bytes));
  }
  std::size_t fresh = 0;
  for (const auto& bytes : entries) {
    const auto hash = crypto_->hash(bytes);
    if (!listed_->insert(hash).second) continue;
    commit.push_back(KeepListed{id, listed_->size(), {bytes, hash, std::nullopt}});
    ++fresh;
  }
  return fresh;
}

std::uint64_t Link::borne_up_to(std::uint64_t number) const {
  const auto names_what_is_lost = [this](const Entry& entry) {
    const bool says_something = !entry.lines.empty() || entry.kind == Kind::open;  // a countersign holds by itself
    return says_something && entry.cause && entry.cause->link == holder_ && entry.cause->direction == Direction::up &&
           entry.cause->number > up_.head().number;
  };
  auto state = state_;
  for (auto next = folded_ + 1; next <= number; ++next) {
    const auto record = down_.at(next);
    WATTLE_CHECK(record.has_value());
    const auto entry = decode_entry(record->bytes);
    if (!entry || names_what_is_lost(*entry) || is_granted_early(*entry, state) || !state.apply(*entry)) return next - 1;
  }
  return number;
}

std::vector<Record> Link::withdraw(std::uint64_t after, Commit& commit) {
  row_.agreed = std::min(row_.agreed, after);
  return mine_mutable().set_aside(after, commit);
}

}  // namespace wattle
