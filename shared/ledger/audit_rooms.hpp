#pragma once
// Rooms and their meters: each slice begins where the last one ended and costs what its price says; each open continues one
// close.

#include "shared/ledger/audit_books.hpp"
#include "shared/ledger/audit_outside.hpp"

namespace wattle::auditing {

struct RoomBook {
  bool open = false;
  std::uint32_t opening = 0;
  Circuits circuits;
  // The cloud's numbers since the last open; 0: none.
  std::uint64_t opened_at = 0;
  std::uint64_t asked_to_close_at = 0;
  std::uint64_t credited_at = 0;  // the first credit after that request
};

struct UsedNumber {
  Money amount;
  bool matched = false;
};

/// What one incarnation's two streams have amounted to so far.
struct LinkBook {
  Holder holder;
  const AuditStream* up = nullptr;
  const AuditStream* down = nullptr;
  bool granted = false;
  std::map<RoomId, RoomBook> rooms;
  std::map<std::uint32_t, PricePlan> prices;
  std::map<CodeName, UsedNumber> used;
  std::map<std::uint64_t, Code> issues;  // not yet redeemed, by their number
  std::set<std::uint64_t> open_requests;
  std::set<Uid> cancelled;
  std::map<CircuitId, ConfigSetting> accepts;                 // readings that a person has found true, as the cloud gave them
  std::map<Place, std::map<Pocket, std::int64_t>> corrected;  // what corrections have given back of a consumption
  std::map<Place, std::int64_t> charged_again;                // and what they have taken once more for it
};

class Rooms {
 public:
  Rooms(Books& books, Findings& findings, AuditTotals& totals) : books_(&books), findings_(&findings), totals_(&totals) {}

  void open(LinkBook& link, const Entry& entry);
  /// What was handed over must be what the link's last slices say. `room` is null when the room was never there.
  void close(RoomBook* room, const Entry& entry, const Close& close, EdgeId destination);
  /// A person has given the closed room another destination.
  void rehome(const Uid& close, EdgeId destination) { rehomed_[close] = destination; }
  /// Before its lines are booked: the allowance counts as it stands then.
  void slice(LinkBook& link, const Entry& entry);
  void change_meter(LinkBook& link, const Entry& entry);
  /// A register of the configuration that the cloud gave, or that the box has overridden.
  void configure(LinkBook& link, const Entry& entry);
  /// Money that the cloud sends into a room.
  void credit(LinkBook& link, const Entry& entry, const Line& line);

  /// After all streams: which open continues which close.
  void join();
  /// This opening closed for no other box, and none has continued it.
  bool has_ended(RoomId room, std::uint32_t opening) const { return ended_.contains({room, opening}); }
  /// An open without its close, or a close without its open.
  bool has_hole(RoomId room) const { return holes_.contains(room); }
  /// The last reading up to which each register in use is charged.
  std::map<RegisterId, Quantity> charged_to(const std::map<Holder, LinkBook>& links) const;
  /// Of those, the ones of rooms whose stay has ended, and whose next one has not begun.
  std::set<RegisterId> idle(const std::map<Holder, LinkBook>& links) const;
  /// With what reading each register began, and with what it was taken out.
  const RegisterReadings& begun() const { return begun_; }
  const RegisterReadings& removed() const { return removed_; }
  /// What the registers ought to have counted, in their units: all that was charged, and where a person let one go on.
  std::int64_t units() const { return saturated_sum(units_, jumped_); }

 private:
  struct Opened {
    Place place;
    std::optional<Place> cause;
    RoomId room;
    std::uint32_t opening = 0;
    Circuits circuits;
  };
  struct Closed {
    RoomId room;
    std::uint32_t opening = 0;
    Circuits circuits;
    Uid id;
    EdgeId destination;
    bool continued = false;
  };
  CircuitFigures* find(LinkBook& link, const Entry& entry, CircuitId circuit);
  void check_cost(LinkBook& link, const Entry& entry, const Consumption& slice, const CircuitFigures& circuit);
  void check_split(const Entry& entry, const CircuitFigures& circuit, std::int64_t cost);
  void join(const Opened& opened, std::set<RoomId>& fitted);

  Books* books_;
  Findings* findings_;
  AuditTotals* totals_;
  std::vector<Opened> opens_;
  std::map<Place, Closed> closes_;
  std::map<Uid, EdgeId> rehomed_;
  std::set<std::pair<RoomId, std::uint32_t>> ended_;
  std::set<RoomId> holes_;
  RegisterReadings begun_;
  RegisterReadings removed_;
  std::int64_t units_ = 0;   // charged
  std::int64_t jumped_ = 0;  // by registers that went on elsewhere, neither charged nor to be charged
};

}  // namespace wattle::auditing
