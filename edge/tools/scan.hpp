#pragma once
// Who is on a bus that nobody knows: at which rate and parity, in which protocol, at which addresses. A state machine that says
// what to ask next; the shell puts the question, at that rate, and brings back what was heard.
//
// Nothing it asks changes a meter: reads, and the reset of an M-Bus link. Where a protocol has a wildcard all are asked at
// once; when several answer, what is heard is no frame, and the wildcard is narrowed digit by digit (pair by pair under DL/T
// 645 and CJ/T 188, from the low end, as meters understand it) until each is alone. Modbus has none: each unit is asked. Who
// answers from the wildcard, or fills its address with it, is asked for its number. Who has a primary address of M-Bus is asked
// by its number too, and there once more: several may look like one.

#include <deque>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "shared/meter/exchange.hpp"
#include "shared/meter/line_frames.hpp"

namespace wattle::edge {

struct AddressRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
inline constexpr Duration scan_margin = milliseconds(100);  // beyond the time in which meters are known to answer
inline constexpr std::size_t maker_digits = 4;         // of an address of CJ/T 188; they need not be decimal, and are not tried
inline constexpr std::uint64_t max_scan_range = 1000;  // numbers that are asked one by one

struct ScanSettings {
  std::vector<Protocol> protocols;
  std::vector<LineFormat> formats;        // tried in this order; one where the line is somebody else's
  bool rates_are_named = false;           // by somebody, so that all protocols are looked for there, also where it is not usual
  bool parities_are_named = false;        // the same
  std::optional<AddressRange> addresses;  // asked one by one, also where there is a wildcard
  bool quick = false;  // once each, at the usual places, and no other rate after one where somebody was found
  Duration latency;    // of what stands between us and the line
  Duration pause;      // that the port keeps after silence, before the next question
  std::vector<std::shared_ptr<const MeterProfile>> profiles;  // to be tried on what is found
};
inline constexpr std::size_t likely_formats = 3;  // of those that are tried where none is named; all that `quick` tries
/// Of a serial line, for these protocols, the most likely first. Where rates are named these, with even parity and with none;
/// where parities are named these alone.
std::vector<LineFormat> scan_formats(const std::vector<Protocol>& protocols, const std::vector<std::uint32_t>& bauds,
                                     const std::vector<Parity>& parities, bool quick);

struct ScanQuestion {
  LineFormat line;
  Exchange exchange;
  Carriage carriage;
  Duration timeout;
  bool of_many = false;  // several may answer: the whole time is to be listened
};

struct FoundMeter {
  Protocol protocol{};
  LineFormat line{};
  std::string address{};                // as other tools take it; of M-Bus a primary address, or eight digits
  Fields told{};                        // by itself, on the way
  bool is_garbled = false;              // it answers, and never whole: several have this address, or the line is bad
  std::vector<std::string> profiles{};  // by which it can be read whole
};

struct ScanProgress {
  LineFormat line;
  Protocol protocol{};
  std::uint64_t asked = 0;
  Duration remains;  // at most, unless more is found
};

class Scan {
 public:
  explicit Scan(ScanSettings settings);

  /// Nothing when all has been asked.
  std::optional<ScanQuestion> next();
  /// To the last question; empty for silence. `took`: from the question to the last byte that was heard.
  void answered(ByteView heard, Duration took);
  /// Who was found since the last call, each once.
  std::vector<FoundMeter> take_found();
  ScanProgress progress() const;

 private:
  enum class Search : std::uint8_t {
    one_address,  // DL/T 645-2007 and CJ/T 188: "say your address", for a meter that is alone
    wildcard,     // of DL/T 645 and CJ/T 188: a read of an address with open pairs
    numbers,      // DL/T 645 and CJ/T 188, one by one
    units,        // Modbus
    primaries,    // M-Bus
    secondary,    // M-Bus: selected by a number with open digits
    number,       // M-Bus: whoever has told this number at a primary address, selected by it
    again,        // M-Bus: at that primary address once more
    profile,      // the newest found, by a profile
  };
  /// Questions of one kind.
  struct Task {
    Search search{};
    Protocol protocol{};
    LineFormat line{};
    std::uint64_t next = 0;  // the address, or the digits that are put into the first open place of the pattern
    std::uint64_t last = 0;
    std::string pattern{};  // address with open places, as its protocol's parser takes it; whole where a profile is tried
    bool narrows = false;
    std::optional<std::string> wide{};  // of a check: the pattern to which this address seemed to answer
    Bytes before{};                     // a whole answer of whom this is asked; what is known should this bring nothing
    modbus::Function function = modbus::Function::read_holding;
    std::uint8_t water_type = cjt188::any_type;
    cjt188::DiOrder order = cjt188::DiOrder::high_first;
    unsigned tries_left = 0;                        // beyond the first, at silence
    unsigned garbled = 0;                           // answers of one address, in a row
    std::optional<Duration> within{};               // all who are meant have answered the wider question in that time
    bool is_selected = false;                       // M-Bus: the second of the two questions
    std::shared_ptr<const MeterProfile> profile{};  // that is tried
    MeterPlace place{};                             // the same
    std::vector<MeterAnswer> answers{};             // the same
  };

