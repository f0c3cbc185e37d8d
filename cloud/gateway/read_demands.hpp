#pragma once
// Readings that people want now: who waits for which box's answer. What is not answered in time is forgotten, and so is an
// answer that comes after that.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/readings/demand.hpp"

namespace wattle::cloud {

inline constexpr std::size_t read_demands_max = 64;
inline constexpr Duration read_demand_patience = seconds(20);  // the box answers within 15 s, whatever its meters do

class ReadDemands {
 public:
  /// Nothing: no answer came in time.
  using Done = std::function<void(std::optional<ReadAnswer>)>;

  explicit ReadDemands(boost::asio::io_context& loop, Duration patience = read_demand_patience)
      : loop_(loop), patience_(patience) {}
  ReadDemands(const ReadDemands&) = delete;
  ReadDemands& operator=(const ReadDemands&) = delete;

  /// False when too many wait already; then `done` is not called.
  bool wait(Holder box, std::uint64_t id, Done done);
  /// False when nobody waits for it.
  bool answered(Holder from, const ReadAnswer& answer);
  /// It was never asked.
  void forget(std::uint64_t id) { waiting_.erase(id); }
  /// Nobody waits any more, and nobody is told.
  void stop() { waiting_.clear(); }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    Holder box;
    Done done;
    std::unique_ptr<boost::asio::steady_timer> timer;
  };

  boost::asio::io_context& loop_;
  Duration patience_;
  std::map<std::uint64_t, Waiting> waiting_;
};

}  // namespace wattle::cloud
