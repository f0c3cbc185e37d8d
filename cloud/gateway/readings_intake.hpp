#pragma once
// Recorded readings arriving, and being asked for: beside the site's loop, on a loop and thread of their own, which alone own
// the store of readings. So money never waits for history, and history's transactions carry whatever has come up meanwhile.
//
// Between the loops only messages pass. An acknowledgement leaves after its chunks are durable. When more waits than the limit,
// batches are passed over: the box sends them again.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "cloud/store/readings_store.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "shared/io/metrics.hpp"
#include "shared/readings/message.hpp"

namespace wattle::cloud {

inline constexpr std::size_t readings_waiting_bytes_max = 32 * 1024 * 1024;
inline constexpr std::size_t readings_group_chunks_max = 4096;  // of one transaction: what a query may have to wait for
inline constexpr std::size_t readings_questions_max = 32;       // waiting or under way; a month of a room takes some 20 ms
inline constexpr Duration thin_every = hours(1);

class ReadingsIntake {
 public:
  /// On the site's loop.
  using Acknowledge = std::function<void(Holder to, Bytes body)>;
  struct Settings {
    Duration keep = days(400);  // single readings
  };

  /// `site_loop` runs while this lives; the store is used by the other thread only.
  ReadingsIntake(boost::asio::io_context& site_loop, std::unique_ptr<ReadingsStore> store, Settings settings,
                 Acknowledge acknowledge, Metrics& metrics);
  ReadingsIntake(const ReadingsIntake&) = delete;
  ReadingsIntake& operator=(const ReadingsIntake&) = delete;
  /// Joins the thread; what was not yet stored is not acknowledged.
  ~ReadingsIntake();

  /// The body of a box's message.
  void give(Holder from, Bytes body);
  /// `read` runs on the other thread, between two transactions; `done` on the site's loop. False when too many wait already:
  /// who asks must not grow the queue of what is stored.
  template <class T>
  bool ask(std::function<T(ReadingsStore&)> read, std::function<void(T)> done) {
    if (questions_ >= readings_questions_max) return false;
    ++questions_;
    boost::asio::post(worker_, [this, read = std::move(read), done = std::move(done)] {
      boost::asio::post(site_loop_, [this, answer = read(*store_), done]() mutable {
        --questions_;
        done(std::move(answer));
      });
    });
    return true;
  }

 private:
  struct Arrived {
    Holder from;
    std::size_t bytes = 0;  // of the message
    std::vector<ArrivedChunk> chunks;
    std::vector<RefusedChunk> refused;
  };
  // On the other thread.
  void take_in(Holder from, const Bytes& body);
  void store_waiting();
  void count(const std::vector<ArrivedChunk>& chunks, const std::vector<ChunkOutcome>& outcomes);
  void acknowledge(const Arrived& arrived);
  void release(std::size_t bytes);
  void thin();

  boost::asio::io_context& site_loop_;
  std::unique_ptr<ReadingsStore> store_;
  Settings settings_;
  Acknowledge acknowledge_;
  Metrics& metrics_;
  SodiumCrypto crypto_;
  std::size_t waiting_bytes_ = 0;             // the site's loop counts
  std::size_t questions_ = 0;                 // it, too; not answered yet
  std::map<Holder, std::uint64_t> at_boxes_;  // chunks that each box said to have
  std::deque<Arrived> waiting_;
  bool scheduled_ = false;
  boost::asio::io_context worker_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer thin_timer_;
  std::thread thread_;
};

}  // namespace wattle::cloud
