#pragma once
// SIGINT and SIGTERM ask for a graceful stop, once; the second one ends the process at once. SIGPIPE is ignored, since a peer
// that has gone shows as an error of the write.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

namespace wattle {

class StopSignals {
 public:
  StopSignals(boost::asio::io_context& loop, std::function<void(int signal)> on_stop);
  ~StopSignals();
  /// Lets the loop run dry: no signal is awaited any more.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace wattle
