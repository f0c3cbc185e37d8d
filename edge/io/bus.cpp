#include "edge/io/bus.hpp"

#include <string>

namespace wattle {
namespace {

class BusCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "bus"; }
  std::string message(int code) const override {
    switch (static_cast<BusErrc>(code)) {
      case BusErrc::silence: return "no answer in time";
      case BusErrc::closed: return "the serial device is not open";
      case BusErrc::unplugged: return "the serial device went away";
      case BusErrc::busy: return "another process has the serial device";
      case BusErrc::line_settings: return "the serial device refuses the line settings";
      case BusErrc::queue_full: return "too many questions wait for this bus";
      case BusErrc::stopped: return "the bus was stopped";
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

}  // namespace wattle
