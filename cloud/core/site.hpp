#pragma once
// The site: the boxes' counterpart. One switch over events; what is wanted and missing is minted in the same commit. Pure.
//
// The cloud never works off a queue. After each event it looks at what people and providers want (orders), at what the boxes'
// entries ask for (transits to deliver, closes to open elsewhere, debts, settlements), and writes what is not there yet by its
// outside id. So the same job done twice is one entry, and a restored cloud goes on where its boxes say that it was.
//
// The files: site.cpp (the switch, links), loading.cpp (from the store), minting.cpp (orders), arriving.cpp (transits, opens,
// debts), refunding.cpp (providers), resolving.cpp (suspense), fencing.cpp, restoring.cpp.

#include <map>
#include <memory>

#include "cloud/core/effect.hpp"
#include "cloud/core/event.hpp"
#include "cloud/core/index.hpp"
#include "cloud/core/lost_causes.hpp"

namespace wattle::cloud {

struct SiteConfig {
  SiteId site;
  Money codes_cap = yuan(500);
};

/// What the site keeps about an incarnation beside the link. Table::site, key "box/" + holder.
struct BoxRow {
  Holder holder;
  PublicKey key;
  bool unheard = false;  // since a restore this box has not yet shown what it knows
  std::uint64_t keep_up_from = 1;
  std::uint64_t keep_down_from = 1;
};
template <class F>
void fields(F& f, BoxRow& v) {
  f(v.holder), f(v.key), f(v.unheard), f(v.keep_up_from), f(v.keep_down_from);
}

/// A part of a refund, stored before the provider is called. Table::refund, key: request.
struct RefundPart {
  RefundTo to;
  Money amount;
  std::uint8_t state = 0;  // 0 unknown, else RefundOutcome
};
template <class F>
void fields(F& f, RefundPart& v) {
  f(v.to), f(v.amount), f(v.state);
}

/// Whose word on a part was taken, of the two that may come: he pays it. Table::refund too, the row's key; the value is
/// RefundSettled::by. Older programs pass over it, since it is no request.
struct ToldPart {
  Uid request;
  std::uint32_t part = 0;
};
template <class F>
void fields(F& f, ToldPart& v) {
  f(v.request), f(v.part);
}

/// What lists beside the backups say, and what a restore command knows.
struct Lists {
  std::vector<std::pair<Holder, PublicKey>> claims;
  std::vector<Holder> fences;
  std::map<StreamId, std::uint64_t> heads;  // as the processes remember them, in a file outside the database
};

inline constexpr Duration provider_patience = seconds(30);

class Site {
 public:
  /// Loads everything from the store. It, crypto, signer and entropy must outlive the site.
  Site(SiteConfig config, const StoreReader& store, const Crypto& crypto, const Signer& signer, Entropy& entropy, Now now);
  ~Site();

  Effects handle(const Event& event, Now now);
  void committed();
  /// Reads what other processes have committed since; notices when the database has less than this process has seen.
  void catch_up();
  /// At start, with the file of claims and fences. After a restore (by command, or since a claim of it or a remembered head is
  /// not in the database) every link is unheard until its box has spoken.
  Effects begin(const Lists& lists, bool restored, Now now);
  /// Brings the remembered heads up to date, after each commit. A link that is unheard since a restore keeps what was known of
  /// it.
  void remember(std::map<StreamId, std::uint64_t>& heads) const;
  /// A backup older than an archived fence must not be restored.
  static bool may_restore(const StoreReader& backup, const Lists& lists);
  Tick wake_up() const;

