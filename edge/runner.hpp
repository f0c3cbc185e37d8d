#pragma once
// The box at work: one loop thread owns everything. What happens becomes an event; the engine answers with effects; they are
// carried out in order, and nothing that follows a Persist happens before it is durable.
//
// When a commit fails StoreFailure goes through the loop to main, which ends the process: relays stay as they are, and the next
// life begins from the store.

#include <boost/asio/steady_timer.hpp>

#include "edge/cloud_link.hpp"
#include "edge/core/engine.hpp"
#include "edge/core/outage_watch.hpp"
#include "edge/io/metrics_page.hpp"
#include "edge/io/replies.hpp"
#include "edge/local_command.hpp"
#include "edge/meter_line.hpp"
#include "edge/readings_line.hpp"
#include "edge/report.hpp"
#include "edge/words.hpp"
#include "shared/io/line_socket.hpp"
#include "shared/store/ledger_store.hpp"

namespace wattle::edge {

inline constexpr Duration shortest_nap = milliseconds(100);  // between two wake-ups of the engine

class SystemEntropy final : public Entropy {
 public:
  std::uint64_t word() override;
};

class Runner {
 public:
  Runner(boost::asio::io_context& loop, const EdgeConfig& config, const Claimed& claimed, const BoxKeys& keys,
         LedgerStore& store, Metrics& metrics);

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

  Said deliver(const Event& event);
  void carry_out(const Persist& persist, Said& said);
  void carry_out(const Send& send, Said& said);
  void carry_out(const SwitchRelay& relay, Said& said);
  void carry_out(const CodeAnswered& answered, Said& said);
  void carry_out(const CashReceipt& receipt, Said& said);
  void carry_out(const Raise& raised, Said& said);
  void carry_out(const Refused& refused, Said& said);
  void carry_out(const Warned& warned, Said& said);
  void carry_out(const ForgetOrder& forget, Said& said);
  void check_durable(Position rests_on) const;
  void read_durable();
  void count_unknown_kinds(const Commit& commit);
  void on_received(Bytes body);
  void start_lines();
  void on_read(const MeterRead& reading);
  void on_noticed(const Noticed& noticed);
  bool may_switch(RoomId room) const;
  LineUse line_use() const;
  void set_wake_up();
  void tell_of_restart();
  void send_report();
  CircuitReport circuit_report(const MeterLine& line, CircuitId circuit, RoomId room, MeterId meter) const;
  void report_regularly();
  void show_figures();
  void show_bus(const MeterLine& line);
  const MeterLine* line_of(CircuitId circuit) const;
  std::string command(std::string_view line);
  std::string do_command(const CodeTyped& typed);
  std::string do_command(const CashTaken& cash);
  std::string do_command(const CircuitForced& forced);
  std::string do_command(const MeterChanged& changed);
  std::string do_command(const StatusAsked&);
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
  Engine engine_;
  CloudLink link_;
  ReadingsLine readings_;
  LineSocket local_;
  MetricsPage page_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer report_;
  std::vector<std::unique_ptr<MeterLine>> lines_;
  Position durable_;
  std::uint64_t cloud_life_ = 0;  // that the last report was for
  Tick woke_{};
  bool busy_ = false;
  bool stopped_ = false;
  std::map<CircuitId, bool> relays_seen_;
  std::vector<OutageWatch> mains_;  // of each bus
  std::uint64_t reported_row_ = 0;  // of the relay log, to this life of the cloud
};

}  // namespace wattle::edge
