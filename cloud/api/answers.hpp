#pragma once
// What all handlers share: reading of paths, keys and bodies, and the forms in which the domain's words appear in JSON.

#include <boost/json.hpp>
#include <functional>

#include "cloud/api/access.hpp"
#include "cloud/api/desk.hpp"
#include "cloud/api/problems.hpp"
#include "shared/api/json.hpp"

namespace wattle::api {

inline constexpr std::size_t idempotency_key_max = 128;
// Of a meter, as people write it.
inline constexpr std::int64_t meter_number_max = 999'999'999'999;  // twelve digits: DL/T 645-2007, the longest plate number
inline constexpr std::int64_t register_max = 1'000'000'000'000;    // of 12 digits in Wh

/// A refusal that says when it may be tried again.
http::Response held_back(const http::ProblemKind& kind, http::Language language, Duration wait);

/// One call of a route, after its caller was found. Copied by what answers later.
struct Call {
  Desk& desk;
  Access& access;
  const Crypto& crypto;
  Caller caller;
  std::string address;
  http::Language language;
  http::Respond respond;

  /// When everything that the answer may rest on is durable.
  void refuse(const http::ProblemKind& kind, std::string_view detail = {}) const;
  void answer(unsigned status, std::function<boost::json::value()> body, http::Pairs headers = {}) const;
  /// Refused, and when it may be tried again.
  void hold_back(const http::ProblemKind& kind, Duration wait) const;
  /// One problem with all faults of the body; false when there are none.
  bool refuse_faults(JsonBody& body) const;
};

/// Why a person does this; told to nobody but the log of operations.
inline constexpr std::size_t reason_max = 500;
void read_reason(JsonBody& body);

/// The {room} of the path; 0, which no room has, when it is no number.
RoomId room_param(const http::Request& request);
std::optional<std::uint32_t> parse_number(std::string_view text);  // 1 to 2³²−1, digits only, no leading zero
std::optional<Incarnation> parse_incarnation(std::string_view hex);
std::string incarnation_text(Incarnation incarnation);

/// Absent when there is none or it is malformed, and then the caller has been told.
std::optional<std::string> idempotency_key(const Call& call, const http::Request& request);
/// What a key stands for: the same caller and key give the same id, and no other does.
Uid id_of_key(const Crypto& crypto, std::string_view sort, const Caller& caller, std::string_view key);

/// The room's present opening, also of one that was fitted and has not been opened yet.
std::optional<std::uint32_t> opening_of(const cloud::Site& site, RoomId room);
/// Of another stay, or another box that has the room, only boxes may know that have not spoken, and the journal.
bool is_stay_known(const cloud::Site& site, RoomId room);
/// The same, which may be over. None, and the caller has been told: there is none, or a restore has left open whether another
/// one has begun since.
std::optional<std::uint32_t> known_opening(const Call& call, RoomId room, std::string_view detail = {});
/// For a new order that would come to nothing in a stay that is over. None, and the caller has been told: also that it is.
std::optional<std::uint32_t> present_opening(const Call& call, RoomId room, std::string_view detail = {});

/// When the entry there was written; none where it is not kept any more.
std::optional<Instant> time_of(const Desk& desk, const Place& place);

std::string_view utility_text(Utility utility);
std::optional<Utility> parse_utility(std::string_view text);
std::string_view provider_text(Provider provider);
boost::json::object holder_json(Holder holder);
boost::json::object place_json(const Place& place);

}  // namespace wattle::api
