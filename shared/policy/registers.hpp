#pragma once
// The registers of the configuration that a box knows: of control, of plans for readings, orders about meters, what meters are
// told, (wiring.hpp) what is wired to it and (box_pace.hpp) how often it is read; their keys,
// and their canonical bytes (api-spec/control.md). Both ends and the people's API read and write them here. What is not exactly
// one valid register is none.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/policy/box_pace.hpp"
#include "shared/policy/charge_orders.hpp"
#include "shared/policy/control.hpp"
#include "shared/policy/meter_orders.hpp"
#include "shared/policy/meter_parameters.hpp"
#include "shared/policy/meter_purse.hpp"
#include "shared/policy/own_profiles.hpp"
#include "shared/policy/reading_plan.hpp"
#include "shared/policy/wiring.hpp"

namespace wattle {

inline constexpr std::size_t calendar_exceptions_max = 200;
inline constexpr std::size_t register_bytes_max = 1024;  // of any value

/// "Lock-out 812 of this circuit is cleared": does nothing once that one is gone, so that it may come twice, or late.
struct ClearOrder {
  std::uint32_t trip = 0;  // its number; never 0
  bool operator==(const ClearOrder&) const = default;
};

enum class RegisterKind : std::uint8_t {
  control = 1,
  timetable = 2,
  calendar = 3,
  defaults = 4,
  clear = 5,
  plan = 6,
  site_plan = 7,
  meter = 8,
  rollover = 9,
  parameters = 10,
  accept = 13,
  correction = 14,
  purse = 11,
  bus = 20,
  place = 21,
  profile = 22,
  pace = 23,
};
struct RegisterKey {
  RegisterKind kind{};
  std::uint32_t number = 0;  // the circuit, the timetable, or the slot of what is wired
  auto operator<=>(const RegisterKey&) const = default;
};

std::string control_key(CircuitId circuit);
std::string clear_key(CircuitId circuit);
std::string timetable_key(std::uint8_t number);
std::string plan_key(CircuitId circuit);
std::string meter_key(CircuitId circuit);
std::string rollover_key(CircuitId circuit);
std::string parameters_key(CircuitId circuit);
std::string accept_key(CircuitId circuit);
std::string correction_key(CircuitId circuit);
std::string purse_key(CircuitId circuit);
inline constexpr std::string_view calendar_key = "calendar";
inline constexpr std::string_view defaults_key = "site/defaults";
inline constexpr std::string_view site_plan_key = "site/plan";

/// Begins like one of these keys, so that nothing else may be meant by it.
bool is_control_key(std::string_view key);
/// Nothing for a number that there is not, or that is written in another way.
std::optional<RegisterKey> parse_register_key(std::string_view key);
/// What is wired to a box: its buses and meters, by which profiles they are read, and how often.
bool is_wiring(RegisterKind kind);
/// Whose register it is, if it is of one circuit.
std::optional<CircuitId> circuit_of_register(std::string_view key);

Bytes encode(const ControlSettings& settings);
Bytes encode(const SiteDefaults& defaults);
Bytes encode(const Timetable& timetable);
Bytes encode(const Calendar& calendar);
Bytes encode(const ClearOrder& order);
Bytes encode(const ReadingPlan& plan);
Bytes encode(const MeterOrder& order);
Bytes encode(const RolloverOrder& order);

std::optional<ControlSettings> decode_control(ByteView bytes);
std::optional<SiteDefaults> decode_defaults(ByteView bytes);
std::optional<Timetable> decode_timetable(ByteView bytes);
std::optional<Calendar> decode_calendar(ByteView bytes);
std::optional<ClearOrder> decode_clear(ByteView bytes);
std::optional<ReadingPlan> decode_plan(ByteView bytes);
std::optional<MeterOrder> decode_meter(ByteView bytes);
std::optional<RolloverOrder> decode_rollover(ByteView bytes);

/// Days that are dates, at most so many.
bool is_valid(const Calendar& calendar);
/// What this key takes. Of keys that do not control circuits nothing is known, and so nothing is wrong.
bool is_valid_register(std::string_view key, ByteView value);

}  // namespace wattle
