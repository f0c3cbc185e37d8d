#pragma once
// The site whose entries are the golden ones: the audit's story, and beside it each kind that it does not need. And how an
// entry is told in JSON.

#include <boost/json.hpp>

#include "shared/ledger/link_state.hpp"
#include "tests/unit/shared/ledger/audit_story.hpp"

namespace wattle::paper {

namespace json = boost::json;

/// Every entry of a link in the order of `seen`.
template <class Take>
void in_order(PaperSite& paper, Holder holder, const Take& take) {
  const auto& down = paper.stream(holder, Direction::down).records;
  std::size_t folded = 0;
  for (const auto& record : paper.stream(holder, Direction::up).records) {
    const auto seen = decode_entry(record.bytes).value().seen.number;
    while (folded < seen) take(down[folded++]);
    take(record);
  }
  while (folded < down.size()) take(down[folded++]);
}

inline LinkState fold(PaperSite& paper, Holder holder) {
  LinkState state(site, holder, crypto());
  in_order(paper, holder, [&](const Record& record) {
    const auto entry = decode_entry(record.bytes).value();
    const auto ok = state.apply(entry);
    INFO(to_text(entry.kind) << " " << entry.number << ": " << (ok ? "" : ok.error().message()));
    REQUIRE(ok.has_value());
  });
  return state;
}

inline void tell_the_rest(PaperSite& paper) {
  paper.down(box_a, wanted(Kind::config, {}, "config/" + to_hex(uid(71)), {}, ConfigSetting{"limit/1", 1, {0x10, 0x27}}));
  paper.up(box_a, wanted(Kind::override_config, {}, "", {}, ConfigSetting{"limit/1", 1, {0x88, 0x13}}));
  const auto request = paper.ask_release(box_a, room_1, 43, yuan(1));
  paper.down(box_a, wanted(Kind::cancel, room_1, "cancel/" + to_hex(uid(43)), {}, Cancel{uid(43)}, request));
  paper.refuse(request, room_1, 43, AnswerReason::cancelled);
  paper.up(box_a, wanted(Kind::anomaly, room_1, "", {}, Anomaly{{1}, {5002}, {1007}, {-5}}));
  const auto settled = paper.up(box_a, wanted(Kind::settlement, {}, "", {}, Settlement{fold(paper, box_a).hash()}));
  const auto entry = paper.entry(settled);
  paper.down(box_a, wanted(Kind::countersign, {}, "settlement/" + std::to_string(settled.number), {},
                           Countersign{paper.stream(box_a, Direction::up).head(), entry.seen, 1, 1}, settled));
  // What a newer peer may write: a kind and a request that nobody here knows.
  paper.up(box_a, Wanted{static_cast<Kind>(0x0123), {}, "", {}, {}, {1, 2, 3}});
  const auto odd = paper.down(box_a, Wanted{static_cast<Kind>(0x8123), room_1, "request/odd", {}, {}, {}});
  paper.refuse(odd, room_1, 0, AnswerReason::not_understood);
}

/// A price with everything that a price can have, and a slice in one of its bands.
inline void tell_bands(PaperSite& paper) {
  PricePlan plan{flat + 1, 1, {1'790'000'000'000'000}, TierPeriod::none, {}};
  plan.bands = {Band{{Tier{0, 300'000}, Tier{2000, 350'000}}, "valley"}, Band{{Tier{0, rate}}, "peak"}};
  plan.profiles = {DayProfile{{0, 0}, {480, 1}, {1320, 0}}, DayProfile{{0, 0}}};
  plan.seasons = {Season{3, 1, 0, 1, 1}, Season{11, 16, 1, 1, 1}};
  plan.calendar.exceptions = {{{2026, 10, 1}, DayKind::holiday}, {{2026, 10, 10}, DayKind::working}};
  paper.down(box_a, wanted(Kind::price, {}, "price/2/" + paper.name(box_a), {}, plan));
  auto made = paper.slice(box_a, room_1, paper.charged_to(room_1) + 77);
  auto detail = *from_bytes<Consumption>({made.detail.data(), made.detail.size()});
  detail.price = plan.version;
  detail.band = 1;
  detail.split = SplitBy::time;
  detail.until = {1'790'000'123'456'789};
  const auto bytes = to_bytes(detail);
  made.detail.assign(bytes.begin(), bytes.end());
  paper.book(box_a, room_1, made);
}

inline PaperSite vector_site() {
  PaperSite paper;
  tell_life_at_a(paper);
  tell_bands(paper);
  tell_the_rest(paper);
  tell_moves(paper);
  // Given back after the room has left: it goes after the room.
  paper.up(box_a, wanted(Kind::correction, room_1, "order/c2",
                         {{sold_pocket(Utility::electricity, box_a), room_pocket(room_1, box_a), {1000}, false}}, Credit{1},
                         Place{box_a, Direction::up, 3}));
  const auto forward =
      paper.up(box_a, wanted(Kind::forward, room_1, "forward/" + to_hex(uid(44)),
                             {{room_pocket(room_1, box_a), transit_pocket(uid(44)), {1000}, false}}, Credit{1}));
  paper.down(box_b, wanted(Kind::deliver, room_1, "deliver/" + to_hex(uid(44)) + "/0",
                           {{transit_pocket(uid(44)), room_pocket(room_1, box_b), {1000}, false}}, Credit{1}, forward));
  tell_fence(paper);
  paper.own(wanted(Kind::rehome, {}, "rehome/" + to_hex(uid(63)), {}, Rehome{uid(61), box_b.edge}));
  return paper;
}

/// The plain values of a structure in the order in which fields() names them; a list is an array of its items' values.
class Values {
 public:
  explicit Values(json::array& out) : out_(&out) {}
  template <class T>
  void operator()(const T& value) {
    if constexpr (std::is_same_v<T, bool>)
      out_->emplace_back(value);
    else if constexpr (std::is_enum_v<T>)
      out_->emplace_back(static_cast<std::uint64_t>(value));
    else if constexpr (std::is_unsigned_v<T>)
      out_->emplace_back(std::uint64_t{value});
    else if constexpr (std::is_signed_v<T>)
      out_->emplace_back(std::int64_t{value});
    else
      fields(*this, const_cast<T&>(value));
  }
  template <std::size_t N>
  void operator()(const std::array<std::uint8_t, N>& bytes) {
    out_->emplace_back(to_hex(bytes));
  }
  void operator()(const std::string& text) { out_->emplace_back(text); }
  void operator()(const Bytes& bytes) { out_->emplace_back(to_hex(bytes)); }
  template <class K, class V>
  void operator()(const std::map<K, V>& items) {
    json::array all;
    for (const auto& [key, value] : items) {
      json::array one;
      Values values(one);
      values(key), values(value);
      all.emplace_back(std::move(one));
    }
    out_->emplace_back(std::move(all));
  }
  template <class T, std::size_t N>
  void operator()(const boost::container::small_vector<T, N>& items) {
    json::array all;
    for (const auto& item : items) {
      json::array one;
      Values values(one);
      values(item);
      all.emplace_back(std::move(one));
    }
    out_->emplace_back(std::move(all));
  }

 private:
  json::array* out_;
};

template <class T>
json::value values_of(const Entry& entry) {
  const auto detail = detail_of<T>(entry);
  REQUIRE(detail.has_value());
  json::array out;
  Values values(out);
  values(*detail);
  return out;
}

inline json::value detail_json(const Entry& entry) {
  switch (entry.kind) {
    case Kind::grant: return values_of<Grant>(entry);
    case Kind::recharge:
    case Kind::allowance:
    case Kind::deliver:
    case Kind::settle_debt:
    case Kind::forward:
    case Kind::adopt: return values_of<Credit>(entry);
    case Kind::code_issue:
    case Kind::code_after_fence: return values_of<Code>(entry);
    case Kind::open: return values_of<Open>(entry);
    case Kind::cancel: return values_of<Cancel>(entry);
    case Kind::price: return values_of<PricePlan>(entry);
    case Kind::config:
    case Kind::override_config: return values_of<ConfigSetting>(entry);
    case Kind::countersign: return values_of<Countersign>(entry);
    case Kind::payout: return values_of<Payout>(entry);
    case Kind::fence: return values_of<Fence>(entry);
    case Kind::close_for: return values_of<CloseFor>(entry);
    case Kind::rehome: return values_of<Rehome>(entry);
    case Kind::consumption: return values_of<Consumption>(entry);
    case Kind::answer: return values_of<Answer>(entry);
    case Kind::close: return values_of<Close>(entry);
    case Kind::cash: return values_of<Cash>(entry);
    case Kind::redeem: return values_of<Redeem>(entry);
    case Kind::meter_change: return values_of<MeterChange>(entry);
    case Kind::settlement: return values_of<Settlement>(entry);
    case Kind::anomaly: return values_of<Anomaly>(entry);
    case Kind::close_request: return values_of<CloseRequest>(entry);
    case Kind::release_request: return values_of<ReleaseRequest>(entry);
    default:
      return json::string(
          to_hex({entry.detail.data(), entry.detail.size()}));  // a kind without detail of its own, or a newer one
  }
}

inline json::object pocket_json(const Pocket& pocket) {
  json::object out{{"kind", static_cast<std::uint64_t>(pocket.kind)},
                   {"edge", pocket.holder.edge.value},
                   {"incarnation", pocket.holder.incarnation.value}};
  if (pocket.utility != Utility::none) out["utility"] = static_cast<std::uint64_t>(pocket.utility);
  if (pocket.number != 0) out["number"] = pocket.number;
  if (!pocket.id.is_zero()) out["id"] = to_hex(pocket.id);
  return out;
}

inline json::object entry_json(const Record& record) {
  const auto entry = decode_entry(record.bytes).value();
  json::object out{
      {"kind", to_text(entry.kind)}, {"kind_number", static_cast<std::uint64_t>(entry.kind)}, {"number", entry.number}};
  if (entry.stream.direction == Direction::up)
    out["seen"] = {{"number", entry.seen.number}, {"hash", to_hex(entry.seen.hash.bytes)}};
  if (entry.room) out["room"] = entry.room->value;
  if (entry.after) out["after"] = {{"room", entry.after->room.micros}, {"allow", entry.after->allow.micros}};
  if (!entry.outside.empty()) out["outside_id"] = std::string(entry.outside.text());
  if (const auto& cause = entry.cause)
    out["cause"] = {{"edge", cause->link.edge.value},
                    {"incarnation", cause->link.incarnation.value},
                    {"direction", static_cast<std::uint64_t>(cause->direction)},
                    {"number", cause->number}};
  json::array lines;
  for (const auto& line : entry.lines)
    lines.push_back({{"from", pocket_json(line.from)},
                     {"to", pocket_json(line.to)},
                     {"amount", line.amount.micros},
                     {"measured", line.measured}});
  out["lines"] = lines;
  out["detail"] = detail_json(entry);
  out["time"] = entry.time.micros;
  out["bytes"] = to_hex(record.bytes);
  out["hash"] = to_hex(record.hash.bytes);
  return out;
}

inline json::object stream_json(PaperSite& paper, Holder holder, Direction direction) {
  auto& stream = paper.stream(holder, direction);
  const auto& writer = direction == Direction::up ? signer_of(holder) : cloud();
  json::array entries;
  for (const auto& record : stream.records) entries.push_back(entry_json(record));
  const auto head = signed_head(stream.id, stream.head());
  return {{"site", stream.id.site.value},
          {"edge", holder.edge.value},
          {"incarnation", holder.incarnation.value},
          {"direction", static_cast<std::uint64_t>(direction)},
          {"writer_seed",
           to_hex(Bytes(32, direction == Direction::up ? static_cast<std::uint8_t>(holder.edge.value) : std::uint8_t{1}))},
          {"writer", to_hex(writer.key().bytes)},
          {"entries", entries},
          {"signed_head", to_hex(head)},
          {"signature", to_hex(writer.sign(head).bytes)}};
}

inline json::object fold_json(PaperSite& paper, Holder holder) {
  const auto state = fold(paper, holder);
  return {{"edge", holder.edge.value},
          {"incarnation", holder.incarnation.value},
          {"state", to_hex(state.encoded())},
          {"hash", to_hex(state.hash().bytes)}};
}

}  // namespace wattle::paper
