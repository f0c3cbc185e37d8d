// What programs of other versions do: entries of kinds that nobody here knows, and ends that for a while say that they read no
// stream as new as ours.

#include <algorithm>

#include "cloud/core/rows.hpp"
#include "simulator/nodes/world.hpp"
#include "sync.pb.h"

namespace wattle::sim {

namespace {
constexpr Kind newer_payment{0x4242};
constexpr Kind newer_sale{0x4243};
constexpr Kind newer_request{0xc242};
}  // namespace

/// A cloud one version ahead, beside this one, has taken an order of a kind of its own.
void World::order_newer() {
  const auto rows = database_.rows(Table::order);
  const auto number = rows.empty() ? 0 : cloud::order_number(rows.back().first);
  const auto key = cloud::order_key(number + 1);
  const auto id = random_.uid();
  Bytes value{0xf7};
  value.insert(value.end(), id.bytes.begin(), id.bytes.end());
  newer_orders_[key] = value;
  database_.commit({PutRow{Table::order, key, value}});
  trace("a newer cloud takes an order");
}

/// A cloud one version ahead, beside this one, books a payment or asks a box something, each by a kind of its own.
void World::book_newer() {
  const auto* cloud = site();
  if (cloud == nullptr || !cloud->is_settled() || processes_[ingest_].seen_commits != database_.commits()) return;
  if (random_.chance(1, 4)) return order_newer();
  const auto room = any_room();
  const auto* chain = cloud->index().room(room);
  const auto holder = chain != nullptr && !chain->has_hole() ? chain->open_at() : std::nullopt;
  if (!holder || cloud->index().is_closing(room, *holder) || chain->opening() != opening_of(room)) return;
  const auto* link = cloud->link(*holder);
  if (link->row().asking || link->row().fenced || cloud->index().balance(arrears_pocket(room)).micros < 0) return;
  Entry made;
  made.stream = link->down().id();
  made.number = link->down().head().number + 1;
  made.room = room;
  made.time = now().wall;
  made.kind = random_.chance(1, 2) ? newer_payment : newer_request;
  made.outside = OutsideId("newer/" + to_hex(random_.uid()));
  if (made.kind == newer_payment) {
    const auto payment = pay(room, {random_.between(1, 30) * 1'000'000});
    made.outside = cloud::id_of(payment);
    made.lines.push_back({clearing_pocket(payment.provider), room_pocket(room, *holder), payment.amount, false});
    cloud_mail_.push_back(cloud::Ordered{payment});  // its webhook comes here too
  }
  auto bytes = encode(made);
  const auto hash = crypto_->chain(link->down().head().hash, bytes);
  database_.commit({AppendEntry{made.stream, made.number, {std::move(bytes), hash, std::nullopt}}});
  trace("a newer cloud writes for room " + std::to_string(room.value));
  trace_written();
}

/// The box had a newer program for a moment, which sold something by a kind of its own.
void World::write_newer(BoxNode& box) {
  if (!box.engine || box.clone || box.engine->link().down().head().number == 0) return;
  const auto& row = box.engine->link().row();
  if (row.asking || row.fenced || row.stopped) return;
  const auto room = any_room();
  const auto* held = box.engine->link().state().find(room);
  if (held == nullptr || !held->open) return;
  stop_box(box);
  Link link(End::edge, the_site, box.holder, box.disk, *crypto_, *box.signer, cloud_signer_->key());
  Entry made;
  made.kind = newer_sale;
  made.room = room;
  made.time = now_of(box).wall;
  made.outside = OutsideId("receipt/" + to_hex(random_.uid()));
  if (random_.chance(3, 4))
    made.lines.push_back(
        {drawer_pocket(box.holder), room_pocket(room, box.holder), {random_.between(1, 9) * 1'000'000}, false});
  Commit commit;
  require(link.mint(std::move(made), commit).has_value(), "admission", "an entry of a kind that nobody knows is refused");
  box.disk.commit(commit);
  trace(box, "had a newer program");
  start_box(box);
}

/// An end is given an older program, or the one of today again.
void World::change_version(BoxNode& box) {
  if (random_.chance(1, 4)) {
    if (!random_.chance(1, rarity())) return;
    stop_cloud();
    older_cloud_ = !older_cloud_;
    return start_cloud();
  }
  if (!box.engine) return;
  stop_box(box);
  box.older = !box.older;
  start_box(box);
}

void World::bring_all_up_to_date() {
  for (auto& box : boxes_)
    if (std::exchange(box->older, false)) stop_box(*box);
  if (std::exchange(older_cloud_, false)) stop_cloud();
}

/// What leaves an end of this version: an older one announces less. Its nonces are noted, each of which is one life's.
Bytes World::as_spoken(const Bytes& bytes, bool older) {
  if (!older) return bytes;
  sync::Message message;
  message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  older_nonces_.insert(message.mine());
  if (!message.has_status()) return bytes;
  message.mutable_status()->set_stream_version(stream_version - 1);
  Bytes spoken(message.ByteSizeLong());
  message.SerializeToArray(spoken.data(), static_cast<int>(spoken.size()));
  return spoken;
}

}  // namespace wattle::sim
