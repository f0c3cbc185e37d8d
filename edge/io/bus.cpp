#include "edge/io/bus.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <string>

namespace wattle {
namespace {

class BusCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "bus"; }
  std::string message(int code) const override {
    switch (static_cast<BusErrc>(code)) {
      case BusErrc::silence: return "no answer in time";
      case BusErrc::closed: return "nobody has dialled in";
      case BusErrc::unplugged: return "the device or connection went away";
      case BusErrc::busy: return "another process has the serial device";
      case BusErrc::line_settings: return "the serial device refuses the line settings";
      case BusErrc::queue_full: return "too many questions wait for this bus";
      case BusErrc::stopped: return "the bus was stopped";
      case BusErrc::direction:
        return "the device's driver does not turn an RS485 line around as rs485 says: leave rs485 out where the adapter does "
               "it "
               "by itself (USB adapters do), else let the driver know the line (rs485-rts-… in its device tree)";
    }
    return "unknown bus error " + std::to_string(code);
  }
};

}  // namespace

const boost::system::error_category& bus_category() {
  static const BusCategory category;
  return category;
}

Error make_error_code(BusErrc code) { return {static_cast<int>(code), bus_category()}; }

Error last_system_error() { return {errno, boost::system::system_category()}; }

boost::asio::awaitable<Result<Bytes>> Bus::transact(BusTransaction transaction) {
  namespace asio = boost::asio;
  const auto begin = [this, &transaction](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    transact(std::move(transaction), [shared](Result<Bytes> result) { std::move (*shared)(std::move(result)); });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<Bytes>)>(begin, asio::use_awaitable);
}

}  // namespace wattle
