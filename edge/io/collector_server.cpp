#include "edge/io/collector_server.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "edge/io/socket_port.hpp"
#include "shared/io/coroutine.hpp"
#include "shared/io/log.hpp"

namespace wattle {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Duration awaited_pause = seconds(1);         // between two looks for a collector that is away; it comes by itself
constexpr Duration longest_cell_change = seconds(30);  // a cell is handed over, and the unit is back
constexpr std::size_t shown_of_greeting = 32;
constexpr auto strangers_told_every = std::chrono::seconds(10);  // whoever tries ports must not fill the log

bool contains(ByteView bytes, ByteView word) {
  return std::search(bytes.begin(), bytes.end(), word.begin(), word.end()) != bytes.end();
}

std::string peer_of(const tcp::socket& socket) {
  Error gone;
  const auto peer = socket.remote_endpoint(gone);
  return gone ? "gone" : peer.address().to_string();
}

}  // namespace

/// The place of one collector: where its bus finds the connection that came last.
struct CollectorServer::Slot {
  Slot(asio::io_context& loop, CollectorSettings settings) : is(std::move(settings)), came(loop) {
    came.expires_at(asio::steady_timer::time_point::max());
  }

  CollectorSettings is;
  std::optional<Socket> socket;
  bool taken = false;       // by the bus
  asio::steady_timer came;  // cancelled when a connection comes

  void drop() {
    Error ignored;  // what is given up may be gone already
    if (socket) {
      socket->shutdown(Socket::shutdown_both, ignored);
      socket->close(ignored);
    }
    socket.reset();
  }

  /// For the bus: the connection that came last, if it was not taken yet; else what comes until the deadline.
  static asio::awaitable<Result<int>> take(std::shared_ptr<Slot> self, StreamBus::Clock::time_point deadline) {
    if (self->taken) self->drop();  // the bus gave it up
    self->taken = false;
    if (!self->socket) {
      self->came.expires_at(deadline);
      co_await self->came.async_wait(use_result);
    }
    if (!self->socket) co_return WATTLE_FAIL(BusErrc::closed);
    self->taken = true;
    co_return descriptor_of(*self->socket, longest_cell_change);
  }
};

CollectorServer::CollectorServer(asio::io_context& loop)
    : loop_(&loop), acceptor_(loop), stopped_(std::make_shared<bool>(false)) {}

CollectorServer::~CollectorServer() { stop(); }

Error CollectorServer::open(const TcpAddress& listen) {
  ignore_broken_pipes();
  Error error;
  const auto address = asio::ip::make_address(listen.host, error);
  if (error) return error;
  const tcp::endpoint here(address, listen.port);
  acceptor_.open(here.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(here, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  port_ = acceptor_.local_endpoint(error).port();
  asio::co_spawn(*loop_, accept(), rethrow);
  return error;
}

void CollectorServer::stop() {
  *stopped_ = true;
  Error ignored;  // closing what is being given up
  acceptor_.close(ignored);
  for (const auto& slot : slots_) {
    slot->drop();
    slot->came.cancel();
  }
}

std::shared_ptr<Bus> CollectorServer::start_bus(CollectorSettings collector, StreamBusSettings settings) {
  settings.injected = {collector.registration, collector.heartbeat};
  settings.first_reopen = settings.last_reopen = awaited_pause;
  auto slot = std::make_shared<Slot>(*loop_, std::move(collector));
  slots_.push_back(slot);
  auto opener = [slot](StreamBus::Clock::time_point deadline) { return Slot::take(slot, deadline); };
  return StreamBus::start(*loop_, std::move(opener), std::move(settings));
}

void CollectorServer::forget(const CollectorSettings& collector) {
  std::erase_if(slots_, [&](const std::shared_ptr<Slot>& slot) {
    if (slot->is.registration != collector.registration) return false;
    slot->drop();
    slot->came.cancel();
    return true;
  });
}

asio::awaitable<void> CollectorServer::accept() {
  for (const auto stopped = stopped_; !*stopped;) {
    auto [error, socket] = co_await acceptor_.async_accept(use_result);
    if (*stopped) co_return;
    if (error) {  // no descriptor left, or a peer that was gone before it was taken: the next may fare better
      asio::steady_timer pause(*loop_, std::chrono::seconds(1));
      co_await pause.async_wait(use_result);
      continue;
    }
    if (greeting_.size() == collectors_greeting_max) {  // a collector speaks at once; who is silent gives way
      greeting_.front()->close(error);
      greeting_.pop_front();
    }
    asio::co_spawn(*loop_, greet(std::move(socket)), rethrow);
  }
}

/// Reads until the connection has said who it is; what does not in time is closed.
asio::awaitable<void> CollectorServer::greet(Socket socket) {
  const auto stopped = stopped_;
  const auto closes_late = std::make_shared<Socket>(std::move(socket));
  asio::steady_timer timer(*loop_, std::chrono::microseconds(collector_greeting_time.micros));
  timer.async_wait([closes_late](const Error& cancelled) {
    Error ignored;  // it may be closed already
    if (!cancelled) closes_late->close(ignored);
  });
  greeting_.push_back(closes_late);
  Bytes heard;
  Slot* slot = nullptr;
  while (slot == nullptr && heard.size() < collector_greeting_max) {
    Bytes piece(collector_greeting_max - heard.size());
    const auto [gone, size] = co_await closes_late->async_read_some(asio::buffer(piece), use_result);
    if (*stopped) co_return;
    if (gone) break;
    heard.insert(heard.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size));
    slot = slot_registered_in(heard);
  }
  greeting_.remove(closes_late);
  // A timer that has run out at this moment has closed the socket, which is then no collector's either.
  timer.cancel();
  if (slot != nullptr && closes_late->is_open()) co_return hand_over(*slot, std::move(*closes_late));
  refuse(*closes_late, heard);
}

void CollectorServer::refuse(const Socket& stranger, ByteView said) {
  ++counters_.strangers;
  const auto now = std::chrono::steady_clock::now();
  if (now < tell_of_strangers_from_) return;
  tell_of_strangers_from_ = now + strangers_told_every;
  log_event(LogLevel::warning, "edge.collector.stranger",
            {{"peer", peer_of(stranger)}, {"said", to_hex(said.first(std::min(said.size(), shown_of_greeting)))}});
}

CollectorServer::Slot* CollectorServer::slot_registered_in(ByteView greeting) {
  const auto is_its = [&](const std::shared_ptr<Slot>& slot) { return contains(greeting, slot->is.registration); };
  const auto slot = std::find_if(slots_.begin(), slots_.end(), is_its);
  return slot == slots_.end() ? nullptr : slot->get();
}

void CollectorServer::hand_over(Slot& slot, Socket socket) {
  ++counters_.registered;
  if (slot.socket) ++counters_.replaced;
  const auto peer = peer_of(socket);
  slot.drop();
  slot.socket.emplace(std::move(socket));
  slot.taken = false;
  slot.came.cancel();
  log_event(LogLevel::info, "edge.collector.registered", {{"registration", to_hex(slot.is.registration)}, {"peer", peer}});
}

}  // namespace wattle
