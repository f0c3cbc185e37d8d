// The one port that any network reaches: connections that say anything, in any pieces. Who registers is given the collector's
// place and heard as a line, with its heartbeats taken out; everybody else is a stranger. Over real sockets: the bytes come as
// they would.

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <optional>

#include "edge/io/collector_server.hpp"
#include "edge/io/injected_bytes.hpp"
#include "shared/base/check.hpp"
#include "shared/io/log.hpp"
#include "shared/meter/dlt645.hpp"
#include "shared/meter/dlt645_items.hpp"

using namespace wattle;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

const Bytes registration = {'D', 'T', 'U', '-', '1'};
const Bytes heartbeat = {0xfe, 'h', 'b'};
const auto question = dlt645::read(dlt645::Edition::v2007, dlt645::address_of(161).value(), dlt645::di::forward_energy);

bool contains(ByteView bytes, ByteView word) {
  return std::search(bytes.begin(), bytes.end(), word.begin(), word.end()) != bytes.end();
}

/// A subsequence of what was heard, and no word left where none was put together by taking another one out.
void take_out(ByteView input) {
  const std::vector<Bytes> words{registration, heartbeat, {}};
  const auto rest = without_injected(input, words);
  WATTLE_CHECK(rest.size() <= input.size());
  auto from = input.begin();
  for (const auto byte : rest) {
    from = std::find(from, input.end(), byte);
    WATTLE_CHECK(from != input.end());
    ++from;
  }
  if (!contains(input, registration) && !contains(input, heartbeat)) WATTLE_CHECK(std::ranges::equal(rest, input));
  const auto is_gone = rest.size() < input.size();
  WATTLE_CHECK(is_gone == (contains(input, registration) || contains(input, heartbeat)));
}

struct Port {
  asio::io_context loop{1};
  CollectorServer server{loop};
  std::shared_ptr<Bus> bus;

  Port() {
    WATTLE_CHECK(start_log({.process = "fuzz", .least = LogLevel::error}).has_value());
    WATTLE_CHECK(!server.open({"127.0.0.1", 0}));
    StreamBusSettings settings;
    settings.quiet = milliseconds(1);
    settings.longest_babble = milliseconds(3);
    bus = server.start_bus({registration, heartbeat}, settings);
  }
  void run_until(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!done()) {
      WATTLE_CHECK(std::chrono::steady_clock::now() < give_up);
      loop.restart();
      loop.run_one_for(std::chrono::milliseconds(1));
    }
  }
  std::uint64_t told() const { return server.counters().registered + server.counters().strangers; }
};

/// Not with the connect that blocks: the fuzzer's own alarm interrupts it.
void dial(Port& port, tcp::socket& peer) {
  std::optional<Error> connected;
  peer.async_connect({asio::ip::address_v4::loopback(), port.server.port()}, [&](Error error) { connected = error; });
  port.run_until([&] { return connected.has_value(); });
  WATTLE_CHECK(!*connected);
}

/// A reset leaves no port behind that waits.
void hang_up(tcp::socket& peer) {
  Error ignored;  // the other end may have hung up first
  peer.set_option(asio::socket_base::linger(true, 0), ignored);
  peer.close(ignored);
}

void say(tcp::socket& peer, ByteView bytes) {
  Error ignored;  // the same
  asio::write(peer, asio::buffer(bytes.data(), bytes.size()), ignored);
}

/// The line behind the collector: whatever it carries, what is called an answer is one.
void ask_through(Port& port, tcp::socket& peer, ByteView greeting, ByteView says) {
  std::optional<Result<Bytes>> heard;
  const Judge judge = [](ByteView bytes) {
    const auto outcome = dlt645::decode_answer(question, bytes, Wire::open);
    return std::holds_alternative<NeedMore>(outcome)         ? Verdict::more
           : std::holds_alternative<dlt645::Answer>(outcome) ? Verdict::complete
                                                             : Verdict::broken;
  };
  port.bus->transact({dlt645::encode_request(question), judge, milliseconds(4)},
                     [&](Result<Bytes> bytes) { heard = std::move(bytes); });
  const auto half = says.size() / 2;
  for (const auto part : {says.first(half), says.subspan(half)}) {
    for (int turns = 0; turns < 4 && !heard; ++turns) port.loop.restart(), port.loop.poll();
    say(peer, part);
  }
  port.run_until([&] { return heard.has_value(); });
  if (!*heard) return;
  WATTLE_CHECK((*heard)->size() <= max_heard);
  // The answer is one that was said: in all up to some byte, the collector's own words taken out or not.
  const auto answer_in = [](ByteView bytes) -> std::optional<std::pair<dlt645::Address, Bytes>> {
    const auto outcome = dlt645::decode_answer(question, bytes, Wire::quiet);
    const auto* answer = std::get_if<dlt645::Answer>(&outcome);
    return answer == nullptr ? std::nullopt : std::optional(std::pair(answer->from, answer->data));
  };
  const auto got = answer_in(**heard);
  if (!got) return;
  WATTLE_CHECK(got->first == question.address);
  Bytes with_greeting(greeting.begin(), greeting.end());
  with_greeting.insert(with_greeting.end(), says.begin(), says.end());
  bool is_said = false;
  for (const auto all : {says, ByteView(with_greeting)})  // what followed the registration at once may be heard too
    for (auto size = all.size(); size > 0 && !is_said; --size)
      for (const auto& said : {Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)),
                               without_injected(all.first(size), {registration, heartbeat})})
        is_said = is_said || answer_in(said) == got;
  WATTLE_CHECK(is_said);
}

void greet(Port& port, ByteView first, ByteView rest) {
  Bytes said(first.begin(), first.end());
  const auto before = port.told();
  const auto registered = port.server.counters().registered;
  tcp::socket peer(port.loop);
  dial(port, peer);
  say(peer, first);
  if (contains(first, registration)) {
    port.run_until([&] { return port.told() > before; });
    WATTLE_CHECK(port.server.counters().registered == registered + 1);
    ask_through(port, peer, first, rest);
  } else {
    for (int turns = 0; turns < 4; ++turns) port.loop.restart(), port.loop.poll();
    said.insert(said.end(), rest.begin(), rest.end());
    say(peer, rest);
    Error ignored;  // it may have been refused already
    peer.shutdown(tcp::socket::shutdown_send, ignored);
    port.run_until([&] { return port.told() > before; });
    WATTLE_CHECK((port.server.counters().registered > registered) == contains(said, registration));
  }
  hang_up(peer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  take_out(input);
  if (size < 2 || size > collector_greeting_max) return 0;
  static Port port;
  const auto rest = input.subspan(1);
  const auto half = rest.first(std::min<std::size_t>(data[0], rest.size()));
  greet(port, half, rest.subspan(half.size()));
  return 0;
}
