#include "shared/ledger/entry.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "shared/base/check.hpp"

namespace wattle {

namespace {

// Bits of the byte that says which optional fields follow.
constexpr std::uint8_t has_room = 1;
constexpr std::uint8_t has_outside = 2;
constexpr std::uint8_t has_cause = 4;

// A pocket's first byte: the kind, and in the high bits how its holder is told.
constexpr std::uint8_t holder_cloud = 0;
constexpr std::uint8_t holder_link = 0x40;
constexpr std::uint8_t holder_other = 0x80;

bool has_number(PocketKind kind) {
  return kind == PocketKind::room || kind == PocketKind::allow || kind == PocketKind::arrears || kind == PocketKind::clearing;
}
bool has_id(PocketKind kind) { return kind == PocketKind::transit || kind == PocketKind::card; }
bool has_utility(PocketKind kind) {
  return kind == PocketKind::allow || kind == PocketKind::sold || kind == PocketKind::transit;
}

void put_holder(Writer& out, Holder holder) {
  out.u32(holder.edge.value);
  out.u32(holder.incarnation.value);
}

Holder take_holder(Reader& in) {
  Holder holder;
  holder.edge = {in.u32()};
  holder.incarnation = {in.u32()};
  if (holder.is_cloud() && holder != cloud_holder) in.fail();
  return holder;
}

void put_digest(Writer& out, const Digest& digest) { out.raw(digest.bytes); }

Digest take_digest(Reader& in) {
  Digest digest;
  const auto bytes = in.raw(digest.bytes.size());
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  return digest;
}

void put_pocket(Writer& out, const Pocket& pocket, Holder link) {
  const bool cloud = pocket.holder.is_cloud();
  const std::uint8_t where = cloud ? holder_cloud : pocket.holder == link ? holder_link : holder_other;
  out.u8(static_cast<std::uint8_t>(pocket.kind) | where);
  if (where == holder_other) put_holder(out, pocket.holder);
  if (has_utility(pocket.kind)) out.u8(static_cast<std::uint8_t>(pocket.utility));
  if (has_number(pocket.kind)) out.varint(pocket.number);
  if (has_id(pocket.kind)) out.raw(pocket.id.bytes);
}

Pocket take_pocket(Reader& in, Holder link) {
  Pocket pocket;
  const auto first = in.u8();
  pocket.kind = static_cast<PocketKind>(first & 0x3f);
  if ((first & 0x3f) < 1 || (first & 0x3f) > static_cast<int>(PocketKind::suspense)) in.fail();
  switch (first & 0xc0) {
    case holder_cloud: break;
    case holder_link:
      pocket.holder = link;
      if (link.is_cloud()) in.fail();
      break;
    case holder_other:
      pocket.holder = take_holder(in);
      if (pocket.holder.is_cloud() || pocket.holder == link) in.fail();
      break;
    default: in.fail();
  }
  if (has_utility(pocket.kind)) {
    const auto utility = in.u8();
    if (utility > utility_max) in.fail();
    pocket.utility = static_cast<Utility>(utility);
  }
  if (has_number(pocket.kind)) {
    const auto number = in.varint();
    if (number > UINT32_MAX) in.fail();
    pocket.number = static_cast<std::uint32_t>(number);
  }
  if (has_id(pocket.kind)) {
    const auto id = in.raw(pocket.id.bytes.size());
    std::copy(id.begin(), id.end(), pocket.id.bytes.begin());
  }
  return pocket;
}

/// By table, since each entry that is read has a text of these.
constexpr auto outside_chars = [] {
  std::array<bool, 256> is_one{};
  for (const char c : std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/._-"))
    is_one[static_cast<unsigned char>(c)] = true;
  return is_one;
}();

void put_lines(Writer& out, const Entry& entry) {
  out.varint(entry.lines.size());
  for (const auto& line : entry.lines) {
    out.u8(line.measured ? 1 : 0);
    put_pocket(out, line.from, entry.stream.link);
    put_pocket(out, line.to, entry.stream.link);
    out.zigzag(line.amount.micros);
  }
}

void take_lines(Reader& in, Entry& entry) {
  const auto count = in.varint();
  if (count > lines_max) in.fail();
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    auto& line = entry.lines.emplace_back();
    const auto flag = in.u8();
    if (flag > 1) in.fail();
    line.measured = flag == 1;
    line.from = take_pocket(in, entry.stream.link);
    line.to = take_pocket(in, entry.stream.link);
    line.amount.micros = in.zigzag();
  }
}

void put_cause(Writer& out, const Place& cause) {
  put_holder(out, cause.link);
  out.u8(static_cast<std::uint8_t>(cause.direction));
  out.varint(cause.number);
}

Place take_cause(Reader& in) {
  Place cause;
  cause.link = take_holder(in);
  const auto direction = in.u8();
  if (direction < 1 || direction > 3) in.fail();
  cause.direction = static_cast<Direction>(direction);
  if (cause.link.is_cloud() != (cause.direction == Direction::site)) in.fail();
  cause.number = in.varint();
  return cause;
}

void take_stream(Reader& in, Entry& entry) {
  entry.stream.site = {in.u32()};
  entry.stream.link = take_holder(in);
  const auto direction = in.u8();
  if (direction < 1 || direction > 3) in.fail();
  entry.stream.direction = static_cast<Direction>(direction);
  if (entry.stream.link.is_cloud() != (entry.stream.direction == Direction::site)) in.fail();
  entry.number = in.varint();
  if (entry.number == 0) in.fail();
}

void take_optional_fields(Reader& in, Entry& entry) {
  const auto flags = in.u8();
  if ((flags & ~(has_room | has_outside | has_cause)) != 0) in.fail();
  const bool up = entry.stream.direction == Direction::up;
  if (up) {
    entry.seen.number = in.varint();
    entry.seen.hash = take_digest(in);
  }
  if ((flags & has_room) != 0) {
    entry.room = RoomId{in.u32()};
    if (up) {
      After after;
      after.room.micros = in.zigzag();
      after.allow.micros = in.zigzag();
      entry.after = after;
    }
  }
  if ((flags & has_outside) != 0) {
    const auto text = in.blob(outside_id_bytes_max);
    const auto id = OutsideId::parse({reinterpret_cast<const char*>(text.data()), text.size()});
    if (id && !id->empty())
      entry.outside = *id;
    else
      in.fail();
  }
  if ((flags & has_cause) != 0) entry.cause = take_cause(in);
}

void take_entry(Reader& in, Entry& entry) {
  in.u8();  // the version
  take_stream(in, entry);
  take_optional_fields(in, entry);
  take_lines(in, entry);
  entry.kind = static_cast<Kind>(in.u16());
  const auto detail = in.blob(detail_bytes_max);
  entry.detail.assign(detail.begin(), detail.end());
  entry.time.micros = in.i64();
}

/// Of bytes that cannot be read: whether nothing is wrong but their end. With zeros behind it the reading gets beyond it.
bool ends_too_soon(ByteView bytes) {
  Bytes longer(bytes.begin(), bytes.end());
  longer.resize(bytes.size() + entry_bytes_max);
  Reader in(longer);
  Entry entry;
  take_entry(in, entry);
  return in.position() > bytes.size();
}

}  // namespace

OutsideId::OutsideId(std::string_view text) {
  const auto id = parse(text);
  WATTLE_CHECK(id.has_value());
  *this = *id;
}

std::optional<OutsideId> OutsideId::parse(std::string_view text) {
  const auto is_one = [](char c) { return outside_chars[static_cast<unsigned char>(c)]; };
  if (text.size() > outside_id_bytes_max || !std::all_of(text.begin(), text.end(), is_one)) return std::nullopt;
  OutsideId id;
  id.size_ = static_cast<std::uint8_t>(text.size());
  std::copy(text.begin(), text.end(), id.text_.begin());
  return id;
}

Bytes encode(const Entry& entry) {
  WATTLE_CHECK(entry.lines.size() <= lines_max && entry.detail.size() <= detail_bytes_max);
  const bool up = entry.stream.direction == Direction::up;
  WATTLE_CHECK(entry.after.has_value() == (up && entry.room.has_value()));
  Bytes bytes;
  bytes.reserve(192);
  Writer out(bytes);
  out.u8(entry_version);
  out.u32(entry.stream.site.value);
  put_holder(out, entry.stream.link);
  out.u8(static_cast<std::uint8_t>(entry.stream.direction));
  out.varint(entry.number);
  const int flags = (entry.room ? has_room : 0) | (entry.outside.empty() ? 0 : has_outside) | (entry.cause ? has_cause : 0);
  out.u8(static_cast<std::uint8_t>(flags));
  if (up) {
    out.varint(entry.seen.number);
    put_digest(out, entry.seen.hash);
  }
  if (entry.room) out.u32(entry.room->value);
  if (entry.after) {
    out.zigzag(entry.after->room.micros);
    out.zigzag(entry.after->allow.micros);
  }
  if (!entry.outside.empty()) out.blob(view(entry.outside.text()));
  if (entry.cause) put_cause(out, *entry.cause);
  put_lines(out, entry);
  out.u16(static_cast<std::uint16_t>(entry.kind));
  out.blob({entry.detail.data(), entry.detail.size()});
  out.i64(entry.time.micros);
  return bytes;
}

Result<Entry> decode_entry(ByteView bytes) {
  if (bytes.size() > entry_bytes_max) return WATTLE_FAIL(LedgerErrc::malformed);
  if (bytes.empty()) return WATTLE_FAIL(LedgerErrc::truncated);
  if (bytes[0] != entry_version) return WATTLE_FAIL(LedgerErrc::version);
  Entry entry;
  Reader in(bytes);
  take_entry(in, entry);
  if (in.finished()) return entry;
  return in.ok() || ends_too_soon(bytes) ? WATTLE_FAIL(LedgerErrc::truncated) : WATTLE_FAIL(LedgerErrc::malformed);
}

Bytes signed_head(const StreamId& stream, const Head& head) {
  Bytes bytes;
  bytes.reserve(64);
  Writer out(bytes);
  out.raw(view("wattle head 1"));
  out.u32(stream.site.value);
  put_holder(out, stream.link);
  out.u8(static_cast<std::uint8_t>(stream.direction));
  out.u64(head.number);
  put_digest(out, head.hash);
  return bytes;
}

std::string to_text(Kind kind) {
  switch (kind) {
    case Kind::grant: return "grant";
    case Kind::recharge: return "recharge";
    case Kind::code_issue: return "code_issue";
    case Kind::allowance: return "allowance";
    case Kind::open: return "open";
    case Kind::cancel: return "cancel";
    case Kind::deliver: return "deliver";
    case Kind::settle_debt: return "settle_debt";
    case Kind::price: return "price";
    case Kind::config: return "config";
    case Kind::countersign: return "countersign";
    case Kind::payout: return "payout";
    case Kind::fence: return "fence";
    case Kind::close_for: return "close_for";
    case Kind::code_after_fence: return "code_after_fence";
    case Kind::rehome: return "rehome";
    case Kind::resolve: return "resolve";
    case Kind::adopt: return "adopt";
    case Kind::consumption: return "consumption";
    case Kind::answer: return "answer";
    case Kind::close: return "close";
    case Kind::cash: return "cash";
    case Kind::redeem: return "redeem";
    case Kind::forward: return "forward";
    case Kind::correction: return "correction";
    case Kind::meter_change: return "meter_change";
    case Kind::override_config: return "override_config";
    case Kind::settlement: return "settlement";
    case Kind::anomaly: return "anomaly";
    case Kind::close_request: return "close_request";
    case Kind::release_request: return "release_request";
  }
  char text[16];
  std::snprintf(text, sizeof text, "kind 0x%04x", static_cast<unsigned>(kind));
  return text;
}

}  // namespace wattle
