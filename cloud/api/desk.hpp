#pragma once
// What the handlers may ask of the process: read the site, give it events, and be told when the outcome is durable. The program
// puts the gateway behind it, tests a site on a store of their own.

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "cloud/core/site.hpp"
#include "cloud/store/readings_store.hpp"
#include "cloud/store/registry.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/meter/health.hpp"
#include "shared/policy/box_pace.hpp"
#include "shared/policy/meter_parameters.hpp"
#include "shared/policy/meter_purse.hpp"
#include "shared/policy/relay_row.hpp"
#include "shared/policy/wiring.hpp"
#include "shared/readings/demand.hpp"

namespace wattle::api {

struct ClaimRequest {
  std::string code;
  PublicKey signing;
  BoxKey sealing;
  std::string csr;
};

/// Everything that a box gets (api-spec/provisioning.md).
struct ClaimAnswer {
  SiteId site;
  Holder holder;
  std::string client_name;
  std::string certificate;
  std::string ca;
  PublicKey cloud_signing;
  BoxKey cloud_sealing;
  std::uint32_t key_epoch = 0;
  Bytes code_key;
  std::string broker_host;
  std::uint16_t broker_port = 0;
  std::string topic_up;
  std::string topic_report;
  std::string topic_down;
};

/// A register of the configuration as a box last reported it. Version 0: it has none, and applies the default.
struct SettingNow {
  std::uint64_t version = 0;
  bool overridden = false;  // by the caretaker
  bool good = true;         // false: it cannot be read there, and what was before goes on
};

/// A circuit as its box last reported it.
struct CircuitNow {
  RoomId room;
  std::string_view relay;             // "open", "closed"; empty: unknown
  std::optional<RelayReason> reason;  // nothing: unknown
  Quantity register_units;
  Money live_balance;
  Instant received;
  std::optional<Power> power = {};
  ControlMode mode = {};
  Warning warning = {};
  std::uint32_t trip = 0;  // the number of the trip that holds it; 0: none
  bool locked = false;
  SettingNow control = {};
  bool held = false;  // its register has said what cannot be, and a person has to say what is
  SettingNow plan = {};
  SettingNow meter = {};                         // the order for another one
  std::optional<LedgerErrc> meter_refused = {};  // why that was not carried out
  SettingNow rollover = {};
  SettingNow parameters = {};
  ParametersTold told = {};  // how they stand in the meter
  std::optional<ClockTold> clock = {};
  SettingNow accept = {};                                                   // the order to go on from a held reading
  std::optional<std::pair<std::uint32_t, LedgerErrc>> accept_refused = {};  // mark_of() the order, and why not
  SettingNow correction = {};
  std::optional<std::pair<std::uint32_t, LedgerErrc>> correction_refused = {};
  Quantity held_after = {};  // while it is held: up to where it was counted, and the reading
  Quantity held_shown = {};
  SettingNow purse = {};
  std::optional<PurseTold> purse_told = {};  // how it stands in the meter
};

/// A bus or a meter as its box last reported it.
struct BusNow {
  std::string name;
  SettingNow setting;
  WiringSource source{};
  WiringState state{};
  WiringFault fault{};
  Instant received;
  std::optional<LineFaultsTold> faults = {};  // nothing: the box is older than that
};
struct PlaceNow {
  MeterId number;
  std::string bus;
  std::uint64_t address = 0;
  SettingNow setting;
  WiringSource source{};
  WiringState state{};
  WiringFault fault{};
  std::optional<Instant> heard_at;
  Instant received;
  std::optional<MeterHealth> health = {};  // nothing: the box is older than that
};
struct WiringNow {
  std::vector<BusNow> buses;
  std::vector<PlaceNow> meters;
  std::optional<BoxPace> pace = {};  // at which the box works
  bool reads_circuits = false;       // it can be asked for one circuit alone
};

/// A verified copy of the store.
struct BackupFile {
  std::string name;
  Instant made;
  std::uint64_t bytes = 0;
};

/// An audit under way, or done.
struct AuditJob {
  std::uint32_t number = 0;
  Instant started;
  std::string outcome;  // audit_json.hpp; empty while it runs
  std::string failure;  // a code; empty unless it came to nothing
};

class Desk {
 public:
  using Answer = std::optional<cloud::OrderAnswer>;

