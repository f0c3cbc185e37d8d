#pragma once
// Readings that the cloud wants now, until each circuit of the question has been read, has not answered, or the time is over. A
// question is forgotten with its answer; of too many at once the last ones are answered at once.

#include <map>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/readings/demand.hpp"

namespace wattle::edge {

inline constexpr std::size_t demands_max = 16;            // under way
inline constexpr Duration demand_patience = seconds(15);  // whoever asks waits a little longer

class Demands {
 public:
  /// `circuits`: that are asked for, with a meter here. False: it is answered already, and no meter need be asked.
  bool begin(const ReadQuestion& question, const std::vector<CircuitId>& circuits, Tick now);
  void heard(const DemandedReading& reading);
  /// Answers that are complete, or whose time is over.
  std::vector<ReadAnswer> take_done(Tick now);
  Tick wake_up() const;

 private:
  struct Under {
    std::uint64_t id = 0;
    std::uint8_t version = 0;
    Tick until;
    std::map<CircuitId, std::optional<DemandedReading>> circuits;
  };

  std::vector<Under> under_;
  std::vector<ReadAnswer> done_;
};

}  // namespace wattle::edge
