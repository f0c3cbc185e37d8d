#include "tests/support/random_commits.hpp"

namespace wattle::test {

namespace {

constexpr Holder box{{7}, {0xc41e}};
constexpr Holder other_box{{8}, {0xffffffff}};
constexpr std::uint64_t outside_ids = 40;

}  // namespace

std::vector<StreamId> RandomCommits::streams() {
  return {{{1}, cloud_holder, Direction::site},
          {{1}, box, Direction::up},
          {{1}, box, Direction::down},
          {{1}, other_box, Direction::up},
          {{0xffffffff}, box, Direction::up}};
}

OutsideId RandomCommits::outside_id(std::uint64_t number) { return OutsideId("cash/" + std::to_string(number)); }

Bytes RandomCommits::bytes(std::size_t most) {
  Bytes bytes(random_.below(most) + 1);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.next());
  return bytes;
}

Record RandomCommits::record(const StreamId& stream, std::uint64_t number) {
  Entry entry;
  entry.stream = stream;
  entry.number = number;
  entry.kind = Kind::anomaly;
  entry.time = {static_cast<std::int64_t>(random_.below(1'000'000))};
  if (random_.chance(1, 3)) entry.outside = outside_id(random_.below(outside_ids));
  if (random_.chance(1, 2)) {
    entry.room = RoomId{static_cast<std::uint32_t>(random_.below(UINT32_MAX))};
    if (stream.direction == Direction::up) entry.after = After{};
  }
  Record record{random_.chance(1, 10) ? bytes(3000) : encode(entry), {}, std::nullopt};
  for (auto& byte : record.hash.bytes) byte = static_cast<std::uint8_t>(random_.next());
  if (random_.chance(1, 4)) record.signature.emplace().bytes.fill(static_cast<std::uint8_t>(number));
  return record;
}

void RandomCommits::add_entries(Commit& commit, const StreamId& stream, std::uint64_t& head) {
  for (auto count = random_.below(6) + 1; count > 0; --count) {
    ++head;
    commit.push_back(AppendEntry{stream, head, record(stream, head)});
  }
}

Commit RandomCommits::next(const MemoryStore& store) {
  Commit commit;
  std::map<StreamId, std::uint64_t> heads;
  for (const auto& stream : streams()) heads[stream] = store.head(stream).number;
  for (auto steps = random_.below(5) + 1; steps > 0; --steps) {
    const auto stream = streams()[random_.below(streams().size())];
    auto& head = heads[stream];
    const auto first = store.first(stream);
    switch (random_.below(8)) {
      case 0:
        if (head > first) {
          head = first == 1 ? random_.below(head) : first + random_.below(head - first);
          commit.push_back(SetAside{stream, head});
        }
        break;
      case 1:
        if (head > 3 && commit.empty()) commit.push_back(DropBelow{stream, random_.below(head) + 1});
        break;
      case 2: commit.push_back(KeepListed{stream, head + 1, record(stream, head + 1)}); break;
      case 3:
      case 4:
        commit.push_back(
            PutRow{static_cast<Table>(random_.below(3) + 1), bytes(2), random_.chance(1, 3) ? Bytes() : bytes(200)});
        break;
      default: add_entries(commit, stream, head);
    }
  }
  return commit;
}

}  // namespace wattle::test
