#include "simulator/devices/meter_bus.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "shared/base/check.hpp"

namespace wattle::sim {
namespace {

namespace asio = boost::asio;
constexpr auto use_result = asio::as_tuple(asio::use_awaitable);

constexpr auto silence_ends_modbus = std::chrono::milliseconds(50);   // generous: a pseudo-terminal knows no character time
constexpr auto silence_ends_dlt645 = std::chrono::milliseconds(500);  // DL/T 645-2007 §5.2.7: Tb, between bytes of one frame
constexpr std::size_t read_size = 256;
constexpr std::int64_t bits_per_character = 11;

}  // namespace

MeterBus::MeterBus(asio::io_context& loop, Pty pty, std::vector<VirtualMeter> meters, MeterBusSettings settings)
    : pty_(std::move(pty)),
      wire_(loop),
      timer_(loop),
      meters_(std::move(meters)),
      settings_(std::move(settings)),
      random_(settings_.seed) {
  wire_.assign(dup(pty_.meters_end()));
}

void MeterBus::start() {
  asio::co_spawn(wire_.get_executor(), serve(), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

void MeterBus::stop() {
  boost::system::error_code ignored;  // closing a descriptor that is being given up
  wire_.close(ignored);
  timer_.cancel();
}

Result<void> MeterBus::remember_all() {
  for (auto& meter : meters_) {
    meter.advance(settings_.wall_clock());
    if (!settings_.remember) continue;
    if (const auto stored = settings_.remember(meter); !stored) return stored.error();
  }
  return {};
}

asio::awaitable<void> MeterBus::serve() {
  Bytes buffer(read_size);
  for (;;) {
    const auto [error, size] = co_await wire_.async_read_some(asio::buffer(buffer), use_result);
    if (error) co_return;  // stopped: while we hold both ends open there is no other reason
    co_await hear(ByteView(buffer).first(size));
  }
}

asio::awaitable<void> MeterBus::hear(ByteView bytes) {
  const bool is_modbus = settings_.protocol == Protocol::modbus_rtu;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_byte_ > (is_modbus ? silence_ends_modbus : silence_ends_dlt645)) heard_.clear();
  last_byte_ = now;
  heard_.insert(heard_.end(), bytes.begin(), bytes.end());
  for (bool obeyed = true; obeyed;) {
    // no conditional expression here: g++ 12 gets two co_await in one wrong
    if (is_modbus) {
      obeyed = co_await obey_modbus();
    } else {
      obeyed = co_await obey_dlt645();
    }
  }
}

asio::awaitable<bool> MeterBus::obey_modbus() {
  const auto scan = modbus_rtu::find_request(heard_);
  const bool to_all = scan.request && scan.request->unit == modbus_rtu::broadcast;
  for (auto& meter : meters_) {
    if (!scan.request || is_dead(meter) || !(to_all || scan.request->unit == meter.unit())) continue;
    const auto pdu = meter.answer(scan.request->pdu, settings_.wall_clock());
    auto bytes = remembered(meter, modbus_rtu::frame(meter.unit(), pdu));
    if (!to_all) co_await send(std::move(bytes), scan.used);
  }
  heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(scan.used));
  co_return scan.request.has_value();
}

asio::awaitable<bool> MeterBus::obey_dlt645() {
  const auto outcome = dlt645::find_frame(heard_, Wire::open);
  const auto* found = std::get_if<dlt645::Found>(&outcome);
  const auto used = found == nullptr ? dlt645::dead_bytes(heard_) : found->offset + found->size;
  Bytes on_wire;
  for (auto& meter : meters_) {
    if (found == nullptr || is_dead(meter)) continue;
    auto bytes = remembered(meter, meter.answer(found->frame, settings_.wall_clock()));
    on_wire = on_wire.empty() ? std::move(bytes) : collide(on_wire, bytes);
  }
  co_await send(std::move(on_wire), used);
  heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(used));
  co_return found != nullptr;
}

Bytes MeterBus::remembered(const VirtualMeter& meter, Bytes bytes) {
  if (settings_.remember && !settings_.remember(meter)) return {};
  return bytes;
}

asio::awaitable<void> MeterBus::send(Bytes bytes, std::size_t request_size) {
  if (bytes.empty()) co_return;
  if (random_.chance(noise_per_mille_, 1000)) bytes = spoil(std::move(bytes), random_);
  if (!settings_.timing.timed) {
    co_await asio::async_write(wire_, asio::buffer(bytes), use_result);
    co_return;
  }
  const std::chrono::nanoseconds character(bits_per_character * 1'000'000'000 / settings_.timing.baud);
  const auto answer_begins = last_byte_ + character * static_cast<std::int64_t>(request_size) +
                             std::chrono::microseconds(settings_.timing.turnaround.micros);
  for (std::size_t sent = 0; sent < bytes.size();) {
    timer_.expires_at(answer_begins + character * static_cast<std::int64_t>(sent + 1));
    if (const auto [error] = co_await timer_.async_wait(use_result); error) co_return;
    const auto due = (std::chrono::steady_clock::now() - answer_begins) / character;
    const auto size = std::clamp<std::size_t>(static_cast<std::size_t>(due), sent + 1, bytes.size()) - sent;
    co_await asio::async_write(wire_, asio::buffer(bytes.data() + sent, size), use_result);
    sent += size;
  }
}

Bytes spoil(Bytes frame, Random& random) {
  WATTLE_CHECK(!frame.empty());
  const auto at = static_cast<std::ptrdiff_t>(random.below(frame.size()));
  switch (random.below(4)) {
    case 0: frame[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1u << random.below(8)); break;
    case 1: frame.erase(frame.begin() + at); break;
    case 2: frame.insert(frame.begin(), 1 + random.below(3), static_cast<std::uint8_t>(random.below(256))); break;
    default: frame.resize(static_cast<std::size_t>(at)); break;
  }
  return frame;
}

Bytes collide(const Bytes& a, const Bytes& b) {
  Bytes out = a.size() >= b.size() ? a : b;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) out[i] = a[i] & b[i];
  return out;
}

}  // namespace wattle::sim
