#pragma once
// The whole site in one process: boxes and cloud as the product's own cores, on disks, a network and a clock that are ours. One
// seeded generator decides everything, so a seed replays byte for byte.
//
// world.cpp: time, steps, running effects; outcomes.cpp: what they do. network.cpp, restores.cpp, bills.cpp: what their names
// say. waking.cpp: who is woken when, and that nobody oversleeps. versions.cpp: what programs newer and older than ours do.
// people.cpp: what students, cashiers and installers do; wardens.cpp: wardens, guests and the power company. faults.cpp: what
// goes wrong; mischief.cpp: what only directed scenarios do.
// bus.cpp, answering.cpp: the meters, and what stands between them and a box; only with Fault::buses.
// ../checks: what must hold at each output, after each step, and at rest.

#include <deque>
#include <functional>
#include <memory>

#include "cloud/core/site.hpp"
#include "simulator/checks/stored_orders.hpp"
#include "simulator/nodes/box_node.hpp"
#include "simulator/world/backup.hpp"
#include "simulator/world/cheap_crypto.hpp"
#include "simulator/world/facts.hpp"
#include "simulator/world/options.hpp"

namespace wattle::sim {

struct CloudProcess {
  std::unique_ptr<SeededEntropy> entropy;
  std::unique_ptr<cloud::Site> site;  // null: not running
  std::uint64_t seen_commits = 0;
  std::map<std::pair<Uid, std::uint32_t>, Tick> called;  // providers, of each part of a refund
  std::set<std::pair<Uid, std::uint32_t>> told;          // of what became of these, by bills and journal
};

struct Message {
  bool to_cloud = false;
  Holder holder;
  Bytes bytes;
  Tick due{};  // it has arrived by then, whatever else happens
};

struct Wish {  // an order that its giver has not had acknowledged
  cloud::Order order;
};

class World {
 public:
  explicit World(const Options& options);
  ~World();

  /// Faults and people, then quiet, then the audit. Throws Violation.
  void run();
  void step();
  std::uint64_t events() const { return events_; }
  const Options& options() const { return options_; }

