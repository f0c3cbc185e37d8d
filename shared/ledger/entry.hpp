#pragma once
// An entry: one fact about money, authority or configuration, in the one order of its stream. Its canonical bytes are hashed,
// stored and carried verbatim; api-spec/ledger.md gives them field by field.
//
// Money moves by an entry's lines alone, each from one pocket to another; line.cpp is the table of those that there are. A
// pocket has one holder, who alone takes from it; others may add. (Of a fenced box the cloud takes in its stead.) Of room,
// allow, transit and card no decided line takes more than is there, and their holder can see that alone, offline. The others
// are the far side of the world, and may be below zero.
//
//   held by the box                                      held by the cloud
//   room      prepaid money of a room that is open here  clearing  the far side of a provider or the cash desk
//   allow     free allowance of such a room              subsidy   the far side of the allowances
//   sold      what has been charged                      transit   has left one room, or a sale, for one destination
//   drawer    the far side of cash taken at the box      arrears   debt that a room left behind
//   codes     the far side of typed offline codes        suspense  what a person must decide
//   card      on the card of a meter without a wire; reserved (docs/decisions/0026)
//
//   a payment         recharge, by the cloud             clearing → room
//   an hour of light  consumption, by the box            allow → sold while the allowance lasts, room → sold for the rest
//   a refund          release_request, by the cloud      nothing moves yet
//                     answer, by the box                 room → transit, as much as is there, once
//                     payout, by the cloud               transit → clearing
//   a move            close_request, close, open         room → transit at one box, transit → room at the next
//   cash at the box   cash, by the box                   drawer → room; drawer → transit for a room that is not open here,
//                     deliver, by the cloud              then transit → room where it is open
//   an offline code   code_issue, by the cloud           clearing → codes
//                     redeem, by the box                 codes → room, perhaps before the sale has reached it
//   an allowance      allowance, by the cloud            subsidy → allow; ended by release_request and answer, allow → transit,
//                     then resolve, by the cloud         transit → subsidy
//   a correction      correction, by the box             sold → room or allow (given back), room → sold (charged once more)
//   a debt            settle_debt, by the cloud          arrears → room: what a room owed when it was closed
//   a fenced box      close_for, by the cloud            as the box's own close
//                     adopt, by the cloud                drawer → room or transit: cash from its list, by a person's order
//
// No decision takes a room below zero. What has already flowed may: it is booked as measured, and the relay opens.
//
// Each incarnation of a box (one device's life in a slot of the site, its Holder) has a link to the cloud, of two streams: up,
// which the box alone writes, and down, which the cloud alone writes; both ends keep both. The site's own stream is the
// cloud's for what no living box holds: payouts, fences, rooms of a fenced box. It is never sent: a restored cloud reads
// payouts back from the providers' bills and orders from a journal, and each fence is archived in a file beside the backups, so
// that a backup from before it is refused. An opening is one numbered tenancy of a room's account: money is for one opening,
// and the next students never get what was left of the last.
//
// Evidence is entries that are kept and counted nowhere: a branch that its writer set aside, and whatever a fenced box has
// written beyond the number at which its fence cuts (cut). The list is what people are shown of the latter; from it a person
// adopts a cash sale, by an entry of its own.
//
// Read this first, then link_state.hpp (what a stream of entries amounts to) and shared/sync/link.hpp (two streams and their
// order).

#include <boost/container/small_vector.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/time.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/ledger/line.hpp"

