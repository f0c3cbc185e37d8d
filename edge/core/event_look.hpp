#pragma once
// What a meter has written down while nobody watched it: the newest record of each kind that its profile names, as far as it
// happened in that time. Pure.

#include "edge/core/event.hpp"
#include "shared/meter/history.hpp"

namespace wattle::edge {

inline constexpr Duration event_slack =
    minutes(2);  // a meter's clock is at most a minute off, and its records may be of whole ones
inline constexpr Duration cause_before = minutes(10);  // of a trip: it may have a delay

class EventLook {
 public:
  EventLook(RoomId room, CircuitId circuit, Instant from, Instant until, const dlt645::ModelHistory& kept);

  /// Nothing: all were asked for.
  std::optional<MeterEvent> question() const;
  /// In answer to question(): when it happened last, or why there is nothing.
  void take(const Result<LocalTime>& when, Duration utc_offset);
  /// Its own trip with its cause, where one fits; covers; what was written or bought.
  std::vector<MeterEventFound> found() const;

 private:
  bool is_within(MeterEvent event, Instant at) const;
  std::optional<MeterEvent> cause_of(Instant trip) const;

  RoomId room_;
  CircuitId circuit_;
  Instant from_;
  Instant until_;
  std::vector<MeterEvent> left_;  // the next one last
  std::map<MeterEvent, Instant> happened_;
};

}  // namespace wattle::edge
