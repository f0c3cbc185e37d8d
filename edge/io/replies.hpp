#pragma once
// What the box says on its local socket, each a JSON object on one line (docs/operating/edge.md).

#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/units.hpp"

namespace wattle::edge {

struct CircuitStatus {
  CircuitId circuit;
  MeterId meter;
  bool heard = false;  // the four below are of its newest reading
  Quantity reading;
  std::optional<Power> power;  // nothing: not told, or not what voltage and current say
  std::optional<bool> relay_closed;
  bool silent = false;
  bool disobeys = false;
  std::string why;           // the meter has said; empty: it has not
  std::string_view mode;     // prepaid, forced_on, forced_off
  std::string_view reason;   // why it is on or off; empty: not decided yet
  std::string_view warning;  // none, first, second
  std::uint32_t trip = 0;    // the number of the trip that holds it; 0: none
};

struct RoomStatus {
  RoomId room;
  bool open = false;
  Money balance;  // as booked
  Money allowance;
  Money live;  // both, less what has been used since
  std::vector<CircuitStatus> circuits;
};

struct BoxStatus {
  SiteId site;
  Holder holder;
  bool granted = false;
  bool connected = false;         // to the broker
  std::int64_t heard_ago_s = -1;  // since the cloud said anything in this session; -1: nothing yet
  bool asking = false;
  bool fenced = false;
  std::string stopped;           // why the cloud's entries are not read on; empty: they are
  std::uint64_t stopped_at = 0;  // the one that was not taken
  std::uint64_t head = 0;        // own entries
  std::uint64_t cursor = 0;      // the cloud's entries here
  std::uint64_t backlog = 0;
  std::size_t meters_silent = 0;
  std::vector<RoomStatus> rooms;
};
std::string to_json(const BoxStatus& status);

/// A bus, or a meter on it, as the file and the stream say it together.
struct WiredStatus {
  std::string bus;
  std::uint64_t meter = 0;  // 0: this is the bus
  std::uint64_t address = 0;
  std::string profile;
  std::string port;
  std::vector<std::uint32_t> circuits;
  bool has_password = false;  // itself it is told to nobody
  bool is_wired = false;
  std::string_view source;  // file, stream
  std::string_view code;    // why what is set is not used; empty: it is
};
std::string wiring_reply(const std::vector<WiredStatus>& wired);

std::string code_reply(RoomId room, std::string_view outcome, Money amount);
std::string cash_reply(RoomId room, Money amount, const Uid& receipt);
std::string force_reply(CircuitId circuit, std::string_view mode);
std::string meter_reply(CircuitId circuit, MeterId meter);
/// `turn`: so often the register has turned since the meter was made.
std::string rollover_reply(CircuitId circuit, Quantity ends, std::uint32_t turn);
std::string error_reply(std::string_view why);

}  // namespace wattle::edge
