#pragma once
// A small site on paper: helpers that write entries with their chains, `seen` and `after`, so that a test says only what
// happens. Nothing here is the product's fold.

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>

#include "shared/crypto/sodium_crypto.hpp"
#include "shared/ledger/audit.hpp"
#include "shared/ledger/kinds.hpp"

namespace wattle::paper {

inline constexpr SiteId site{1};
inline constexpr Holder box_a{{7}, {0xc41e}};
inline constexpr Holder box_b{{8}, {0xbeef}};
inline constexpr std::int64_t rate = 333'333;  // micro-units per kWh: leaves remainders
inline constexpr std::uint32_t flat = 1;       // the price version that every box has

inline const SodiumCrypto& crypto() {
  static const SodiumCrypto sodium;
  return sodium;
}

inline const SodiumSigner& signer(std::uint8_t of) {
  static std::map<std::uint8_t, SodiumSigner> signers;
  Seed seed{};
  seed.fill(of);
  return signers.try_emplace(of, seed).first->second;
}
inline const SodiumSigner& cloud() { return signer(1); }
inline const SodiumSigner& signer_of(Holder holder) { return signer(static_cast<std::uint8_t>(holder.edge.value)); }

inline Uid uid(std::uint8_t n) {
  Uid id;
  id.bytes.fill(n);
  return id;
}

struct Paper {
  StreamId id;
  std::uint64_t first = 1;
  std::vector<Record> records;
  Head head() const { return records.empty() ? Head{} : Head{first - 1 + records.size(), records.back().hash}; }
};

struct Wanted {
  Kind kind{};
  std::optional<RoomId> room;
  std::string outside;
  Lines lines;
  std::optional<Place> cause;
  Detail detail;
};

template <class T>
Wanted wanted(Kind kind, std::optional<RoomId> room, std::string outside, Lines lines, const T& detail,
              std::optional<Place> cause = {}) {
  const auto bytes = to_bytes(detail);
  return {kind, room, std::move(outside), std::move(lines), cause, Detail(bytes.begin(), bytes.end())};
}

class PaperSite {
 public:
  /// Two boxes with their grants and a flat price.
  explicit PaperSite(bool begun = true) {
    if (!begun) return;
    for (const auto holder : {box_a, box_b}) begin(holder);
  }
  void begin(Holder holder) {
    down(holder, wanted(Kind::grant, {}, "grant/" + name(holder), {}, Grant{1, yuan(500)}));
    down(holder, wanted(Kind::price, {}, "price/1/" + name(holder), {},
                        PricePlan{flat, 1, {}, TierPeriod::none, {Band{{Tier{0, rate}}}}}));
  }

  std::string name(Holder holder) const {
    return std::to_string(holder.edge.value) + "." + std::to_string(holder.incarnation.value);
  }
  Paper& stream(Holder holder, Direction direction) {
    const StreamId id{site, holder, direction};
    auto& paper = streams_[id];
    paper.id = id;
    return paper;
  }
  std::int64_t& balance(const Pocket& pocket) { return balances_[pocket]; }
  std::int64_t allowance(RoomId room, Holder holder) {
    std::int64_t sum = 0;
    for (int utility = 0; utility <= utility_max; ++utility)
      sum += balance(allow_pocket(room, static_cast<Utility>(utility), holder));
    return sum;
  }

  Place down(Holder holder, const Wanted& wish) { return write(holder, Direction::down, wish, {}); }
  Place own(const Wanted& wish) { return write(cloud_holder, Direction::site, wish, {}); }
  /// `seen` is all that the cloud has written, unless given.
  Place up(Holder holder, const Wanted& wish, std::optional<Head> seen = {}) {
    return write(holder, Direction::up, wish, seen ? *seen : stream(holder, Direction::down).head());
  }

  Entry entry(const Place& place) {
    return decode_entry(stream(place.link, place.direction).records.at(place.number - 1).bytes).value();
  }
  /// Writes an entry over an old one, with the hashes that follow.
  void overwrite(const Place& place, const Entry& entry) {
    auto& records = stream(place.link, place.direction).records;
    records.at(place.number - 1).bytes = encode(entry);
    for (auto i = place.number - 1; i < records.size(); ++i)
      records[i].hash = crypto().chain(i == 0 ? Digest{} : records[i - 1].hash, records[i].bytes);
  }

