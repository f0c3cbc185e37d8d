// At each output: it rests on what is on the disk at that moment. Streams heal so well that no check of states would see it
// broken.

#include <algorithm>

#include "simulator/nodes/world.hpp"
#include "sync.pb.h"

namespace wattle::sim {

namespace {

bool is_byte(std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); }

bool on_disk(const Disk& disk, const StreamId& stream, const sync::Head& head) {
  if (head.number() == 0) return true;
  const auto* record = disk.look(stream, head.number());
  if (record == nullptr) return head.number() < disk.first(stream);
  return std::equal(record->hash.bytes.begin(), record->hash.bytes.end(), head.hash().begin(), head.hash().end(), is_byte);
}

/// True for a status that tells a box of its fence.
bool check_message(const Disk& disk, const StreamId& mine, const StreamId& theirs, bool fenced, const Bytes& bytes) {
  sync::Message message;
  require(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), "output", "an output cannot be read");
  if (message.has_status()) {
    require(on_disk(disk, mine, message.status().head()), "output", "a status names a head that is not durable");
    if (!fenced)
      require(on_disk(disk, theirs, message.status().cursor()), "output", "a status acknowledges what is not durable");
  } else if (message.has_batch()) {
    auto number = message.batch().first();
    for (const auto& entry : message.batch().entries()) {
      const auto* record = disk.look(mine, number++);
      const bool is_it =
          record != nullptr && std::equal(record->bytes.begin(), record->bytes.end(), entry.begin(), entry.end(), is_byte);
      require(is_it, "output", "an entry is published that is not durable");
    }
  }
  return message.status().fenced();
}

}  // namespace

void World::check_output(const BoxNode& box, const edge::Send& send) const {
  const StreamId up{{1}, box.holder, Direction::up};
  const StreamId down{{1}, box.holder, Direction::down};
  check_message(box.disk, up, down, false, send.bytes);
  require(send.rests_on.mine <= box.disk.head(up).number && send.rests_on.theirs <= box.disk.head(down).number, "output",
          "a box's message names a position that is not durable");
}

void World::check_output(const cloud::Send& send) const {
  const StreamId up{{1}, send.to, Direction::up};
  const StreamId down{{1}, send.to, Direction::down};
  const auto row = database_.row(Table::link, to_bytes(send.to));
  const auto link = row ? from_bytes<LinkRow>(*row) : std::nullopt;
  const bool told = check_message(database_, down, up, link && link->fenced, send.bytes);
  const auto& listed = facts_.lists.fences;
  require(!told || std::find(listed.begin(), listed.end(), send.to) != listed.end(), "writer",
          "a fenced box is told before its fence is listed");
}

}  // namespace wattle::sim
