// Law 3 over what was admitted, walked anew in the order that each box had: before its entry n come the cloud's entries up to
// what n had seen.

#include <set>
#include <utility>

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

using Entries = std::map<Place, Entry>;
using K = PocketKind;

bool must_be_covered(const Line& line) {
  const auto kind = line.from.kind;
  return !line.measured && (kind == K::room || kind == K::allow || kind == K::card);
}

std::vector<const Entry*> stream_of(const Entries& entries, Holder holder, Direction direction) {
  std::vector<const Entry*> stream;
  for (auto at = entries.lower_bound({holder, direction, 0}); at != entries.end(); ++at) {
    if (at->first.link != holder || at->first.direction != direction) break;
    stream.push_back(&at->second);
  }
  return stream;
}

/// The pockets of one box, as they stand for it.
struct View {
  Holder holder;
  std::map<Pocket, std::int64_t> pockets;

  void apply(const Entry& entry, bool decides) {
    for (const auto& line : entry.lines) {
      if (line.to.holder == holder) pockets[line.to] += line.amount.micros;
      if (line.from.holder != holder) continue;
      const auto left = pockets[line.from] -= line.amount.micros;
      require(!decides || !must_be_covered(line) || left >= 0, "cover",
              to_text(entry.kind) + " " + std::to_string(entry.number) + " takes " + std::to_string(line.amount.micros) +
                  " from " + to_text(line.from) + ", which had " + std::to_string(left + line.amount.micros));
    }
  }
};

View walk(const Entries& entries, Holder holder) {
  View view{holder, {}};
  const auto down = stream_of(entries, holder, Direction::down);
  std::size_t read = 0;
  for (const auto* entry : stream_of(entries, holder, Direction::up)) {
    while (read < down.size() && down[read]->number <= entry->seen.number) view.apply(*down[read++], false);
    view.apply(*entry, true);
  }
  while (read < down.size()) view.apply(*down[read++], false);
  return view;
}

std::int64_t put_in(const Entry& entry, const Pocket& transit) {
  std::int64_t sum = 0;
  for (const auto& line : entry.lines)
    if (line.to == transit) sum += line.amount.micros;
  return sum;
}

std::int64_t put_in_by_site(const Entries& entries, const Pocket& transit) {
  std::int64_t sum = 0;
  for (const auto& [place, entry] : entries)
    if (place.direction == Direction::site) sum += put_in(entry, transit);
  return sum;
}

/// What the cloud takes out of one, entry by entry, is at most what the entries that it names as causes have put in.
void check_transits(const Entries& entries) {
  struct Transit {
    std::set<Place> causes;
    bool from_site = false;
    std::int64_t left = 0;
  };
  std::map<Pocket, Transit> transits;
  for (const auto& [place, entry] : entries)
    for (const auto& line : entry.lines) {
      if (line.from.kind != K::transit) continue;
      const auto text = to_text(entry.kind) + " " + std::to_string(place.number) + " out of " + to_text(line.from);
      require(entry.cause.has_value(), "cover", text + " names no cause");
      auto& transit = transits[line.from];
      // In the site's stream whatever it has: what a restore took from it is written anew under another number. There stands
      // also what was lost with its box, written on its behalf.
      const auto cause = entries.find(*entry.cause);
      const bool of_site = entry.cause->direction == Direction::site || cause == entries.end();
      const bool is_new = of_site ? !std::exchange(transit.from_site, true) : transit.causes.insert(*entry.cause).second;
      if (is_new) transit.left += of_site ? put_in_by_site(entries, line.from) : put_in(cause->second, line.from);
      transit.left -= line.amount.micros;
      require(transit.left >= 0, "cover", text + " takes " + std::to_string(-transit.left) + " too much");
    }
}

}  // namespace

void check_cover(const Entries& entries) {
  std::set<Holder> holders;
  for (const auto& [place, entry] : entries)
    if (place.direction != Direction::site) holders.insert(place.link);
  std::map<Holder, View> views;
  for (const auto holder : holders) views.emplace(holder, walk(entries, holder));
  // After a fence the cloud spends what was left, in the site's stream or in the link of the room that it credits.
  for (const auto& [place, entry] : entries) {
    std::set<Holder> touched;
    for (const auto& line : entry.lines) touched.insert({line.from.holder, line.to.holder});
    touched.erase(place.link);  // walked already
    for (const auto holder : touched)
      if (const auto at = views.find(holder); at != views.end()) at->second.apply(entry, true);
  }
  check_transits(entries);
}

}  // namespace wattle::sim
