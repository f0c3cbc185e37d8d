#include "cloud/gateway/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cloud/gateway/errors.hpp"
#include "shared/io/errors.hpp"
#include "shared/store/folder.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t check_bytes = 4;
constexpr std::size_t around = 2 + 1 + 2 * check_bytes;  // sort, two spaces, check

std::string check_of(const Digest& digest) { return to_hex(ByteView(digest.bytes).first(check_bytes)); }

std::optional<JournalLine> parse_line(std::string_view text, const Crypto& crypto) {
  if (text.size() <= around || text[1] != ' ' || text[text.size() - 2 * check_bytes - 1] != ' ') return std::nullopt;
  JournalLine line{text[0], from_hex(text.substr(2, text.size() - around))};
  if (line.bytes.empty() || !text.ends_with(check_of(crypto.hash(line.bytes)))) return std::nullopt;
  return line;
}

struct Content {
  std::vector<JournalLine> lines;
  std::size_t whole = 0;  // bytes up to the last line that is complete
};

Result<Content> read_lines(const std::string& path, const Crypto& crypto) {
  Content content;
  if (!std::filesystem::exists(path)) return content;
  std::ifstream in(path, std::ios::binary);
  if (!in) return WATTLE_FAIL(IoErrc::open_failed);
  for (std::string text; std::getline(in, text) && !in.eof();) {  // the last line may not have been written to its end
    auto line = parse_line(text, crypto);
    if (!line) return WATTLE_FAIL(GatewayErrc::journal);
    content.lines.push_back(*std::move(line));
    content.whole += text.size() + 1;
  }
  if (in.bad()) return WATTLE_FAIL(IoErrc::read_failed);
  return content;
}

char sort_of(RefundOutcome outcome) { return outcome == RefundOutcome::paid ? 'r' : 'n'; }

/// The check does not cover the sort: a refund behind the sort of an order is damage, and no order of a newer program.
bool is_refund(const Bytes& bytes) {
  const auto refund = from_bytes<BilledRefund>(bytes);
  return refund && refund->part < refund_payments_max && refund->provider == Provider::cash_desk && refund->amount.micros > 0;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Result<JournalFile> JournalFile::open(const std::string& path, const Crypto& crypto) {
  const auto content = read_lines(path, crypto);
  if (!content) return content.error();
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return WATTLE_FAIL(IoErrc::open_failed);
  JournalFile journal(path, descriptor, crypto);
  const bool cut = ::ftruncate(descriptor, static_cast<off_t>(content->whole)) == 0 && ::fsync(descriptor) == 0;
  if (!cut) return WATTLE_FAIL(IoErrc::write_failed);
  if (const auto synced = sync_folder_of(path); !synced) return synced.error();
  for (const auto& line : content->lines) journal.note(line);
  return journal;
}

JournalFile::JournalFile(JournalFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      crypto_(other.crypto_),
      known_(std::move(other.known_)),
      parts_(std::move(other.parts_)),
      unknown_orders_(other.unknown_orders_) {}

JournalFile::~JournalFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> JournalFile::append(const Order& order) { return append('o', encode(order)); }
Result<void> JournalFile::append(const BilledRefund& refund, RefundOutcome outcome) {
  if (knows(refund.request, refund.part)) return {};
  return append(sort_of(outcome), to_bytes(refund));
}
bool JournalFile::holds(const BilledRefund& refund, RefundOutcome outcome) const {
  return holds(sort_of(outcome), to_bytes(refund));
}

bool JournalFile::holds(char sort, const Bytes& bytes) const { return known_.contains({sort, crypto_->hash(bytes)}); }

Result<void> JournalFile::append(char sort, const Bytes& bytes) {
  if (holds(sort, bytes)) return {};
  return write({{sort, bytes}});
}

Result<void> JournalFile::write(const std::vector<JournalLine>& lines) {
  std::string text;
  for (const auto& line : lines)
    text += std::string(1, line.sort) + ' ' + to_hex(line.bytes) + ' ' + check_of(crypto_->hash(line.bytes)) + '\n';
  // After a failure what the file holds is not known; the process ends and its next life cuts the torn line off.
  if (!write_all(descriptor_, text) || ::fsync(descriptor_) != 0) return WATTLE_FAIL(IoErrc::write_failed);
  for (const auto& line : lines) note(line);
  return {};
}

void JournalFile::note(const JournalLine& line) {
  const bool is_new = known_.emplace(line.sort, crypto_->hash(line.bytes)).second;
  if (line.sort == 'o') {
    if (is_new && !decode_order(line.bytes)) ++unknown_orders_;
    return;
  }
  if (const auto refund = from_bytes<BilledRefund>(line.bytes)) parts_.emplace(refund->request, refund->part);
}

/// By their names: what an older program has written may stand there in other bytes, and counts once.
Result<std::size_t> JournalFile::complete(const BillsRead& durable) {
  const auto there = read(path_, *crypto_);
  if (!there) return there.error();
  std::set<OutsideId> orders;
  for (const auto& payment : there->payments) orders.insert(id_of(payment));
  for (const auto& order : there->journal) orders.insert(id_of(order));
  std::set<std::pair<Uid, std::uint32_t>> parts;
  for (const auto* refunds : {&there->refunds, &there->rejected})
    for (const auto& refund : *refunds) parts.emplace(refund.request, refund.part);
  std::vector<JournalLine> lines;
  for (const auto& payment : durable.payments)
    if (!orders.contains(id_of(payment))) lines.push_back({'o', encode(payment)});
  for (const auto& order : durable.journal)
    if (!orders.contains(id_of(order))) lines.push_back({'o', encode(order)});
  for (const auto& refund : durable.refunds)
    if (!parts.contains({refund.request, refund.part})) lines.push_back({'r', to_bytes(refund)});
  for (const auto& refund : durable.rejected)
    if (!parts.contains({refund.request, refund.part})) lines.push_back({'n', to_bytes(refund)});
  if (lines.empty()) return lines.size();
  if (const auto written = write(lines); !written) return written.error();
  return lines.size();
}

Result<BillsRead> JournalFile::read(const std::string& path, const Crypto& crypto) {
  const auto content = read_lines(path, crypto);
  if (!content) return content.error();
  BillsRead bills;
  for (const auto& line : content->lines) {
    if (line.sort == 'r' || line.sort == 'n') {
      const auto refund = from_bytes<BilledRefund>(line.bytes);
      if (!refund) return WATTLE_FAIL(GatewayErrc::journal);
      (line.sort == 'r' ? bills.refunds : bills.rejected).push_back(*refund);
      continue;
    }
    auto order = decode_order(line.bytes);
    if (line.sort != 'o' || (!order && is_refund(line.bytes))) return WATTLE_FAIL(GatewayErrc::journal);
    if (!order) continue;  // unknown_orders() has it
    if (auto* payment = std::get_if<Payment>(&*order))
      bills.payments.push_back(std::move(*payment));
    else
      bills.journal.push_back(*std::move(order));
  }
  return bills;
}

}  // namespace wattle::cloud
