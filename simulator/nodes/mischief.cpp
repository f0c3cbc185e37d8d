// What directed scenarios do and the swarm does not: a forger on the way, an end that writes what no end should, a list beside
// the backups that is slow to be written.

#include <algorithm>

#include "cloud/core/rows.hpp"
#include "simulator/nodes/world.hpp"
#include "sync.pb.h"

namespace wattle::sim {

namespace {

ByteView view_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void put_back(const sync::Message& message, Bytes& bytes) {
  bytes.resize(message.ByteSizeLong());
  message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

void World::reach_point(bool is_there, const std::string& otherwise) {
  require(is_there, "story", otherwise);
  point_reached_ = true;
}

void World::begin_upgrade() {
  processes_.emplace_back();
  start_cloud();
}

/// What every backup that may still be restored has of each link: the shell's job, after each backup.
void World::note_backups() {
  if (site() == nullptr || backups_.empty()) return;
  for (const auto& [holder, box] : std::map(site()->boxes())) {
    cloud::BackupsKept kept{holder, ~0ULL, ~0ULL};
    for (const auto& backup : backups_) {
      const auto agreed = backup.agreed.find(holder);
      kept.up_cursor = std::min(kept.up_cursor, backup.database.head({the_site, holder, Direction::up}).number);
      kept.down_agreed = std::min(kept.down_agreed, agreed == backup.agreed.end() ? 0 : agreed->second);
    }
    const bool is_done = to_cloud(kept);
    const auto bytes = database_.row(Table::site, cloud::box_key(holder));
    const auto row = bytes ? from_bytes<cloud::BoxRow>(*bytes) : std::nullopt;
    require(!is_done || (row && row->keep_up_from >= kept.up_cursor && row->keep_down_from >= kept.down_agreed), "retention",
            "what all backups have does not become what a box may drop");
  }
}

/// While held, fences are neither listed beside the backups nor in any backup.
void World::hold_archive(bool held) {
  archive_held_ = held;
  if (held) return;
  for (const auto& fence : std::exchange(held_fences_, {})) carry_out(ingest_, cloud::ListFence{fence});
}

void World::drop_copies() {
  std::erase_if(network_, [](const auto& carried) {
    sync::Message message;
    return message.ParseFromArray(carried.bytes.data(), static_cast<int>(carried.bytes.size())) && message.has_copy();
  });
}

/// What the box says of itself arrives, and what it has written does not.
void World::drop_batches(Holder from) {
  std::erase_if(network_, [from](const auto& carried) {
    sync::Message message;
    return carried.to_cloud && carried.holder == from &&
           message.ParseFromArray(carried.bytes.data(), static_cast<int>(carried.bytes.size())) && message.has_batch();
  });
}

/// A box that wants more for its rooms: it returns the cloud's own entries with other amounts, on a chain that fits, signed by
/// itself, since it has no other key.
bool World::forge_copies() {
  bool forged = false;
  for (auto& carried : network_) {
    sync::Message message;
    if (!carried.to_cloud || !message.ParseFromArray(carried.bytes.data(), static_cast<int>(carried.bytes.size()))) continue;
    if (!message.has_copy() || message.copy().entries().empty()) continue;
    const StreamId down{the_site, carried.holder, Direction::down};
    const auto box = std::find_if(boxes_.begin(), boxes_.end(), [&](const auto& b) { return b->holder == carried.holder; });
    auto* copy = message.mutable_copy();
    const auto before = box != boxes_.end() ? (*box)->disk.entry(down, copy->first() - 1) : std::nullopt;
    Head head{copy->first() - 1, before ? before->hash : Digest{}};
    for (auto& text : *copy->mutable_entries()) {
      auto entry = decode_entry(view_of(text));
      if (entry && entry->kind == Kind::recharge) {
        for (auto& line : entry->lines) line.amount.micros += 50'000'000;
        const auto bytes = encode(*entry);
        text.assign(bytes.begin(), bytes.end());
        forged = true;
      }
      head = {head.number + 1, crypto_->chain(head.hash, view_of(text))};
    }
    copy->mutable_to()->set_hash(head.hash.bytes.data(), head.hash.bytes.size());
    const auto signature = (*box)->signer->sign(signed_head(down, head));
    copy->set_signature(signature.bytes.data(), signature.bytes.size());
    put_back(message, carried.bytes);
  }
  return forged;
}

/// A box with other software: behind its batch under way stands one more entry, rightly chained and signed.
bool World::slip_in(const BoxNode& box, Entry entry) {
  for (auto& carried : network_) {
    sync::Message message;
    if (!carried.to_cloud || carried.holder != box.holder) continue;
    if (!message.ParseFromArray(carried.bytes.data(), static_cast<int>(carried.bytes.size())) || !message.has_batch()) continue;
    const StreamId up{the_site, box.holder, Direction::up};
    auto* batch = message.mutable_batch();
    const auto before = box.disk.entry(up, batch->first() - 1);
    Head head{batch->first() - 1, before ? before->hash : Digest{}};
    for (const auto& text : batch->entries()) head = {head.number + 1, crypto_->chain(head.hash, view_of(text))};
    const auto last = decode_entry(view_of(batch->entries(batch->entries_size() - 1)));
    if (!last) continue;
    entry.stream = up;
    entry.number = head.number + 1;
    entry.seen = last->seen;
    entry.time = last->time;
    const auto bytes = encode(entry);
    batch->add_entries(bytes.data(), bytes.size());
    head = {head.number + 1, crypto_->chain(head.hash, bytes)};
    const auto signature = box.signer->sign(signed_head(up, head));
    batch->set_signature(signature.bytes.data(), signature.bytes.size());
    put_back(message, carried.bytes);
    tampered_ = true;
    return true;
  }
  return false;
}

/// An end with other software: one entry of its batch under way is another, and what comes behind it is chained to that and
/// signed by its writer.
bool World::tamper(const BoxNode& box, Direction direction, const std::function<bool(Entry&)>& alter) {
  const bool is_up = direction == Direction::up;
  const StreamId id{the_site, box.holder, direction};
  for (auto& carried : network_) {
    sync::Message message;
    if (carried.to_cloud != is_up || carried.holder != box.holder) continue;
    if (!message.ParseFromArray(carried.bytes.data(), static_cast<int>(carried.bytes.size())) || !message.has_batch()) continue;
    auto* batch = message.mutable_batch();
    const auto before = (is_up ? box.disk : database_).entry(id, batch->first() - 1);
    Head head{batch->first() - 1, before ? before->hash : Digest{}};
    bool altered = false;
    for (auto& text : *batch->mutable_entries()) {
      auto entry = decode_entry(view_of(text));
      if (!altered && entry && alter(*entry)) {
        const auto bytes = encode(*entry);
        text.assign(bytes.begin(), bytes.end());
        altered = true;
      }
      head = {head.number + 1, crypto_->chain(head.hash, view_of(text))};
    }
    if (!altered) continue;
    const auto signature = (is_up ? *box.signer : *cloud_signer_).sign(signed_head(id, head));
    batch->set_signature(signature.bytes.data(), signature.bytes.size());
    put_back(message, carried.bytes);
    tampered_ = true;
    return true;
  }
  return false;
}

}  // namespace wattle::sim
