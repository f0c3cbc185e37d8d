// What somebody types at a panel. Besides the text as it is, the digits are read behind a MAC that is always zero, so that the
// search gets past it: whatever is accepted must be what is made for the same payload.

#include <algorithm>
#include <string>

#include "shared/base/check.hpp"
#include "shared/crypto/errors.hpp"
#include "shared/crypto/offline_code.hpp"
#include "shared/crypto/sodium_crypto.hpp"

using namespace wattle;

namespace {

struct ZeroMac final : Crypto {
  Digest hash(ByteView) const override { return {}; }
  Digest chain(const Digest&, ByteView) const override { return {}; }
  Uid mac(ByteView, ByteView) const override { return {}; }
  bool verify(const PublicKey&, ByteView, const Signature&) const override { return false; }
};

constexpr CodePlace place{{{7}, {9}}, {101}, {0}};

void read_and_make_again(const Crypto& crypto, std::string_view typed) {
  const auto payload = read_code(crypto, CodeKey{}, place, typed);
  if (!payload) {
    WATTLE_CHECK(payload.error().category() == crypto_category());
    return;
  }
  std::string digits(typed);
  std::erase_if(digits, [](char c) { return c == ' ' || c == '-'; });
  WATTLE_CHECK(make_code(crypto, CodeKey{}, place, *payload) == digits);
}

/// The first four bytes as a payload.
void make_and_read(const Crypto& crypto, ByteView input) {
  Reader in(input);
  const CodePayload payload{static_cast<std::uint16_t>(in.u16() & max_code_number),
                            static_cast<std::uint16_t>(std::max(1, in.u16() & max_code_yuan))};
  const auto code = make_code(crypto, CodeKey{}, place, payload);
  WATTLE_CHECK(read_code(crypto, CodeKey{}, place, group_code(code)).value() == payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SodiumCrypto sodium;
  const ByteView input(data, size);
  const std::string_view typed(reinterpret_cast<const char*>(data), size);
  read_and_make_again(sodium, typed);
  read_and_make_again(ZeroMac{}, typed);
  make_and_read(sodium, input);
  return 0;
}
