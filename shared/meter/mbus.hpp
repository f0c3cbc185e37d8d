#pragma once
// Wired M-Bus (EN 13757-2 and -3): the questions of a master and the answers that they demand, primary and secondary addresses.

#include <string>
#include <string_view>

#include "shared/meter/mbus_frame.hpp"

namespace wattle::mbus {

// Addresses (EN 13757-2 §5.7.5).
inline constexpr std::uint8_t unconfigured = 0;
inline constexpr std::uint8_t max_primary = 250;
inline constexpr std::uint8_t selected = 0xfd;  // the meter that was selected by its secondary address
inline constexpr std::uint8_t everyone = 0xfe;  // all answer: with one meter on the line
inline constexpr std::uint8_t silent_everyone = 0xff;

// CI fields.
inline constexpr std::uint8_t ci_reset = 0x50;
inline constexpr std::uint8_t ci_data = 0x51;
inline constexpr std::uint8_t ci_select = 0x52;
inline constexpr std::uint8_t ci_error = 0x70;
inline constexpr std::uint8_t ci_alarm = 0x71;
inline constexpr std::uint8_t ci_variable = 0x72;
inline constexpr std::uint8_t ci_fixed = 0x73;

enum class Command : std::uint8_t {
  reset_link = 0x40,  // SND_NKE
  send = 0x53,        // SND_UD
  read_alarm = 0x5a,  // REQ_UD1
  read = 0x5b,        // REQ_UD2
};
inline constexpr std::uint8_t frame_count_bit = 0x20;
inline constexpr std::uint8_t response = 0x08;  // RSP_UD, with access demand (20H) and data flow (10H) of no interest here

/// As on the wire. A nibble F of the identification and a byte FFH of the rest stand for any.
struct SecondaryAddress {
  std::array<std::uint8_t, 4> id{};  // eight digits, low pair first
  std::uint16_t manufacturer = 0xffff;
  std::uint8_t version = 0xff;
  std::uint8_t medium = 0xff;
  bool operator==(const SecondaryAddress&) const = default;
};
/// "18200726" with F for any digit; MeterErrc::meter_number otherwise.
Result<SecondaryAddress> parse_secondary(std::string_view digits);
std::string id_text(const SecondaryAddress& address);
/// Three letters packed into fifteen bits: "GWF". "?" stands for what is no letter.
std::string manufacturer_text(std::uint16_t manufacturer);
bool matches(const SecondaryAddress& asked, const SecondaryAddress& own);
const char* medium_word(std::uint8_t medium);
/// The four bits of the fixed structure (EN 1434-3), whose upper half means something else.
const char* fixed_medium_word(std::uint8_t medium);

struct Request {
  Command command = Command::read;
  std::uint8_t address = unconfigured;
  bool frame_count = false;  // toggled after each good answer, to get the next telegram instead of the last one again
  std::uint8_t ci = 0;       // of a send
  Bytes data;                // of a send
  bool operator==(const Request&) const = default;
};

Request reset_link(std::uint8_t address);
Request read(std::uint8_t address, bool frame_count);
Request read_alarm(std::uint8_t address, bool frame_count);
Request select(const SecondaryAddress& address, bool frame_count);
Request reset_application(std::uint8_t address, bool frame_count);
Request set_primary(std::uint8_t address, std::uint8_t fresh, bool frame_count);
/// 300 to 9600 bit/s; 0 is the CI for a rate that there is none for.
std::uint8_t rate_ci(std::uint32_t baud);
std::uint32_t baud_of(std::uint8_t ci);
Request change_rate(std::uint8_t address, std::uint32_t baud, bool frame_count);

bool is_valid(const Request& request);
bool is_answered(const Request& request);
Bytes encode_request(const Request& request);
/// MeterErrc::direction for a meter's frame, wrong_function for a control field that no master sends.
Result<Request> decode_request(const Frame& frame);

struct Answer {
  std::uint8_t from = 0;
  bool has_data = false;  // or a mere acknowledgement
  std::uint8_t ci = 0;
  Bytes data;  // behind the CI field
  std::size_t offset = 0;
};
/// Looks for the answer in everything heard since the request was sent. A report of an application error is Bad at once, with
/// application_errc of its code.
Outcome<Answer> decode_answer(const Request& request, ByteView heard, Wire wire);

}  // namespace wattle::mbus
