#pragma once
// The box at work: one loop thread owns everything. What happens becomes an event; the engine answers with effects; they are
// carried out in order, and nothing that follows a Persist happens before it is durable.
//
// When a commit fails StoreFailure goes through the loop to main, which ends the process: relays stay as they are, and the next
// life begins from the store.

#include <boost/asio/steady_timer.hpp>

#include "edge/cloud_link.hpp"
#include "edge/core/counting.hpp"
#include "edge/core/demands.hpp"
#include "edge/core/engine.hpp"
#include "edge/core/meter_changes.hpp"
#include "edge/core/outage_watch.hpp"
#include "edge/disk_watch.hpp"
#include "edge/io/metrics_page.hpp"
#include "edge/io/replies.hpp"
#include "edge/local_command.hpp"
#include "edge/meter_line.hpp"
#include "edge/readings_line.hpp"
#include "edge/report.hpp"
#include "edge/told_rows.hpp"
#include "edge/wiring_status.hpp"
#include "edge/words.hpp"
#include "shared/io/line_socket.hpp"
#include "shared/store/ledger_store.hpp"

namespace wattle::edge {

inline constexpr Duration shortest_nap = milliseconds(100);  // between two wake-ups of the engine
inline constexpr Duration report_gathers = seconds(10);      // what becomes of parameters, for one report

class SystemEntropy final : public Entropy {
 public:
  std::uint64_t word() override;
};

class Runner {
 public:
  Runner(boost::asio::io_context& loop, const EdgeConfig& config, const Claimed& claimed, const BoxKeys& keys,
         LedgerStore& store, DiskWatch& disk, Metrics& metrics);

  /// What could not be opened, for the log; empty when all runs.
  std::string start();
  /// Then done(); no event is handled after this call.
  void stop(std::function<void()> done);

 private:
  /// What an event brought for whoever waits at the local socket.
  struct Said {
    std::optional<CodeAnswered> code;
    std::optional<CashReceipt> receipt;
    std::optional<Raise> refused;
  };

  /// Of an open room.
  struct OpenCircuit {
    RoomId room;
    CircuitFigures figures;
  };