  const Index& index() const { return index_; }
  const Link* link(Holder holder) const;
  const std::map<Holder, BoxRow>& boxes() const { return boxes_; }
  const std::map<OutsideId, Order>& orders() const { return orders_; }
  const Log& own() const { return own_; }
  /// The unfenced incarnation that holds the slot.
  std::optional<Holder> holder_of(EdgeId slot) const;
  /// Carried out: its entry is there, or its request has been answered.
  bool is_done(const Order& order) const { return is_done(id_of(order), order); }
  /// The room's stay of this opening is over, and nothing that is wanted of it now will be carried out.
  bool has_passed(RoomId room, std::uint32_t opening) const;
  /// Payments of the room whose entry is still to come, by their ids.
  std::vector<Payment> waiting_payments(RoomId room) const;
  /// The circuit was opened there once, whatever has become of it.
  bool has_opened(Holder holder, CircuitId circuit) const;
  /// How a refund was split over its payments; null until its box has answered.
  const std::vector<RefundPart>* refund(const Uid& request) const;
  /// What has become of one of those parts; nothing: unknown. Books and bills go before what is stored.
  std::optional<RefundOutcome> refund_state(const Uid& request, std::uint32_t part) const;
  /// What lies in suspense, by the outside id of the entry that put it there, less what persons have decided about.
  std::map<OutsideId, Money> undecided() const;
  /// No link is unheard, and the bills have been read since the restore.
  bool is_settled() const;
  bool bills_missing() const { return bills_missing_; }
  /// Nothing may rest on a fence that no restore would bring back.
  bool has_unlisted_fence() const;

 private:
  struct Box;
  using InOrder = std::map<std::uint64_t, OutsideId>;  // orders by their numbers in Table::order

  void on(const Connected&);
  void on(const Disconnected&);
  void on(const Received& received);
  void on(const Woke&);
  void on(const Ordered& ordered);
  void on(const Claimed& claimed);
  void on(const FenceOrdered& fence);
  void on(const FenceArchived& archived);
  void on(const RehomeOrdered& rehome);
  void on(const RefundSettled& settled);
  void on(const RefundsJournaled& refunds);
  void on(const BillsRead& bills);
  void on(const BackupsKept& kept);

