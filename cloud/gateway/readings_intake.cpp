#include "cloud/gateway/readings_intake.hpp"

#include <array>
#include <boost/asio/post.hpp>

#include "cloud/gateway/peers.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/log.hpp"

namespace wattle::cloud {

ReadingsIntake::ReadingsIntake(boost::asio::io_context& site_loop, std::unique_ptr<ReadingsStore> store, Settings settings,
                               Acknowledge acknowledge, Metrics& metrics)
    : site_loop_(site_loop),
      store_(std::move(store)),
      settings_(settings),
      acknowledge_(std::move(acknowledge)),
      metrics_(metrics),
      work_(worker_.get_executor()),
      thin_timer_(worker_) {
  boost::asio::post(worker_, [this] { thin(); });
  thread_ = std::thread([this] { worker_.run(); });
}

ReadingsIntake::~ReadingsIntake() {
  worker_.stop();
  thread_.join();
}

void ReadingsIntake::give(Holder from, Bytes body) {
  if (waiting_bytes_ + body.size() > readings_waiting_bytes_max) {
    metrics_.counter("wattle_readings_deferred_total", "Batches passed over since too many waited; boxes send them again")
        .add();
    return;
  }
  waiting_bytes_ += body.size();
  boost::asio::post(worker_, [this, from, body = std::move(body)] { take_in(from, body); });
}

void ReadingsIntake::release(std::size_t bytes) {
  boost::asio::post(site_loop_, [this, bytes] { waiting_bytes_ -= bytes; });
}

void ReadingsIntake::take_in(Holder from, const Bytes& body) {
  auto batch = decode_readings_batch(body);
  if (!batch) {
    const auto code = batch.error().message();
    metrics_.counter("wattle_gateway_refused_total", "Messages that were not taken, by the reason", {{"code", code}}).add();
    log_event(LogLevel::warning, "cloud.message.refused", {{"code", code}, {"edge", client_name(from)}});
    return release(body.size());
  }
  at_boxes_[from] = batch->waiting;
  std::uint64_t sum = 0;
  for (const auto& [holder, count] : at_boxes_) sum += count;
  metrics_.gauge("wattle_readings_backlog", "Chunks that boxes last said to hold").set(static_cast<std::int64_t>(sum));
  Arrived arrived{from, body.size(), {}, {}};
  for (auto& bytes : batch->chunks) {
    const auto id = chunk_id(crypto_, bytes);
    auto chunk = decode_chunk(bytes);
    if (chunk) {
      arrived.chunks.push_back({from, id, std::move(bytes), *std::move(chunk)});
      continue;
    }
    const auto why = static_cast<ReadingsErrc>(chunk.error().value());
    metrics_.counter("wattle_readings_refused_total", "Chunks that cannot be read", {{"code", word(why)}}).add();
    log_event(LogLevel::error, "cloud.readings.refused", {{"code", word(why)}, {"edge", client_name(from)}});
    arrived.refused.push_back({id, why});
  }
  waiting_.push_back(std::move(arrived));
  if (std::exchange(scheduled_, true)) return;
  // At the end of the queue, so that whatever is ready now gets into the same transaction.
  boost::asio::post(worker_, [this] { store_waiting(); });
}

void ReadingsIntake::store_waiting() {
  scheduled_ = false;
  std::vector<Arrived> group;
  std::vector<ArrivedChunk> chunks;
  while (!waiting_.empty() && (group.empty() || chunks.size() + waiting_.front().chunks.size() <= readings_group_chunks_max)) {
    auto& arrived = waiting_.front();
    std::copy(arrived.chunks.begin(), arrived.chunks.end(), std::back_inserter(chunks));
    group.push_back(std::move(arrived));
    waiting_.pop_front();
  }
  if (!waiting_.empty() && !std::exchange(scheduled_, true)) boost::asio::post(worker_, [this] { store_waiting(); });
  const auto outcomes = store_->store(chunks);
  if (!outcomes) {
    metrics_.counter("wattle_readings_failed_total", "Transactions of readings that failed; boxes send them again").add();
    log_event(LogLevel::error, "cloud.readings.failed", {{"why", outcomes.error().message()}, {"chunks", chunks.size()}});
  } else {
    count(chunks, *outcomes);
  }
  for (const auto& arrived : group) {
    if (outcomes) acknowledge(arrived);
    release(arrived.bytes);
  }
}

void ReadingsIntake::count(const std::vector<ArrivedChunk>& chunks, const std::vector<ChunkOutcome>& outcomes) {
  std::array<std::uint64_t, 4> counts{};
  std::uint64_t readings = 0;
  std::map<Holder, std::uint64_t> expired;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    ++counts.at(static_cast<std::size_t>(outcomes[i]));
    if (outcomes[i] == ChunkOutcome::stored) readings += chunks[i].chunk.readings.size();
    if (outcomes[i] == ChunkOutcome::expired) ++expired[chunks[i].from];
  }
  // They are acknowledged, and so lost: this clock or the box's may be wrong.
  for (const auto& [box, count] : expired)
    log_event(LogLevel::warning, "cloud.readings.expired", {{"edge", client_name(box)}, {"chunks", count}});
  const auto add = [&](const char* outcome, ChunkOutcome which) {
    metrics_.counter("wattle_readings_chunks_total", "Chunks of boxes, by what became of them", {{"outcome", outcome}})
        .add(counts.at(static_cast<std::size_t>(which)));
  };
  add("stored", ChunkOutcome::stored);
  add("known", ChunkOutcome::known);
  add("expired", ChunkOutcome::expired);
  metrics_.counter("wattle_readings_stored_total", "Readings made durable").add(readings);
  metrics_.counter("wattle_readings_commits_total", "Transactions, each of everything that waited").add();
}

void ReadingsIntake::acknowledge(const Arrived& arrived) {
  ReadingsAck ack;
  ack.refused = arrived.refused;
  for (const auto& one : arrived.chunks) ack.stored.push_back(one.id);
  boost::asio::post(site_loop_, [this, to = arrived.from, body = encode(ack)]() mutable { acknowledge_(to, std::move(body)); });
}

void ReadingsIntake::thin() {
  if (const auto gone = store_->thin(wall_clock(), settings_.keep); !gone)
    log_event(LogLevel::error, "cloud.readings.failed", {{"why", gone.error().message()}});
  else if (*gone > 0)
    log_event(LogLevel::info, "cloud.readings.thinned", {{"months", *gone}});
  thin_timer_.expires_after(to_chrono(thin_every));
  thin_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) thin();
  });
}

}  // namespace wattle::cloud
