#pragma once
// The audit's findings, and its way through one stream: numbers, hashes, place and signature.

#include "shared/ledger/audit.hpp"

namespace wattle::auditing {

__extension__ using Wide = __int128;

/// What the books hold may be anything; where a sum is only shown or compared it stays at the limit.
constexpr std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return a < 0 ? INT64_MIN : INT64_MAX;
  return sum;
}

std::string text_of(const Place& place);
std::string text_of(Holder holder);

class Findings {
 public:
  explicit Findings(AuditReport& report) : report_(&report) {}
  void add(AuditCause cause, std::string what, std::int64_t expected = 0, std::int64_t found = 0);
  void add(AuditCause cause, const Place& place, std::int64_t expected = 0, std::int64_t found = 0) {
    add(cause, text_of(place), expected, found);
  }

 private:
  AuditReport* report_;
};

class Walk {
 public:
  Walk(const AuditStream* stream, const Crypto& crypto, Findings& findings);

  /// The next entry that can be read; none at the end, or where reading must stop.
  std::optional<Entry> next();
  /// Of the entry that next() gave last.
  const Head& head() const { return head_; }
  /// After the end: the last signature, and where the stream must end.
  void finish(const std::optional<Head>& cut);

 private:
  std::optional<Record> fetch();
  std::string what(std::uint64_t number) const;

  const AuditStream* stream_;
  const Crypto* crypto_;
  Findings* findings_;
  Head head_;
  bool base_known_ = true;
  bool ended_ = false;
  std::optional<std::pair<Head, Signature>> signed_;
};

}  // namespace wattle::auditing
