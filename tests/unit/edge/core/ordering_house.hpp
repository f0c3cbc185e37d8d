#pragma once
// A house to which orders about what is charged are given, and whose lamp's meter says what the test lets it say.

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge::test {

inline constexpr MeterId lamp_meter{5001};
inline constexpr std::int64_t leaped = register_step_max + 500;

inline Uid order_id(std::uint8_t number) {
  Uid id;
  id.bytes.fill(number);
  return id;
}

struct OrderingHouse : House {
  OrderingHouse() { pay(yuan(20'000)); }
  /// The lamp's meter says so.
  void shows(std::int64_t units, MeterId meter = lamp_meter) { give(MeterRead{room, lamp, meter, {units}, true, Power{}}); }
  void shows_next_hour(std::int64_t units) { pass(hours(1)), shows(units), give(Swept{}); }
  void accept(std::uint8_t id, std::int64_t after, std::int64_t shown, MeterId meter = lamp_meter, std::uint32_t opening = 1) {
    configure(accept_key(lamp), encode(AcceptOrder{order_id(id), meter, {after}, {shown}, opening}));
  }
  void correct(std::uint8_t id, std::uint64_t number, std::int64_t micros, CorrectionWay way = CorrectionWay::back) {
    configure(correction_key(lamp), encode(CorrectionOrder{order_id(id), house_box, number, way, {micros}}));
  }
  bool held() const { return box->circuit_view(lamp).held; }
  static std::optional<LedgerErrc> why_of(const std::optional<OrderRefusal>& refused) {
    return refused ? std::optional(refused->why) : std::nullopt;
  }
  std::optional<LedgerErrc> why() const { return why_of(box->circuit_view(lamp).accept_refused); }
  std::optional<LedgerErrc> not_corrected(CircuitId circuit = lamp) const {
    return why_of(box->circuit_view(circuit).correction_refused);
  }
  Money left() const { return box->live_balance(room); }
  std::uint64_t head() const { return box->link().up().head().number; }
  const CircuitFigures& figures() const { return *box->link().state().find(room)->find(lamp); }
  Entry at(std::uint64_t number) const { return decode_entry(box->link().up().at(number)->bytes).value(); }
  /// The number of the newest consumption of the lamp.
  std::uint64_t newest_slice() const {
    for (auto number = head(); number > 0; --number) {
      const auto entry = at(number);
      const auto slice = entry.kind == Kind::consumption ? detail_of<Consumption>(entry) : std::nullopt;
      if (slice && slice->circuit == lamp) return number;
    }
    return 0;
  }
  /// A slice of 1,000 Wh, half a yuan.
  std::uint64_t use_a_slice() {
    shows_next_hour(counted_ += 1000);
    shows_next_hour(counted_);
    return newest_slice();
  }
  void leave() { order(cloud::Move{order_id(200), room, 1, {}}), read_both(); }
  void next_students() {
    Circuits circuits;
    for (const auto& circuit : box->link().state().find(room)->circuits) circuits.push_back(circuit);
    order(cloud::Fitting{room, 2, house_box.edge, circuits});
  }

 private:
  std::int64_t counted_ = 0;
};

/// The box's disk is as it was in `before`, and it comes up without a network.
inline void go_on_alone(OrderingHouse& house, const wattle::test::MemoryStore& before) {
  house.box.reset();
  house.box_store = before;
  house.restart_alone(house.now.wall);
  house.pass(patience_for_status);
}

inline std::size_t entries_of(const OrderingHouse& house, Kind kind) {
  std::size_t count = 0;
  for (auto number = house.head(); number > 0; --number) count += house.at(number).kind == kind ? 1U : 0U;
  return count;
}

}  // namespace wattle::edge::test
