// What the runner does for the purses in meters: the lines decide and ask; here is what they go by, and what is kept of it.

#include "edge/runner.hpp"
#include "shared/io/clock.hpp"

namespace wattle::edge {
namespace {

/// Row of Table::box.
Bytes book_key(CircuitId circuit) {
  const auto text = purse_key(circuit);
  return {text.begin(), text.end()};
}

}  // namespace

void Runner::tell_purses() {
  const auto& wanted = engine_.settings().purses();
  if (purses_wanted_ == wanted) return;
  const auto before = std::exchange(purses_wanted_, wanted);
  for (const auto& line : lines_) {
    for (const auto& [circuit, mode] : before)
      if (!wanted.contains(circuit)) line->want_purse(circuit, PurseMode::off, {});
    want_purses(*line);
  }
  fund_purses();
}

void Runner::want_purses(MeterLine& line) {
  for (const auto& [circuit, mode] : purses_wanted_) {
    if (!line.plan().has(circuit)) continue;
    line.want_purse(circuit, mode, purse_book(circuit));
    line.fund_purse(circuit, engine_.purse_facts(circuit));
  }
}

void Runner::fund_purses() {
  for (const auto& [circuit, mode] : purses_wanted_) {
    if (mode == PurseMode::off) continue;
    const auto facts = engine_.purse_facts(circuit);
    for (const auto& line : lines_)
      if (line->plan().has(circuit)) line->fund_purse(circuit, facts);
  }
}

/// A row that cannot be read is none: what the meter has counted is then taken as it is.
PurseBook Runner::purse_book(CircuitId circuit) {
  const auto known = books_.find(circuit);
  if (known != books_.end()) return known->second;
  const auto row = store_->row(Table::box, book_key(circuit));
  const auto book = row ? decode_purse_book(*row) : std::nullopt;
  if (row && !book) log_event(LogLevel::warning, "edge.purse.lost", {{"circuit", circuit.value}});
  return books_.emplace(circuit, book.value_or(PurseBook{})).first->second;
}

void Runner::keep_book(CircuitId circuit, const PurseBook& book) {
  const auto known = books_.find(circuit);
  if (known != books_.end() && known->second == book) return;
  keep({PutRow{Table::box, book_key(circuit), encode(book)}});
  books_.insert_or_assign(circuit, book);
}

}  // namespace wattle::edge
