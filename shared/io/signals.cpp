#include "shared/io/signals.hpp"

#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>

namespace wattle {

struct StopSignals::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& loop, std::function<void(int)> callback)
      : signals(loop, SIGINT, SIGTERM), on_stop(std::move(callback)) {}

  void wait() {
    signals.async_wait([self = shared_from_this()](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (self->asked) ::_exit(128 + signal);
      self->asked = true;
      self->wait();
      self->on_stop(signal);
    });
  }

  boost::asio::signal_set signals;
  std::function<void(int)> on_stop;
  bool asked = false;
};

StopSignals::StopSignals(boost::asio::io_context& loop, std::function<void(int signal)> on_stop)
    : state_(std::make_shared<State>(loop, std::move(on_stop))) {
  std::signal(SIGPIPE, SIG_IGN);
  state_->wait();
}

StopSignals::~StopSignals() { cancel(); }

void StopSignals::cancel() {
  boost::system::error_code ignored;  // a signal set that was cancelled already has nothing more to cancel
  state_->signals.cancel(ignored);
}

}  // namespace wattle