  // site.cpp
  Effects finish();
  // loading.cpp
  void load();
  void load_anew();
  void load_boxes();
  std::vector<OutsideId> load_orders();
  void load_place_of_journal();
  void load_refunds();
  bool has_only_grown() const;
  void rebuild_index();
  void count_from(const Log& log, std::uint64_t after);
  // site.cpp
  Link& link_of(Holder holder);
  Session& session_of(Holder holder);
  void add_box(const BoxRow& row);
  void put_box(const BoxRow& row);
  bool may_mint(Holder holder) const;
  std::optional<Holder> payable(RoomId room, std::uint32_t opening) const;
  Entry entry(Kind kind, std::optional<RoomId> room, OutsideId outside) const;
  std::optional<Place> mint(Holder link, Entry entry);
  Place mint_own(Entry entry);
  void raise(Alarm alarm, Holder link = {}, std::uint64_t count = 0);
  void take_in(Holder from, const Heard& heard, std::uint64_t up_before);
  bool accept(const Order& order, bool is_from_the_journal = false);
  std::uint64_t next_order(bool is_from_the_journal);
  void file_order(const OutsideId& id, std::uint64_t number);
  void open_order(const OutsideId& id);
  void note_open(const OutsideId& id, const Order& order);
  void want_everywhere(const OutsideId& id);
  RoomId room_of(const Order& order) const;
  void note_standing();
  RoomId room_of_request(const Uid& request) const;
  void want_setting(const OutsideId& id, Holder holder);
  bool is_superseded(const OutsideId& id) const;
  void count(const Entry& entry);
  // minting.cpp
  void mint_wanted();
  void mint_grants();
  void mint_settings();
  void mint_setting(const PriceOrder& price, OutsideId outside, Holder holder);
  using Versions = std::map<std::string, std::uint64_t>;  // of registers
  void mint_setting(const ConfigOrder& config, OutsideId outside, Holder holder, Versions& unread);
  bool is_early(const Order& order) const;
  bool is_done(const OutsideId& id, const Order& order) const;
  void end_waiting(RoomId room, std::uint32_t opening);
  void mint_orders();
  bool is_asked(const Uid& request) const;
  bool is_withdrawn(const Uid& request) const;
  using AllowanceOrders = std::map<std::pair<RoomId, Utility>, InOrder>;
  static std::uint64_t number_in(const AllowanceOrders& orders, std::pair<RoomId, Utility> of, const OutsideId& id);
  bool is_ending(const AllowanceGrant& grant, const OutsideId& id) const;
  bool has_open_grant_before(const Release& end, const OutsideId& id) const;
  bool has_open_end_before(const AllowanceGrant& grant, std::uint64_t number) const;
  void mint_order(const Payment& payment, const OutsideId& id);
  void mint_order(const Release& release, const OutsideId& id);
  void mint_order(const Move& move, const OutsideId& id);
  void mint_order(const CancelOf& cancel, const OutsideId& id);
  void mint_order(const AllowanceGrant& grant, const OutsideId& id);
  void mint_order(const Fitting& fitting, const OutsideId& id);
  void mint_next_opening(const Fitting& fitting, const OutsideId& id, Holder at, const RoomChain& chain);
  void mint_order(const CashAdoption& adoption, const OutsideId& id);
  // resolving.cpp
  void mint_order(const Resolution& resolution, const OutsideId& id);
  Money left_of(Money put, const InOrder& resolutions) const;
  bool exceeds(const Resolution& resolution) const;
  bool may_resolve() const { return is_settled() && !has_unlisted_fence(); }
  bool lacks_money(const Resolution& resolution) const;
  void see_to_lacking();
  void wake_lacking();
  // minting.cpp
  void mint_code(const Payment& payment, const OutsideId& id);
  Uid uid_of(const OutsideId& id) const;
  void mint_code_after_fence(const Payment& payment, const OutsideId& id);
  void countersign();
  // arriving.cpp
  void see_to_rooms();
  bool see_to_debts(RoomId id, const RoomChain& chain);
  void mint_open(RoomId id, const RoomChain& chain);
  bool has_left(RoomId id, const CloseRef& close) const;
  Money owed_in(RoomId id, std::uint32_t opening) const;
  bool write_off_ended(RoomId id, const RoomChain& chain);
  bool write_off(RoomId id, const CloseRef& close);
  bool keep_overpaid(RoomId id, const RoomChain& chain);
  void end_stay(const Pocket& transit, Money amount, const TransitInfo& info);
  void keep_apart(const Pocket& transit, Money amount, const TransitInfo& info);
  void put_in_suspense(Entry entry, const Pocket& from, Money amount);
  void mint_deliveries();
  bool is_to_be_fitted(RoomId room) const;
  void deliver(const Pocket& transit, Money amount, const TransitInfo& info);
  bool credit(RoomId room, std::uint32_t opening, const Pocket& from, Money amount, Entry entry);
  // refunding.cpp
  bool is_booked(const OutsideId& id, const Resolution& resolution) const;
  void plan_refunds();
  void settle_refunds();
  using PartId = std::pair<Uid, std::uint32_t>;  // of a refund: its request, its number
  void pay_out(const PartId& part, const BilledRefund& paid, Money at_most);
  void settle_as_billed(const PartId& part, const BilledRefund& paid);
  void add_rest(const Uid& request);
  bool ask_again(const Uid& id, RoomId of, std::uint32_t opening);
  void explain_unanswered(const PartId& part, const BilledRefund& paid);
  bool explain_decided(const PartId& part, const BilledRefund& paid);
  void explain_bills();
  void call_providers();
  void put_refund(const Uid& request);
  void plan_refund(const Uid& request);
  bool settle_refund(const Uid& request);
  void call_provider(const Uid& request);
  std::uint8_t outcome_of(const Uid& request, std::uint32_t part) const;
  bool note_outcomes(const Uid& request);
  OrderAnswer word_again(const RefundSettled& settled) const;
  // fencing.cpp
  void list_fences();
  bool has_lost_a_box(EdgeId slot) const;
  void cut_off(Link& link);
  void fence(Link& link, EdgeId destination);
  LostCauses lost_causes(const Link& link) const;
  const Release* release_order(const Uid& request) const;
  std::optional<RoomId> asked_of(const Uid& request) const;
  const ReleaseRequest* release_of(const Uid& request) const;
  void close_on_behalf(Link& link, EdgeId destination, const LostCauses& lost);
  void close_on_behalf(Link& link, RoomId id, EdgeId destination, const LostRoom& left);
  void answer_on_behalf(const Link& link, RoomId id, const Uid& request, const LostRelease& released);
  void reckon_lost(const Link& link, RoomId id, Money owed, bool has_left, const LostRoom& left);
  Money released_in(const LostRoom& left, std::uint32_t opening) const;
  using Allowances = std::map<Utility, Money>;
  Allowances grant_on_behalf(const Link& link, RoomId id, const LostRoom& left);
  Money grant_on_behalf(const Link& link, RoomId id, Utility utility, Money lacking, const Close& close);
  void end_lost(const Link& link, RoomId id, const Allowances& allow, const LostRoom& left);
  void send_on_lost(const Link& link, RoomId id, const Pocket& from, Money amount, const Close& close);
  void inherit_codes(Link& link, const LostCauses& lost);
  // restoring.cpp
  bool lacks(const StreamId& stream, std::uint64_t remembered) const;
  void note_before();
  bool may_tell_of_another(Holder from) const;
  void note_rollback();
  void hear(Holder holder, const Heard& heard);

