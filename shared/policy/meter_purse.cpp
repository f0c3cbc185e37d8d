#include "shared/policy/meter_purse.hpp"

namespace wattle {
namespace {

constexpr std::uint8_t purse_version = 1;
constexpr unsigned told_shown = 1;
constexpr unsigned told_wanted = 2;
constexpr unsigned told_why_not = 4;
constexpr unsigned book_untaken = 4;  // beside the trade
constexpr std::size_t book_bytes_max = 128;

std::uint32_t read_count32(Reader& in) {
  const auto value = in.varint();
  return static_cast<std::uint32_t>(value <= UINT32_MAX ? value : in.fail());
}

/// 1 to `most`.
std::uint8_t read_enum(Reader& in, std::uint8_t most) {
  const auto value = in.u8();
  return value >= 1 && value <= most ? value : static_cast<std::uint8_t>(in.fail());
}

}  // namespace

Bytes encode(PurseMode mode) { return {purse_version, static_cast<std::uint8_t>(mode)}; }

std::optional<PurseMode> decode_purse(ByteView bytes) {
  if (bytes.size() != 2 || bytes[0] != purse_version || bytes[1] > static_cast<std::uint8_t>(PurseMode::purse))
    return std::nullopt;
  return static_cast<PurseMode>(bytes[1]);
}

Bytes encode(const PurseTold& told) {
  Bytes bytes;
  Writer out(bytes);
  out.u8(static_cast<std::uint8_t>(told.state));
  out.u8(static_cast<std::uint8_t>(told.measure));
  out.u8(static_cast<std::uint8_t>((told.in_meter ? told_shown : 0) | (told.wanted ? told_wanted : 0) |
                                   (told.why != 0 ? told_why_not : 0)));
  if (told.in_meter) {
    out.zigzag(told.in_meter->remaining);
    out.zigzag(told.in_meter->total);
    out.varint(told.in_meter->count);
  }
  if (told.wanted) out.zigzag(*told.wanted);
  out.zigzag(told.foreign);
  out.i64(told.read.micros);
  if (told.why != 0) out.u16(told.why);
  return bytes;
}

std::optional<PurseTold> decode_purse_told(ByteView bytes) {
  if (bytes.size() > purse_told_bytes_max) return std::nullopt;
  Reader in(bytes);
  PurseTold told;
  const auto state = in.u8();
  if (state > static_cast<std::uint8_t>(purse_state_last)) in.fail();
  told.state = static_cast<PurseState>(state);
  told.measure = static_cast<PurseMeasure>(read_enum(in, static_cast<std::uint8_t>(PurseMeasure::energy)));
  const unsigned flags = in.u8();
  if (flags > (told_shown | told_wanted | told_why_not)) in.fail();
  if ((flags & told_shown) != 0) {
    PurseShown shown;
    shown.remaining = in.zigzag();
    shown.total = in.zigzag();
    shown.count = read_count32(in);
    told.in_meter = shown;
  }
  if ((flags & told_wanted) != 0) told.wanted = in.zigzag();
  told.foreign = in.zigzag();
  told.read = {in.i64()};
  if ((flags & told_why_not) != 0 && (told.why = in.u16()) == 0) in.fail();
  return in.finished() ? std::optional(told) : std::nullopt;
}

Bytes encode(const PurseBook& book) {
  Bytes bytes{purse_version};
  Writer out(bytes);
  out.varint(book.meter.value);
  out.varint(book.opening);
  out.varint(book.count);
  out.zigzag(book.total);
  out.zigzag(book.foreign);
  out.zigzag(book.seen);
  const unsigned trade = book.pending ? static_cast<unsigned>(book.pending->order.trade) : 0;
  out.u8(static_cast<std::uint8_t>(trade | (book.untaken != 0 ? book_untaken : 0)));
  if (book.untaken != 0) out.zigzag(book.untaken);
  if (!book.pending) return bytes;
  out.varint(book.pending->order.count);
  out.zigzag(book.pending->order.amount);
  out.zigzag(book.pending->remaining);
  return bytes;
}

std::optional<PurseBook> decode_purse_book(ByteView bytes) {
  if (bytes.size() > book_bytes_max) return std::nullopt;
  Reader in(bytes);
  if (in.u8() != purse_version) return std::nullopt;
  PurseBook book;
  book.meter = {in.varint()};
  book.opening = read_count32(in);
  book.count = read_count32(in);
  book.total = in.zigzag();
  book.foreign = in.zigzag();
  book.seen = in.zigzag();
  const unsigned flags = in.u8();
  const unsigned trade = flags & ~book_untaken;
  if (trade > static_cast<unsigned>(PurseTrade::refund)) in.fail();
  if ((flags & book_untaken) != 0 && (book.untaken = in.zigzag()) == 0) in.fail();
  if (in.ok() && trade != 0) {
    PursePending pending;
    pending.order.trade = static_cast<PurseTrade>(trade);
    pending.order.count = read_count32(in);
    pending.order.amount = in.zigzag();
    pending.remaining = in.zigzag();
    book.pending = pending;
  }
  return in.finished() ? std::optional(book) : std::nullopt;
}

}  // namespace wattle
