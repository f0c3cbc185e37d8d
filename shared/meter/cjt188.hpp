#pragma once
// CJ/T 188 (2004, and the parts of 2018 that are the same): the questions of a master and the answers that they demand.

#include "shared/base/local_time.hpp"
#include "shared/meter/cjt188_frame.hpp"
#include "shared/meter/field.hpp"

namespace wattle::cjt188 {

enum class Command : std::uint8_t {
  read = 0x01,
  read_address = 0x03,
  write = 0x04,
  read_key_version = 0x09,
  write_address = 0x15,
  write_total = 0x16,  // the register itself, at the factory
};
const char* word(Command command);

inline constexpr std::size_t head_size = 3;   // of the data: identifier and serial
inline constexpr std::size_t clock_size = 7;  // pairs of digits, the second first

/// 901FH goes out as 90 1F by the habit of 2004, as 1F 90 by the reading of 2018. Both are met; the answer mirrors the
/// question.
enum class DiOrder : std::uint8_t { high_first, low_first };

namespace di {
inline constexpr std::uint16_t current = 0x901f;
inline constexpr std::uint16_t last_month = 0xd120;  // to d12b, twelve months back
inline constexpr std::uint16_t key_version = 0x8106;
inline constexpr std::uint16_t address = 0x810a;
inline constexpr std::uint16_t set_key = 0xa014;
inline constexpr std::uint16_t set_clock = 0xa015;
inline constexpr std::uint16_t set_total = 0xa016;
inline constexpr std::uint16_t valve = 0xa017;
inline constexpr std::uint16_t set_address = 0xa018;
}  // namespace di
/// "current", "valve"; "" for one that is not known.
const char* item_word(std::uint16_t di);

struct Request {
  Command command = Command::read;
  std::uint8_t type = cold_water;
  Address address;
  std::uint16_t di = di::current;
  std::uint8_t serial = 0;  // counts the questions; the answer carries it too
  Bytes payload;
  DiOrder order = DiOrder::high_first;
  bool operator==(const Request&) const = default;
};

inline constexpr std::size_t max_write_data = 0x32;

Request read(std::uint8_t type, const Address& address, std::uint16_t di, std::uint8_t serial, DiOrder order);
Request read_address(std::uint8_t type, std::uint8_t serial, DiOrder order);
Request write_address(std::uint8_t type, const Address& asked, const Address& own, std::uint8_t serial, DiOrder order);
/// ss mm hh DD MM YY YY; nothing for what is no time.
std::optional<LocalTime> decode_clock(ByteView seven);
Request set_clock(std::uint8_t type, const Address& address, const LocalTime& to, std::uint8_t serial, DiOrder order);

enum class ValveCommand : std::uint8_t {
  open = 0x55,
  close = 0x99,
  free_open = 0x66,  // two makers' own: whatever the meter's balance says
  free_close = 0x77,
};
const char* word(ValveCommand command);
/// Carried out within the valve's travel, some 5 to 30 s: read the status until it fits.
Request move_valve(std::uint8_t type, const Address& address, ValveCommand command, std::uint8_t serial, DiOrder order);

/// A payload that fits the command.
bool is_valid(const Request& request);
Bytes encode_request(const Request& request);
/// The order is seen by which of the two bytes can begin an identifier of the standard.
Result<Request> decode_request(const Frame& frame);

struct Answer {
  std::uint8_t type = cold_water;
  Address from;
  Bytes data;              // behind identifier and serial
  std::size_t offset = 0;  // bytes of noise in front of it
};
/// Looks for the answer in everything heard since the request was sent; what is none is passed over. A refusal is Bad at once.
Outcome<Answer> decode_answer(const Request& request, ByteView heard, Wire wire);

/// The meter's side. A refusal carries the status alone.
Bytes encode_answer(const Request& request, std::uint8_t type, const Address& own, ByteView data, std::size_t preambles);
Bytes encode_refusal(const Request& request, std::uint8_t type, const Address& own, std::uint16_t status,
                     std::size_t preambles);

/// A value of four digit pairs, XXXXXX.XX, and the byte of its unit. Nothing when it is filled with FFH or the unit is unknown.
std::optional<Measured> volume_in(ByteView five);
/// False when it does not fit.
bool put_volume(Bytes& out, const Measured& cubic_metres);

/// What a water meter shows under 901FH. Absent parts were filled with FFH.
struct Current {
  std::optional<Measured> total;
  std::optional<Measured> settled;  // on the settlement day
  std::optional<LocalTime> clock;
  std::uint16_t status = 0;  // first byte low
};
/// What stands in front, as water meters have it: bytes behind it are some makers' own. MeterErrc::length when it is not all
/// there.
inline constexpr std::size_t status_size = 2;
inline constexpr std::size_t current_size = 2 * 5 + clock_size + status_size;
Result<Current> decode_current(ByteView data);
Bytes encode_current(const Current& current);

enum class ValveState : std::uint8_t { open, closed, fault, unknown };
const char* word(ValveState state);
/// Where a model keeps its valve. By the standard in bits 0 and 1; makers deviate, some into the second byte.
struct StatusBits {
  std::uint16_t valve_mask = 0x0003;
  std::uint16_t open = 0x0000;
  std::uint16_t closed = 0x0001;
  std::uint16_t fault = 0x0003;
  std::uint16_t battery_low = 0x0004;
  bool operator==(const StatusBits&) const = default;
};
ValveState valve_state(std::uint16_t status, const StatusBits& bits);

/// A frame for people, whichever side sent it.
Described describe(const Frame& frame, const StatusBits& bits = {});

}  // namespace wattle::cjt188
