// The site's own stream: fences and what the cloud does in a fenced incarnation's stead.

#include <algorithm>

#include "shared/ledger/audit_link.hpp"

namespace wattle::auditing {

LinkBook* SiteAudit::link_of(Holder holder) {
  const auto at = links_->find(holder);
  return at == links_->end() ? nullptr : &at->second;
}

void SiteAudit::run(Walk& walk) {
  while (const auto entry = walk.next()) {
    books_->book(*entry);
    switch (entry->kind) {
      case Kind::fence:
        if (!detail_of<Fence>(*entry)) findings_->add(AuditCause::detail, entry->place());
        break;
      case Kind::close_for: close_for(*entry); break;
      case Kind::forward: forward(*entry); break;
      case Kind::code_after_fence: code_after_fence(*entry); break;
      case Kind::rehome:
        if (const auto rehome = detail_of<Rehome>(*entry)) rooms_->rehome(rehome->close, rehome->destination);
        break;
      default: break;
    }
  }
  walk.finish(std::nullopt);
}

void SiteAudit::close_for(const Entry& entry) {
  const auto closed = detail_of<CloseFor>(entry);
  if (!closed || !entry.room || !books_->fences_read().contains(closed->holder))
    return findings_->add(AuditCause::detail, entry.place());
  requests_->answered(closed->close.id, entry);
  auto* link = link_of(closed->holder);
  const auto at = link != nullptr ? link->rooms.find(*entry.room) : std::map<RoomId, RoomBook>::iterator{};
  rooms_->close(link == nullptr || at == link->rooms.end() ? nullptr : &at->second, entry, closed->close, closed->destination);
}

namespace {

/// Of a code that had gone on already nobody knows more than room and amount: its cause is the redeem that was lost.
std::map<std::uint64_t, Code>::iterator issue_of(LinkBook& link, const Entry& entry, const Line& line) {
  if (entry.cause->direction == Direction::down) return link.issues.find(entry.cause->number);
  return std::find_if(link.issues.begin(), link.issues.end(), [&](const auto& issue) {
    return issue.second.name.room == entry.room && issue.second.amount == line.amount;
  });
}

}  // namespace

/// An issue that the fenced box had not redeemed goes on to its room; or an answer stands here that was lost with it.
void SiteAudit::forward(const Entry& entry) {
  for (const auto& line : entry.lines) {
    if (line.from.kind == PocketKind::room && entry.cause) requests_->answered(line.to.id, entry);
    if (line.from.kind != PocketKind::codes) continue;
    auto* link = link_of(line.from.holder);
    const bool named = link != nullptr && entry.cause && entry.cause->link == line.from.holder;
    const auto issue = named ? issue_of(*link, entry, line) : std::map<std::uint64_t, Code>::iterator{};
    if (!named || issue == link->issues.end()) {
      findings_->add(AuditCause::code_twice, entry.place());
      continue;
    }
    if (issue->second.amount != line.amount) findings_->add(AuditCause::code_unknown, entry.place());
    link->issues.erase(issue);
  }
}

/// A sale that reaches the cloud after the fence: matched with the number that was typed, or sent on to the room.
void SiteAudit::code_after_fence(const Entry& entry) {
  const auto code = detail_of<Code>(entry);
  auto* link = entry.cause ? link_of(entry.cause->link) : nullptr;
  if (!code || link == nullptr || entry.lines.empty()) return findings_->add(AuditCause::detail, entry.place());
  const bool matches = entry.lines.size() == 1;
  if (!matches) return;
  const auto used = link->used.find(code->name);
  const bool open = used != link->used.end() && !used->second.matched && used->second.amount == code->amount;
  if (open)
    used->second.matched = true;
  else
    findings_->add(AuditCause::code_unknown, entry.place());
}

}  // namespace wattle::auditing
