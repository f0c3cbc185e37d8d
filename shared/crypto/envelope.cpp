#include "shared/crypto/envelope.hpp"

#include <algorithm>
#include <string_view>

#include "shared/base/check.hpp"
#include "shared/crypto/errors.hpp"

namespace wattle {
namespace {

// It also separates what is signed here from stream heads and whatever else the same key signs: no other signed text begins so.
constexpr std::string_view magic = "WENV";

struct Parts {
  EnvelopeHeader header;
  Nonce nonce;
  ByteView sealed;
  ByteView signed_bytes;
  Signature signature;
};

void write_holder(Writer& out, const Holder& holder) {
  out.u32(holder.edge.value);
  out.u32(holder.incarnation.value);
}

Holder read_holder(Reader& in) {
  Holder holder;
  holder.edge.value = in.u32();
  holder.incarnation.value = in.u32();
  return holder;
}

EnvelopeHeader read_header(Reader& in) {
  EnvelopeHeader header;
  header.site.value = in.u32();
  header.sender = read_holder(in);
  header.recipient = read_holder(in);
  header.sender_epoch.value = in.u32();
  header.recipient_epoch.value = in.u32();
  header.head_hint = in.u64();
  return header;
}

Result<Parts> take_apart(ByteView envelope) {
  if (envelope.size() > max_envelope_bytes) return WATTLE_FAIL(CryptoErrc::too_large);
  const auto mark = envelope.first(std::min(envelope.size(), magic.size()));
  if (!std::equal(mark.begin(), mark.end(), view(magic).begin())) return WATTLE_FAIL(CryptoErrc::format);
  Reader in(envelope);
  in.raw(magic.size());
  const auto version = in.u8();
  if (!in.ok()) return WATTLE_FAIL(CryptoErrc::truncated);
  if (version != envelope_version) return WATTLE_FAIL(CryptoErrc::version);

  Parts parts;
  parts.header = read_header(in);
  const std::size_t sealed_size = in.u32();
  if (!in.ok()) return WATTLE_FAIL(CryptoErrc::truncated);
  if (sealed_size < seal_overhead) return WATTLE_FAIL(CryptoErrc::format);

  const auto nonce = in.raw(parts.nonce.bytes.size());
  parts.sealed = in.raw(sealed_size);
  const auto signed_size = in.position();
  const auto signature = in.raw(parts.signature.bytes.size());
  if (!in.ok()) return WATTLE_FAIL(CryptoErrc::truncated);
  if (!in.at_end()) return WATTLE_FAIL(CryptoErrc::trailing);

  std::copy(nonce.begin(), nonce.end(), parts.nonce.bytes.begin());
  std::copy(signature.begin(), signature.end(), parts.signature.bytes.begin());
  parts.signed_bytes = envelope.first(signed_size);
  return parts;
}

}  // namespace

Bytes seal_envelope(const EnvelopeHeader& header, ByteView body, const Nonce& nonce, const Seal& seal, const Signer& signer) {
  WATTLE_CHECK(body.size() <= max_envelope_body_bytes);
  Bytes out;
  out.reserve(body.size() + envelope_overhead);
  Writer w(out);
  w.raw(view(magic));
  w.u8(envelope_version);
  w.u32(header.site.value);
  write_holder(w, header.sender);
  write_holder(w, header.recipient);
  w.u32(header.sender_epoch.value);
  w.u32(header.recipient_epoch.value);
  w.u64(header.head_hint);
  w.u32(static_cast<std::uint32_t>(body.size() + seal_overhead));
  WATTLE_CHECK(out.size() == envelope_header_bytes);
  w.raw(nonce.bytes);
  const auto at = out.size();
  out.resize(at + body.size() + seal_overhead);
  seal.close(body, nonce, out.data() + at);
  const auto signature = signer.sign(out);
  w.raw(signature.bytes);
  return out;
}

Result<Opened> open_envelope(const Crypto& crypto, ByteView envelope, const Address& me, const KeyRing& keys) {
  const auto parts = take_apart(envelope);
  if (!parts) return parts.error();
  if (Address{parts->header.site, parts->header.recipient} != me) return WATTLE_FAIL(CryptoErrc::recipient);
  const PeerKeys* peer = keys.find(parts->header);
  if (peer == nullptr) return WATTLE_FAIL(CryptoErrc::unknown_key);
  if (!crypto.verify(peer->verify, parts->signed_bytes, parts->signature)) return WATTLE_FAIL(CryptoErrc::signature);

  Opened opened{parts->header, Bytes(parts->sealed.size() - seal_overhead)};
  if (!peer->seal->open(parts->sealed, parts->nonce, opened.body.data())) return WATTLE_FAIL(CryptoErrc::seal);
  return opened;
}

Result<EnvelopeHeader> peek_envelope(ByteView envelope) {
  const auto parts = take_apart(envelope);
  if (!parts) return parts.error();
  return parts->header;
}

}  // namespace wattle
