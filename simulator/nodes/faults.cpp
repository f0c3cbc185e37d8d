// What goes wrong. Each fault stays within what can be healed, or reported: see docs/TESTING.md.

#include <algorithm>

#include "shared/sync/session.hpp"
#include "simulator/nodes/world.hpp"
#include "sync.pb.h"

namespace wattle::sim {

namespace {

/// A byte of an entry changes inside a message: as if an end's own disk or memory had flipped it, past the envelope.
bool corrupt_entry(Bytes& bytes, Random& random) {
  sync::Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  auto* entries = message.has_batch()  ? message.mutable_batch()->mutable_entries()
                  : message.has_copy() ? message.mutable_copy()->mutable_entries()
                                       : nullptr;
  if (entries == nullptr || entries->empty()) return false;
  auto* entry = entries->Mutable(static_cast<int>(random.below(static_cast<std::uint64_t>(entries->size()))));
  (*entry)[random.below(entry->size())] ^= static_cast<char>(1U << random.below(8));
  bytes.resize(message.ByteSizeLong());
  message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return true;
}

/// The last entry of a returned copy is replaced by one that its supposed writer never wrote.
bool forge_copy(Bytes& bytes, const Crypto& crypto, const Signer& forger) {
  sync::Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !message.has_copy()) return false;
  auto* copy = message.mutable_copy();
  if (copy->entries().empty()) return false;
  auto* last = copy->mutable_entries(copy->entries_size() - 1);
  auto entry = decode_entry({reinterpret_cast<const std::uint8_t*>(last->data()), last->size()});
  if (!entry || entry->lines.empty() || entry->stream.direction != Direction::down) return false;
  for (auto& line : entry->lines) line.amount.micros += 50'000'000;
  const auto forged = encode(*entry);
  last->assign(forged.begin(), forged.end());
  // The forger also fits the named head to his chain, as far as he can know it, and signs with his own key.
  const auto hash = crypto.hash(forged);
  copy->mutable_to()->set_hash(hash.bytes.data(), hash.bytes.size());
  const auto signature = forger.sign(forged);
  copy->set_signature(signature.bytes.data(), signature.bytes.size());
  bytes.resize(message.ByteSizeLong());
  message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return true;
}

// Buildings do not burn down all the time: seven at the beginning of a run, then one now and then.
constexpr std::size_t fences_at_once_max = 6;
constexpr std::uint64_t steps_a_fence = 3'000;

}  // namespace

bool World::has_clone() const {
  return std::any_of(boxes_.begin(), boxes_.end(), [](const auto& box) { return box->clone; });
}

