#pragma once
// What no provider's bill shows (cash desk, people's orders, cash paid back), outside the database, on another disk where there
// is one: appended and synced before its receipt leaves, and read after a restore like any bill.
//
// A line is `<sort> <hex> <check>`: o an order, r a refund paid in cash, n one that was not paid and went back; check is the
// first 4 bytes of the hash. A last line that a crash has cut was never answered for, and is cut off. A whole line with an
// order that only a newer program can read stays where it is, unread. Any other line that cannot be read is an error.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cloud/core/event.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/crypto.hpp"

namespace wattle::cloud {

template <class F>
void fields(F& f, BilledRefund& v) {
  f(v.request), f(v.part), f(v.provider), f(v.room), f(v.amount);
}

struct JournalLine {
  char sort = 0;
  Bytes bytes;
};

class JournalFile {
 public:
  static Result<JournalFile> open(const std::string& path, const Crypto& crypto);
  JournalFile(JournalFile&& other) noexcept;
  JournalFile& operator=(JournalFile&&) = delete;
  ~JournalFile();

  /// Durable when they return. What stands there already is not written again; of a part, what was said first.
  Result<void> append(const Order& order);
  Result<void> append(const BilledRefund& refund, RefundOutcome outcome);
  /// With just this content.
  bool holds(const Order& order) const { return holds('o', encode(order)); }
  bool holds(const BilledRefund& refund, RefundOutcome outcome) const;
  /// Whether something was said of that part.
  bool knows(const Uid& request, std::uint32_t part) const { return parts_.contains({request, part}); }
  /// Of what is durable elsewhere, that of which nothing stands here yet, in one write; how many lines that were.
  Result<std::size_t> complete(const BillsRead& durable);
  std::size_t lines() const { return known_.size(); }
  /// Of those, orders of a newer program.
  std::size_t unknown_orders() const { return unknown_orders_; }

  /// All that this program can read of it, as a bill; cash payments among the payments. The file may be in use.
  static Result<BillsRead> read(const std::string& path, const Crypto& crypto);

 private:
  JournalFile(std::string path, int descriptor, const Crypto& crypto)
      : path_(std::move(path)), descriptor_(descriptor), crypto_(&crypto) {}
  bool holds(char sort, const Bytes& bytes) const;
  Result<void> append(char sort, const Bytes& bytes);
  Result<void> write(const std::vector<JournalLine>& lines);
  void note(const JournalLine& line);

  std::string path_;
  int descriptor_;
  const Crypto* crypto_;
  std::set<std::pair<char, Digest>> known_;  // sort, and what
  std::set<std::pair<Uid, std::uint32_t>> parts_;
  std::size_t unknown_orders_ = 0;
};

}  // namespace wattle::cloud
