#include "shared/sync/corrections.hpp"

#include <algorithm>

namespace wattle {

namespace {

void note(const Entry& correction, Corrections& out) {
  for (const auto& line : correction.lines) {
    auto& sum = line.from.kind == PocketKind::sold ? out.back[line.to] : out.charged;
    sum = add(sum, line.amount).value_or(Money{INT64_MAX});
  }
}

bool gives_to(const Entry& correction, PocketKind kind) {
  return std::any_of(correction.lines.begin(), correction.lines.end(),
                     [kind](const Line& line) { return line.from.kind == PocketKind::sold && line.to.kind == kind; });
}

Result<void> check_sums(const Entry& slice, const Entry& correction, Corrections sums) {
  note(correction, sums);
  Money cost;
  for (const auto& line : slice.lines) {
    cost.micros += line.amount.micros;
    const auto back = sums.back.find(line.from);
    const auto given = back == sums.back.end() ? Money{} : back->second;
    if (given > line.amount) return WATTLE_FAIL(LedgerErrc::amount);
    const bool is_late = line.from.kind == PocketKind::room && given < line.amount && gives_to(correction, PocketKind::allow);
    if (is_late) return WATTLE_FAIL(LedgerErrc::split_wrong);
    if (back != sums.back.end()) sums.back.erase(back);
  }
  if (!sums.back.empty() || sums.charged > cost) return WATTLE_FAIL(LedgerErrc::amount);
  return {};
}

}  // namespace

EdgeEntries entries_of(const Log& log, const std::vector<Record>& arriving) {
  return [&](std::uint64_t number) -> std::optional<Entry> {
    const auto behind = number - log.head().number;
    const auto record = number <= log.head().number ? log.at(number)
                        : behind <= arriving.size() ? std::optional(arriving[behind - 1])
                                                    : std::nullopt;
    auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    return entry ? std::optional(std::move(*entry)) : std::nullopt;
  };
}

Corrections corrections_of(const Entry& slice, std::uint64_t last, const EdgeEntries& entries) {
  Corrections out;
  for (auto number = slice.number + 1; number <= last; ++number) {
    const auto entry = entries(number);
    if (!entry || entry->room != slice.room) continue;
    const auto close = entry->kind == Kind::close && !out.opening ? detail_of<Close>(*entry) : std::nullopt;
    if (close) out.opening = close->opening;
    if (entry->kind != Kind::correction || entry->cause != slice.place()) continue;
    out.by.insert(entry->outside);
    note(*entry, out);
  }
  return out;
}

Result<void> check_correction(const Entry& correction, const LinkState& state, const EdgeEntries& entries) {
  if (!correction.cause || !correction.room) return WATTLE_FAIL(LedgerErrc::detail);
  const auto slice = entries(correction.cause->number);
  if (!slice || slice->kind != Kind::consumption || slice->room != correction.room)
    return WATTLE_FAIL(LedgerErrc::request_unknown);
  const auto sold = slice->lines.empty() ? std::nullopt : std::optional(slice->lines.front().to);
  for (const auto& line : correction.lines)
    if (line.from != sold && line.to != sold) return WATTLE_FAIL(LedgerErrc::line_missing);
  auto before = corrections_of(*slice, correction.number - 1, entries);
  const auto* room = state.find(*correction.room);
  if (before.opening && (room == nullptr || room->opening != *before.opening)) return WATTLE_FAIL(LedgerErrc::opening);
  return check_sums(*slice, correction, std::move(before));
}

}  // namespace wattle