  virtual ~Desk() = default;
  virtual const cloud::Site& site() const = 0;
  virtual const StoreReader& store() const = 0;
  virtual SiteId site_id() const = 0;
  virtual std::string site_name() const = 0;
  /// `done` when everything that the event brought about is durable.
  virtual void give(cloud::Event event, std::function<void(Answer)> done) = 0;
  /// `read` when all that can be read of the site and its registry is durable: perhaps at once.
  virtual void when_durable(std::function<void()> read) = 0;
  virtual void claim(const ClaimRequest& request, std::function<void(Result<ClaimAnswer>)> done) = 0;
  /// The cashier will pay a part of a refund in cash, or cannot; kept outside the database as well. `contradicts`: something
  /// else has become of the part before. `of_other`: the same has, by another word than `by`, and he must not pay.
  virtual void settle_refund(const cloud::BilledRefund& refund, cloud::RefundOutcome outcome, const Uid& by,
                             std::function<void(Answer)> done) = 0;

  /// `read` runs beside the loop and touches nothing but the store and what it holds itself; `done` runs on the loop. Nothing
  /// when there is no store, or it cannot be read. False when too many wait already.
  using ReadReadings = std::function<std::optional<std::string>(cloud::ReadingsStore&)>;
  virtual bool read_readings(ReadReadings read, std::function<void(std::optional<std::string>)> done) = 0;
  /// A new one at each call; it is written down nowhere.
  virtual std::string claim_code(EdgeId slot, Instant expires) = 0;
  /// Twenty digits in groups, by the code key of the incarnation that honours it.
  virtual std::string code_text(const cloud::CodeSale& sale, Money amount) const = 0;
  virtual Entropy& entropy() = 0;
  virtual cloud::Registry& registry() const = 0;
  /// Under which persons' data is sealed; in no database.
  virtual Seed privacy_key() const = 0;
  /// `work` on another thread, then `then` on the loop; false when too much of it waits already.
  virtual bool off_loop(std::function<void()> work, std::function<void()> then) = 0;
  /// Oldest first.
  virtual std::vector<BackupFile> backups() const = 0;
  /// One that begins after now. `done` when it is verified and has its name, or when it came to nothing.
  virtual void make_backup(std::function<void(Result<BackupFile>)> done) = 0;

  /// Its number; none while another runs.
  virtual std::optional<std::uint32_t> start_audit(Instant now) = 0;
  /// Of the last few.
  virtual const AuditJob* audit_job(std::uint32_t number) const = 0;

  /// Asks the box what the room's meters say now, or with a circuit what that one's meter says; nothing when it does not answer
  /// in time. False when too many wait already, or the line is away.
  virtual bool read_now(Holder box, RoomId room, CircuitId circuit, std::function<void(std::optional<ReadAnswer>)> done) = 0;
  virtual bool broker_connected() const = 0;
  virtual bool is_online(Holder box) const = 0;
  virtual std::optional<Instant> heard_at(Holder box) const = 0;
  virtual std::optional<CircuitNow> circuit_now(CircuitId circuit) const = 0;
  /// The same of a circuit that is nobody's, and that this box records.
  virtual std::optional<CircuitNow> recorded_now(Holder box, CircuitId circuit) const = 0;
  /// A register of no circuit. None while the box has reported nothing.
  virtual std::optional<SettingNow> setting_now(Holder box, const std::string& key) const = 0;
  /// What is wired to the box. None while it has reported nothing.
  virtual std::optional<WiringNow> wiring_now(Holder box) const = 0;
  /// So that this box alone can read it; another one each time. None for a box that was never claimed here.
  virtual std::optional<Bytes> seal_secret(Holder box, ByteView secret) = 0;
  /// The newest lines of the relay log for a room, newest first.
  virtual std::vector<RelayRow> relay_rows(RoomId room) const = 0;
  virtual std::string metrics_text() const = 0;
};

}  // namespace wattle::api
