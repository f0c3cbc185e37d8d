#include "simulator/checks/telling.hpp"

#include <array>
#include <cstdio>

#include "shared/ledger/kinds.hpp"
#include "sync.pb.h"

namespace wattle::sim {

namespace {

std::string place_text(const Place& place) {
  char text[64];
  if (place.direction == Direction::site)
    std::snprintf(text, sizeof text, "site#%llu", static_cast<unsigned long long>(place.number));
  else
    std::snprintf(text, sizeof text, "%u.%x%s#%llu", place.link.edge.value, place.link.incarnation.value,
                  place.direction == Direction::up ? "↑" : "↓", static_cast<unsigned long long>(place.number));
  return text;
}

/// By the line that pays for it; none does when it is free.
const char* unit_of(const Entry& entry) {
  for (const auto& line : entry.lines)
    if (line.to.kind == PocketKind::sold) return line.to.utility == Utility::electricity ? " Wh" : " l";
  return " units";
}

std::string circuits_text(const Circuits& circuits) {
  std::string text;
  for (const auto& circuit : circuits)
    text += ", circuit " + std::to_string(circuit.circuit.value) + " at " + std::to_string(circuit.reading.units) +
            (circuit.utility == Utility::electricity ? " Wh" : " l");
  return text;
}

std::string slice_text(const Consumption& slice, const Entry& entry) {
  return "circuit " + std::to_string(slice.circuit.value) + ": " + std::to_string(slice.to.units - slice.from.units) +
         unit_of(entry) + " (" + std::to_string(slice.from.units) + " to " + std::to_string(slice.to.units) + ") in price " +
         std::to_string(slice.price) + " band " + std::to_string(slice.band) + ", remainder " +
         std::to_string(slice.after.remainder) + "/1000 of a millionth";
}

std::string opening_text(std::uint32_t opening) { return "opening " + std::to_string(opening); }

std::string request_text(const ReleaseRequest& asked) {
  static constexpr std::array destinations = {"?", "the provider", "a room", "the subsidy"};
  const auto to = static_cast<std::size_t>(asked.to);
  return opening_text(asked.opening) + ", at most " + money_text(asked.at_most) + " to " +
         destinations.at(to < destinations.size() ? to : 0);
}

const char* reason_text(AnswerReason reason) {
  switch (reason) {
    case AnswerReason::released: return "released";
    case AnswerReason::nothing_left: return "nothing left";
    case AnswerReason::cancelled: return "cancelled";
    case AnswerReason::room_not_here: return "the room is not here";
    case AnswerReason::not_understood: return "not understood";
  }
  return "?";
}

std::string change_text(const MeterChange& change) {
  return "circuit " + std::to_string(change.circuit.value) + ": meter " + std::to_string(change.old_meter.value) + " ends at " +
         std::to_string(change.final_reading.units) + ", " + std::to_string(change.new_meter.value) + " begins at " +
         std::to_string(change.first_reading.units);
}

std::string fence_text(const Fence& fence) {
  return box_text(fence.holder) + ", whose entries count up to #" + std::to_string(fence.cut_up.number) +
         ", and the cloud's to #" + std::to_string(fence.cut_down.number);
}

/// What the kind's detail says to a person; empty: no more than its kind.
template <class Detail, class Text>
std::string by(const Entry& entry, const Text& text) {
  const auto detail = detail_of<Detail>(entry);
  return detail ? text(*detail) : "a detail that cannot be read";
}

std::string detail_text(const Entry& entry) {
  switch (entry.kind) {
    case Kind::consumption: return by<Consumption>(entry, [&](const auto& slice) { return slice_text(slice, entry); });
    case Kind::open: return by<Open>(entry, [](const auto& d) { return opening_text(d.opening) + circuits_text(d.circuits); });
    case Kind::close:
      return by<Close>(entry, [](const auto& d) { return opening_text(d.opening) + circuits_text(d.circuits); });
    case Kind::close_request:
      return by<CloseRequest>(
          entry, [](const auto& d) { return opening_text(d.opening) + ", to slot " + std::to_string(d.destination.value); });
    case Kind::release_request: return by<ReleaseRequest>(entry, request_text);
    case Kind::answer: return by<Answer>(entry, [](const auto& d) { return std::string(reason_text(d.reason)); });
    case Kind::recharge:
    case Kind::allowance:
    case Kind::deliver:
    case Kind::settle_debt: return by<Credit>(entry, [](const auto& d) { return opening_text(d.opening); });
    case Kind::price: return by<PricePlan>(entry, [](const auto& d) { return "version " + std::to_string(d.version); });
    case Kind::config:
    case Kind::override_config:
      return by<ConfigSetting>(entry, [](const auto& d) { return d.key + " version " + std::to_string(d.version); });
    case Kind::meter_change: return by<MeterChange>(entry, change_text);
    case Kind::fence: return by<Fence>(entry, fence_text);
    case Kind::countersign:
      return by<Countersign>(entry, [](const auto& d) { return "settlement #" + std::to_string(d.settlement.number); });
    default: return {};
  }
}

std::string entries_text(std::uint64_t first, int count) {
  return count == 0 ? "no entries" : "entries " + numbers_text(first, first + static_cast<std::uint64_t>(count) - 1);
}

std::string message_text(const Bytes& bytes) {
  sync::Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return "what is no message";
  if (message.has_status()) {
    const auto& status = message.status();
    return "a status: #" + std::to_string(status.head().number()) + " written, #" + std::to_string(status.cursor().number()) +
           " read" + (status.fenced() ? ", fenced" : "") + (status.has_stopped() ? ", stopped" : "");
  }
  if (message.has_batch()) return entries_text(message.batch().first(), message.batch().entries_size());
  if (message.has_ask()) return "a question for the asker's own entries, from #" + std::to_string(message.ask().next());
  if (message.has_copy())
    return "a copy of its own " + entries_text(message.copy().first(), message.copy().entries_size()) +
           ", which it had asked for";
  if (message.has_evidence())
    return std::to_string(message.evidence().entries_size()) + " entries that do not count, for the list";
  return "an empty message";
}

std::string room_text(RoomId room) { return " room " + std::to_string(room.value); }

/// With the reason, where the count is one.
std::string alarm_text(const char* name, std::uint64_t count, bool is_reason) {
  return std::string("alarm ") + name + " (" +
         (is_reason ? word(static_cast<LedgerErrc>(count)) : std::to_string(count).c_str()) + ")";
}

const char* name_of(edge::Alarm alarm) {
  using A = edge::Alarm;
  switch (alarm) {
    case A::own_entries_forgotten: return "own_entries_forgotten";
    case A::copy_refused: return "copy_refused";
    case A::stream_stopped: return "stream_stopped";
    case A::meter_anomaly: return "meter_anomaly";
    case A::fenced: return "fenced";
    case A::refused_event: return "refused_event";
    case A::bad_setting: return "bad_setting";
    case A::tripped: return "tripped";
    case A::locked_out: return "locked_out";
  }
  return "?";
}

const char* name_of(cloud::Alarm alarm) {
  using A = cloud::Alarm;
  switch (alarm) {
    case A::rollback_noticed: return "rollback_noticed";
    case A::own_entries_forgotten: return "own_entries_forgotten";
    case A::copy_refused: return "copy_refused";
    case A::stream_stopped: return "stream_stopped";
    case A::opening_passed: return "opening_passed";
    case A::settlement_differs: return "settlement_differs";
    case A::refund_unexplained: return "refund_unexplained";
    case A::order_contradicts: return "order_contradicts";
    case A::cause_lost: return "cause_lost";
    case A::resolution_waits: return "resolution_waits";
  }
  return "?";
}

}  // namespace

std::string money_text(Money money) {
  constexpr std::uint64_t micros_a_yuan = 1'000'000;
  const auto micros = money.micros < 0 ? -static_cast<std::uint64_t>(money.micros) : static_cast<std::uint64_t>(money.micros);
  char text[40];
  const auto length = std::snprintf(text, sizeof text, "%s%llu.%06llu", money.micros < 0 ? "-" : "",
                                    static_cast<unsigned long long>(micros / micros_a_yuan),
                                    static_cast<unsigned long long>(micros % micros_a_yuan));
  std::string trimmed(text, static_cast<std::size_t>(length));
  for (int digits = 6; digits > 2 && trimmed.back() == '0'; --digits) trimmed.pop_back();
  return trimmed + " yuan";
}

std::string box_text(Holder holder) { return "box " + std::to_string(holder.edge.value); }

std::string numbers_text(std::uint64_t first, std::uint64_t last) {
  if (last < first) return "nothing";
  const auto from = "#" + std::to_string(first);
  return last == first ? from : from + "-#" + std::to_string(last);
}

std::string entry_text(const Entry& entry) {
  auto text = place_text(entry.place()) + "  " + to_text(entry.kind);
  if (entry.room) text += room_text(*entry.room);
  if (entry.stream.direction == Direction::up) text += " seen " + std::to_string(entry.seen.number);
  for (const auto& line : entry.lines)
    text += "  [" + to_text(line.from) + " → " + to_text(line.to) + " " + money_text(line.amount) + "]";
  if (const auto detail = detail_text(entry); !detail.empty()) text += "  " + detail;
  if (entry.after) {
    text += "  leaves " + money_text(entry.after->room);
    if (entry.after->allow != Money{}) text += " and " + money_text(entry.after->allow) + " of allowance";
  }
  if (!entry.outside.empty()) text += "  (" + std::string(entry.outside.text()) + ")";
  if (entry.cause) text += "  because of " + place_text(*entry.cause);
  return text;
}

std::string event_text(const edge::Event& event) {
  static constexpr std::array names = {"connects",
                                       "is disconnected",
                                       "receives ",
                                       "wakes",
                                       "reads a meter of",
                                       "has asked all meters",
                                       "a code is typed for",
                                       "takes cash for",
                                       "gets a new meter for",
                                       "has an override of ",
                                       "has its mains back",
                                       "notices a relay of",
                                       "finds what a meter noted of"};
  static_assert(names.size() == std::variant_size_v<edge::Event>);
  std::string text = names.at(event.index());
  if (const auto* received = std::get_if<edge::Received>(&event)) text += message_text(received->bytes);
  if (const auto* read = std::get_if<edge::MeterRead>(&event))
    text += room_text(read->room) + ": circuit " + std::to_string(read->circuit.value) + " at " +
            std::to_string(read->register_units.units);
  if (const auto* code = std::get_if<edge::CodeTyped>(&event)) text += room_text(code->room);
  if (const auto* cash = std::get_if<edge::CashTaken>(&event)) text += room_text(cash->room) + ": " + money_text(cash->amount);
  if (const auto* meter = std::get_if<edge::MeterReplaced>(&event)) text += room_text(meter->room);
  if (const auto* setting = std::get_if<edge::ConfigOverridden>(&event)) text += setting->key;
  if (const auto* relay = std::get_if<edge::RelayNoticed>(&event)) text += room_text(relay->room);
  if (const auto* noted = std::get_if<edge::MeterEventFound>(&event)) text += room_text(noted->room);
  return text;
}

std::string event_text(const cloud::Event& event) {
  static constexpr std::array names = {"connects",
                                       "is disconnected",
                                       "receives from ",
                                       "wakes",
                                       "has an order",
                                       "has the claim of ",
                                       "is to fence ",
                                       "has listed the fence of ",
                                       "is to give a room another box",
                                       "hears of a refund",
                                       "is told what the journal has of refunds",
                                       "reads the bills",
                                       "knows what backups keep of "};
  static_assert(names.size() == std::variant_size_v<cloud::Event>);
  std::string text = names.at(event.index());
  if (const auto* received = std::get_if<cloud::Received>(&event))
    text += box_text(received->from) + ": " + message_text(received->bytes);
  if (const auto* claimed = std::get_if<cloud::Claimed>(&event)) text += box_text(claimed->holder);
  if (const auto* fence = std::get_if<cloud::FenceOrdered>(&event)) text += box_text(fence->holder);
  if (const auto* listed = std::get_if<cloud::FenceArchived>(&event)) text += box_text(listed->holder);
  if (const auto* kept = std::get_if<cloud::BackupsKept>(&event)) text += box_text(kept->holder);
  return text;
}

std::string alarm_text(const edge::Raise& raised) {
  using A = edge::Alarm;
  const auto alarm = raised.alarm;
  auto text = alarm_text(name_of(alarm), raised.count,
                         alarm == A::copy_refused || alarm == A::stream_stopped || alarm == A::refused_event);
  return raised.room.value == 0 ? text : text + " in" + room_text(raised.room);
}

std::string alarm_text(const cloud::Raise& raised) {
  using A = cloud::Alarm;
  const auto text =
      alarm_text(name_of(raised.alarm), raised.count, raised.alarm == A::copy_refused || raised.alarm == A::stream_stopped);
  return raised.link.is_cloud() ? text : text + " about " + box_text(raised.link);
}

}  // namespace wattle::sim
