#pragma once
// What can go wrong between a question to a meter and a reading. The numbers are stable: logs, counters and alarms name them.

#include <cstdint>
#include <type_traits>

#include "shared/base/result.hpp"

namespace wattle {

enum class MeterErrc : int {
  silence = 1,         // nothing was heard before the time was up; only a shell can know that
  checksum = 2,        // bytes were heard, and no frame among them is whole
  wrong_address = 3,   // a sound frame of another meter
  wrong_function = 4,  // a sound frame that answers another kind of question
  length = 5,          // a frame that is shorter or longer than the question demands
  foreign = 6,         // a sound frame of this meter and function that still does not answer this question
  value = 7,           // a register outside of what the meter can measure, or marked as not available
  meter_number = 8,    // the number on the plate is not one that a plate can carry
  profile = 9,         // the description of the model contradicts itself
  exception = 100,     // 100 + n: the meter refused with Modbus exception n
};

/// The code of Modbus exception n (1 function, 2 address, 3 value, 4 failure, 6 busy ...).
constexpr MeterErrc exception_errc(std::uint8_t n) {
  return static_cast<MeterErrc>(static_cast<int>(MeterErrc::exception) + n);
}
/// The meter understood the question and refused it; asking again is no use for 1 to 3.
constexpr bool is_exception(MeterErrc code) { return static_cast<int>(code) >= static_cast<int>(MeterErrc::exception); }

const boost::system::error_category& meter_category();
Error make_error_code(MeterErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::MeterErrc> : std::true_type {};
