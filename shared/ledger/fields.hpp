#pragma once
// One description of a structure serves both to write and to read it: `template <class F> void fields(F& f, T& value)` names
// the members in order. Used for the details of kinds, for rows of the store and for the canonical encoding of the state.

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>

#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/base/units.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/ledger/entry.hpp"

namespace wattle {

inline constexpr std::size_t items_max = 1U << 20;  // of any list that is read back: a bound on what bytes can make us allocate
inline constexpr std::size_t blob_max = std::numeric_limits<std::size_t>::max();  // no more than there is can be read

template <class F, class T>
void fields(F& f, Id<T, std::uint32_t>& id) {
  f(id.value);
}
template <class F, class T>
void fields(F& f, Id<T, std::uint64_t>& id) {
  f(id.value);
}
template <class F>
void fields(F& f, Money& v) {
  f(v.micros);
}
template <class F>
void fields(F& f, Quantity& v) {
  f(v.units);
}
template <class F>
void fields(F& f, Instant& v) {
  f(v.micros);
}
template <class F>
void fields(F& f, Uid& v) {
  f(v.bytes);
}
template <class F>
void fields(F& f, Digest& v) {
  f(v.bytes);
}
template <class F>
void fields(F& f, Signature& v) {
  f(v.bytes);
}
template <class F>
void fields(F& f, PublicKey& v) {
  f(v.bytes);
}
template <class F>
void fields(F& f, Holder& v) {
  f(v.edge), f(v.incarnation);
}
template <class F>
void fields(F& f, Head& v) {
  f(v.number), f(v.hash);
}
template <class F>
void fields(F& f, Place& v) {
  f(v.link), f(v.direction), f(v.number);
}

class FieldWriter {
 public:
  explicit FieldWriter(Bytes& out) : out_(out) {}

  template <class T>
  void operator()(const T& value) {
    if constexpr (std::is_same_v<T, bool>)
      out_.u8(value ? 1 : 0);
    else if constexpr (std::is_enum_v<T>)
      out_.varint(static_cast<std::uint64_t>(value));
    else if constexpr (std::is_unsigned_v<T>)
      out_.varint(value);
    else if constexpr (std::is_signed_v<T>)
      out_.zigzag(value);
    else
      fields(*this, const_cast<T&>(value));  // fields() serves both ways and a writer changes nothing
  }
  template <std::size_t N>
  void operator()(const std::array<std::uint8_t, N>& bytes) {
    out_.raw(bytes);
  }
  void operator()(const std::string& text) { out_.blob(view(text)); }
  void operator()(const Bytes& bytes) { out_.blob(bytes); }
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <class T, std::size_t N>
  void operator()(const boost::container::small_vector<T, N>& items) {
    list(items);
  }
  template <class T>
  void operator()(const std::vector<T>& items) {
    list(items);
  }
  template <class T>
  void operator()(const std::set<T>& items) {
    list(items);
  }
  template <class K, class V>
  void operator()(const std::map<K, V>& items) {
    pairs(items);
  }
  template <class K, class V>
  void operator()(const boost::container::flat_map<K, V>& items) {
    pairs(items);
  }

 private:
  template <class C>
  void list(const C& items) {
    out_.varint(items.size());
    for (const auto& item : items) (*this)(item);
  }
  template <class C>
  void pairs(const C& items) {
    out_.varint(items.size());
    for (const auto& [key, value] : items) (*this)(key), (*this)(value);
  }
  Writer out_;
};

class FieldReader {
 public:
  explicit FieldReader(ByteView in) : in_(in) {}
  bool finished() const { return in_.finished(); }
  bool ok() const { return in_.ok(); }

  template <class T>
  void operator()(T& value) {
    if constexpr (std::is_same_v<T, bool>)
      value = flag();
    else if constexpr (std::is_enum_v<T>)
      value = static_cast<T>(narrow<std::underlying_type_t<T>>());
    else if constexpr (std::is_unsigned_v<T>)
      value = narrow<T>();
    else if constexpr (std::is_signed_v<T>)
      value = static_cast<T>(in_.zigzag());
    else
      fields(*this, value);
  }
  template <std::size_t N>
  void operator()(std::array<std::uint8_t, N>& bytes) {
    const auto raw = in_.raw(N);
    std::copy(raw.begin(), raw.end(), bytes.begin());
  }
  void operator()(std::string& text) {
    const auto raw = in_.blob(blob_max);
    text.assign(raw.begin(), raw.end());
  }
  void operator()(Bytes& bytes) {
    const auto raw = in_.blob(blob_max);
    bytes.assign(raw.begin(), raw.end());
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    value.reset();
    if (flag()) (*this)(value.emplace());
  }
  template <class T, std::size_t N>
  void operator()(boost::container::small_vector<T, N>& items) {
    list(items);
  }
  template <class T>
  void operator()(std::vector<T>& items) {
    list(items);
  }
  template <class T>
  void operator()(std::set<T>& items) {
    each([&] {
      T item{};
      (*this)(item);
      items.insert(items.end(), std::move(item));
    });
  }
  template <class K, class V>
  void operator()(std::map<K, V>& items) {
    pairs(items);
  }
  template <class K, class V>
  void operator()(boost::container::flat_map<K, V>& items) {
    pairs(items);
  }

 private:
  template <class T>
  T narrow() {
    const auto v = in_.varint();
    if (v > std::numeric_limits<std::make_unsigned_t<T>>::max()) in_.fail();
    return static_cast<T>(v);
  }
  bool flag() {
    const auto v = in_.u8();
    if (v > 1) in_.fail();
    return v == 1;
  }
  template <class Read>
  void each(const Read& read) {
    const auto count = in_.varint();
    if (count > items_max) in_.fail();
    for (std::uint64_t i = 0; in_.ok() && i < count; ++i) read();
  }
  template <class C>
  void list(C& items) {
    items.clear();
    each([&] { (*this)(items.emplace_back()); });
  }
  template <class C>
  void pairs(C& items) {
    items.clear();
    each([&] {
      typename C::key_type key{};
      typename C::mapped_type value{};
      (*this)(key), (*this)(value);
      items.emplace_hint(items.end(), std::move(key), std::move(value));
    });
  }
  Reader in_;
};

template <class T>
Bytes to_bytes(const T& value) {
  Bytes bytes;
  FieldWriter write(bytes);
  write(value);
  return bytes;
}

/// None when the bytes are not exactly one T.
template <class T>
std::optional<T> from_bytes(ByteView bytes) {
  T value{};
  FieldReader read(bytes);
  read(value);
  if (!read.finished()) return std::nullopt;
  return value;
}

}  // namespace wattle