  Said deliver(const Event& event);
  void carry_out(const Persist& persist, Said& said);
  void carry_out(const Send& send, Said& said);
  void carry_out(const SwitchRelay& relay, Said& said);
  void carry_out(const CodeAnswered& answered, Said& said);
  void carry_out(const CashReceipt& receipt, Said& said);
  void carry_out(const Raise& raised, Said& said);
  void carry_out(const Refused& refused, Said& said);
  void count_refused(std::string_view code);
  void carry_out(const Warned& warned, Said& said);
  void carry_out(const ForgetOrder& forget, Said& said);
  void carry_out(const EventTold& told, Said& said);
  void look_at_disk();
  void check_durable(Position rests_on) const;
  void read_durable();
  void keep(const Commit& commit);
  void count_unknown_kinds(const Commit& commit);
  void on_received(Bytes body);
  void change_meters();
  void tell_parameters();
  void tell_purses();
  void fund_purses();
  void want_purses(MeterLine& line);
  PurseBook purse_book(CircuitId circuit);
  void keep_book(CircuitId circuit, const PurseBook& book);
  std::optional<BoxTime> meter_time() const;
  void on_read_asked(const Bytes& body);
  void answer_reads();
  void wire();
  /// Which meter the ledger has, and the order for another one that stands.
  using LedgerMeters = std::map<std::pair<RoomId, CircuitId>, std::pair<MeterId, std::optional<MeterOrder>>>;
  LedgerMeters ledger_meters() const;
  void follow_wiring();
  std::shared_ptr<MeterLine> open_line(const BusConfig& bus);
  void close_line(MeterLine& line, const BusConfig& bus);
  void start_line(MeterLine& line, const BusConfig& bus, const std::vector<std::shared_ptr<MeterLine>>& before);
  void tell_wiring() const;
  void report_circuits(Report& report) const;
  void report_wiring(Report& report) const;
  void on_read(const MeterRead& reading);
  void record(const MeterRead& reading);
  void on_swept();
  void on_noticed(const Noticed& noticed);
  void fill_gaps();
  void on_history(const HistoryFound& found);
  bool may_switch(RoomId room) const;
  bool may_write(RoomId room) const;
  LineUse line_use() const;
  void set_wake_up();
  void tell_of_restart();
  void note_boot_when_returned();
  void keep_refused(MeterId meter, const RefusedPassword& refused);
  void tell_refused(MeterLine& line, MeterId meter) const;
  void send_report();
  void report_soon();
  CircuitReport circuit_report(const MeterLine& line, CircuitId circuit, RoomId room, MeterId meter) const;
  void report_regularly();
  std::size_t meters_silent() const;
  void show_figures();
  void show_bus(const MeterLine& line);
  const MeterLine* line_of(CircuitId circuit) const;
  std::string command(std::string_view line);
  std::string do_command(const CodeTyped& typed);
  std::string do_command(const CashSold& sale);
  std::optional<CashTaken> sold_before(const Uid& receipt) const;
  std::string do_command(const CircuitForced& forced);
  std::string do_command(const MeterChanged& changed);
  std::string do_command(const RegisterTurned& turned);
  std::optional<OpenCircuit> find_open(CircuitId circuit) const;
  std::optional<KnownRegister> known_register(CircuitId circuit, MeterId meter) const;
  Register register_of(const CircuitFigures& circuit, Quantity ends) const;
  Quantity counted_last(const CircuitFigures& circuit, Quantity shown) const;
  std::string do_command(const StatusAsked&);
  std::string do_command(const WiringAsked&);
  std::string do_command(const BadCommand& bad);
  BoxStatus status() const;
  std::vector<RoomStatus> room_statuses() const;
  CircuitStatus circuit_status(CircuitId circuit, MeterId meter) const;

  boost::asio::io_context* loop_;
  const EdgeConfig* config_;
  LedgerStore* store_;
  Metrics* metrics_;
  SodiumCrypto crypto_;
  SystemEntropy entropy_;
  DiskWatch* disk_;
  Engine engine_;
  CloudLink link_;
  ReadingsLine readings_;
  LineSocket local_;
  MetricsPage page_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer report_;
  boost::asio::steady_timer report_soon_;
  bool report_marked_ = false;  // something is to be reported soon, or with the next report
  CollectorServer collectors_;
  Wirer wirer_;
  Wiring wiring_;                                  // in effect
  std::vector<std::shared_ptr<MeterLine>> lines_;  // of its buses, in their order
  std::uint64_t wiring_seen_ = 0;
  std::pair<Head, Head> wired_at_;  // the streams, when the ledger's meters were looked at last
  LedgerMeters meters_seen_;
  std::map<MeterId, Tick> heard_at_;
  bool heard_first_ = false;  // somebody, since the last round
  Position durable_;
  std::uint64_t cloud_life_ = 0;  // that the last report was for
  Tick woke_{};
  bool busy_ = false;
  bool stopped_ = false;
  bool boot_to_note_ = false;
  Demands demands_;
  boost::asio::steady_timer demand_timer_;
  Counting counting_;
  MeterChanges meter_changes_;
  std::map<CircuitId, ParameterOrder> parameters_wanted_;
  std::map<CircuitId, PurseMode> purses_wanted_;
  std::map<CircuitId, PurseBook> books_;  // of purses, as they are on the disk
  std::map<CircuitId, bool> relays_seen_;
  std::map<CircuitId, bool> relays_ordered_;  // closed, as the log has it
  std::vector<OutageWatch> mains_;            // of each bus, in the same order
  ToldRows told_rows_{engine_.relay_log()};   // to this life of the cloud
  std::uint64_t orders_decided_ = 0;          // about what circuits are charged, when that was looked at last
};

}  // namespace wattle::edge