  // For directed scenarios: the same moves that the swarm makes.
  Random& random() { return random_; }
  Facts& facts() { return facts_; }
  Disk& database() { return database_; }
  std::vector<std::unique_ptr<BoxNode>>& boxes() { return boxes_; }
  BoxNode* box_at(EdgeId slot);
  cloud::Site* site() { return processes_[ingest_].site.get(); }
  void pass(Duration time);
  void give(cloud::Order order);
  void to_box(BoxNode& box, const edge::Event& event);
  /// False when no process has seen to it to the end.
  bool to_cloud(const cloud::Event& event);
  void start_box(BoxNode& box);
  void stop_box(BoxNode& box);
  void start_cloud();
  void stop_cloud();
  void claim(EdgeId slot);
  void fence(Holder holder, EdgeId destination);
  void backup();
  bool restore(std::size_t backup, bool noticed);
  /// The database is another: an older one.
  void roll_back(Disk image);
  std::size_t backups() const { return backups_.size(); }
  void read_meters(BoxNode& box);
  void take_count(BoxNode& box, const edge::MeterRead& read);
  void misread(BoxNode& box, edge::MeterRead& read);
  /// Of a circuit's meter: energy that it may count, the first register of a new one.
  std::int64_t whole_steps(CircuitId circuit, std::int64_t units) const;
  std::int64_t register_length() const;
  std::int64_t end_behind(CircuitId circuit, std::int64_t first) const;
  void use_energy(CircuitId circuit, std::int64_t units);
  cloud::Payment pay(RoomId room, Money amount);
  std::uint64_t next_setting() { return next_setting_++; }
  // wardens.cpp
  /// Whoever gives a register says what its bytes mean.
  Bytes meaning(const ControlSettings& settings);
  Bytes meaning(const SiteDefaults& defaults);
  Bytes meaning(const Timetable& timetable);
  Bytes meaning(const Calendar& calendar);
  Bytes meaning(std::uint32_t trip);
  void configure(const std::string& key, const Bytes& value, EdgeId slot);
  EdgeId home_of(CircuitId circuit) const;
  void load(CircuitId circuit, std::int64_t watts) { facts_.meters.at(circuit).watts = watts; }
  /// The box and its meters are without power for a while; some relays open in it.
  void mains_fail(BoxNode& box);
  // ../checks/switching.cpp, people.cpp, bills.cpp
  /// What the box must be thought to have forgotten with its disk.
  void forget_trips(BoxNode& box) const;
  std::string buy_code(RoomId room, std::int64_t yuan_amount);
  void read_bills();
  /// What the cash desk's journal has of refunds.
  cloud::RefundsJournaled journaled_refunds() const;
  // ../checks/rest.cpp, network.cpp
  /// Delivers and wakes until nothing more happens, or the steps are used up. Time passes.
  void settle_down(std::uint64_t steps);
  /// Once, at the end: it listens for silence last, and while it does nobody carries out what the boxes order.
  void check_at_rest();
  void check_silence();
  static void check_silent(const Message& message);
  /// Messages to and from these boxes are lost until healed.
  void cut(BoxNode& box, bool up, bool down);
  void heal(BoxNode& box);
  Now now_of(const BoxNode& box) const;
  Now now() const { return {start_ + Duration{tick_.micros}, tick_}; }
  static cloud::SiteConfig site_config() { return {the_site, yuan(500)}; }
  PublicKey cloud_key() const { return cloud_signer_->key(); }
  const Crypto& crypto() const { return *crypto_; }
  const Signer& cloud_signer() const { return *cloud_signer_; }
  void finish_energy();
  // mischief.cpp, for directed scenarios alone.
  /// The story has come to where its bug would show. Else it is the story that fails, with the reason.
  void reach_point(bool is_there, const std::string& otherwise);
  bool has_reached_point() const { return point_reached_; }
  /// Another process beside the first; what people and providers want goes to one of them, until somebody says otherwise.
  void begin_upgrade();
  void ask_process(std::size_t process) { asked_process_ = process; }
  cloud::Site* site(std::size_t process) { return processes_.at(process).site.get(); }
  void note_backups();
  void hold_archive(bool held);
  bool forge_copies();
  bool slip_in(const BoxNode& box, Entry entry);
  bool tamper(const BoxNode& box, Direction direction, const std::function<bool(Entry&)>& alter);
  /// Each message takes so long, there as well as back.
  void slow_down(Duration least, Duration most) { slow_line_ = {least, most}; }
  std::uint64_t posted() const { return posted_; }
  void drop_mail() { cloud_mail_.clear(); }
  void drop_copies();
  void drop_batches(Holder from);
  bool was_told(cloud::Alarm alarm) const { return told_.contains(alarm); }
  // people.cpp, ../checks/rest.cpp
  void change_students(RoomId room);
  bool work_out_lists();
  std::string describe(RoomId room) const;
  std::string where_is(const Uid& receipt) const;
  bool put_meter_change_right(const Entry& entry);
  /// Until then each commit fails, and whoever wanted it starts again.
  void fill_disk(BoxNode& box, Duration time) const { box.full_until = tick_ + time; }
  void fill_database(Duration time) { database_full_until_ = tick_ + time; }
  bool tell_of_rollover();

