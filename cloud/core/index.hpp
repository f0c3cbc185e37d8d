#pragma once
// What all entries that count amount to across the site: cloud-held pockets, outside ids, where each room is, what is under
// way. A fold whose order does not matter, so it can be built from any streams in any order; after anything was dropped or
// withdrawn it is built anew.

#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "cloud/core/agenda.hpp"
#include "shared/ledger/kinds.hpp"

namespace wattle::cloud {

struct OpenRef {
  Place place;
  std::uint32_t opening = 0;
  std::optional<Place> continues;  // the close
};

struct CloseRef {
  Place place;
  Holder link;  // of the incarnation that it closes at
  Close close;
};

/// A room's way from box to box. At each link opens and closes alternate.
struct RoomChain {
  struct AtLink {
    std::vector<OpenRef> opens;
    std::vector<CloseRef> closes;
  };
  std::map<Holder, AtLink> links;
  std::set<Place> continued;  // closes that an open names

  void add(Holder link, OpenRef open);
  void add(Holder link, CloseRef close);
  /// An open names a close that is not here, or a close stands here whose open is not.
  bool has_hole() const { return standing().hole; }
  /// The link where it is open now. Without a hole there is at most one.
  std::optional<Holder> open_at() const { return standing().open_at; }
  std::uint32_t opening() const { return standing().opening; }
  /// The close that no open has continued yet.
  const CloseRef* unclaimed() const;

 private:
  struct Standing {
    bool hole = false;
    std::optional<Holder> open_at;
    std::uint32_t opening = 0;
    std::optional<std::pair<Holder, std::size_t>> unclaimed;  // at which link, which of its closes
  };
  const Standing& standing() const;
  bool is_whole() const;

  mutable std::optional<Standing> standing_;  // reckoned when asked for, after something was added
};

struct RequestInfo {
  Kind kind{};
  RoomId room;
  std::map<Holder, Place> asked;  // in which links, by their entry
  std::optional<Place> answered;
  AnswerReason reason{};
  Holder answered_at;
  Money released;
  std::optional<ReleaseRequest> release;
  EdgeId destination;  // of a move
};

/// What filled a transit.
struct TransitInfo {
  Place filled;  // where the entry stood that was lost with its box, if it was written on its behalf
  Kind kind{};
  RoomId room;
  std::uint32_t opening = 0;  // 0: not said
  std::optional<Place> cause;
  bool is_own = false;     // it stands in the site's stream
  bool is_answer = false;  // to the request whose id the transit has: the box's, or what stands for one that was lost
};

class Index {
 public:
  void count(const Entry& entry);

  Money balance(const Pocket& pocket) const;
  /// Of the room's arrears those of one opening: the debts that came from its boxes, less what was paid of them or written off.
  Money owed(RoomId room, std::uint32_t opening) const;
  /// What was paid for stays of the room beyond what they are known to have owed; under 0 what names no stay, as far as all of
  /// the room's arrears are overpaid.
  std::vector<std::pair<std::uint32_t, Money>> overpaid(RoomId room) const;
  const Place* find(const OutsideId& id) const;
  bool has(const OutsideId& id) const { return find(id) != nullptr; }
  const std::map<RoomId, RoomChain>& rooms() const { return rooms_; }
  const RoomChain* room(RoomId id) const;
  const std::map<Uid, RequestInfo>& requests() const { return requests_; }
  const RequestInfo* request(const Uid& id) const;
  /// A close-request stands in this link without its answer: no credit follows it.
  bool is_closing(RoomId room, Holder holder) const;
  /// Releases that give an allowance of this room back, and are asked for without their answer.
  std::vector<Uid> ending(RoomId room, Utility utility) const;
  /// Transits that hold money, with what filled them.
  const std::map<Pocket, Money>& transits() const { return transits_; }
  const TransitInfo* filled(const Pocket& transit) const;
  /// The same that have been filled, by the room that their money is for.
  const Agenda<Pocket>& bound() const { return bound_; }
  /// Which fenced incarnations' closes go where, by the close's id; the newest word counts.
  std::optional<EdgeId> destination(const Uid& close) const;
  /// For which opening the code was sold whose issue stands there.
  std::optional<std::uint32_t> sold_for(const Place& issue) const;
  bool code_matched(Holder issuer, const CodeName& name) const { return matched_.contains({issuer, name}); }
  /// What entries have put in suspense, each by its outside id; what was taken out again is not taken off.
  const std::map<OutsideId, Money>& suspended() const { return suspended_; }
  /// The debts that closes have left at the links, by close id.
  const std::map<Pocket, Money>& pockets() const { return pockets_; }
  /// The rooms of which entries were counted since they were last taken; energy that is paid for as usual is not among them.
  const std::set<RoomId>& touched() const { return touched_; }
  std::set<RoomId> take_touched() { return std::exchange(touched_, {}); }
  /// Two entries that count under one outside id: a forged or doubled recharge.
  const std::vector<OutsideId>& doubled() const { return doubled_; }

 private:
  void count_line(const Entry& entry, const Line& line);
  void count_transit(const Pocket& transit, std::int64_t amount);
  void bind(const Pocket& transit);
  RoomId room_for(const Pocket& transit, const TransitInfo& info) const;
  void count_down(const Entry& entry);
  void count_up(const Entry& entry);
  void count_site(const Entry& entry);
  void note_lost_answers(const Entry& entry, const CloseFor& on_behalf);
  void note_lost_answer(const Entry& entry);
  void note_asked(const Uid& id, const Entry& entry, RequestInfo& info);
  void note_answer(const Uid& id, const Place& place, Holder at);

  std::map<Pocket, Money> pockets_;  // cloud-held; transits apart
  std::map<std::pair<RoomId, std::uint32_t>, Money> owed_;
  std::map<Pocket, Money> transits_;  // those that are not empty
  std::map<Pocket, TransitInfo> filled_;
  Agenda<Pocket> bound_;
  std::map<Pocket, RoomId> bound_for_;
  std::map<OutsideId, Money> suspended_;
  std::unordered_map<OutsideId, Place> outside_;
  std::vector<OutsideId> doubled_;
  std::map<RoomId, RoomChain> rooms_;
  std::map<Uid, RequestInfo> requests_;
  std::map<RoomId, std::set<Uid>> closing_;                     // close-requests without their answer
  std::map<std::pair<RoomId, Utility>, std::set<Uid>> ending_;  // releases of allowances without their answer
  std::set<RoomId> touched_;
  std::map<Place, std::uint32_t> sold_for_;
  std::map<Uid, EdgeId> destinations_;
  std::set<std::pair<Holder, CodeName>> matched_;
};

}  // namespace wattle::cloud
