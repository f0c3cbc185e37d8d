#include "cloud/gateway/peers.hpp"

#include <cstdio>

#include "cloud/gateway/errors.hpp"
#include "shared/crypto/errors.hpp"

namespace wattle::cloud {
namespace {

std::uint32_t partition_of(const Crypto& crypto, SiteId site, EdgeId edge) {
  Bytes bytes;
  Writer write(bytes);
  write.u32(site.value);
  write.u32(edge.value);
  return static_cast<std::uint32_t>(Reader(crypto.hash(bytes).bytes).u64() % partitions);
}

struct Topic {
  std::string_view name;
  Channel channel{};
};

/// up/<partition>/<name>/<kind>. The partition only routes.
std::optional<Topic> parse_topic(std::string_view text) {
  constexpr std::string_view up = "up/";
  if (!text.starts_with(up)) return std::nullopt;
  const auto first = text.find('/', up.size());
  const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto name = text.substr(first + 1, second - first - 1);
  const auto kind = text.substr(second + 1);
  if (kind == "sync") return Topic{name, Channel::sync};
  if (kind == "report") return Topic{name, Channel::report};
  if (kind == "readings") return Topic{name, Channel::readings};
  if (kind == "reads") return Topic{name, Channel::reads};
  return std::nullopt;
}

}  // namespace

std::string topic_up(const Crypto& crypto, SiteId site, Holder holder, std::string_view kind) {
  std::array<char, 8> partition{};
  std::snprintf(partition.data(), partition.size(), "p%02u", partition_of(crypto, site, holder.edge) % 100);
  return "up/" + std::string(partition.data()) + '/' + client_name(holder) + '/' + std::string(kind);
}

std::string topic_down(Holder holder, std::string_view kind) { return "down/" + client_name(holder) + '/' + std::string(kind); }

Result<void> Peers::add(const Claim& claim) {
  auto seal = keys_->box().seal_with(claim.sealing);
  if (!seal) return WATTLE_FAIL(GatewayErrc::box_key);
  table_.put({{me_.site, claim.holder}, first_epoch, first_epoch}, claim.signing, *std::move(seal));
  return {};
}

Result<PeerMessage> Peers::open(std::string_view topic, ByteView payload) {
  auto opened = open_envelope(*crypto_, payload, me_, table_);
  if (!opened) return opened.error();
  const auto parsed = parse_topic(topic);
  if (!parsed || parsed->name != client_name(opened->header.sender)) return WATTLE_FAIL(GatewayErrc::topic);
  if (!recent_.is_new(payload)) return WATTLE_FAIL(CryptoErrc::replayed);
  return PeerMessage{opened->header.sender, parsed->channel, std::move(opened->body)};
}

EnvelopeHeader Peers::header_to(Holder to, std::uint64_t head) const {
  return {me_.site, cloud_holder, to, first_epoch, first_epoch, head};
}

std::optional<Sealed> Peers::seal(Holder to, ByteView body, std::uint64_t head, const Nonce& nonce,
                                  std::string_view kind) const {
  // The seal between two ends is the same object for both directions.
  const auto* keys = table_.find({me_.site, to, cloud_holder, first_epoch, first_epoch, 0});
  if (keys == nullptr) return std::nullopt;
  return Sealed{topic_down(to, kind), seal_envelope(header_to(to, head), body, nonce, *keys->seal, keys_->signer())};
}

std::optional<Bytes> Peers::seal_secret_for(Holder to, ByteView secret, const Nonce& nonce) const {
  const auto* keys = table_.find({me_.site, to, cloud_holder, first_epoch, first_epoch, 0});
  return keys == nullptr ? std::nullopt : std::optional(seal_secret(secret, nonce, *keys->seal));
}

Bytes Peers::seal_secret(ByteView secret, const Nonce& nonce, const Seal& seal) {
  Bytes out(sizeof(Nonce) + seal_overhead + secret.size());
  std::copy(nonce.bytes.begin(), nonce.bytes.end(), out.begin());
  seal.close(secret, nonce, out.data() + sizeof(Nonce));
  return out;
}

}  // namespace wattle::cloud
