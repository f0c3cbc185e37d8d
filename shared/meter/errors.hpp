#pragma once
// What can go wrong between a question to a meter and a reading. The numbers are stable: logs, counters and alarms name them.

#include <cstdint>
#include <type_traits>

#include "shared/base/result.hpp"

namespace wattle {

/// A value read from a meter stays within this, whatever its unit; beyond it is MeterErrc::value.
inline constexpr std::int64_t max_value = std::int64_t{1} << 62;

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
  framing = 10,        // start marks or lengths that are not of this protocol
  end_mark = 11,       // the checksum fits, and the byte that ends a frame is another
  direction = 12,      // a sound frame of a master where a meter's was expected: an echo, or a second master
  sequence = 13,       // follow-up or serial number of another question
  data = 14,           // the data within a sound frame break off or contradict the protocol
  limit = 15,          // more records, bytes or follow-ups than are taken
  torn = 18,           // sound frames, but a register was read while the meter was writing it (torn.hpp)
  disagree = 19,       // power is not what voltage and current say: they are of different moments (agreement.hpp)
  no_such_data = 20,   // 20 to 26: a DL/T 645 or CJ/T 188 meter refused; the byte it gave is in the decoded frame
  password = 21,       // never to be repeated on its own: meters lock themselves after a few tries
  rate = 22,
  year_zones = 23,
  day_periods = 24,
  tariffs = 25,
  refused = 26,            // for another reason, or an unknown one
  purchase_known = 27,     // 27 to 32: a transaction of 03H was refused (DL/T 645-2007): the meter has booked it already
  purchase_check = 28,     // its encryption chip does not take it
  purchase_identity = 29,  // nobody has authenticated himself, or as somebody else
  purchase_customer = 30,  // of another customer
  purchase_count = 31,     // its number is not the next one
  purchase_limit = 32,     // so much may not be hoarded
  exception = 100,         // 100 + n: the meter refused with Modbus exception n
  application = 400,       // 400 + n: an M-Bus meter reported application error n (EN 13757-3)
};

/// The code of Modbus exception n (1 function, 2 address, 3 value, 4 failure, 6 busy ...).
constexpr MeterErrc exception_errc(std::uint8_t n) {
  return static_cast<MeterErrc>(static_cast<int>(MeterErrc::exception) + n);
}
/// The meter understood the question and refused it; asking again is no use for 1 to 3.
constexpr bool is_exception(MeterErrc code) {
  const int n = static_cast<int>(code) - static_cast<int>(MeterErrc::exception);
  return n >= 0 && n <= UINT8_MAX;
}
/// The code of application error n of an M-Bus meter (1 CI field, 2 buffer, 3 records, 4 data break off, 8 busy ...).
constexpr MeterErrc application_errc(std::uint8_t n) {
  return static_cast<MeterErrc>(static_cast<int>(MeterErrc::application) + n);
}
constexpr bool is_application(MeterErrc code) {
  const int n = static_cast<int>(code) - static_cast<int>(MeterErrc::application);
  return n >= 0 && n <= UINT8_MAX;
}
/// The meter heard the question, understood it and said no, in whatever protocol.
constexpr bool is_refusal(MeterErrc code) {
  return is_exception(code) || is_application(code) || (code >= MeterErrc::no_such_data && code <= MeterErrc::purchase_limit);
}

const boost::system::error_category& meter_category();
Error make_error_code(MeterErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::MeterErrc> : std::true_type {};
