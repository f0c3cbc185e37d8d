#include "edge/io/stream_bus.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "edge/io/injected_bytes.hpp"
#include "shared/io/coroutine.hpp"

namespace wattle {
namespace {

namespace asio = boost::asio;

constexpr std::size_t longest_flood = 64 * max_heard;
constexpr auto shortest_opening = std::chrono::seconds(2);  // a connection is given more than an answer

std::chrono::microseconds chrono(Duration d) { return std::chrono::microseconds(d.micros); }

void keep_first(Bytes& kept, ByteView more) {
  const auto room = std::min(more.size(), max_heard - kept.size());
  kept.insert(kept.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(room));
}

}  // namespace

StreamBus::StreamBus(asio::io_context& loop, Opener opener, StreamBusSettings settings)
    : opener_(std::move(opener)),
      settings_(std::move(settings)),
      port_(loop),
      timer_(loop),
      reopen_after_(settings_.first_reopen) {}

std::shared_ptr<StreamBus> StreamBus::start(asio::io_context& loop, Opener opener, StreamBusSettings settings) {
  std::shared_ptr<StreamBus> bus(new StreamBus(loop, std::move(opener), std::move(settings)));
  asio::co_spawn(
      loop, [bus]() { return bus->work(); }, [bus](const std::exception_ptr& failure) { rethrow(failure); });
  return bus;
}

void StreamBus::transact(BusTransaction transaction, Done done) {
  auto& queue = transaction.urgency == Urgency::command ? commands_ : polls_;
  if (stopped_ || queue.size() == max_bus_queue) {
    const Error error = stopped_ ? WATTLE_FAIL(BusErrc::stopped) : WATTLE_FAIL(BusErrc::queue_full);
    asio::post(port_.get_executor(), [error, done = std::move(done)] { done(error); });
    return;
  }
  queue.push_back({std::move(transaction), std::move(done)});
  if (idle_) timer_.cancel();
}

void StreamBus::stop() {
  stopped_ = true;
  timer_.cancel();
  Error ignored;  // closing a descriptor that is being given up
  port_.close(ignored);
}

std::optional<StreamBus::Waiting> StreamBus::next() {
  auto& queue = commands_.empty() ? polls_ : commands_;
  if (queue.empty()) return std::nullopt;
  auto waiting = std::move(queue.front());
  queue.pop_front();
  return waiting;
}

asio::awaitable<void> StreamBus::work() {
  for (;;) {
    auto waiting = next();
    if (waiting) {
      Result<Bytes> result = WATTLE_FAIL(BusErrc::stopped);
      if (!stopped_) result = co_await perform(waiting->transaction);
      waiting->done(std::move(result));
      continue;
    }
    if (stopped_) co_return;
    idle_ = true;
    co_await until(Clock::time_point::max());
    idle_ = false;
  }
}

/// Returns early when the timer is cancelled: for work, or to stop.
asio::awaitable<void> StreamBus::until(Clock::time_point when) {
  if (stopped_ || when <= Clock::now()) co_return;
  timer_.expires_at(when);
  co_await timer_.async_wait(use_result);
}

asio::awaitable<Result<Bytes>> StreamBus::perform(const BusTransaction& transaction) {
  ++counters_.transactions;
  if (const auto ready = co_await make_ready(transaction); !ready) co_return ready.error();
  const bool has_stood = has_answered_;
  auto heard = co_await ask(transaction, Clock::now() + chrono(transaction.timeout));
  if (heard.has_error() && heard.error() == BusErrc::unplugged && has_stood && transaction.may_be_repeated) {
    if (const auto ready = co_await make_ready(transaction); !ready) co_return ready.error();
    heard = co_await ask(transaction, Clock::now() + chrono(transaction.timeout));
  }
  if (!transaction.is_answered && heard.has_error() && heard.error() == BusErrc::silence) {
    has_answered_ = true;  // nothing could: the connection has stood
    co_return Bytes{};
  }
  if (heard.has_error() && heard.error() == BusErrc::silence) {
    ++counters_.silences;
    if (settings_.drains_after_silence) co_await wait_for_quiet();
    leave_deaf_connection();
  }
  co_return heard;
}

/// Open, and the line still. A peer that closes the connection behind each answer is met anew for the next question: nothing of
/// that one has been sent yet.
asio::awaitable<Result<void>> StreamBus::make_ready(const BusTransaction& transaction) {
  for (;;) {
    if (const auto opened = co_await open_before(Clock::now() + chrono(transaction.timeout)); !opened) co_return opened.error();
    co_await until(last_heard_ + chrono(transaction.gap));
    const bool may_be_met_anew = has_answered_;
    const auto discarded = discard_unasked();
    if (discarded || stopped_ || !may_be_met_anew) co_return discarded;
  }
}

/// A closed device costs a question its whole time-out, as a silent meter does: nobody asks in a tight loop.
asio::awaitable<Result<void>> StreamBus::open_before(Clock::time_point deadline) {
  while (!port_.is_open()) {
    co_await until(std::min(next_open_, deadline));
    if (stopped_) co_return WATTLE_FAIL(BusErrc::stopped);
    if (Clock::now() < next_open_) co_return why_closed_;
    const auto fd = co_await opener_(std::max(deadline, Clock::now() + shortest_opening));
    if (stopped_) {
      if (fd) ::close(*fd);
      co_return WATTLE_FAIL(BusErrc::stopped);
    }
    if (!fd) {
      why_closed_ = fd.error();
      put_off_reopening();
      co_await until(std::min(next_open_, deadline));
      if (next_open_ > deadline) co_return fd.error();
      continue;
    }
    port_.assign(*fd);
    silences_ = 0;
    has_answered_ = false;
    if (was_open_) ++counters_.reopens;
    was_open_ = true;
  }
  co_return Result<void>{};
}

asio::awaitable<Result<Bytes>> StreamBus::ask(const BusTransaction& transaction, Clock::time_point deadline) {
  cancel_port_at(deadline);
  const auto [error, sent] = co_await asio::async_write(port_, asio::buffer(transaction.request), use_result);
  disarm();
  if (error) co_return lose_port();
  Bytes heard;
  while (heard.size() < max_heard) {
    const auto size = co_await hear(heard, deadline);
    if (!size) co_return size.error();
    if (*size == 0) {
      heard = without_injected(heard, settings_.injected);
      if (heard.empty()) co_return WATTLE_FAIL(BusErrc::silence);
      break;
    }
    reopen_after_ = settings_.first_reopen;
    const auto verdict = judge(transaction, heard);
    if (verdict == Verdict::complete) {
      has_answered_ = true;
      co_return heard;
    }
    if (verdict == Verdict::broken) break;
  }
  if (!transaction.is_answered) co_return heard;  // an adapter's echo
  ++counters_.broken;
  co_await wait_for_quiet();
  co_return heard;
}

/// An answer may hold the very bytes that a collector injects: they are taken out only where there is none with them.
Verdict StreamBus::judge(const BusTransaction& transaction, Bytes& heard) const {
  const auto verdict = transaction.judge(heard);
  if (verdict == Verdict::complete || settings_.injected.empty()) return verdict;
  auto without = without_injected(heard, settings_.injected);
  if (without.size() == heard.size()) return verdict;
  const auto verdict_without = without.empty() ? Verdict::more : transaction.judge(without);
  if (verdict_without == Verdict::complete) heard = std::move(without);
  return verdict == Verdict::more && verdict_without == Verdict::broken ? Verdict::more : verdict_without;
}

void StreamBus::cancel_port_at(Clock::time_point deadline) {
  timer_.expires_at(deadline);
  // The wait may have ended already when it is disarmed; then its handler must not touch the next operation.
  timer_.async_wait([self = shared_from_this(), mine = ++armed_](const Error& cancelled) {
    if (cancelled || mine != self->armed_) return;
    Error ignored;  // there may be nothing left to cancel
    self->port_.cancel(ignored);
  });
}

void StreamBus::disarm() {
  ++armed_;
  timer_.cancel();
}

/// Appends what comes next; 0 when the deadline came first.
asio::awaitable<Result<std::size_t>> StreamBus::hear(Bytes& buffer, Clock::time_point deadline) {
  const auto before = buffer.size();
  buffer.resize(max_heard);
  cancel_port_at(deadline);
  const auto [error, size] =
      co_await port_.async_read_some(asio::buffer(buffer.data() + before, max_heard - before), use_result);
  disarm();
  buffer.resize(before + (error ? 0 : size));
  if (!error) {
    last_heard_ = Clock::now();
    silences_ = 0;
    co_return size;
  }
  if (stopped_) co_return WATTLE_FAIL(BusErrc::stopped);
  if (error == asio::error::operation_aborted) co_return std::size_t{0};
  co_return lose_port();
}

/// A late answer has the address and function of the next question as often as not: nothing is asked before the line is still.
asio::awaitable<void> StreamBus::wait_for_quiet() {
  const auto give_up = Clock::now() + chrono(settings_.longest_babble);
  Bytes behind;
  while (Clock::now() < give_up) {
    Bytes late;
    const auto size = co_await hear(late, std::min(give_up, Clock::now() + chrono(settings_.quiet)));
    if (!size || *size == 0) break;
    const auto strange = without_injected(late, settings_.injected);
    counters_.unasked_bytes += strange.size();
    keep_first(behind, strange);
  }
  tell_stray(Stray::behind, behind);
}

Result<void> StreamBus::discard_unasked() {
  if (stopped_) return WATTLE_FAIL(BusErrc::stopped);
  std::array<std::uint8_t, max_heard> late{};
  Bytes idle;
  for (std::size_t total = 0;;) {
    if (total > longest_flood) return lose_port();  // it comes faster than it can be read: no line of meters does that
    const auto size = ::read(port_.native_handle(), late.data(), late.size());
    if (size > 0) {
      total += static_cast<std::size_t>(size);
      last_heard_ = Clock::now();
      silences_ = 0;
      const auto strange = without_injected(ByteView(late).first(static_cast<std::size_t>(size)), settings_.injected);
      counters_.unasked_bytes += strange.size();
      keep_first(idle, strange);
    } else if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      break;
    } else {
      return lose_port();
    }
  }
  tell_stray(Stray::idle, idle);
  return {};
}

void StreamBus::tell_stray(Stray when, const Bytes& bytes) {
  if (!stopped_ && !bytes.empty()) stray_(when, bytes);
}

/// A serial server whose other end died, or that serves one client and takes us for the one before, leaves a connection that
/// stands and carries nothing. The next question goes over a new one.
void StreamBus::leave_deaf_connection() {
  if (settings_.deaf_after == 0 || ++silences_ < settings_.deaf_after) return;
  silences_ = 0;
  Error ignored;  // closing a descriptor that is being given up
  port_.close(ignored);
}

void StreamBus::put_off_reopening() {
  next_open_ = Clock::now() + chrono(reopen_after_);
  reopen_after_ = std::min(Duration{reopen_after_.micros * 2}, settings_.last_reopen);
}

Error StreamBus::lose_port() {
  if (stopped_) return WATTLE_FAIL(BusErrc::stopped);
  Error ignored;  // closing a descriptor that is being given up
  port_.close(ignored);
  if (!has_answered_) put_off_reopening();
  why_closed_ = WATTLE_FAIL(BusErrc::unplugged);
  return why_closed_;
}

}  // namespace wattle
