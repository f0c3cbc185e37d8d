#include "simulator/devices/meter_bus.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "shared/base/check.hpp"
#include "shared/io/coroutine.hpp"
#include "shared/io/errors.hpp"

namespace wattle::sim {
namespace {

namespace asio = boost::asio;

constexpr auto silence_ends_modbus = std::chrono::milliseconds(50);  // generous: a pseudo-terminal knows no character time
constexpr auto silence_ends_frame = std::chrono::milliseconds(500);  // DL/T 645-2007 §5.2.7: Tb, between bytes of one frame
constexpr std::size_t read_size = 256;
constexpr std::size_t uart_group = 8;  // a 16550's FIFO, at its usual trigger level

}  // namespace

MeterBus::MeterBus(asio::io_context& loop, Pty pty, std::vector<VirtualMeter> meters, MeterBusSettings settings)
    : pty_(std::move(pty)),
      wire_(loop),
      timer_(loop),
      silence_(loop),
      meters_(std::move(meters)),
      faults_(meters_.size()),
      settings_(std::move(settings)),
      random_(settings_.seed) {
  wire_.assign(dup(pty_.meters_end()));
}

void MeterBus::start() { asio::co_spawn(wire_.get_executor(), serve(), rethrow); }

void MeterBus::stop() {
  boost::system::error_code ignored;  // closing a descriptor that is being given up
  wire_.close(ignored);
  timer_.cancel();
  silence_.cancel();
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
    is_reading_ = true;
    const auto [error, size] = co_await wire_.async_read_some(asio::buffer(buffer), use_result);
    is_reading_ = false;
    silence_.cancel();
    if (!wire_.is_open()) co_return;
    if (error == asio::error::operation_aborted) {
      co_await obey_all(Wire::quiet);
      continue;
    }
    if (error) co_return;  // stopped: while we hold both ends open there is no other reason
    co_await hear(ByteView(buffer).first(size));
  }
}

/// A request of Modbus whose length nobody can tell ends when the line is silent.
void MeterBus::watch_silence() {
  if (heard_.empty() || !speaks<ModbusModel>()) return;
  silence_.expires_after(silence_ends_modbus);
  silence_.async_wait([this](const Error& stopped) {
    Error ignored;  // only a read is under way, and serve() begins it again
    if (!stopped && is_reading_) wire_.cancel(ignored);
  });
}

asio::awaitable<void> MeterBus::hear(ByteView bytes) {
  const auto now = std::chrono::steady_clock::now();
  const bool is_modbus = !speaks<dlt645::Model>() && !speaks<cjt188::Model>() && !speaks<mbus::Model>();
  if (now - last_byte_ > (is_modbus ? silence_ends_modbus : silence_ends_frame)) heard_.clear();
  last_byte_ = now;
  heard_.insert(heard_.end(), bytes.begin(), bytes.end());
  co_await obey_all(Wire::open);
  watch_silence();
}

asio::awaitable<void> MeterBus::obey_all(Wire wire) {
  while (const auto request = next_request(wire)) {
    auto answer = std::visit([this](const auto& what) { return obey(what); }, request->what);
    co_await send(std::move(answer), request->size);
  }
}

template <class Model>
bool MeterBus::speaks() const {
  return std::any_of(meters_.begin(), meters_.end(), [](const VirtualMeter& m) { return m.speaks<Model>(); });
}

namespace {

/// A whole frame, or how many bytes belong to none any more.
template <class Found, class Request>
void look(const Outcome<Found>& outcome, std::size_t dead_bytes, std::optional<Request>& first, std::size_t& dead) {
  const auto* found = std::get_if<Found>(&outcome);
  if (found == nullptr) {
    dead = std::min(dead, dead_bytes);
    return;
  }
  const auto end = found->offset + found->size;
  if (!first || end < first->size) first = Request{found->frame, end};
}

}  // namespace

std::optional<MeterBus::Request> MeterBus::next_request(Wire wire) {
  std::optional<Request> first;
  std::size_t dead = heard_.size();
  if (speaks<ModbusModel>()) {
    const auto scan = modbus_rtu::find_request(heard_, wire);
    if (scan.request) first = {ToUnit{scan.request->unit, {scan.request->pdu.begin(), scan.request->pdu.end()}}, scan.used};
    dead = std::min(dead, scan.used);
  }
  if (speaks<dlt645::Model>()) look(dlt645::find_frame(heard_, Wire::open), dlt645::dead_bytes(heard_), first, dead);
  if (speaks<cjt188::Model>()) look(cjt188::find_frame(heard_, Wire::open), cjt188::dead_bytes(heard_), first, dead);
  if (speaks<mbus::Model>()) look(mbus::find_frame(heard_, Wire::open), mbus::dead_bytes(heard_), first, dead);
  const auto used = first ? first->size : dead;
  heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(used));
  return first;
}

/// Two that answer at once: the slower one speaks into what the other is saying, or behind it.
MeterBus::Answer MeterBus::beside(Answer one, Answer other) const {
  if (one.bytes.empty() || other.bytes.empty()) return one.bytes.empty() ? other : one;
  if (other.slow < one.slow) std::swap(one, other);
  const auto later = other.slow.micros - one.slow.micros;
  const auto characters = later / wire_time(settings_.timing.line, 1).micros;
  return {collide(one.bytes, other.bytes, static_cast<std::size_t>(characters)), one.slow};
}