  void plan(const LineFormat& line, Protocol protocol);
  void plan_addresses(const LineFormat& line, Protocol protocol);
  void plan_whole_device(Task task);
  void plan_input_registers(const LineFormat& line, Protocol protocol);
  bool is_spoken_at(const LineFormat& line, Protocol protocol) const;
  void add_wildcard(Task task, std::string pattern);
  Exchange exchange_of(const Task& task) const;
  static Exchange number_question(const Task& task);
  static std::optional<Exchange> profile_exchange(const Task& task);  // nothing: the reading is whole
  Duration timeout_of(const Task& task, const Exchange& exchange) const;
  void skip_needless();
  bool is_needless(const Task& task) const;
  void step(Task task);
  void hear(Task task, ByteView heard);
  void hear_many(Task task, ByteView heard);
  void hear_meter(const Task& task, const std::string& address, ByteView frame);
  void hear_one(Task task, ByteView heard);
  void hear_mbus(Task task, ByteView heard);
  void hear_profile(Task task, ByteView heard);
  struct Telegram {  // of M-Bus
    ByteView frame;
    std::string number;  // that it tells
    std::uint8_t from;
  };
  static std::optional<Telegram> telegram_in(ByteView heard);
  static Fields told_in(Protocol protocol, ByteView frame);
  static std::string number_told(const Fields& told);  // of M-Bus
  void confirm(Task task, const Telegram& told);
  void hear_number(Task task, ByteView heard);
  void hear_again(Task task, ByteView heard);
  void settle_doubts();
  void narrow(const Task& task);
  void check(const Task& task, const std::string& address);
  void unchecked(Task task, ByteView heard);
  void identify(const Task& task, const std::string& address, ByteView frame);
  /// Where a wildcard is narrowed next; nothing when it is not wide any more.
  static std::optional<std::size_t> open_place(Protocol protocol, const std::string& pattern);
  static std::string pattern_of(const Task& task);
  /// Whether a meter may be called so; else it stands for any, or for many.
  static bool is_number_of_one(Protocol protocol, const std::string& address);
  static bool can_be_asked(Protocol protocol, const std::string& address);
  static bool is_selected_by(const std::string& pattern, const std::string& number);  // M-Bus
  bool is_known(const Task& task, const std::string& address) const;
  bool know(const Task& task, const std::string& address);  // false: it was known
  void found(const Task& task, const std::string& address, ByteView frame, bool is_garbled);
  void try_profiles(const Task& task, const std::string& address);
  void try_profile(const Task& task, const std::string& address, std::shared_ptr<const MeterProfile> profile,
                   std::uint64_t number);

  ScanSettings settings_;
  std::deque<Task> tasks_;
  std::vector<FoundMeter> found_;
  std::size_t ready_ = 0;  // of these, no profile is tried on them any more
  /// At another rate the same number is another meter.
  std::set<std::tuple<std::uint32_t, Parity, Protocol, std::string>> known_;
  std::vector<Task> doubts_;  // who answers at a primary address of M-Bus, and not to the number that it tells there
  std::vector<std::pair<LineFormat, std::uint8_t>> crowded_;  // primary addresses at which several may be
  struct ByNumber {
    LineFormat line;
    std::uint8_t from;
    std::string number;
  };
  std::vector<ByNumber> by_number_;  // found so, with the primary address that their answers carry
  std::optional<Task> asked_;
  Exchange exchange_;  // of the last question
  Duration took_;      // of its answer
  std::uint64_t count_ = 0;
  Carriage carriage_;
};

}  // namespace wattle::edge
