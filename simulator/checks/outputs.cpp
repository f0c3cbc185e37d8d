// At each message: it rests on what is on the disk at that moment. Streams heal so well that no check of states would see it
// broken. What leaves otherwise: durable.cpp.

#include <algorithm>

#include "simulator/nodes/world.hpp"
#include "sync.pb.h"

namespace wattle::sim {

namespace {

bool is_byte(std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); }

bool same(const Bytes& bytes, const std::string& text) {
  return std::equal(bytes.begin(), bytes.end(), text.begin(), text.end(), is_byte);
}

/// One end's disk at the moment at which something leaves.
struct Durable {
  const Disk& disk;
  StreamId mine;
  StreamId theirs;
  LinkRow row;

  Durable(const Disk& on, Holder holder, Direction own)
      : disk(on),
        mine{the_site, holder, own},
        theirs{the_site, holder, own == Direction::up ? Direction::down : Direction::up} {
    const auto bytes = disk.row(Table::link, to_bytes(holder));
    row = bytes ? from_bytes<LinkRow>(*bytes).value_or(LinkRow{}) : LinkRow{};
  }

  bool has(const StreamId& stream, const sync::Head& head) const {
    if (head.number() == 0) return true;
    const auto* record = disk.look(stream, head.number());
    if (record == nullptr) return head.number() < disk.first(stream);
    return std::equal(record->hash.bytes.begin(), record->hash.bytes.end(), head.hash().begin(), head.hash().end(), is_byte);
  }
  bool has(const StreamId& stream, std::uint64_t number, const std::string& entry) const {
    const auto* record = disk.look(stream, number);
    return record != nullptr && same(record->bytes, entry);
  }
  bool has_evidence(const std::string& text) const {
    const auto entry = decode_entry({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    return (entry && has(mine, entry->number, text)) ||
           disk.lists(mine, [&](const Record& record) { return same(record.bytes, text); });
  }
};

void check_status(const Durable& end, const sync::Status& status) {
  require(end.has(end.mine, status.head()), "output", "a status names a head that is not durable");
  require(end.has(end.theirs, status.cursor()), "output", "a status acknowledges what is not durable");
  require(status.agreed() <= end.row.agreed, "output", "a status names as agreed what is not durably so");
  require(!status.has_stopped() || end.row.stopped, "output", "a status says that it has stopped, and that is not durable");
  require(!status.fenced() || (end.row.fenced && end.row.told), "output", "a box is told of a fence that is not durable");
}

void check_body(const Durable& end, const sync::Message& message) {
  if (message.has_status()) return check_status(end, message.status());
  if (message.has_batch()) {
    auto number = message.batch().first();
    for (const auto& entry : message.batch().entries())
      require(end.has(end.mine, number++, entry), "output", "an entry is published that is not durable");
  } else if (message.has_copy()) {
    auto number = message.copy().first();
    require(end.has(end.theirs, message.copy().to()), "output", "a copy ends on what is not durable");
    for (const auto& entry : message.copy().entries())
      require(end.has(end.theirs, number++, entry), "output", "an entry is given back that is not durable");
  } else if (message.has_ask()) {
    require(end.row.asking, "output", "an end asks for its copy, and that it asks is not durable");
    require(end.has(end.mine, message.ask().from()) && message.ask().from().number() <= end.row.agreed, "output",
            "a copy is asked for from what is not durably agreed");
  } else if (message.has_evidence()) {
    for (const auto& entry : message.evidence().entries())
      require(end.has_evidence(entry), "output", "evidence leaves that is not durable");
  }
}

sync::Message check_message(const Durable& end, const Bytes& bytes, const Position& rests_on) {
  sync::Message message;
  require(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), "output", "an output cannot be read");
  check_body(end, message);
  require(rests_on.mine <= end.disk.head(end.mine).number && rests_on.theirs <= end.disk.head(end.theirs).number, "output",
          "a message names a position that is not durable");
  return message;
}

}  // namespace

void World::check_output(const BoxNode& box, const edge::Send& send) const {
  const auto message = check_message({box.disk, box.holder, Direction::up}, send.bytes, send.rests_on);
  require(!message.has_batch() || !older_nonces_.contains(message.yours()), "version",
          "a box sends a stream to a cloud that says that it cannot read it");
}

void World::check_silent(const Message& message) {
  sync::Message said;
  const bool readable = said.ParseFromArray(message.bytes.data(), static_cast<int>(message.bytes.size()));
  require(readable && said.has_status(), "silence",
          std::string(message.to_cloud ? "box " : "the cloud to box ") + std::to_string(message.holder.edge.value) +
              " goes on sending when everything is at rest: message body " + std::to_string(said.body_case()));
}

void World::check_output(const cloud::Send& send) const {
  const auto message = check_message({database_, send.to, Direction::down}, send.bytes, send.rests_on);
  require(!message.has_batch() || !older_nonces_.contains(message.yours()), "version",
          "a stream is sent to a box that says that it cannot read it");
  const auto& listed = facts_.lists.fences;
  require(!message.status().fenced() || std::find(listed.begin(), listed.end(), send.to) != listed.end(), "writer",
          "a fenced box is told before its fence is listed");
}

}  // namespace wattle::sim
