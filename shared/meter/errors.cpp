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
    if (is_application(static_cast<MeterErrc>(code))) {
      return "the meter reported application error " + std::to_string(code - static_cast<int>(MeterErrc::application));
    }
    switch (static_cast<MeterErrc>(code)) {
      case MeterErrc::silence: return "no answer";
      case MeterErrc::checksum: return "bad checksum";
      case MeterErrc::wrong_address: return "another meter answered";
      case MeterErrc::wrong_function: return "a frame of another function";
      case MeterErrc::length: return "a frame of a wrong length, or one that breaks off";
      case MeterErrc::foreign: return "the answer belongs to another question";
      case MeterErrc::value: return "a register is out of range or not available";
      case MeterErrc::meter_number: return "the meter number is not plausible";
      case MeterErrc::profile: return "the meter profile contradicts itself";
      case MeterErrc::framing: return "no frame of this protocol";
      case MeterErrc::end_mark: return "the byte that ends a frame is missing";
      case MeterErrc::direction: return "a frame of a master, not of a meter";
      case MeterErrc::sequence: return "the answer has the number of another question";
      case MeterErrc::data: return "the data within the frame break off or contradict the protocol";
      case MeterErrc::limit: return "more than is taken of one meter";
      case MeterErrc::torn: return "a register was read while the meter was writing it";
      case MeterErrc::disagree: return "power is not what voltage and current say";
      case MeterErrc::no_such_data: return "the meter has no such data";
      case MeterErrc::password: return "the meter refused the password";
      case MeterErrc::rate: return "the meter cannot change to this rate";
      case MeterErrc::year_zones: return "the meter refused: too many year zones";
      case MeterErrc::day_periods: return "the meter refused: too many day periods";
      case MeterErrc::tariffs: return "the meter refused: too many tariffs";
      case MeterErrc::refused: return "the meter refused for another reason";
      case MeterErrc::purchase_known: return "the meter has booked this purchase already";
      case MeterErrc::purchase_check: return "the meter's encryption chip does not take the purchase";
      case MeterErrc::purchase_identity: return "the meter did not authenticate whoever sent the purchase";
      case MeterErrc::purchase_customer: return "the purchase is another customer's";
      case MeterErrc::purchase_count: return "the purchase has another number than the next one";
      case MeterErrc::purchase_limit: return "the meter may not hold so much";
      case MeterErrc::exception:
      case MeterErrc::application: break;
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