 private:
  friend class Swarm;
  const Signer* make_signer();
  void run_box(BoxNode& box, edge::Effects effects);
  void run_cloud(std::size_t process, cloud::Effects effects);
  bool persist_box(BoxNode& box, const Commit& commit);
  bool persist_cloud(std::size_t process, const Commit& commit);
  void carry_out(BoxNode& box, const edge::Effect& effect);
  void carry_out(std::size_t process, const cloud::Effect& effect);
  void call_provider(std::size_t process, const cloud::CallProvider& call);
  void post(Message message);
  void deliver(std::size_t at);
  template <class Core>
  void check_sleeps(const Core* woken, const Core* now, const std::string& who) const;
  bool wake_due();
  bool has_recovered() const;
  void advance();
  void quiet_the_world();
  bool has_converged();
  bool waits_for_money(const cloud::Order& order) const;
  void check_liveness();
  void check_books();
  // checks
  // history.cpp
  /// Told to who follows everything; of a box, to who follows it or a room of it; of the cloud as a whole, to everybody.
  void trace(const std::string& text) const;
  void trace(const BoxNode& box, const std::string& text) const;
  void trace_cloud(const std::string& text) const;
  void print_trace(const std::string& text) const;
  bool follows(const BoxNode& box) const;
  bool follows(const Entry& entry) const;
  void trace_event(const BoxNode& box, const edge::Event& event) const;
  void trace_event(const cloud::Event& event) const;
  void trace_alarm(const BoxNode& box, const edge::Raise& raised) const;
  void trace_alarm(const cloud::Raise& raised) const;
  void trace_start(BoxNode& box) const;
  void trace_set_aside(const BoxNode& box, const Commit& commit) const;
  void trace_set_aside(const Commit& commit) const;
  void trace_stream(const Disk& disk, const StreamId& id, std::uint64_t& told, const Disk* other, bool followed) const;
  void trace_written(BoxNode& box) const;
  void trace_written();
  void check_output(const BoxNode& box, const edge::Send& send) const;
  void check_output(const cloud::Send& send) const;
  void check_output(const cloud::AnswerOrder& answer);
  void check_output(const cloud::Journal& journal);
  void check_output(const cloud::AnswerRefund& answer) const;
  bool is_told_outside(const cloud::RefundSettled& settled) const;
  void check_output(const cloud::CallProvider& call) const;
  void note_decided();
  void check_order_rows(const Commit& commit) const;
  void check_orders() const;
  void check_released(const Uid& request) const;
  static void note_told(CloudProcess& process, const cloud::RefundsJournaled& refunds);
  void check_call(const std::pair<Uid, std::uint32_t>& key, const cloud::CallProvider& call) const;
  void check_output(const cloud::ListClaim& claim) const;
  void check_output(const cloud::ListFence& fence) const;
  void check_relay(BoxNode& box, const edge::SwitchRelay& relay);
  void check_box(const BoxNode& box) const;
  void check_cloud() const;
  void check_replay(const BoxNode& box) const;
  void check_cloud_replay() const;
  std::map<Place, Entry> counted_entries() const;
  void check_slices() const;
  void check_accounts() const;
  void check_terms(const std::map<Place, Entry>& entries) const;
  // shown.cpp, undone.cpp
  void check_shown() const;
  void check_waiting(RoomId room) const;
  void check_refund_states(bool at_rest) const;
  void note_for_undone(const cloud::Event& event);
  void look_for_undone(bool has_written);
  void check_undone() const;
  // audit.cpp, accounts.cpp, restores.cpp, rest.cpp
  bool is_audited() const;
  void check_audit() const;
  void check_fences() const;
  void check_rollback() const;
  void check_rehomed(const cloud::Site& site, const Uid& close, std::optional<EdgeId> awaited) const;
  void check_remembered() const;
  void check_site_rows() const;
  void check_settings() const;
  // control.cpp, switching.cpp
  /// The money of a room between two bounds.
  struct Means {
    std::int64_t least = 0;
    std::int64_t most = 0;
  };
  std::optional<ControlSettings> settings_of(const LinkState& state, CircuitId circuit) const;
  Duration pause_of(const LinkState& state) const;
  void note_hours(BoxNode& box) const;
  std::optional<TimePeriod> hour_of(const BoxNode& box, const ControlSettings& settings) const;
  void note_load(BoxNode& box, const edge::Event& event);
  void note_cleared(BoxNode& box);
  Means means_of(const BoxNode& box, const RoomState& room, Utility utility, std::optional<CircuitId> just_read) const;
  static Money free_of(const RoomState& room, Utility utility);
  void check_control(BoxNode& box, std::optional<CircuitId> just_read);
  std::optional<bool> should_be_on(const BoxNode& box, CircuitId circuit, const Means& means) const;
  bool is_read(const BoxNode& box, RoomId room) const;
  void check_circuit(BoxNode& box, RoomId room, CircuitId circuit, const Means& means);
  void check_relays();
  void note_rows(BoxNode& box, const Commit& commit);
  void check_facts(const BoxNode& box, const RelayRow& row) const;
  void check_turn(BoxNode& box, CircuitId circuit);
  void find_rows(BoxNode& box) const;
  // warnings.cpp
  void find_warnings(BoxNode& box) const;
  std::optional<std::pair<int, int>> warnings_for(const BoxNode& box, const RoomState& room) const;
  bool may_warn(const BoxNode& box, const RoomState& room, int level, std::int64_t money) const;
  void check_warning(BoxNode& box, const edge::Warned& warned) const;
  void check_warnings() const;
  void start_trips(BoxNode& box) const;
  // silence.cpp
  static void note_heard(BoxNode& box, const edge::Event& event);
  void check_fenced(const BoxNode& box, const Head& before) const;
  void check_waited(const BoxNode& box, const Head& before) const;
  const cloud::Site* site_alone() const;
  void check_rows(const BoxNode& box) const;
  // prices.cpp, moments.cpp
  void note_prices(BoxNode& box);
  void note_dated(BoxNode& box, const CircuitFigures& circuit, std::int64_t units);
  void check_clock(BoxNode& box) const;
  void check_price(BoxNode& box, const Entry& entry);
  void check_shares(BoxNode& box, CircuitId circuit, const std::vector<Consumption>& slices, bool asked);
  void compare_shares(const BoxNode& box, CircuitId circuit, const std::vector<Consumption>& slices, bool asked) const;
  void check_whole(const BoxNode& box, const Entry& answer) const;
  void note_first_gap(BoxNode& box, const CircuitFigures& circuit, const Dated& reading);
  void note_left(const CircuitFigures& figures);
  bool has_twin(const BoxNode& box) const;
  void forget_branch(BoxNode& box);
  static void forget_way(BoxNode& box, CircuitId circuit);
  void note_refused(BoxNode& box, const edge::Event& event);
  static bool has_price(const BoxNode& box, const CircuitFigures& circuit, Now now);
  void forget_readings(BoxNode& box);
  Clocks clocks_of(const BoxNode& box) const;
  void note_openings(BoxNode& box);
  bool has_waited(const BoxNode& box, RoomId room) const;
  void note_reading(BoxNode& box, const edge::Event& event);
  void check_read_before(BoxNode& box, const Entry& entry);
  void check_anomaly(const Anomaly& told) const;
  void check_charged(BoxNode& box, const Head& before);
  void check_credits();
  bool is_answered(const StreamId& up, std::uint64_t request) const;
  // bus.cpp
  bool may_switch(const BoxNode& box, RoomId room) const;
  bool is_wired(const BoxNode& box, RoomId room) const;
  bool has_come_elsewhere(RoomId room, std::uint32_t opening) const;
  bool is_empty(const BoxNode& box, RoomId room) const;
  void check_empty(const BoxNode& box, RoomId id, const RoomState& room) const;
  void connect_meters(BoxNode& box);
  void run_bus(BoxNode& box);
  void order(BoxNode& box, const edge::SwitchRelay& relay);
  static void forget_order(BoxNode& box, CircuitId circuit);
  wattle::Received transact(BoxNode& box, const edge::Question& question);
  wattle::Received keep_answer(BoxNode& box, const edge::Question& question);
  Bytes carry(BoxNode& box, const edge::Question& question, Mishap mishap);
  Meter shown_by(BoxNode& box, CircuitId circuit);
  Bytes hear(BoxNode& box, CircuitId address, ByteView request);
  bool take(BoxNode& box, const edge::Polled& polled);
  void take_notice(BoxNode& box, const edge::Noticed& noticed);
  std::uint64_t address_of(CircuitId circuit) const;
  CircuitId standing_at(CircuitId address) const;
  Mishap some_mishap();
  void bus_trouble(BoxNode& box);
  bool is_troubled(CircuitId circuit) const;
  void silence(const std::vector<CircuitId>& circuits, Duration time);
  void disturb(CircuitId circuit) { ++facts_.wirings[circuit].disturbances; }
  bool has_orders() const;
  bool is_at_rest();
  void carry_out_orders();
  void read_well(BoxNode& box);
  // ../checks/bus.cpp
  void check_question(BoxNode& box, const edge::Question& question);
  void check_reading(BoxNode& box, const edge::MeterRead& reading) const;
  void check_closing(const BoxNode& box, CircuitId circuit) const;
  void check_mains(const BoxNode& box, const edge::Polled& polled) const;
  void check_counted(const edge::MeterRead& reading) const;
  void check_sweep(BoxNode& box);
  // people.cpp
  void people_act();
  void provider_acts();
  void bring_mail();
  void type_code();
  void check_code(const BoxNode& box, const edge::CodeAnswered& answer) const;
  std::uint32_t epoch_of(const BoxNode& box, RoomId room) const;
  void pay_cash(RoomId room);
  void ask_money_back();
  void order_price();
  void make_days(PricePlan& plan);
  CircuitFigures fit_water(RoomId room);
  void change_meter();
  void correct(BoxNode& box);
  // wardens.cpp
  void warden_acts();
  ControlSettings some_control();
  Timetable some_timetable();
  TimetableSet some_set();
  void set_control(CircuitId circuit);
  void clear_trip(BoxNode& box);
  void stray(CircuitId circuit);
  void decide();
  void give_another_box();
  void look_after();
  void attend();
  std::uint32_t opening_of(RoomId room) const;
  bool has_clone() const;
  bool is_fenced(Holder holder) const;
  bool has_what_it_had(const BoxNode& box) const;
  Duration some_latency();
  void deliver_due();
  BoxNode& any_box();
  void fill_slots();
  RoomId any_room();
  // faults.cpp
  void fault();
  std::uint32_t rarity() const;
  void change_processes();
  void lie(BoxNode& box, const Link* link, bool settled);
  void clone(BoxNode& box, bool settled);
  void die(BoxNode& box, const Link* link, bool settled);
  void take_twin_away(BoxNode& twin);
  // versions.cpp
  void write_newer(BoxNode& box);
  void order_newer();
  void book_newer();
  void change_version(BoxNode& box);
  void bring_all_up_to_date();
  Bytes as_spoken(const Bytes& bytes, bool older);

