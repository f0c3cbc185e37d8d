#pragma once
// The parameters of one bus's meters: what differs from what was ordered is written, read back and compared, and looked at
// again each day and after silence. What nobody has ordered is left alone. Pure, as the poll plan is.

#include "edge/core/background.hpp"
#include "shared/meter/parameters.hpp"
#include "shared/policy/meter_parameters.hpp"

namespace wattle::edge {

inline constexpr unsigned writes_in_vain = 5;  // then a day's pause: each wears the meter's memory

class ParameterTasks {
 public:
  /// `passwords` outlives it.
  ParameterTasks(std::vector<PolledMeter> meters, PollSettings settings, RefusedPasswords& passwords)
      : settings_(settings), meters_(make(std::move(meters))), passwords_(&passwords) {}

  /// What is ordered of the circuit just now; the same again changes nothing.
  void want(CircuitId circuit, const ParameterValues& values, Tick now);
  /// It was silent, or another meter: what was read counts no more.
  void doubt(CircuitId circuit, Tick now);

  /// Nothing while an answer is awaited. Only meters that are known and heard are asked.
  std::optional<BackgroundQuestion> next(const PollPlan& plan, Tick now);
  std::vector<Noticed> answered(const wattle::Received& received, const Now& now);
  /// The question was never put, or may not be.
  void unasked(Tick now);
  Tick wake_up() const;

  /// Null: nothing is ordered.
  const ParametersTold* told(CircuitId circuit) const;

 private:
  enum class Step : std::uint8_t { read, write, read_back };
  struct Item {
    ParameterValue wanted;
    Step step{};
    Tick due;
    unsigned failures = 0;
    unsigned in_vain = 0;  // writes in a row after which it held something else
    Tick writes_from;      // none before
  };
  struct Circuit {
    PolledCircuit is;
    std::size_t index = 0;  // in the profile
    std::map<Parameter, Item> items;
    ParametersTold told;
  };
  struct Meter {
    PolledMeter is;
    std::vector<Circuit> circuits;
  };
  struct Asked {
    Meter* meter = nullptr;
    Circuit* circuit = nullptr;
    Parameter parameter{};
    bool writes = false;
    bool is_stale = false;  // what is wanted has changed since
    Item& item() const { return circuit->items.at(parameter); }
    ParameterTold& told() const { return circuit->told.at(parameter); }
  };

  static std::vector<Meter> make(std::vector<PolledMeter> meters);
  Circuit* find(CircuitId circuit, Meter** meter = nullptr);
  Asked due(const PollPlan& plan, Tick now);
  Tick due_at(const Meter& meter, const Item& item) const;
  bool is_asked(const Circuit& circuit, Parameter parameter) const;
  void take_answer(const MeterAnswer& answer, const Now& now, std::vector<Noticed>& notices);
  void take_value(const ParameterValue& value, const Now& now, std::vector<Noticed>& notices);
  void take_failure(Error error, Tick now, std::vector<Noticed>& notices);
  void fail(Error error) const;
  void refuse(ParameterState state, Error why, Tick again, std::vector<Noticed>& notices);
  void notice(std::vector<Noticed>& notices, PollNotice what, Error error = {}) const;

  PollSettings settings_;
  std::vector<Meter> meters_;
  RefusedPasswords* passwords_;
  Asked asked_;
};

}  // namespace wattle::edge
