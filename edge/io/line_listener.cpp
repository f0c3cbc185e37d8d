#include "edge/io/line_listener.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>

#include "shared/io/coroutine.hpp"

namespace wattle {
namespace {

constexpr auto opening_at_most = std::chrono::seconds(5);

}  // namespace

LineListener::LineListener(boost::asio::io_context& loop, StreamBus::Opener opener, Heard heard, Lost lost)
    : opener_(std::move(opener)), heard_(std::move(heard)), lost_(std::move(lost)), port_(loop) {}

std::shared_ptr<LineListener> LineListener::start(boost::asio::io_context& loop, StreamBus::Opener opener, Heard heard,
                                                  Lost lost) {
  std::shared_ptr<LineListener> self(new LineListener(loop, std::move(opener), std::move(heard), std::move(lost)));
  boost::asio::co_spawn(
      loop, [self] { return self->listen(); }, rethrow);
  return self;
}

void LineListener::stop() {
  stopped_ = true;
  Error ignored;  // closing a descriptor that is being given up
  port_.close(ignored);
}

boost::asio::awaitable<void> LineListener::listen() {
  const auto fd = co_await opener_(StreamBus::Clock::now() + opening_at_most);
  if (stopped_) {
    if (fd) ::close(*fd);
    co_return;
  }
  if (!fd) co_return lost_(fd.error());
  port_.assign(*fd);
  Bytes buffer(max_heard);
  for (;;) {
    const auto [error, size] = co_await port_.async_read_some(boost::asio::buffer(buffer), use_result);
    if (stopped_) co_return;
    if (error) co_return lost_(WATTLE_FAIL(BusErrc::unplugged));
    heard_(ByteView(buffer).first(size));
    if (stopped_) co_return;
  }
}

}  // namespace wattle
