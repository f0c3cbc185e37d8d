#pragma once
// The box: one switch over events, each answered by the effects that follow from it. Pure: time and randomness come in, all
// that is durable goes out as one Commit.
//
// The files: engine.cpp (the switch), charging.cpp (readings and slices), correcting.cpp (meters changed, money given back),
// accepting.cpp (held readings that are true), answering.cpp (requests of the cloud), codes.cpp and cash.cpp (money taken
// here), healing.cpp (after the box had forgotten), retention.cpp (settling and dropping), rewiring.cpp (meters that are wired
// otherwise), control.cpp (which circuits are on, from a hair dryer to a cut), funding.cpp (what purses in meters go by).

#include <map>
#include <set>

#include "edge/core/accrual.hpp"
#include "edge/core/effect.hpp"
#include "edge/core/event.hpp"
#include "edge/core/hours.hpp"
#include "edge/core/next_drop.hpp"
#include "edge/core/order_outcomes.hpp"
#include "edge/core/purse_facts.hpp"
#include "edge/core/relay_log.hpp"
#include "edge/core/returning.hpp"
#include "edge/core/trips.hpp"
#include "edge/core/trusted_clock.hpp"
#include "shared/crypto/offline_code.hpp"
#include "shared/sync/corrections.hpp"

namespace wattle::edge {

struct EngineConfig {
  SiteId site;
  Holder holder;  // this box's slot and incarnation
  PublicKey cloud_key;
  CodeKey code_key{};
  Duration utc_offset{};  // of the site, for hours and tier periods
  std::uint64_t settle_after_entries = 20'000;
  Duration settle_after = days(30);    // where anything was written since
  Duration keep_for = days(400);       // a countersigned settlement, before what lies below it is dropped
  std::uint64_t drop_at_once = 5'000;  // entries of a stream in one commit
};

inline constexpr Duration patience_for_status = minutes(1);    // after boot, and while asking
inline constexpr Duration patience_for_reading = minutes(10);  // a request waits so long for a silent meter, after boot
inline constexpr int forks_per_boot_max = 2;                   // a third is a clone or worse
inline constexpr std::size_t mints_per_event_max = 512;
inline constexpr std::int64_t register_step_max = 10'000'000;  // Wh or litres between two readings, months of outage among them
inline constexpr Duration anomaly_again = hours(1);            // until the same circuit writes another one
inline constexpr Duration hold_lasts = minutes(1);             // a register that only flickers is back by then
inline constexpr int wrong_codes_per_hour_max = 5;             // for a room
inline constexpr int wrong_codes_per_box_max = 100;            // an hour

/// What a circuit looks like to people.
struct CircuitView {
  ControlMode mode{};
  std::optional<Decision> decided;
  std::uint32_t trip = 0;  // the number of the trip that holds it; 0: none
  bool locked = false;
  Warning warning{};                                // of its room
  bool held = false;                                // its register has said what cannot be, and a person has to say what is
  Quantity held_after;                              // up to where it was counted before
  Quantity held_shown;                              // the reading, as it is counted
  std::optional<OrderRefusal> accept_refused = {};  // why the newest order of this sort is not carried out
  std::optional<OrderRefusal> correction_refused = {};
};

/// Store, crypto, signer and entropy must outlive it.
class Engine {
 public:
  Engine(EngineConfig config, const StoreReader& store, const Crypto& crypto, const Signer& signer, Entropy& entropy,
         Now booted);

  Effects handle(const Event& event, Now now);
  /// The last Persist is durable.
  void committed() { link_.committed(); }
  Tick wake_up() const;

  const Link& link() const { return link_; }
  const Session& session() const { return session_; }
  const EngineConfig& config() const { return config_; }
  /// Prepaid money and allowance less what has been used since the last slice: what the phone shows.
  Money live_balance(RoomId room) const;
  /// The same for what one utility may use: no other one's allowance, and less what those have used beyond theirs.
  Money available(RoomId room, Utility utility) const;
  /// UTC by which prices and hours are chosen; none while nothing speaks for this box's own clock.
  std::optional<Instant> clock(const Now& now) const { return clock_.read(now); }
  /// Whether that time may be written into meters.
  bool may_tell_time(const Now& now) const { return clock_.is_fresh(now); }
  /// Circuits wait for their turn after the mains have returned.
  bool is_returning() const { return !returning_.empty(); }
  /// What the purse in the circuit's meter goes by. Nothing: its room is not open here or not read yet, no price or clock is
  /// known yet, it counts no electricity, or this box is fenced or waits for what its disk may have forgotten.
  std::optional<PurseFacts> purse_facts(CircuitId circuit) const;
  CircuitView circuit_view(CircuitId circuit) const;
  /// The room's relays are this box's to move: it is open here, or its stay has ended here and nobody has come since.
  bool decides_on(RoomId room) const;
  /// Up to where the circuit's register was counted, slices that have not been closed among it.
  Quantity counted_to(const CircuitFigures& circuit) const;
  const SettingsBook& settings() const { return settings_; }
  /// Raised whenever an order about what a circuit is charged is carried out or refused.
  std::uint64_t orders_decided() const { return order_outcomes_.decided(); }
  /// The last order to the circuit's relay that no reading has shown yet.
  std::optional<bool> relay_ordered(CircuitId circuit) const;
  const RelayLog& relay_log() const { return relay_log_; }
  /// This box has written a change from that meter to another one at the circuit.
  bool had_meter(CircuitId circuit, MeterId meter) const;