  Options options_;
  Random random_;
  std::unique_ptr<Crypto> crypto_;
  CheapCrypto* cheap_ = nullptr;
  std::vector<std::unique_ptr<Signer>> signers_;
  const Signer* cloud_signer_ = nullptr;
  Instant start_{1'790'000'000'000'000};
  Duration utc_offset_{};
  Tick tick_{};
  std::vector<std::unique_ptr<BoxNode>> boxes_;
  Disk database_;
  std::vector<CloudProcess> processes_;
  std::size_t ingest_ = 0;
  std::vector<Backup> backups_;
  Bills billed_;
  std::vector<Message> network_;
  Facts facts_;
  Meanings meanings_;
  std::vector<std::pair<CircuitId, Bytes>> clears_;  // given before, and perhaps given again
  std::vector<Wish> wishes_;
  std::set<OutsideId> journalled_;
  std::map<OutsideId, std::uint64_t> given_;  // when somebody first wanted it, and when he first heard that it is taken
  std::map<OutsideId, std::uint64_t> acknowledged_;
  std::map<Bytes, Bytes> newer_orders_;  // rows that only a newer program can read
  StoredOrders stored_orders_;
  std::optional<cloud::RefundSettled> settling_;         // what the cloud is just being told
  std::optional<cloud::Order> ordering_;                 // what it is just being asked for
  std::deque<cloud::Event> cloud_mail_;                  // webhooks, archive notices: arrive once, or not at all
  std::vector<std::pair<Holder, PublicKey>> claims_;     // presented, and not yet answered
  std::map<RoomId, EdgeId> home_;                        // where the installers fitted it
  std::vector<std::string> refundable_;                  // payments of which nothing was asked back
  std::map<CircuitId, std::set<std::uint32_t>> priced_;  // the versions at which it has been charged, by any box
  std::map<CircuitId, LastSlice> last_slices_;           // as they were written
  std::optional<cloud::Payment> typing_;                 // whose code is being typed
  std::map<StreamId, std::uint64_t> forgotten_;          // heads that a restore has taken away
  std::optional<std::uint64_t> checked_commits_;         // check_fences and check_credits look when something was written
  std::map<StreamId, std::uint64_t> traced_;             // of the cloud's streams, up to where trace_written has come
  mutable std::string untold_event_;                     // until something that is followed comes of it
  std::map<StreamId, Head> looked_;                      // up to where check_credits has come
  std::map<StreamId, std::map<RoomId, std::uint64_t>> asked_to_close_;
  std::map<RoomId, std::uint32_t> openings_;  // the newest one that somebody has asked for
  std::uint32_t next_price_ = 1;
  std::uint64_t next_setting_ = 1;
  std::uint64_t next_payment_ = 1;
  std::uint64_t events_ = 0;
  std::uint64_t step_ = 0;
  std::set<Holder> held_fences_;  // whose list waits to be written
  bool archive_held_ = false;
  std::uint64_t posted_ = 0;  // messages, lost or not
  std::optional<std::pair<Duration, Duration>> slow_line_;
  bool older_cloud_ = false;              // as BoxNode::older
  std::set<std::uint64_t> older_nonces_;  // of all ends that were
  Tick database_full_until_{};
  std::optional<std::size_t> asked_process_;  // by all people; none: one or the other
  std::set<cloud::Alarm> told_;
  bool point_reached_ = false;
  bool tampered_ = false;         // a box has written what no box should
  bool quiet_ = false;            // faults have stopped
  bool rolled_back_ = false;      // the database has forgotten something, or somebody says so, and not everybody has come back
  bool bills_due_ = false;        // a restore has lost something, and no bills were read since
  bool is_silent_ = false;        // nobody has anything to say
  bool look_for_undone_ = false;  // as soon as the cloud has come to an end with what it is at
  bool was_settled_ = false;
  std::uint64_t undone_at_ = 0;
  bool restore_noted_ = true;  // the cloud has durably marked its links unheard since the last restore
};

}  // namespace wattle::sim