/// A cloud that starts reads all that there is, so in long runs it starts less and less often.
std::uint32_t World::rarity() const { return 1 + static_cast<std::uint32_t>(step_ / 10'000); }

void World::lie(BoxNode& box, const Link* link, bool settled) {
  // What the cloud has admitted comes back from there; what nobody else had cannot, so the lie stays within it.
  const auto have = link != nullptr && box.engine ? link->up().head().number : 0;
  if (!settled || have == 0 || box.clone || box.lies > 4 || box.engine->link().up().head().number != have) return;
  if (!link->up().holds(box.engine->link().up().head())) return;
  trace(box, "has a disk that had lied");
  stop_box(box);
  box.disk.lose(1 + random_.below(losable_commits_max));
  forget_trips(box);
  ++box.lies;
}

/// Whichever of the two a person finds first: what it alone wrote is on no disk any more.
void World::take_twin_away(BoxNode& twin) {
  const auto holder = twin.holder;
  const auto is_original = [&](const auto& box) { return !box->clone && box->holder == holder; };
  const auto original = std::find_if(boxes_.begin(), boxes_.end(), is_original);
  const bool stays = original != boxes_.end() && !(*original)->dead && random_.chance(1, 2);
  trace(twin, stays ? "is taken away, and its clone stays" : "has its clone taken away");
  if (stays) {
    twin.clone = false;
    (*original)->clone = true;
  }
  std::erase_if(boxes_, [&](const auto& box) { return box->clone && box->holder == holder; });
}

/// A twin of the box, from a copy of its card; or one of the two there are goes.
void World::clone(BoxNode& box, bool settled) {
  if (!settled || !random_.chance(1, 4)) return;
  const auto twin_at = std::find_if(boxes_.begin(), boxes_.end(), [](const auto& other) { return other->clone; });
  if (twin_at != boxes_.end()) return take_twin_away(**twin_at);
  if (box.dead || !box.engine) return;
  trace(box, "is cloned");
  auto twin = std::make_unique<BoxNode>();
  twin->holder = box.holder;
  twin->signer = box.signer;
  twin->code_key = box.code_key;
  twin->disk = box.disk;
  twin->disk.settle();
  twin->entropy = std::make_unique<SeededEntropy>(random_.next());
  twin->clone = true;
  twin->known = box.known;
  boxes_.push_back(std::move(twin));
  return start_box(*boxes_.back());
}

void World::die(BoxNode& box, const Link* link, bool settled) {
  if (box.clone || !random_.chance(1, 3)) return;
  if (box.dead) {  // seemingly dead: it comes back and goes on talking
    if (box.disk.commits() > 0) box.dead = false;
    return;
  }
  if (!settled || link == nullptr || link->row().fenced ||
      facts_.lists.fences.size() > fences_at_once_max + step_ / steps_a_fence)
    return;
  trace(box, "seems dead and is fenced");
  box.dead = true;
  stop_box(box);
  fence(box.holder,
        random_.chance(4, 5) ? box.holder.edge : EdgeId{1 + static_cast<std::uint32_t>(random_.below(options_.slots))});
}

/// Another process beside, as in an upgrade; or one of the two goes, and the other has the boxes.
void World::change_processes() {
  if (processes_.size() < 2) {
    processes_.emplace_back();
    return start_cloud();
  }
  const auto going = random_.below(processes_.size());
  processes_.erase(processes_.begin() + static_cast<std::ptrdiff_t>(going));
  const bool had_boxes = going == std::exchange(ingest_, 0);
  if (site() == nullptr)
    start_cloud();
  else if (had_boxes)
    to_cloud(cloud::Connected{});
}

void World::fault() {
  auto& box = any_box();
  const auto fault = static_cast<Fault>(random_.below(static_cast<std::uint64_t>(Fault::buses)));  // their faults: bus.cpp
  if (!options_.has(fault)) return;
  const auto* link = site() != nullptr ? site()->link(box.holder) : nullptr;
  const bool settled = site() != nullptr && site()->is_settled() && has_recovered();
  switch (fault) {
    case Fault::partition:
      if (random_.chance(1, 2)) return cut(box, random_.chance(2, 3), random_.chance(2, 3));
      return heal(box);
    case Fault::crash:
      if (random_.chance(1, 4)) return random_.chance(1, rarity()) ? stop_cloud() : void();
      stop_box(box);
      return;
    case Fault::lie: return lie(box, link, settled);
    case Fault::clone: return clone(box, settled);
    case Fault::dead: return die(box, link, settled);
    case Fault::restore:
      // Two twins speaking across a restore: taking either away may lose for good what the cloud has forgotten.
      if (backups_.empty() || random_.chance(2, 3) || has_clone())
        backup();
      else if (random_.chance(1, 2))
        restore(random_.below(backups_.size()), !options_.has(Fault::unnoticed) || random_.chance(1, 2));
      return;
    case Fault::processes: return random_.chance(1, rarity()) ? change_processes() : void();
    case Fault::clock:
      box.begun.clear();
      box.clock_error = random_.chance(1, 3)   ? Duration{-start_.micros}
                        : random_.chance(1, 2) ? days(4400)
                                               : seconds(random_.between(-7200, 7200));
      return;
    case Fault::corrupt:
      if (!network_.empty()) corrupt_entry(network_[random_.below(network_.size())].bytes, random_);
      return;
    case Fault::forge:
      for (auto& message : network_)
        if (message.to_cloud && forge_copy(message.bytes, *crypto_, *box.signer)) return;
      return;
    case Fault::welded: {
      auto at = facts_.meters.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(random_.below(facts_.meters.size())));
      at->second.welded = random_.chance(1, 3);
      disturb(at->first);
      return;
    }
    case Fault::unknown_kinds: return random_.chance(1, 2) ? book_newer() : write_newer(box);
    case Fault::versions: return change_version(box);
    case Fault::disk_full:
      if (random_.chance(1, 4)) return random_.chance(1, rarity()) ? fill_database(seconds(random_.between(5, 200))) : void();
      return fill_disk(box, seconds(random_.between(5, 600)));
    case Fault::retention: return note_backups();
    case Fault::control: return random_.chance(1, 3) ? mains_fail(box) : warden_acts();
    default: return;
  }
}

}  // namespace wattle::sim