 private:
  struct Circuit {
    std::optional<bool> closed;       // as last ordered, or as last seen if that differs; nothing: not known
    std::optional<bool> ordered;      // last, and not yet seen: whoever carries it out goes on trying
    std::optional<Power> power;       // as last measured
    std::optional<Decision> decided;  // also by a former life of the box, for its log
  };

  void on(const Connected&);
  void on(const Disconnected&);
  void on(const Received& received);
  void on(const Woke&) {}
  void on(const MeterRead& reading);
  void on(const Swept&);
  void on(const CodeTyped& typed);
  void on(const CashTaken& cash);
  void on(const MeterReplaced& replaced);
  void on(const ConfigOverridden& overridden);
  void on(const MainsReturned& returned);
  void on(const RelayNoticed& noticed);
  void on(const MeterEventFound& found);

  // engine.cpp
  bool may_mint() const;
  bool may_rely() const;
  bool is_alone() const;
  std::optional<Place> mint(Entry entry);
  Entry entry(Kind kind, std::optional<RoomId> room) const;
  void raise(Alarm alarm, std::uint64_t count = 0, RoomId room = {});
  Position position() const;
  void override_register(const std::string& key, const Bytes& value);
  // rewiring.cpp
  void note_wiring(const std::vector<std::string>& keys);
  void settle_rewired();
  bool book_rewired(RoomId room, CircuitId circuit);
  // charging.cpp
  Accrual& accrual(const CircuitFigures& circuit);
  std::vector<InForce> versions_for(const CircuitFigures& circuit, const Accrual& open, Instant now) const;
  PricePoint lowest_point(const CircuitFigures& circuit, const Accrual& open) const;
  bool is_plausible(const MeterRead& reading, const CircuitFigures& circuit, Accrual& open);
  void write_anomaly(const MeterRead& reading, const CircuitFigures& circuit, Accrual& open);
  void note_prices();
  void place(const CircuitFigures& circuit, Accrual& open);
  bool write_part(RoomId room, CircuitId circuit, const AccrualPart& part);
  bool close_slice(RoomId room, CircuitId circuit);
  bool has_no_price(const CircuitFigures& circuit) const;
  bool close_parts(RoomId room, CircuitId circuit, std::size_t parts);
  bool close_slices(RoomId room);
  bool is_read(RoomId id) const;
  bool has_waited(RoomId id) const;
  void note_openings();
  Money open_cost(const CircuitFigures& circuit) const;
  void forget_stale_accruals();
  // accepting.cpp
  struct Ruling {
    bool waits = false;
    std::optional<LedgerErrc> why = {};  // nothing, and it does not wait: carried out
  };
  void carry_out_orders();
  const AcceptOrder* standing_accept(CircuitId circuit) const;
  Ruling accept(CircuitId id, const AcceptOrder& order);
  std::optional<LedgerErrc> go_on_from(RoomId room, CircuitId id, Quantity last, Quantity first, const OutsideId& outside);
  void take_back_turns(CircuitId circuit, MeterId meter, Quantity counted);
  // correcting.cpp
  void mint_meter_change(const MeterReplaced& replaced);
  void note_meter_before(CircuitId circuit, MeterId meter);
  Money room_money_left(const RoomState& room) const;
  Result<Lines> correction_lines(const Entry& slice, CorrectionWay way, Money amount, const Corrections& before) const;
  std::optional<LedgerErrc> mint_correction(const Entry& slice, CorrectionWay way, Money amount, const OutsideId& outside);
  std::optional<LedgerErrc> correct(CircuitId circuit, const CorrectionOrder& order);
  // answering.cpp
  void answer_requests();
  bool answer_close(std::uint64_t number, const RequestState& request);
  bool ends_stay(std::uint64_t number) const;
  void note_ends_above(std::uint64_t number);
  bool answer_release(std::uint64_t number, const RequestState& request);
  bool answer_nothing(std::uint64_t number, const RequestState& request, AnswerReason reason);
  void forward_leftovers();
  // codes.cpp
  void redeem_issues();
  bool is_issued(const CodeName& name, Money amount) const;
  CodeOutcome redeem_typed(const CodeTyped& typed, Money& amount);
  std::uint32_t code_epoch(RoomId room) const;
  bool is_locked(RoomId room);
  void count_wrong_try(RoomId room);
  int wrong_tries(RoomId counted, std::int64_t hour);
  // cash.cpp
  bool mint_cash(RoomId room, Money amount, const Uid& receipt, std::uint32_t sold_for);
  // healing.cpp
  void after_taking_back(const Link::TakenBack& taken_back);
  void mint_again(const Entry& dropped, std::uint64_t fork);
  void accept_again(const Entry& dropped, const MeterChange& change);
  void note_changes_above(std::uint64_t number);
  std::set<OutsideId> outside_ids_above(std::uint64_t number) const;
  // retention.cpp
  bool is_settlement_due();
  void settle();
  void drop_old();
  bool stands(const Countersign& agreed) const;
  bool drop_by(const Countersign& agreed);
  // control.cpp
  void load_control();
  void observe(const MeterRead& reading);
  void decide_relays(Effects& switches);
  void look_at_hours(bool settings_changed);
  void follow_settings();
  bool read_settings();
  bool restore_due();
  bool give_turn();
  std::optional<RoomId> room_of(CircuitId circuit) const;
  std::optional<RoomId> deciding_room(CircuitId circuit) const;
  CircuitFacts facts_of(RoomId room, CircuitId circuit) const;
  void write_noticed(RoomId room, CircuitId circuit, RelayEvent what, std::optional<MeterEventNote> noted);
  RelayRow row_of(RoomId room, CircuitId circuit, const CircuitFacts& facts) const;
  void decide_room(RoomId room, Effects& switches);
  std::optional<Decision> decision_of(RoomId room, CircuitId circuit, const CircuitFacts& facts) const;
  void decide_circuit(RoomId room, CircuitId circuit, Effects& switches);
  void warn(RoomId id, const RoomState& room);
  bool has_ended(RoomId room) const;
  void note_ended(RoomId room, std::uint32_t opening);
  Tick control_wake_up() const;

