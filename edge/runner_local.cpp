// The runner's answers to the local socket.

#include <algorithm>

#include "edge/runner.hpp"
#include "shared/io/clock.hpp"

namespace wattle::edge {
namespace {

constexpr std::string_view no_circuit = "no open room has this circuit";
constexpr std::string_view key_of_another_sale = "this key was used for another sale";

/// Of no other box, whose kiosk may count as this one's does.
Uid receipt_of(const Crypto& crypto, const Holder& holder, std::string_view key) {
  auto named = to_bytes(holder);
  named.insert(named.end(), key.begin(), key.end());
  const auto digest = crypto.hash(named);
  Uid receipt;
  std::copy_n(digest.bytes.begin(), receipt.bytes.size(), receipt.bytes.begin());
  return receipt;
}

std::string refusal(const std::optional<Raise>& refused) {
  if (!refused) return error_reply("refused");
  return error_reply(word(static_cast<LedgerErrc>(refused->count)));
}

}  // namespace

std::string Runner::command(std::string_view line) {
  const auto parsed = parse_command(line);
  return std::visit([this](const auto& what) { return do_command(what); }, parsed);
}

std::string Runner::do_command(const CodeTyped& typed) {
  const auto said = deliver(typed);
  return said.code ? code_reply(typed.room, word(said.code->outcome), said.code->amount) : refusal(said.refused);
}

/// Without an answer nobody knows whether the sale was written: under its key it is told again.
std::string Runner::do_command(const CashSold& sale) {
  CashTaken cash{sale.room, sale.amount};
  if (!sale.key.empty()) {
    cash.receipt = receipt_of(crypto_, engine_.config().holder, sale.key);
    const auto before = sold_before(*cash.receipt);
    if (before && (before->room != sale.room || before->amount != sale.amount)) return error_reply(key_of_another_sale);
    if (before) return cash_reply(sale.room, sale.amount, *cash.receipt);
  }
  const auto said = deliver(cash);
  return said.receipt ? cash_reply(sale.room, sale.amount, said.receipt->receipt) : refusal(said.refused);
}

/// As this box has written it.
std::optional<CashTaken> Runner::sold_before(const Uid& receipt) const {
  const auto& up = engine_.link().up();
  for (const auto& place : store_->find(engine_.config().site, OutsideId("receipt/" + to_hex(receipt)))) {
    const auto record = place.link == up.id().link && place.direction == Direction::up ? up.at(place.number) : std::nullopt;
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (entry && entry->kind == Kind::cash && entry->room && !entry->lines.empty())
      return CashTaken{*entry->room, entry->lines[0].amount, receipt};
  }
  return std::nullopt;
}

std::string Runner::do_command(const CircuitForced& forced) {
  auto settings = engine_.settings().of(forced.circuit);
  settings.mode = forced.mode;
  const auto said = deliver(ConfigOverridden{control_key(forced.circuit), encode(settings)});
  return said.refused ? refusal(said.refused) : force_reply(forced.circuit, wattle::word(forced.mode));
}

std::string Runner::do_command(const MeterChanged& changed) {
  const auto at = find_open(changed.circuit);
  if (!at) return error_reply(no_circuit);
  const auto last = counted_last(at->figures, changed.last);
  const MeterOrder order{at->figures.meter, changed.last, changed.meter, changed.first};
  const auto said = deliver(MeterReplaced{at->room, changed.circuit, last, changed.meter, changed.first, order});
  if (said.refused) return refusal(said.refused);
  follow_wiring();
  return meter_reply(changed.circuit, changed.meter);
}

std::string Runner::do_command(const RegisterTurned& turned) {
  const auto at = find_open(turned.circuit);
  if (!at) return error_reply(no_circuit);
  const auto charged = engine_.counted_to(at->figures).units;
  const auto turns = charged / turned.ends.units + 1;
  const auto* line = line_of(turned.circuit);
  const auto* newest = line == nullptr ? nullptr : line->plan().newest(turned.circuit);
  const bool is_behind =
      newest != nullptr && newest->meter == at->figures.meter && newest->energy.units < charged % turned.ends.units;
  const auto* standing = engine_.settings().rollover_of(turned.circuit);
  const bool again = standing != nullptr && standing->meter == at->figures.meter && standing->ends == turned.ends;
  if (again && (standing->turn >= turns || !is_behind)) return rollover_reply(turned.circuit, turned.ends, standing->turn);
  // Word of a turn that has not happened would make the next false reading a whole register dear.
  if (!is_behind) return error_reply("the register, as last read, does not stand behind what is charged");
  const RolloverOrder order{at->figures.meter, turned.ends, static_cast<std::uint32_t>(turns)};
  if (turns > turns_max || !is_valid(order)) return error_reply("the register was charged up to far behind that end");
  const auto said = deliver(ConfigOverridden{rollover_key(turned.circuit), encode(order)});
  return said.refused ? refusal(said.refused) : rollover_reply(turned.circuit, turned.ends, order.turn);
}

std::string Runner::do_command(const StatusAsked&) { return to_json(status()); }

std::string Runner::do_command(const BadCommand& bad) { return error_reply(bad.why); }

BoxStatus Runner::status() const {
  const auto& link = engine_.link();
  const auto& session = engine_.session();
  BoxStatus out;
  out.site = engine_.config().site;
  out.holder = engine_.config().holder;
  out.granted = link.state().granted();
  out.connected = session.connected();
  if (session.heard_at() != never) out.heard_ago_s = (monotonic_clock() - session.heard_at()).micros / seconds(1).micros;
  out.asking = link.row().asking;
  out.fenced = link.row().fenced;
  if (const auto& stopped = link.row().stopped) {
    out.stopped = word(stopped->reason);
    out.stopped_at = stopped->number;
  }
  out.head = link.up().head().number;
  out.cursor = link.down().head().number;
  out.backlog = session.backlog();
  out.meters_silent = meters_silent();
  out.rooms = room_statuses();
  return out;
}

/// Rooms of the ledger, and rooms that only the configuration names.
std::vector<RoomStatus> Runner::room_statuses() const {
  std::map<RoomId, RoomStatus> rooms;
  for (const auto& [id, room] : engine_.link().state().rooms()) {
    auto& out = rooms[id];
    out = {id, room.open, room.balance, room.allowance(), engine_.live_balance(id), {}};
    for (const auto& circuit : room.circuits) out.circuits.push_back(circuit_status(circuit.circuit, circuit.meter));
  }
  for (const auto& bus : wiring_.buses) {
    for (const auto& meter : bus.meters) {
      for (const auto& circuit : meter.circuits) {
        if (is_only_recorded(circuit)) continue;
        auto& out = rooms[circuit.room];
        out.room = circuit.room;
        const auto shown = [&](const CircuitStatus& status) { return status.circuit == circuit.circuit; };
        if (std::none_of(out.circuits.begin(), out.circuits.end(), shown))
          out.circuits.push_back(circuit_status(circuit.circuit, meter.place.number));
      }
    }
  }
  std::vector<RoomStatus> all;
  for (auto& [id, room] : rooms) all.push_back(std::move(room));
  return all;
}

const MeterLine* Runner::line_of(CircuitId circuit) const {
  const auto at = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) { return line->plan().has(circuit); });
  return at == lines_.end() ? nullptr : at->get();
}

CircuitStatus Runner::circuit_status(CircuitId circuit, MeterId meter) const {
  CircuitStatus out;
  out.circuit = circuit;
  out.meter = meter;
  const auto view = engine_.circuit_view(circuit);
  out.mode = wattle::word(view.mode);
  if (view.decided) out.reason = wattle::word(view.decided->reason);
  out.warning = wattle::word(view.warning);
  out.trip = view.trip;
  const auto* line = line_of(circuit);
  if (line == nullptr) return out;
  out.silent = line->is_away() || line->plan().is_silent(circuit);
  out.disobeys = line->plan().disobeys(circuit);
  if (const auto refusal = line->plan().refused(circuit)) out.why = refusal.message();
  const auto* newest = line->plan().newest(circuit);
  if (newest == nullptr) return out;
  out.heard = true;
  out.reading = newest->energy;
  out.power = newest->power;
  out.relay_closed = newest->relay_closed;
  return out;
}

}  // namespace wattle::edge
