#pragma once
// Byte strings, and a bounded reader and writer for our own encodings: fixed integers little-endian, varints in LEB128
// (at most ten bytes, shortest form only, so that an encoding is canonical).

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wattle {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string to_hex(ByteView bytes);
/// Empty when the text is not an even number of hex digits.
Bytes from_hex(std::string_view text);

class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  void u8(std::uint8_t v) { out_.push_back(v); }
  void u16(std::uint16_t v) { fixed(v); }
  void u32(std::uint32_t v) { fixed(v); }
  void u64(std::uint64_t v) { fixed(v); }
  void i64(std::int64_t v) { fixed(static_cast<std::uint64_t>(v)); }
  void varint(std::uint64_t v) {
    while (v >= 0x80) {
      u8(static_cast<std::uint8_t>(v | 0x80));
      v >>= 7;
    }
    u8(static_cast<std::uint8_t>(v));
  }
  /// Signed numbers of small size, either sign: zigzag, then varint.
  void zigzag(std::int64_t v) { varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63)); }
  void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  /// Length as varint, then the bytes.
  void blob(ByteView bytes) {
    varint(bytes.size());
    raw(bytes);
  }

 private:
  template <class T>
  void fixed(T v) {
    const auto at = out_.size();
    out_.resize(at + sizeof v);
    std::memcpy(out_.data() + at, &v, sizeof v);  // every target of ours is little-endian
  }
  Bytes& out_;
};

/// Reads never pass the end: a failed read returns zero and makes ok() false for good.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}

  bool ok() const { return ok_; }
  bool at_end() const { return pos_ == in_.size(); }
  /// Everything was read, and nothing failed.
  bool finished() const { return ok_ && at_end(); }
  std::size_t position() const { return pos_; }

  std::uint8_t u8() { return fixed<std::uint8_t>(); }
  std::uint16_t u16() { return fixed<std::uint16_t>(); }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  std::int64_t i64() { return static_cast<std::int64_t>(fixed<std::uint64_t>()); }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto b = u8();
      if (!ok_) return 0;
      if (shift == 63 && b > 1) return fail();
      v |= static_cast<std::uint64_t>(b & 0x7f) << shift;
      if ((b & 0x80) == 0) return b == 0 && shift > 0 ? fail() : v;  // a trailing zero byte is a longer form
    }
    return fail();
  }
  std::int64_t zigzag() {
    const auto v = varint();
    return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
  }
  ByteView raw(std::size_t size) {
    if (!ok_ || size > in_.size() - pos_) {
      fail();
      return {};
    }
    pos_ += size;
    return in_.subspan(pos_ - size, size);
  }
  ByteView blob(std::size_t limit) {
    const auto size = varint();
    if (size > limit) {
      fail();
      return {};
    }
    return raw(static_cast<std::size_t>(size));
  }
  std::uint64_t fail() {
    ok_ = false;
    return 0;
  }

 private:
  template <class T>
  T fixed() {
    T v{};
    if (!ok_ || sizeof v > in_.size() - pos_) {
      fail();
      return v;
    }
    std::memcpy(&v, in_.data() + pos_, sizeof v);
    pos_ += sizeof v;
    return v;
  }
  ByteView in_;
  std::size_t pos_ = 0;
  bool ok_ = true;
};

}  // namespace wattle