  // What happens often. Each names its usual form; a test that wants another writes the entry itself.
  Place fit(Holder holder, RoomId room, CircuitId circuit, MeterId meter, std::int64_t reading) {
    circuits_[room] = {CircuitFigures{circuit, meter, Utility::electricity, {reading}, {}, {}, 0}};
    return down(holder, wanted(Kind::open, room, "fit/" + std::to_string(room.value) + "/1", {}, Open{1, circuits_[room]}));
  }
  Place recharge(Holder holder, RoomId room, const std::string& number, Money amount, Provider provider = Provider::wechat) {
    payments.push_back({number, provider, room, amount});
    return down(holder, wanted(Kind::recharge, room, "pay/" + number,
                               {{clearing_pocket(provider), room_pocket(room, holder), amount, false}}, Credit{1}));
  }
  Place allow(Holder holder, RoomId room, const std::string& term, Money amount) {
    allowances.push_back({room, Utility::electricity, term, amount});
    return down(holder,
                wanted(Kind::allowance, room, "allow/" + std::to_string(room.value) + "/1/" + term,
                       {{subsidy_pocket(), allow_pocket(room, Utility::electricity, holder), amount, false}}, Credit{1}));
  }
  /// A slice of the room's only circuit, under the flat price.
  Wanted slice(Holder holder, RoomId room, std::int64_t to) {
    const auto& circuit = circuits_.at(room).at(0);
    const auto units = to - circuit.reading.units;
    const auto cost = units * rate + circuit.accrued.remainder;
    const Accrued after{static_cast<std::uint16_t>(cost % 1000), circuit.accrued.tier_units + units, 0};
    const auto allow = allow_pocket(room, Utility::electricity, holder);
    const auto sold = sold_pocket(Utility::electricity, holder);
    const auto free = std::min(cost / 1000, std::max<std::int64_t>(balance(allow), 0));
    auto made = wanted(Kind::consumption, room, "", {},
                       Consumption{circuit.circuit, circuit.reading, {to}, flat, 0, after, SplitBy::one_price, {}});
    if (free > 0) made.lines.push_back({allow, sold, {free}, true});
    if (cost / 1000 > free) made.lines.push_back({room_pocket(room, holder), sold, {cost / 1000 - free}, true});
    return made;
  }
  std::int64_t charged_to(RoomId room) const { return circuits_.at(room).at(0).reading.units; }
  Place consume(Holder holder, RoomId room, std::int64_t to) { return book(holder, room, slice(holder, room, to)); }
  Place book(Holder holder, RoomId room, const Wanted& made) {
    const auto place = up(holder, made);
    auto& circuit = circuits_.at(room).at(0);
    const auto detail = from_bytes<Consumption>({made.detail.data(), made.detail.size()});
    circuit.reading = detail->to;
    circuit.at = detail->until;
    circuit.accrued = detail->after;
    circuit.price = detail->price;
    registers_[circuit.meter] = circuit.reading;
    return place;
  }
  Place replace_meter(Holder holder, RoomId room, MeterId meter, std::int64_t first) {
    auto& circuit = circuits_.at(room).at(0);
    const auto place = up(holder, wanted(Kind::meter_change, room, "", {},
                                         MeterChange{circuit.circuit, circuit.meter, circuit.reading, meter, {first}}));
    circuit.meter = meter;
    circuit.reading = {first};
    registers_[meter] = {first};
    return place;
  }
  /// What a person has found true is given to the box; as the register's bytes begin in every version.
  void accept(Holder holder, std::uint8_t order, CircuitId circuit, MeterId meter, std::uint64_t after, std::uint64_t shown) {
    Bytes value;
    Writer out(value);
    out.u8(2);
    out.raw(uid(order).bytes);
    out.varint(meter.value);
    out.varint(after);
    out.varint(shown);
    down(holder, wanted(Kind::config, {}, "config/" + std::to_string(order), {},
                        ConfigSetting{"accept/" + std::to_string(circuit.value), order, value}));
  }
  /// A person has found true what the circuit's meter shows.
  Place go_on_from(Holder holder, RoomId room, std::int64_t first, std::uint8_t order) {
    auto& circuit = circuits_.at(room).at(0);
    const auto place = up(holder, wanted(Kind::meter_change, room, "order/" + to_hex(uid(order)), {},
                                         MeterChange{circuit.circuit, circuit.meter, circuit.reading, circuit.meter, {first}}));
    circuit.reading = {first};
    registers_[circuit.meter] = {first};
    return place;
  }
  Place cash(Holder holder, RoomId room, std::uint8_t receipt, Money amount) {
    receipts.push_back({holder, uid(receipt), amount});
    return up(holder, wanted(Kind::cash, room, "receipt/" + to_hex(uid(receipt)),
                             {{drawer_pocket(holder), room_pocket(room, holder), amount, false}}, Cash{uid(receipt), 1}));
  }
  Place ask_release(Holder holder, RoomId room, std::uint8_t id, Money at_most, Utility allow = Utility::none) {
    const auto to = allow == Utility::none ? ReleaseTo::provider : ReleaseTo::subsidy;
    return down(holder, wanted(Kind::release_request, room, "request/" + to_hex(uid(id)) + "/" + name(holder), {},
                               ReleaseRequest{uid(id), 1, allow, at_most, to, {}, {}}));
  }
  Place release(const Place& request, RoomId room, std::uint8_t id, Money amount, Utility allow = Utility::none) {
    const auto holder = request.link;
    const auto from = allow == Utility::none ? room_pocket(room, holder) : allow_pocket(room, allow, holder);
    return up(holder, wanted(Kind::answer, room, "", {{from, transit_pocket(uid(id), allow), amount, false}},
                             Answer{uid(id), AnswerReason::released}, request));
  }
  Place refuse(const Place& request, RoomId room, std::uint8_t id, AnswerReason reason) {
    return up(request.link, wanted(Kind::answer, room, "", {}, Answer{uid(id), reason}, request));
  }
  Place pay_out(const Place& answer, RoomId room, std::uint8_t id, std::uint32_t part, Money amount,
                Provider provider = Provider::wechat) {
    refunds.push_back({uid(id), part, provider, amount});
    return own(wanted(Kind::payout, room, "refund/" + to_hex(uid(id)) + "/" + std::to_string(part),
                      {{transit_pocket(uid(id)), clearing_pocket(provider), amount, false}}, Payout{uid(id), part}, answer));
  }
  Place ask_close(Holder holder, RoomId room, std::uint8_t id, EdgeId destination) {
    return down(holder, wanted(Kind::close_request, room, "request/" + to_hex(uid(id)) + "/" + name(holder), {},
                               CloseRequest{uid(id), 1, destination}));
  }
  Lines leave(Holder holder, RoomId room, std::uint8_t id) {
    Lines lines;
    const auto money = balance(room_pocket(room, holder));
    const auto allow = allow_pocket(room, Utility::electricity, holder);
    if (money > 0) lines.push_back({room_pocket(room, holder), transit_pocket(uid(id)), {money}, false});
    if (balance(allow) > 0) lines.push_back({allow, transit_pocket(uid(id), Utility::electricity), {balance(allow)}, false});
    return lines;
  }
  Place close(const Place& request, RoomId room, std::uint8_t id) {
    return up(request.link,
              wanted(Kind::close, room, "", leave(request.link, room, id), Close{uid(id), 1, circuits_.at(room)}, request));
  }
  Place open(Holder holder, RoomId room, std::uint8_t id, const Place& close) {
    Lines lines;
    const auto money = balance(transit_pocket(uid(id)));
    const auto allow = balance(transit_pocket(uid(id), Utility::electricity));
    if (money > 0) lines.push_back({transit_pocket(uid(id)), room_pocket(room, holder), {money}, false});
    if (allow > 0)
      lines.push_back(
          {transit_pocket(uid(id), Utility::electricity), allow_pocket(room, Utility::electricity, holder), {allow}, false});
    return down(holder, wanted(Kind::open, room, "open/" + to_hex(uid(id)), lines, Open{1, circuits_.at(room)}, close));
  }
  Place fence(Holder holder) {
    return own(wanted(Kind::fence, {}, "fence/" + name(holder), {},
                      Fence{holder, stream(holder, Direction::up).head(), stream(holder, Direction::down).head()}));
  }
  Place close_for(Holder holder, RoomId room, std::uint8_t id, EdgeId destination) {
    return own(wanted(Kind::close_for, room, "closed/" + to_hex(uid(id)), leave(holder, room, id),
                      CloseFor{holder, {uid(id), 1, circuits_.at(room)}, destination}));
  }
  Place issue(Holder holder, const std::string& number, const CodeName& code, Money amount) {
    payments.push_back({number, Provider::alipay, code.room, amount});
    return down(holder,
                wanted(Kind::code_issue, code.room, "pay/" + number,
                       {{clearing_pocket(Provider::alipay), codes_pocket(holder), amount, false}}, Code{code, amount, 1}));
  }
  Place redeem(Holder holder, const CodeName& code, Money amount, std::optional<Place> issue = {}) {
    return up(holder,
              wanted(Kind::redeem, code.room, "", {{codes_pocket(holder), room_pocket(code.room, holder), amount, false}},
                     Redeem{code, amount}, issue));
  }
  Circuits& circuits(RoomId room) { return circuits_.at(room); }

