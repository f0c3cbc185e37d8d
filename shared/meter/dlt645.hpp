#pragma once
// DL/T 645-2007 and -1997: the questions of a master and the answers that they demand. Both editions say the same things with
// other control codes; what an edition does not know cannot be encoded for it.

#include <array>
#include <optional>

#include "shared/base/local_time.hpp"
#include "shared/meter/dlt645_frame.hpp"

namespace wattle::dlt645 {

enum class Edition : std::uint8_t { v1997, v2007 };
/// Bytes of a data identifier.
inline constexpr std::size_t di_size(Edition edition) { return edition == Edition::v2007 ? 4 : 2; }
/// The identifier with which data begin, low byte first; there are as many bytes.
std::uint32_t di_in(ByteView data, Edition edition);

enum class Command : std::uint8_t {
  authenticate,  // 2007: security authentication and the transactions of meters with an encryption chip; payload opaque
  set_clock,     // to all, answered by nobody
  read,
  read_more,     // what did not fit into the answer before; its sequence counts from 1 (2007)
  read_again,    // 1997
  read_address,  // 2007; with one meter on the line
  write,
  write_address,  // with one meter on the line; answered from the new address
  freeze,         // 2007
  change_rate,    // answered at the old rate
  change_password,
  clear_demand,
  clear_meter,   // 2007
  clear_events,  // 2007
  relay,         // 2007
  set_output,    // 2007: what the multifunction terminal shows
};

/// Wire bytes: makers differ on the order of the digits. The first of the password is its level; 98H and 99H there belong to
/// meters with an encryption chip, which no plain password moves.
struct Credentials {
  std::array<std::uint8_t, 4> password{};
  std::array<std::uint8_t, 4> operator_code{};  // 2007; free, the meter logs it
  bool operator==(const Credentials&) const = default;
};

/// What the bits of a refusal mean, the lowest first. The editions and their makers differ; see default_refusals.
using RefusalBits = std::array<MeterErrc, 8>;

struct Request {
  Edition edition = Edition::v2007;
  Command command = Command::read;
  Address address;
  std::uint32_t di = 0;  // data identifier, DI3 the highest byte (2007) or DI1 (1997)
  Credentials by;
  Bytes payload;                             // what follows these on the wire; the functions below make it
  std::optional<RefusalBits> refusals = {};  // of its meter's model, when it says no; nothing: the edition's
  std::uint8_t needs = 0;  // bytes that are read of the answer: asked on for where the meter sends it in parts
  bool operator==(const Request&) const = default;
};

inline constexpr std::size_t max_write_data = 50;  // L of a write, with identifier, password and operator
inline constexpr std::uint8_t any_time = 0x99;     // of a freeze

Request read(Edition edition, const Address& address, std::uint32_t di);
/// The newest `blocks` of a load record; from `from` on when that is given.
Request read_records(const Address& address, std::uint32_t di, std::uint8_t blocks, const LocalTime* from);
Request read_more(const Request& of, std::uint8_t sequence);
/// The same question for so many bytes.
Request needing(Request request, std::size_t bytes);
Request read_address();
Request write(Edition edition, const Address& address, std::uint32_t di, const Credentials& by, Bytes data);
Request write_address(Edition edition, const Address& own);
/// Years from 2000 to 2099. Meters refuse a step of more than some minutes, and a second one on the same day.
Request set_clock(Edition edition, const LocalTime& to);
/// Minute, hour, day and month as digits (BCD), any_time for "every"; all four any_time is now.
Request freeze(const Address& address, const std::array<std::uint8_t, 4>& minute_hour_day_month);
Request freeze_now(const Address& address);
/// The rate byte as the edition codes it; see rate_code.
Request change_rate(Edition edition, const Address& address, std::uint8_t code);
Request change_password(Edition edition, const Address& address, std::uint32_t di, const Credentials& old,
                        const std::array<std::uint8_t, 4>& fresh);
Request clear_meter(const Address& address, const Credentials& by);

/// 2007 §7.1.13 and the reference's sheet: 0 for a rate that the edition cannot code.
std::uint8_t rate_code(std::uint32_t baud);
std::uint32_t baud_of(std::uint8_t rate_code);

enum class RelayCommand : std::uint8_t {
  trip = 0x1a,
  permit_close = 0x1b,  // somebody presses the meter's key
  close = 0x1c,
  trip_then_close = 0x1d,
  trip_then_permit = 0x1e,
  alarm = 0x2a,
  end_alarm = 0x2b,
  keep_power = 0x3a,  // wins over every trip until it is ended
  end_keep_power = 0x3b,
};
const char* word(RelayCommand command);
/// A meter whose clock is past `valid_until` refuses. `parameter` is the delay of the two delayed trips.
Request relay(const Address& address, const Credentials& by, RelayCommand command, const LocalTime& valid_until,
              std::uint8_t parameter = 0);

/// Known to the edition, and a payload that the command can carry.
bool is_valid(const Request& request);
/// To all or to a command that nobody answers.
bool is_answered(const Request& request);
const char* word(Command command);

/// The request must be valid. With four bytes of preamble, as masters send it.
Bytes encode_request(const Request& request);
/// The other side. MeterErrc::direction for a meter's frame, wrong_function and length for what is no request of the edition.
Result<Request> decode_request(Edition edition, const Frame& frame);

const RefusalBits& default_refusals(Edition edition);
/// The reason that matters most: of a question about data that there are none, of everything else that the password is wrong.
MeterErrc refusal_reason(const RefusalBits& bits, std::uint8_t byte, Command command);

/// Of a transaction of 03H, whose refusal has two bytes of its own meaning (SERR), low byte first. One byte is the lower one.
MeterErrc transaction_reason(ByteView serr);
// Its bits, as far as all printings have them.
inline constexpr std::uint8_t serr_other = 0x01, serr_known = 0x02, serr_count = 0x20, serr_limit = 0x40;

struct Answer {
  Address from;
  Bytes data;              // behind the identifier; without the sequence
  bool more = false;       // ask on with read_more
  std::size_t offset = 0;  // bytes of noise in front of it
};
/// Looks for the answer in everything heard since the request was sent. Echoes, other meters' frames and answers to other
/// questions are passed over; on a quiet wire they are the reason given. A refusal is Bad at once.
Outcome<Answer> decode_answer(const Request& request, ByteView heard, Wire wire, const RefusalBits& bits);
Outcome<Answer> decode_answer(const Request& request, ByteView heard, Wire wire);

/// The meter's side.
Bytes encode_answer(const Request& request, const Address& own, ByteView data, bool more, std::size_t preambles);
/// Of a transaction both bytes of SERR, the second zero.
Bytes encode_refusal(const Request& request, const Address& own, std::uint8_t byte, std::size_t preambles);

}  // namespace wattle::dlt645
