#include "shared/io/line_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "shared/io/coroutine.hpp"
#include "shared/io/errors.hpp"

namespace wattle {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;

}  // namespace

LineSocket::LineSocket(asio::io_context& loop, std::string path, Handler handler)
    : acceptor_(loop), path_(std::move(path)), handler_(std::move(handler)) {}

LineSocket::~LineSocket() { stop(); }

Error LineSocket::open() {
  if (path_.size() >= sizeof(sockaddr_un::sun_path)) return {ENAMETOOLONG, boost::system::generic_category()};
  unlink(path_.c_str());
  Error error;
  acceptor_.open(stream_protocol(), error);
  if (!error) acceptor_.bind(stream_protocol::endpoint(path_), error);
  if (!error && chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0) error = last_error();
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) asio::co_spawn(acceptor_.get_executor(), accept(), rethrow);
  return error;
}

void LineSocket::stop() {
  if (!acceptor_.is_open()) return;
  Error ignored;  // closing a descriptor that is being given up
  acceptor_.close(ignored);
  unlink(path_.c_str());
}

asio::awaitable<void> LineSocket::accept() {
  for (;;) {
    auto [error, peer] = co_await acceptor_.async_accept(use_result);
    if (error) co_return;
    if (peers_ == socket_peers_max) continue;  // which closes it
    ++peers_;
    asio::co_spawn(acceptor_.get_executor(), talk(std::move(peer)), [this](const std::exception_ptr& failure) {
      --peers_;
      rethrow(failure);
    });
  }
}

asio::awaitable<void> LineSocket::talk(stream_protocol::socket peer) {
  std::string heard;
  for (;;) {
    const auto [error, size] =
        co_await asio::async_read_until(peer, asio::dynamic_buffer(heard, socket_line_bytes_max), '\n', use_result);
    if (error) co_return;  // gone, or a line beyond the limit
    const auto reply = handler_(std::string_view(heard).substr(0, size - 1));
    heard.erase(0, size);
    if (const auto [failed, sent] = co_await asio::async_write(peer, asio::buffer(reply), use_result); failed) co_return;
  }
}

}  // namespace wattle
