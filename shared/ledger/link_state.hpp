#pragma once
// What the two streams of a link amount to: the fold. Both ends apply the same entries in the order that `seen` gives (before
// the edge's entry n come the cloud's entries up to n.seen) and get the same bytes.
//
// apply() is also the admission: it either takes an entry whole, or says why not and leaves the state as it was. An edge's own
// entry passes the same gate before it is written, so that no box writes what the cloud would refuse.

#include <map>
#include <set>

#include "shared/ledger/kinds.hpp"

namespace wattle {

struct RoomState {
  std::uint32_t opening = 0;
  bool open = false;
  Money balance;
  std::map<Utility, Money> allow;
  std::optional<Uid> closing;  // asked to close, not yet answered
  Circuits circuits;           // of the open room; of a closed one as they were handed over

  Money allowance() const;  // over all utilities
  const CircuitFigures* find(CircuitId circuit) const;
  CircuitFigures* find(CircuitId circuit);
};

/// A request that still wants its answer, by the number of its entry.
struct RequestState {
  Kind kind{};
  Uid id;
  RoomId room;
  std::uint32_t opening = 0;
  Utility allow = Utility::none;
  Money at_most;
  bool cancelled = false;
};

struct UsedCode {
  Money amount;
  bool matched = false;  // its issue has arrived
};

struct ConfigValue {
  std::uint64_t version = 0;
  Bytes value;
  bool overridden = false;
};

/// The newest settlement: where it stands, and whether this fold has the hash that it names.
struct SettlementState {
  std::uint64_t number = 0;
  bool agrees = false;
};

/// Crypto must outlive it.
class LinkState {
 public:
  LinkState(SiteId site, Holder holder, const Crypto& crypto) : site_(site), holder_(holder), crypto_(&crypto) {}

  /// An error of the table of lines, of the fold or of the kind (api-spec/ledger.md, "Errors"): nothing has changed then.
  Result<void> apply(const Entry& entry);

  Holder holder() const { return holder_; }
  /// Zero for a pocket that was never touched. The pocket's holder must be this link's.
  Money balance(const Pocket& pocket) const;
  const RoomState* find(RoomId room) const;
  After after(RoomId room) const;

  bool granted() const { return granted_; }
  const Grant& grant() const { return grant_; }
  const std::map<RoomId, RoomState>& rooms() const { return rooms_; }
  const std::map<std::uint64_t, RequestState>& requests() const { return requests_; }
  bool was_asked(const Uid& request) const { return asked_.contains(request); }
  const std::map<std::uint32_t, PricePlan>& prices() const { return prices_; }
  const std::map<CodeName, UsedCode>& used_codes() const { return used_codes_; }
  /// Issues whose redemption is still to be written, by the number of their entry.
  const std::map<std::uint64_t, Code>& unredeemed() const { return unredeemed_; }
  const std::map<std::string, ConfigValue>& config() const { return config_; }
  const SettlementState& settlement() const { return settlement_; }
  const std::optional<Countersign>& countersigned() const { return countersigned_; }
  Money codes_balance() const { return codes_; }
  Money drawer_balance() const { return drawer_; }

  /// The canonical encoding of the whole state (api-spec/ledger.md, "State").
  Bytes encoded() const;
  Digest hash() const { return crypto_->hash(encoded()); }
  static std::optional<LinkState> decode(SiteId site, Holder holder, const Crypto& crypto, ByteView bytes);

 private:
  template <class F>
  friend void fields(F& f, LinkState& v);

  Result<void> check(const Entry& entry) const;
  Result<void> check_down(const Entry& entry) const;
  Result<void> check_up(const Entry& entry) const;
  bool takes_request_id(const Entry& entry) const;
  Result<void> check_open(const Entry& entry) const;
  Result<void> check_consumption(const Entry& entry) const;
  Result<void> check_answer(const Entry& entry) const;
  Result<void> check_close(const Entry& entry) const;
  Result<void> check_cash(const Entry& entry) const;
  Result<void> check_redeem(const Entry& entry) const;
  Result<void> check_forward(const Entry& entry) const;
  Result<void> check_meter_change(const Entry& entry) const;
  Result<void> check_correction(const Entry& entry) const;
  Result<void> move(const Entry& entry);
  bool move_line(const Line& line, bool back);
  void note(const Entry& entry);
  void note_down(const Entry& entry);
  void note_up(const Entry& entry);
  void note_issue(const Entry& entry);
  void note_redeem(const Entry& entry);
  Money* touch(const Pocket& pocket);
  void prune();

  SiteId site_;
  Holder holder_;
  const Crypto* crypto_;

  bool granted_ = false;
  Grant grant_;
  std::map<RoomId, RoomState> rooms_;
  std::map<Uid, Money> cards_;
  Money drawer_;
  Money codes_;
  std::map<Utility, Money> sold_;
  std::map<std::uint64_t, RequestState> requests_;
  std::set<Uid> asked_;
  std::map<std::uint32_t, PricePlan> prices_;
  std::map<CodeName, UsedCode> used_codes_;
  std::map<std::uint64_t, Code> unredeemed_;
  std::map<std::string, ConfigValue> config_;
  SettlementState settlement_;
  std::optional<Countersign> countersigned_;
};

}  // namespace wattle
