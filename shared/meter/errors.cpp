#include "shared/meter/errors.hpp"

#include <string>

namespace wattle {
namespace {

class MeterCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "meter"; }
  std::string message(int code) const override {
    if (is_exception(static_cast<MeterErrc>(code))) {
      return "the meter refused with exception " + std::to_string(code - static_cast<int>(MeterErrc::exception));
    }
    switch (static_cast<MeterErrc>(code)) {
      case MeterErrc::silence: return "no answer";
      case MeterErrc::checksum: return "bad checksum";
      case MeterErrc::wrong_address: return "another meter answered";
      case MeterErrc::wrong_function: return "the answer has another function";
      case MeterErrc::length: return "the answer has a wrong length";
      case MeterErrc::foreign: return "the answer belongs to another question";
      case MeterErrc::value: return "a register is out of range or not available";
      case MeterErrc::meter_number: return "the meter number is not plausible";
      case MeterErrc::profile: return "the meter profile contradicts itself";
      case MeterErrc::exception: break;
    }
    return "unknown meter error " + std::to_string(code);
  }
};

}  // namespace

const boost::system::error_category& meter_category() {
  static const MeterCategory category;
  return category;
}

Error make_error_code(MeterErrc code) { return {static_cast<int>(code), meter_category()}; }

}  // namespace wattle