  EngineConfig config_;
  const StoreReader* store_;
  const Crypto* crypto_;
  Entropy* entropy_;
  Link link_;
  Session session_;
  Now now_;
  Tick booted_;
  Tick unread_since_;              // boot or copy taken back: what had been read before is not known any more
  std::map<RoomId, Tick> opened_;  // since when this process has had each room that is open
  std::ptrdiff_t waiting_ = 0;     // rooms whose meters may still be read for the first time
  bool heard_since_boot_ = false;
  int forks_ = 0;
  std::optional<Tick> asking_since_;
  std::optional<NextDrop> next_drop_;
  std::uint64_t may_begin_at_ = 0;            // the settlement whose state this process has found readable
  std::map<RoomId, Tick> tries_ahead_since_;  // rows of wrong codes whose hour is to come were found then
  TrustedClock clock_;
  std::map<std::uint32_t, std::optional<Tick>> prices_read_;  // when this process read each version; none: before it began
  std::map<CircuitId, Accrual> accruals_;
  std::map<CircuitId, Bytes> meters_had_;  // of circuits whose meter this process has changed, as their rows are
  std::map<CircuitId, std::optional<Tick>> anomalies_written_;
  SettingsBook settings_;
  OrderOutcomes order_outcomes_;
  std::map<CircuitId, std::pair<Head, Head>> accepts_tried_at_;  // in vain, both streams standing so
  std::set<MeterId> rewired_;             // their registers were changed, and what they have counted is to be booked
  bool buses_rewired_ = false;            // the same of all meters
  std::map<CircuitId, RoomId> unbooked_;  // of these the circuits that could not be booked yet
  Hours hours_;
  Trips trips_;
  Returning returning_;
  RelayLog relay_log_;
  std::map<CircuitId, Circuit> circuits_;
  std::map<RoomId, Warning> warned_;
  std::map<RoomId, std::uint32_t> ended_;                     // the openings whose stay ended here, each room's last one
  std::optional<std::pair<std::uint64_t, Instant>> settled_;  // the number from which a settlement's time counts, and that time
  std::pair<Head, Head> decided_at_;                          // heads of both streams when all circuits were decided last
  std::pair<Head, Head> settings_at_;                         // the same when the configuration was read
  // Of the event under way:
  std::optional<RoomId> touched_;  // by a reading
  bool look_at_all_ = true;
  Commit commit_;
  Effects outcome_;
  std::size_t minted_ = 0;
};

}  // namespace wattle::edge
