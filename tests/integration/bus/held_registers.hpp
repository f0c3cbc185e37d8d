#pragma once
// Registers that go on counting while they are asked, and what may be believed of them: what the meter held between the
// question's passing and now. An answer to an earlier question shows less, one of another meter or block something else.

#include <algorithm>
#include <map>
#include <stdexcept>
#include <vector>

#include "shared/io/clock.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle::bus_faults {

inline constexpr std::int64_t counts_a_second = 500;    // Wh or litres; at more a box would take it for a leap
inline constexpr Duration repeats_within = seconds(1);  // after a silence no other reading is begun as soon
inline constexpr std::int64_t coarsest_step = 10;       // of a register: hundredths of a kWh

struct HeldRegister {
  std::uint64_t meter = 0;  // of the bus, from 0
  std::size_t circuit = 0;  // of the meter
  auto operator<=>(const HeldRegister&) const = default;
};

class HeldRegisters {
 public:
  /// The questions by which the meter is asked for its circuits' registers.
  void put(std::uint64_t meter, const MeterProfile& profile, const MeterPlace& place) {
    for (std::size_t i = 0; i < circuit_count(profile); ++i) questions_[{meter, i}] = question_for(profile, place, i);
  }

  Quantity now(HeldRegister which) const { return at(which, monotonic_clock()); }

  /// Bytes on their way to the meters. A box repeats a question at once, within one reading, and may then be answered to the
  /// first; after a reading it may not. It does so once: nothing older than the question before can be the answer, however
  /// long nothing has come of any.
  void pass(ByteView bytes) {
    const auto when = monotonic_clock();
    for (const auto& [which, question] : questions_) {
      if (std::search(bytes.begin(), bytes.end(), question.begin(), question.end()) == bytes.end()) continue;
      auto& asked = asked_[which];
      asked.first = asked.taken || when - asked.newest > repeats_within ? when : asked.newest;
      asked.newest = when;
      asked.taken = false;
    }
  }
  void take(HeldRegister asked) { asked_[asked].taken = true; }

  /// Whether this meter has held that since `asked` was asked for.
  bool has_held(HeldRegister which, HeldRegister asked, Quantity shown) const {
    const auto since = asked_.find(asked);
    if (since == asked_.end()) return false;
    const auto least = at(which, since->second.first).units / coarsest_step * coarsest_step;
    return least <= shown.units && shown <= now(which);
  }

 private:
  struct Asked {
    Tick first;
    Tick newest;
    bool taken = true;  // a reading has come of it
  };

  /// No two registers come near each other within a point.
  Quantity at(HeldRegister which, Tick when) const {
    const auto begins =
        1'000'000 * static_cast<std::int64_t>(which.meter + 1) + 200'000 * static_cast<std::int64_t>(which.circuit);
    return {begins + (when - begin_).micros * counts_a_second / 1'000'000};
  }

  static bool asks_for(const Exchange& exchange, const MeterProfile& profile, const MeterPlace& place, std::size_t circuit) {
    if (const auto* ask = std::get_if<ModbusAsk>(&exchange.ask)) {
      const auto& its = std::get<ModbusModel>(profile.protocol).circuits.at(circuit);
      return ask->unit == place.address + its.unit_offset && ask->request.start <= its.energy.address &&
             its.energy.address < ask->request.start + ask->request.count;
    }
    if (const auto* request = std::get_if<dlt645::Request>(&exchange.ask))
      return request->di == std::get<dlt645::Model>(profile.protocol).circuits.at(circuit).energy;
    return true;  // the others ask for all at once
  }
  static Bytes question_for(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit) {
    for (const auto& exchange : reading_exchanges(profile, place, Depth::control)) {
      if (!asks_for(exchange, profile, place, circuit)) continue;
      auto bytes = request_bytes(exchange);
      if (std::holds_alternative<ModbusAsk>(exchange.ask))
        bytes.resize(bytes.size() - crc_bytes);  // behind a gateway there is none
      if (std::holds_alternative<cjt188::Request>(exchange.ask)) bytes.resize(bytes.size() - numbered_bytes);
      return bytes;
    }
    throw std::logic_error("a reading without its register");
  }

  static constexpr std::size_t crc_bytes = 2;
  static constexpr std::size_t numbered_bytes = 3;  // the question's number, which counts on, the sum, and the end

  Tick begin_ = monotonic_clock();
  std::map<HeldRegister, Bytes> questions_;
  std::map<HeldRegister, Asked> asked_;
};

}  // namespace wattle::bus_faults
