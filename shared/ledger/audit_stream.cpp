#include "shared/ledger/audit_stream.hpp"

#include <cstdio>
#include <memory>

namespace wattle {

AuditStream audit_stream(const StoreReader& store, const StreamId& id, const PublicKey& writer, bool received) {
  const auto read = [&store, id](std::uint64_t number) { return store.entry(id, number); };
  return {id, writer, store.first(id), store.head(id).number, received, read};
}

AuditStream audit_stream(const StreamId& id, std::vector<Record> records, const PublicKey& writer, bool received,
                         std::uint64_t first) {
  const auto last = first - 1 + records.size();
  const auto shared = std::make_shared<const std::vector<Record>>(std::move(records));
  const auto read = [shared, first](std::uint64_t number) -> std::optional<Record> {
    if (number < first || number - first >= shared->size()) return std::nullopt;
    return (*shared)[number - first];
  };
  return {id, writer, first, last, received, read};
}

namespace auditing {

std::string text_of(Holder holder) {
  if (holder.is_cloud()) return "site";
  char text[24];
  std::snprintf(text, sizeof text, "%u.%x", holder.edge.value, holder.incarnation.value);
  return text;
}

std::string text_of(const Place& place) {
  const char* direction = place.direction == Direction::up ? " up " : place.direction == Direction::down ? " down " : " ";
  return text_of(place.link) + direction + std::to_string(place.number);
}

void Findings::add(AuditCause cause, std::string what, std::int64_t expected, std::int64_t found) {
  ++report_->totals.differences;
  if (report_->differences.size() < differences_max) report_->differences.push_back({cause, std::move(what), expected, found});
}

Walk::Walk(const AuditStream* stream, const Crypto& crypto, Findings& findings)
    : stream_(stream), crypto_(&crypto), findings_(&findings), ended_(stream == nullptr || stream->last == 0) {
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without a stream it has ended.
  if (ended_ || stream->first <= 1) return;
  // What was dropped cannot be added up; the rest is looked at all the same.
  head_.number = stream->first - 1;
  base_known_ = false;
  findings.add(AuditCause::incomplete, what(stream->first), 1, static_cast<std::int64_t>(stream->first));
}

std::string Walk::what(std::uint64_t number) const { return text_of(Place{stream_->id.link, stream_->id.direction, number}); }

std::optional<Record> Walk::fetch() {
  if (ended_ || head_.number == stream_->last) return std::nullopt;
  auto record = stream_->record(head_.number + 1);
  if (!record) findings_->add(AuditCause::hole, what(head_.number + 1));
  return record;
}

std::optional<Entry> Walk::next() {
  for (;;) {
    const auto record = fetch();
    if (!record) {
      ended_ = true;
      return std::nullopt;
    }
    if (base_known_ && crypto_->chain(head_.hash, record->bytes) != record->hash)
      findings_->add(AuditCause::chain, what(head_.number + 1));
    base_known_ = true;
    head_ = {head_.number + 1, record->hash};
    if (record->signature) signed_ = {head_, *record->signature};
    auto entry = decode_entry(record->bytes);
    if (!entry) {
      findings_->add(AuditCause::undecodable, what(head_.number));
      ended_ = true;
      return std::nullopt;
    }
    if (entry->stream == stream_->id && entry->number == head_.number) return std::move(*entry);
    findings_->add(AuditCause::misplaced, what(head_.number));
  }
}

/// One signature vouches for the whole chain below it.
void Walk::finish(const std::optional<Head>& cut) {
  if (stream_ == nullptr) return;
  if (signed_ && !crypto_->verify(stream_->writer, signed_head(stream_->id, signed_->first), signed_->second))
    findings_->add(AuditCause::signature, what(signed_->first.number));
  if (stream_->received && head_.number > 0 && (!signed_ || signed_->first != head_))
    findings_->add(AuditCause::unsigned_head, what(head_.number));
  if (cut && *cut != head_)
    findings_->add(AuditCause::cut_differs, what(head_.number), static_cast<std::int64_t>(cut->number),
                   static_cast<std::int64_t>(head_.number));
}

}  // namespace auditing

}  // namespace wattle
