#pragma once
// The boxes on one side, the site's core on the other, and the files beside the database between: envelopes, claims, the lists,
// the journal, backups. One loop thread owns all of it.
//
// The files: gateway.cpp (start, messages), carrying_out.cpp (effects), claiming.cpp (claims), archiving.cpp (fences, backups,
// heads).

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "cloud/gateway/backups.hpp"
#include "cloud/gateway/heads.hpp"
#include "cloud/gateway/journal.hpp"
#include "cloud/gateway/lists.hpp"
#include "cloud/gateway/peers.hpp"
#include "cloud/gateway/presence.hpp"
#include "cloud/gateway/read_demands.hpp"
#include "cloud/gateway/readings_intake.hpp"
#include "cloud/gateway/relay_history.hpp"
#include "cloud/gateway/report.hpp"
#include "cloud/gateway/site_runner.hpp"
#include "shared/io/mqtt.hpp"

namespace wattle::cloud {

inline constexpr Duration watch_every = seconds(5);
inline constexpr Duration heads_every = seconds(10);
inline constexpr Duration readings_again = minutes(1);  // until their store could be opened

struct GatewaySettings {
  SiteConfig site;
  std::string store;
  std::string readings;  // the store of recorded readings
  Duration readings_keep;
  Duration utc_offset;  // of the site: days of readings begin by it
  std::string lists;
  std::string journal;
  std::string heads;
  std::string restored_mark;  // a file that a restore leaves, gone once the site knows
  BackupSettings backups;
  MqttSettings mqtt;
  Duration silence = edge_silence;
  Duration readings_pause = readings_again;
  Duration fence_pause = again_first;  // doubled with each backup that fails while a fence waits for one
};

struct ClaimRequest {
  std::string code;
  PublicKey signing;
  BoxKey sealing;
};

/// Who wants to see changes, once they are durable.
struct GatewayObserver {
  std::function<void(RoomId)> room_changed = [](RoomId) {};
  std::function<void(Holder, bool online)> edge_changed = [](Holder, bool) {};
  std::function<void(const CircuitReport&)> circuit_changed = [](const CircuitReport&) {};
  std::function<void(RoomId, const ReadAnswer&)> room_read = [](RoomId, const ReadAnswer&) {};
  /// A copy is verified and will be a backup under this name; what lies beside the store is to be copied before that, or it is
  /// none. On a thread beside the loop.
  std::function<Result<void>(const std::string& path)> copy_beside = [](const std::string&) { return Result<void>(); };
  /// On the loop, after that.
  std::function<void(const std::string& path)> backup_made = [](const std::string&) {};
};

class Gateway {
 public:
  /// Reads everything, tells the core what the lists say, and makes that durable. Nothing is sent yet.
  static Result<std::unique_ptr<Gateway>> open(boost::asio::io_context& loop, GatewaySettings settings, const SiteKeys& keys,
                                               Metrics& metrics);
  ~Gateway();

  void start(GatewayObserver observer);
  void stop(std::function<void()> done);

  const Site& site() const { return *site_; }
  const StoreReader& store() const { return *store_; }
  SiteRunner& runner() { return *runner_; }

  /// Who the box will be: a new incarnation, or the one that the same code and keys got before.
  Result<Claim> plan_claim(const ClaimRequest& request, Instant now) const;
  /// The outcome once it is durable: slot_held when somebody else was faster.
  void claim(const Claim& claim, std::function<void(Result<void>)> done);
  /// The cashier's word on one part of a refund in cash: in the journal before `done`.
  void settle_refund(const BilledRefund& refund, RefundOutcome outcome, const Uid& by,
                     std::function<void(SiteRunner::Answer)> done);

  /// Those that are there, oldest first.
  std::vector<std::string> backups() const { return backup_files(settings_.backups.folder); }
  void make_backup(Backups::Made done) { backups_->make(std::move(done)); }

