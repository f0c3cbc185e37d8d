#pragma once
// A serial adapter that misbehaves: it splits, cuts and adds to what it carries, and is pulled out, when its device goes away
// under whoever has it open, and its path with it.

#include <termios.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "simulator/devices/carry.hpp"
#include "simulator/devices/pty.hpp"
#include "tests/integration/bus/tearing.hpp"

namespace wattle {

class TornLine : public std::enable_shared_from_this<TornLine> {
 public:
  /// Between the meters' device and `path`, which a master opens while it is plugged in.
  TornLine(boost::asio::io_context& loop, std::string meters, std::string path, std::uint64_t seed)
      : loop_(&loop), meters_(std::move(meters)), path_(std::move(path)), random_(seed) {}

  const std::string& path() const { return path_; }
  bool is_plugged() const { return plugged_ != nullptr; }
  std::uint64_t pulled() const { return pulled_; }  // times
  std::uint64_t cuts() const { return cuts_; }
  std::uint64_t lates() const { return lates_; }  // questions and answers that came when nobody waited any more
  void set(Tearing tearing) { tearing_ = tearing; }
  /// Of all that comes here, either way, before anything happens to it.
  void on_bytes(std::function<void(ByteView)> passing) { passing_ = std::move(passing); }

  /// False: the system has no pseudo-terminal left.
  bool plug() {
    if (plugged_ != nullptr) return true;
    auto pty = sim::Pty::open(path_);
    const int far = sim::open_device(meters_);
    if (!pty || far < 0) return false;
    tcflush(far, TCIOFLUSH);  // what meters said to nobody is lost on a real line
    const int near = dup(pty->meters_end());
    plugged_ = std::make_shared<Plugged>(Plugged{std::move(*pty), Descriptor(*loop_, near), Descriptor(*loop_, far)});
    for (const bool to_meters : {true, false}) {
      boost::asio::co_spawn(
          *loop_, [self = shared_from_this(), held = plugged_, to_meters] { return self->carry(held, to_meters); }, rethrow);
    }
    return true;
  }
  void unplug() {
    if (plugged_ == nullptr) return;
    ++pulled_;
    Error ignored;  // closing what is being given up
    plugged_->near.close(ignored);
    plugged_->far.close(ignored);
    plugged_->pty.reset();
    plugged_.reset();
  }

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;
  struct Plugged {
    std::optional<sim::Pty> pty;
    Descriptor near;
    Descriptor far;
  };

  boost::asio::awaitable<void> carry(std::shared_ptr<Plugged> held, bool to_meters) {
    auto& from = to_meters ? held->near : held->far;
    auto& to = to_meters ? held->far : held->near;
    Bytes buffer(512);
    for (;;) {
      const auto [gone, size] = co_await from.async_read_some(boost::asio::buffer(buffer), use_result);
      if (gone) co_return;
      passing_(ByteView(buffer).first(size));
      lates_ += co_await held_back(loop_->get_executor(), tearing_.lates_per_mille, random_) > waited_on_most;
      Bytes bytes = torn({buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)}, tearing_, random_);
      cuts_ += bytes.size() < size;
      if (!co_await send_torn(to, bytes, tearing_.splits_per_mille, random_)) co_return;
    }
  }

  boost::asio::io_context* loop_;
  std::string meters_;
  std::string path_;
  Random random_;
  Tearing tearing_;
  std::function<void(ByteView)> passing_ = [](ByteView) {};
  std::shared_ptr<Plugged> plugged_;
  std::uint64_t pulled_ = 0;
  std::uint64_t cuts_ = 0;
  std::uint64_t lates_ = 0;
};

}  // namespace wattle
