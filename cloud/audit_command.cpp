// `wattle-cloud audit`: beside a cloud that runs or stands.

#include <charconv>
#include <filesystem>
#include <iostream>
#include <map>

#include "cloud/api/audit_json.hpp"
#include "cloud/api/operations.hpp"
#include "cloud/books_audit.hpp"
#include "cloud/commands.hpp"
#include "cloud/gateway/site_keys.hpp"
#include "cloud/store/sqlite_registry.hpp"
#include "shared/api/money_text.hpp"
#include "shared/io/files.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t registers_bytes_max = 64 * 1024 * 1024;

/// "meter reading" a line, and behind it the circuit where the meter has several.
std::optional<std::vector<AuditReading>> read_registers(const std::string& path) {
  const auto text = read_file(path, registers_bytes_max);
  if (!text) return std::nullopt;
  std::vector<AuditReading> readings;
  const char* at = text->data();
  const char* end = at + text->size();
  const auto behind_space = [&](auto& number) {
    if (at == end || *at != ' ') return false;
    const auto parsed = std::from_chars(at + 1, end, number);
    at = parsed.ptr;
    return parsed.ec == std::errc{};
  };
  while (at != end) {
    AuditReading reading;
    const auto parsed = std::from_chars(at, end, reading.meter.value);
    at = parsed.ptr;
    if (parsed.ec != std::errc{} || !behind_space(reading.reading.units)) return std::nullopt;
    if (at != end && *at == ' ' && !behind_space(reading.circuit.value)) return std::nullopt;
    if (at != end && *at != '\n') return std::nullopt;
    readings.push_back(reading);
    if (at != end) ++at;
  }
  return readings;
}

void print_table(const AuditReport& report, std::uint64_t waiting) {
  const auto& totals = report.totals;
  std::cout << "entries looked at     " << totals.entries << '\n';
  for (const auto& [provider, amount] : totals.paid)
    std::cout << "paid, provider " << static_cast<std::uint32_t>(provider) << "      " << money_text(amount) << '\n';
  for (const auto& [provider, amount] : totals.refunded)
    std::cout << "refunded, provider " << static_cast<std::uint32_t>(provider) << "  " << money_text(amount) << '\n';
  for (const auto& [utility, amount] : totals.sold)
    std::cout << "sold, utility " << static_cast<int>(utility) << "       " << money_text(amount) << '\n';
  std::cout << "payments waiting      " << waiting << '\n' << "differences           " << totals.differences << '\n';
  for (const auto& one : report.waits) std::cout << "    " << word(one.cause) << "  " << one.what << "  on " << one.on << '\n';
  std::map<std::string_view, std::uint64_t> by_cause;
  for (const auto& one : report.differences) ++by_cause[word(one.cause)];
  for (const auto& [cause, count] : by_cause) std::cout << "  " << cause << "  " << count << '\n';
  for (const auto& one : report.differences)
    std::cout << "    " << word(one.cause) << "  " << one.what << "  expected " << one.expected << ", found " << one.found
              << '\n';
}

/// Whether the log of operations is whole; said on standard error, since it is no matter of the books.
bool operations_hold(const CloudConfig& config) {
  if (!std::filesystem::exists(config.registry)) return true;
  const auto registry = SqliteRegistry::open_to_read(config.registry, config.site);
  const auto broken = registry ? api::broken_operation(SodiumCrypto(), **registry) : std::optional<std::int64_t>(0);
  if (broken) std::cerr << "wattle-cloud: the log of operations is broken at number " << *broken << '\n';
  return !broken;
}

}  // namespace

int audit_site(const CloudConfig& config, const AuditOptions& options) {
  const auto keys = SiteKeys::load(config.keys_file);
  if (!keys) return end_with(exit_keys, config.keys_file + ": " + keys.error().message());
  BooksFiles files{config.site, config.store, config.journal, keys->signer().key()};
  files.restored_mark = config.restored_mark;
  files.at_rest = options.at_rest;
  if (!options.registers.empty()) {
    files.registers = read_registers(options.registers);
    if (!files.registers) return end_with(exit_config, options.registers + ": must be lines of \"meter reading\"");
  }
  const auto books = audit_books(files);
  if (!books) return end_with(exit_store, config.store + ": " + books.error().message());
  if (options.json)
    std::cout << api::audit_json(books->report, books->waiting) << '\n';
  else
    print_table(books->report, books->waiting);
  return books->report.is_clean() && operations_hold(config) ? exit_ok : exit_differences;
}

}  // namespace wattle::cloud