  /// Everything that the world knows is given as evidence.
  AuditInput input(bool at_rest = true) {
    AuditInput in;
    in.site = site;
    in.at_rest = in.slices_closed = at_rest;
    for (auto& [id, paper] : streams_) {
      const bool received = id.direction == Direction::up;
      const auto& writer = received ? signer_of(id.link) : cloud();
      auto records = paper.records;
      if (received && !records.empty() && sign_heads) records.back().signature = writer.sign(signed_head(id, paper.head()));
      in.streams.push_back(audit_stream(id, std::move(records), writer.key(), received, paper.first));
    }
    in.payments = payments;
    in.refunds = refunds;
    in.receipts = receipts;
    in.allowances = allowances;
    in.registers.emplace();
    for (const auto& [meter, reading] : registers_) in.registers->push_back({meter, reading});
    return in;
  }

  std::vector<AuditPayment> payments;
  std::vector<AuditRefund> refunds;
  std::vector<AuditReceipt> receipts;
  std::vector<AuditAllowance> allowances;
  bool sign_heads = true;

 private:
  Place write(Holder holder, Direction direction, const Wanted& wish, const Head& seen) {
    auto& paper = stream(holder, direction);
    Entry made;
    made.stream = paper.id;
    made.number = paper.head().number + 1;
    made.kind = wish.kind;
    made.room = wish.room;
    made.lines = wish.lines;
    made.cause = wish.cause;
    made.detail = wish.detail;
    made.outside = OutsideId(wish.outside);
    made.time = {1'790'000'000'000'000};
    for (const auto& line : wish.lines) balance(line.from) -= line.amount.micros, balance(line.to) += line.amount.micros;
    if (direction == Direction::up) {
      made.seen = seen;
      if (wish.room) made.after = After{{balance(room_pocket(*wish.room, holder))}, {allowance(*wish.room, holder)}};
    }
    auto bytes = encode(made);
    const auto hash = crypto().chain(paper.head().hash, bytes);
    paper.records.push_back({std::move(bytes), hash, std::nullopt});
    return made.place();
  }

  std::map<StreamId, Paper> streams_;
  std::map<Pocket, std::int64_t> balances_;
  std::map<RoomId, Circuits> circuits_;
  std::map<MeterId, Quantity> registers_;
};

/// The causes that a report names, each once.
inline std::vector<std::string> causes(const AuditReport& report) {
  std::vector<std::string> words;
  for (const auto& difference : report.differences) words.emplace_back(word(difference.cause));
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}
inline std::vector<std::string> causes(const AuditInput& input) { return causes(audit(input, crypto())); }
inline std::vector<std::string> causes(PaperSite& paper, bool at_rest = true) { return causes(paper.input(at_rest)); }

using Words = std::vector<std::string>;

}  // namespace wattle::paper