  SiteConfig config_;
  const StoreReader* store_;
  const Crypto* crypto_;
  const Signer* signer_;
  Entropy* entropy_;
  Log own_;
  std::map<Holder, BoxRow> boxes_;
  std::map<Holder, std::unique_ptr<Box>> links_;
  std::map<OutsideId, Order> orders_;
  std::uint64_t last_order_ = 0;                // its number in Table::order
  std::optional<std::uint64_t> journal_after_;  // while bills are missing: the number behind which the journal's orders go
  // Not known to be done, and looked at after each event; what is at rest costs nothing.
  Agenda<OutsideId> open_orders_;
  std::map<std::pair<RoomId, std::uint32_t>, std::vector<OutsideId>>
      waiting_;                   // open too, for an opening that is still to come
  std::set<OutsideId> settings_;  // orders that every box, or every box of a slot, is given
  std::set<std::pair<OutsideId, Holder>> open_settings_;
  bool settings_changed_ = true;                                         // since they were last looked at
  std::map<CircuitId, std::set<Holder>> circuit_at_;                     // where it was ever opened
  std::map<CircuitId, std::set<OutsideId>> circuit_settings_;            // of settings_, those of one circuit
  using SettingKey = std::pair<std::string, EdgeId>;                     // what is of a circuit is of no slot
  std::map<SettingKey, std::pair<std::uint64_t, Uid>> newest_settings_;  // their numbers and ids
  std::map<OutsideId, InOrder> resolutions_;                             // by the entries whose money they are about
  AllowanceOrders allowance_grants_;                                     // all that were ever ordered
  AllowanceOrders allowance_ends_;                                       // the same
  std::set<RoomId> open_rooms_;
  std::set<RoomId> owing_rooms_;  // of those
  std::map<Uid, std::vector<RefundPart>> refunds_;
  std::map<PartId, Uid> told_by_;  // by whom parts of refunds were settled, where that was a person
  Agenda<Uid> open_refunds_;
  std::vector<Uid> due_refunds_;  // of those, in the event under way
  bool bills_came_ = false;       // and have not been explained yet
  std::map<PartId, Tick> called_;
  Tick listing_due_;                       // when fences that are not archived yet are told again
  Tick calls_due_ = never;                 // when the first of them is repeated
  std::map<PartId, BilledRefund> billed_;  // of the last bills, and not yet in the books
  std::set<PartId> rejected_;              // of the last bills
  std::set<OutsideId> lacking_;            // decisions about suspense whose money was not there when they were last looked at
  std::set<OutsideId> told_lacking_;       // by this process
  bool bills_missing_ = false;             // since a restore
  // Heard, and the bills read, before this process began, and not again since. Should a restore have come between, so that the
  // database itself forgot it, nothing of that is true any more.
  std::set<Holder> heard_before_;
  bool bills_read_before_ = false;
  Index index_;
  bool index_stale_ = false;
  bool look_again_ = true;              // something may be wanted that was not written
  Due due_;                             // where it may be
  std::set<RoomId> again_;              // and where it may be the next time
  std::vector<std::uint8_t> standing_;  // of each link, as it was last looked at: what may be written there
  bool connected_ = false;
  Now now_;
  // Of the event under way:
  Commit commit_;
  Effects outcome_;
};

}  // namespace wattle::cloud