  /// Asks the box what the room's meters say now; with a circuit, what that one's meter says. False when too many wait for such
  /// an answer, or nothing can be sent.
  bool read_now(Holder box, RoomId room, CircuitId circuit, ReadDemands::Done done);
  std::optional<Instant> heard_at(Holder holder) const { return presence_.heard_at(holder); }
  bool is_online(Holder holder) const;
  const std::map<CircuitId, CircuitReport>& reports() const { return reports_; }
  /// Circuits that are nobody's, as the box with their meters last said of them.
  const std::map<Holder, std::map<CircuitId, CircuitReport>>& recorded_reported() const { return recorded_reported_; }
  /// What a box last said of its buses and meters; null: nothing yet.
  const WiringReported* wiring_reported(Holder box) const;
  /// Sealed for this box alone: nonce, then what seal_overhead says. None for a box that was never claimed here.
  std::optional<Bytes> seal_secret(Holder to, ByteView secret) const;
  const std::map<Holder, std::map<std::string, SettingReport>>& settings_reported() const { return settings_reported_; }
  const RelayHistory& relay_history() const { return relay_history_; }
  /// None while its store cannot be used; money goes on without it.
  ReadingsIntake* readings() { return readings_.get(); }
  bool is_connected() const { return mqtt_ && mqtt_->connected(); }

 private:
  class SystemEntropy final : public Entropy {
   public:
    std::uint64_t word() override;
  };

  Gateway(boost::asio::io_context& loop, GatewaySettings settings, const SiteKeys& keys, Metrics& metrics);
  Result<void> read_files();
  Result<void> begin();
  Result<void> try_again();
  // gateway.cpp
  void connect();
  void on_message(std::string_view topic, ByteView payload);
  void on_report(Holder from, ByteView body);
  Result<std::unique_ptr<ReadingsStore>> open_readings() const;
  void take_readings(Result<std::unique_ptr<ReadingsStore>> store);
  void acknowledge_readings(Holder to, ByteView body);
  void on_read(Holder from, ByteView body);
  bool send_beside(Holder to, ByteView body, std::string_view kind);
  void refuse(const Error& error, std::string_view topic);
  void expect_boxes();
  void note_heard(Holder from);
  void watch();
  // carrying_out.cpp
  void persisted(const Commit& commit);
  void count_entry(const AppendEntry& append, std::set<RoomId>& rooms);
  void carry_out(const Effect& effect);
  void on(const Persist&) {}
  void on(const Send& send);
  void on(const AnswerOrder& answered);
  void on(const AnswerRefund&) {}  // the runner tells whoever asked
  void on(const Journal& journal);
  void on(const CallProvider& call);
  void on(const ListClaim& listed);
  void on(const ListFence& listed);
  void on(const Raise& raised);
  void on(const Refused& refused);
  void tell_refunds(BillsRead journaled);
  void read_bills();
  // archiving.cpp
  void archive_fences(const std::string& backup);
  void backup_failed(const Error& error);
  void keep_from();
  void write_heads();

  boost::asio::io_context& loop_;
  GatewaySettings settings_;
  const SiteKeys& keys_;
  Metrics& metrics_;
  SodiumCrypto crypto_;
  SystemEntropy entropy_;
  Peers peers_;
  std::unique_ptr<LedgerStore> store_;
  std::optional<ListsFile> lists_;
  std::optional<JournalFile> journal_;
  std::optional<HeadsFile> heads_;
  std::map<Holder, Claim> claims_;
  std::unique_ptr<Site> site_;
  std::unique_ptr<SiteRunner> runner_;
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<MqttClient> mqtt_;
  std::unique_ptr<ReadingsIntake> readings_;
  ReadDemands read_demands_;
  GatewayObserver observer_;
  Presence presence_;
  std::map<CircuitId, CircuitReport> reports_;
  std::map<Holder, std::map<CircuitId, CircuitReport>> recorded_reported_;
  std::map<Holder, std::map<std::string, SettingReport>> settings_reported_;
  std::map<Holder, WiringReported> wiring_reported_;
  RelayHistory relay_history_;
  std::set<std::pair<Uid, std::uint32_t>> refunds_told_;  // that they wait, in the log
  std::set<Holder> fences_waiting_;                       // for a backup that holds them
  std::uint64_t backups_failed_ = 0;                      // in a row
  boost::asio::steady_timer watch_timer_;
  boost::asio::steady_timer heads_timer_;
  boost::asio::steady_timer archive_timer_;
  boost::asio::steady_timer readings_timer_;
  std::optional<Error> readings_failed_;  // as it was told last
  bool stopped_ = false;
  boost::asio::thread_pool readings_opener_{1};  // the last member, so that it ends first
};

}  // namespace wattle::cloud