namespace wattle {

inline constexpr std::uint8_t entry_version = 1;
inline constexpr std::size_t entry_bytes_max = 8192;
inline constexpr std::size_t lines_max = 16;
inline constexpr std::size_t detail_bytes_max = 4096;
inline constexpr std::size_t outside_id_bytes_max = 62;

/// Kinds from 0x8000 are requests that want exactly one answer.
enum class Kind : std::uint16_t {
  // Written by the cloud.
  grant = 1,       // the first of a link: from here on this incarnation may write
  recharge = 2,    // a payment reaches a room
  code_issue = 3,  // an offline code was sold
  allowance = 4,
  open = 5,         // the right to charge a room, with its figures and its money
  cancel = 6,       // takes a request back, if it has not been answered
  deliver = 7,      // what was on its way arrives
  settle_debt = 8,  // a debt left behind by a move is taken over
  price = 9,
  config = 10,
  countersign = 11,  // agrees to a settlement, and says from where on entries must be kept
  // Written by the cloud, in the site's own stream only.
  payout = 16,     // a released amount has been paid out, by a provider or in cash
  fence = 17,      // an incarnation ends
  close_for = 18,  // closes a room on behalf of a fenced incarnation
  code_after_fence = 19,
  rehome = 20,   // a closed room whose destination is fenced gets another
  resolve = 21,  // a person decides what lies in suspense
  // In a link or in the site's stream.
  adopt = 24,  // a person takes a fenced box's cash sale over from its list
  // Written by the edge.
  consumption = 32,
  answer = 33,  // the one answer to a request, with what was released
  close = 34,   // the answer to a close-request
  cash = 35,
  redeem = 36,   // an offline code is honoured
  forward = 37,  // what arrived for a room that has left goes on
  correction = 38,
  meter_change = 39,
  override_config = 40,
  settlement = 41,  // the hash of the whole state, so that both ends can see that they agree, and begin from it
  anomaly = 42,     // a reading that a person must decide; charges nothing
  // Requests.
  close_request = 0x8001,
  release_request = 0x8002,
};
constexpr bool is_request(Kind kind) { return static_cast<std::uint16_t>(kind) >= 0x8000; }
/// By number alone, to tell who misplaced an entry: known or not, and in which stream each may stand, is link_state's to say.
constexpr bool is_cloud_kind(Kind kind) {
  return kind <= Kind::adopt || kind == Kind::close_request || kind == Kind::release_request;
}
constexpr bool is_box_kind(Kind kind) { return kind >= Kind::consumption && kind <= Kind::anomaly; }
/// The name of a known kind, else "kind 0x1234".
std::string to_text(Kind kind);

struct StreamId {
  SiteId site;
  Holder link;  // cloud_holder in the site's own stream
  Direction direction = Direction::site;
  auto operator<=>(const StreamId&) const = default;
};

/// A place in a stream together with the hash of the chain up to there. Number 0 has the digest of zeros.
struct Head {
  std::uint64_t number = 0;
  Digest hash;
  auto operator<=>(const Head&) const = default;
};

/// An entry's name within the site. Not a meter's place on its bus.
struct Place {
  Holder link;
  Direction direction = Direction::site;
  std::uint64_t number = 0;
  auto operator<=>(const Place&) const = default;
};

/// Balances of the entry's room once the entry is applied, as its writer saw them; `allow` is the sum over utilities.
struct After {
  Money room;
  Money allow;
  bool operator==(const After&) const = default;
};

/// A name that the world outside gave: payment, receipt, request, code, operator's order. Unique for ever within the site
/// among entries that count. Text of at most outside_id_bytes_max characters of [0-9A-Za-z/._-], its first part the sort.
class OutsideId {
 public:
  OutsideId() = default;
  /// Cuts nothing: a text too long or with other characters is a bug here; what comes from outside goes through parse.
  explicit OutsideId(std::string_view text);
  static std::optional<OutsideId> parse(std::string_view text);
  std::string_view text() const { return {text_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  auto operator<=>(const OutsideId& other) const { return text() <=> other.text(); }
  bool operator==(const OutsideId& other) const { return text() == other.text(); }

 private:
  std::uint8_t size_ = 0;
  std::array<char, outside_id_bytes_max> text_{};
};

}  // namespace wattle

template <>
struct std::hash<wattle::OutsideId> {
  std::size_t operator()(const wattle::OutsideId& id) const noexcept { return std::hash<std::string_view>{}(id.text()); }
};

namespace wattle {

using Lines = boost::container::small_vector<Line, 2>;
using Detail = boost::container::small_vector<std::uint8_t, 96>;

struct Entry {
  StreamId stream;
  std::uint64_t number = 0;
  Head seen;                   // up only: the cloud's entry up to which the writer had read
  std::optional<RoomId> room;  // the one room that it concerns
  std::optional<After> after;  // up only, whenever there is a room
  Lines lines;
  Kind kind{};
  Detail detail;  // see kinds.hpp
  OutsideId outside;
  std::optional<Place> cause;  // the entry that it answers, continues or corrects
  Instant time;                // the writer's clock, for people; it decides nothing

  Place place() const { return {stream.link, stream.direction, number}; }
};

Bytes encode(const Entry& entry);
/// Refuses whatever is not the canonical form of one entry. Lines are read, not judged: see check_line.
Result<Entry> decode_entry(ByteView bytes);

/// What a signed head covers: the stream, number and hash (api-spec/ledger.md, "Signed heads").
Bytes signed_head(const StreamId& stream, const Head& head);

}  // namespace wattle