MeterBus::Answer MeterBus::obey(const ToUnit& request) {
  const bool to_all = request.unit == modbus_rtu::broadcast;
  Answer answer;
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    auto& meter = meters_[i];
    if (faults_[i].dead || !meter.is_modbus() || !(to_all || meter.is_at(request.unit))) continue;
    const auto unit = to_all ? static_cast<std::uint8_t>(meter.address()) : request.unit;
    const auto pdu = meter.answer(unit, request.pdu, settings_.wall_clock());
    const auto says = static_cast<std::uint8_t>(faults_[i].misaddressed ? unit % modbus_rtu::max_unit + 1 : unit);
    auto bytes = remembered(meter, modbus_rtu::frame(says, pdu));
    if (!to_all) answer = beside(std::move(answer), {std::move(bytes), faults_[i].slow});
  }
  return answer;
}

namespace {

/// What the meter says, as the one with the next address would say it.
Bytes as_neighbour(const Bytes& bytes, const dlt645::Frame&, std::uint64_t address) {
  auto frame = std::get<dlt645::Found>(dlt645::find_frame(bytes, Wire::quiet)).frame;
  if (const auto other = dlt645::address_of(address + 1)) frame.address = *other;
  return dlt645::encode(frame, 0);
}
Bytes as_neighbour(const Bytes& bytes, const cjt188::Frame&, std::uint64_t) {
  auto frame = std::get<cjt188::Found>(cjt188::find_frame(bytes, Wire::quiet)).frame;
  frame.address.bytes[1] ^= 1;
  return cjt188::encode(frame, 0);
}
Bytes as_neighbour(const Bytes& bytes, const mbus::Frame&, std::uint64_t) {
  auto frame = std::get<mbus::Found>(mbus::find_frame(bytes, Wire::quiet)).frame;
  frame.address ^= 1;
  return mbus::encode(frame);
}

}  // namespace

template <class Frame>
MeterBus::Answer MeterBus::obey(const Frame& request) {
  Answer answer;
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    auto& meter = meters_[i];
    if (faults_[i].dead) continue;
    auto bytes = remembered(meter, meter.answer(request, settings_.wall_clock()));
    if (faults_[i].misaddressed && !bytes.empty()) bytes = as_neighbour(bytes, request, meter.address());
    answer = beside(std::move(answer), {std::move(bytes), faults_[i].slow});
  }
  return answer;
}

Error MeterBus::say(ByteView bytes) {
  return ::write(pty_.meters_end(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) ? Error{} : last_error();
}

std::optional<MeterBus::GatewayAnswer> MeterBus::ask(std::uint8_t unit, ByteView request_pdu) {
  const auto answer = obey(ToUnit{unit, {request_pdu.begin(), request_pdu.end()}});
  if (answer.bytes.empty() || answer.bytes[0] != unit) return std::nullopt;
  const auto on_wire = request_pdu.size() + modbus_rtu::frame_overhead + answer.bytes.size();
  count(on_wire);
  auto takes = answer.slow;
  if (settings_.timing.timed) {
    takes.micros += settings_.timing.turnaround.micros;
    takes.micros += wire_time(settings_.timing.line, static_cast<std::int64_t>(on_wire)).micros;
  }
  return GatewayAnswer{{answer.bytes.begin() + 1, answer.bytes.end() - 2}, takes};
}

Bytes MeterBus::remembered(const VirtualMeter& meter, Bytes bytes) {
  if (settings_.remember && !settings_.remember(meter)) return {};
  return bytes;
}

void MeterBus::count(std::size_t characters) {
  ++wire_use_.answers;
  wire_use_.characters += characters;
}

asio::awaitable<void> MeterBus::send(Answer answer, std::size_t request_size) {
  auto& bytes = answer.bytes;
  if (bytes.empty()) co_return;
  if (random_.chance(noise_per_mille_, 1000)) bytes = spoil(std::move(bytes), random_);
  count(request_size + bytes.size());
  const auto on_wire = [&](std::size_t characters) {
    return std::chrono::microseconds(wire_time(settings_.timing.line, static_cast<std::int64_t>(characters)).micros);
  };
  auto begins = last_byte_ + std::chrono::microseconds(answer.slow.micros);
  if (settings_.timing.timed) begins += on_wire(request_size) + std::chrono::microseconds(settings_.timing.turnaround.micros);
  // Characters are handed over as a UART does: when so many are there, or the line falls silent.
  const auto group = settings_.timing.timed ? uart_group : bytes.size();
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto size = std::min(group, bytes.size() - sent);
    timer_.expires_at(settings_.timing.timed ? begins + on_wire(sent + size) : begins);
    if (const auto [error] = co_await timer_.async_wait(use_result); error) co_return;
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

Bytes collide(const Bytes& a, const Bytes& b, std::size_t later) {
  Bytes out = a;
  const auto begins = std::min(later, a.size());
  out.resize(std::max(a.size(), begins + b.size()), 0xff);  // where nobody speaks nobody pulls a bit down
  for (std::size_t i = 0; i < b.size(); ++i) out[begins + i] &= b[i];
  return out;
}

}  // namespace wattle::sim
