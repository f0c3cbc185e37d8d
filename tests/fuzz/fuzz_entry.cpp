// What may stand in a stream. The input is cut into pieces, each behind its length (u16); each piece is read as an entry, and
// once more as the rest of an entry of a sound link, so that the search gets past the head of the entry and its number.
// Whatever is read must be written back as the same bytes, and a link's state and the audit must stand it.

#include "shared/base/check.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "shared/ledger/audit.hpp"
#include "shared/ledger/link_state.hpp"

using namespace wattle;

namespace {

constexpr SiteId site{1};
constexpr Holder box{{7}, {9}};
constexpr std::size_t pieces_max = 64;

struct NoHash final : Crypto {
  Digest hash(ByteView) const override { return {}; }
  Digest chain(const Digest&, ByteView) const override { return {}; }
  Uid mac(ByteView, ByteView) const override { return {}; }
  bool verify(const PublicKey&, ByteView, const Signature&) const override { return true; }
};

struct Link {
  const NoHash crypto;
  LinkState state{site, box, crypto};
  std::vector<Record> up, down, own;

  void apply(const Entry& entry) {
    const auto before = state.encoded();
    const auto ok = state.apply(entry);
    // A refusal leaves no trace.
    if (!ok) WATTLE_CHECK(ok.error().category() == ledger_category() && state.encoded() == before);
  }

  /// The entry in its place at the end of its stream, for the audit.
  void keep(Entry entry) {
    auto& stream = entry.stream.direction == Direction::up ? up : entry.stream.direction == Direction::down ? down : own;
    entry.number = stream.size() + 1;
    if (entry.stream.direction == Direction::up) entry.seen = {down.size(), {}};
    stream.push_back({encode(entry), {}, std::nullopt});
  }

  void audit_all() const {
    AuditInput input;
    input.site = site;
    input.at_rest = input.slices_closed = true;
    input.payments.emplace();
    input.refunds.emplace();
    input.registers.emplace();
    input.streams.push_back(audit_stream({site, box, Direction::up}, up, {}, true));
    input.streams.push_back(audit_stream({site, box, Direction::down}, down, {}, false));
    input.streams.push_back(audit_stream({site, cloud_holder, Direction::site}, own, {}, false));
    const auto report = wattle::audit(input, crypto);
    WATTLE_CHECK(report.totals.entries == up.size() + down.size() + own.size());
    for (const auto& difference : report.differences) WATTLE_CHECK(word(difference.cause) != nullptr);
  }
};

std::optional<Entry> read(ByteView bytes) {
  auto entry = decode_entry(bytes);
  if (!entry) {
    WATTLE_CHECK(entry.error().category() == ledger_category());
    return std::nullopt;
  }
  const auto again = encode(*entry);
  WATTLE_CHECK(again.size() == bytes.size() && std::equal(again.begin(), again.end(), bytes.begin()));
  for (const auto& line : entry->lines) {
    WATTLE_CHECK(!to_text(line.from).empty() && !to_text(line.to).empty());
    (void)check_line(line, entry->stream.direction, entry->stream.link);
  }
  return std::move(*entry);
}

/// The first byte chooses the stream; what follows is an entry from its flags on.
Bytes in_a_sound_link(ByteView piece, std::uint64_t number) {
  const auto direction = static_cast<Direction>(1 + piece[0] % 3);
  const auto link = direction == Direction::site ? cloud_holder : box;
  Bytes bytes;
  Writer out(bytes);
  out.u8(entry_version);
  out.u32(site.value);
  out.u32(link.edge.value);
  out.u32(link.incarnation.value);
  out.u8(static_cast<std::uint8_t>(direction));
  out.varint(number);
  out.raw(piece.subspan(1));
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in(ByteView(data, size));
  Link link;
  for (std::size_t count = 0; count < pieces_max && !in.at_end(); ++count) {
    const std::size_t wanted = in.u16();
    const auto piece = in.raw(std::min(wanted, size - in.position()));
    if (piece.empty()) continue;
    for (const auto& entry : {read(piece), read(in_a_sound_link(piece, count + 1))}) {
      if (!entry) continue;
      link.apply(*entry);
      if (entry->stream == StreamId{site, box, Direction::up} || entry->stream == StreamId{site, box, Direction::down} ||
          entry->stream == StreamId{site, cloud_holder, Direction::site})
        link.keep(*entry);
    }
  }
  link.audit_all();
  return 0;
}
