#include "shared/meter/mbus_data.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"
#include "shared/meter/mbus_value.hpp"

namespace wattle::mbus {
namespace {

constexpr std::uint8_t extension = 0x80;
constexpr std::uint8_t dif_maker = 0x0f;
constexpr std::uint8_t dif_maker_more = 0x1f;
constexpr std::uint8_t dif_filler = 0x2f;
constexpr std::uint8_t vif_fb = 0xfb;
constexpr std::uint8_t vif_fd = 0xfd;
constexpr std::uint8_t vif_text = 0x7c;

std::string hex_of(std::uint8_t byte) { return to_hex(ByteView(&byte, 1)); }

/// Reads the records of one frame; stops at the first byte that does not fit.
class RecordReader {
 public:
  RecordReader(ByteView bytes, Data& out) : in_(bytes), size_(bytes.size()), out_(out) {}

  void run() {
    while (!out_.error && !in_.at_end()) {
      record_ = {};
      record_.offset = in_.position();
      const auto dif = in_.u8();
      if (dif == dif_filler) continue;
      if (dif == dif_maker || dif == dif_maker_more) return take_maker(dif);
      field_ = dif & 0x0f;
      if (field_ == special) return stop(MeterErrc::data, record_.offset);
      record_.function = static_cast<RecordFunction>(dif >> 4 & 3);
      record_.storage = dif >> 6 & 1;
      if (read_extensions(dif) && read_vif() && read_value()) out_.records.push_back(std::move(record_));
    }
  }

 private:
  bool stop_here() { return stop(MeterErrc::data, in_.position()), false; }
  void stop(MeterErrc why, std::size_t at) {
    out_.error = make_error_code(why);
    out_.offset = at;
  }

  void take_maker(std::uint8_t dif) {
    out_.more = dif == dif_maker_more;
    const auto rest = in_.raw(size_ - in_.position());
    out_.maker.assign(rest.begin(), rest.end());
  }

  bool read_extensions(std::uint8_t dif) {
    bool goes_on = (dif & extension) != 0;
    for (unsigned n = 0; goes_on; ++n) {
      if (n == max_extensions) return stop(MeterErrc::limit, in_.position()), false;
      if (in_.at_end()) return stop_here();
      const auto dife = in_.u8();
      record_.storage |= std::uint64_t{dife & 0x0fu} << (1 + 4 * n);
      record_.tariff |= (dife >> 4 & 3u) << (2 * n);
      record_.subunit = static_cast<std::uint16_t>(record_.subunit | (dife >> 6 & 1u) << n);
      goes_on = (dife & extension) != 0;
    }
    return true;
  }

  bool read_vif() {
    if (in_.at_end()) return stop_here();
    const auto vif = in_.u8();
    auto last = vif;
    if (vif == vif_fb || vif == vif_fd) {
      if (in_.at_end()) return stop_here();
      last = in_.u8();
      name_it(vif == vif_fb ? VifTable::fb : VifTable::fd, last & 0x7f, vif == vif_fb ? "vif_fb_" : "vif_fd_");
    } else {
      name_it(VifTable::main, vif & 0x7f, "vif_");
      if ((vif & 0x7f) == vif_text && !read_text_unit()) return false;
    }
    return read_modifiers(last);
  }

  void name_it(VifTable table, std::uint8_t code, const char* prefix) {
    vif_ = find_vif(table, code);
    record_.is_plain = vif_.name != nullptr;
    record_.name = vif_.name != nullptr ? vif_.name : prefix + hex_of(code);
  }

  bool read_text_unit() {
    if (in_.at_end()) return stop_here();
    const std::size_t size = in_.u8();
    const auto text = in_.raw(size);
    if (!in_.ok()) return stop(MeterErrc::data, size_), false;
    record_.name += '.' + reversed_text(text);
    return true;
  }

  bool read_modifiers(std::uint8_t byte) {
    bool is_makers = vif_.kind == VifKind::maker;
    for (std::size_t n = 0; (byte & extension) != 0; ++n) {
      if (n == max_extensions) return stop(MeterErrc::limit, in_.position()), false;
      if (in_.at_end()) return stop_here();
      byte = in_.u8();
      if (is_makers) continue;
      const auto modifier = find_modifier(byte & 0x7f);
      vif_.exponent += modifier.exponent;
      if (modifier.exponent == 0 || !modifier.is_known) record_.is_plain = false;
      if (modifier.name != nullptr) record_.name += std::string(".") + modifier.name;
      if (!modifier.is_known) record_.name += ".vife_" + hex_of(byte & 0x7f);
      is_makers = modifier.maker_follows;
    }
    return true;
  }

  bool read_value() {
    std::uint8_t length = 0;
    auto size = fixed_size(field_);
    if (field_ == variable_length) {
      if (in_.at_end()) return stop_here();
      length = in_.u8();
      size = variable_size(length);
      if (!size) return stop(MeterErrc::data, in_.position() - 1), false;
    }
    const auto bytes = in_.raw(*size);
    if (!in_.ok()) return stop(MeterErrc::data, size_), false;
    record_.value = field_ == variable_length ? variable_value(vif_, length, bytes) : value_of(vif_, field_, bytes);
    return true;
  }

  Reader in_;
  std::size_t size_;
  Data& out_;
  Record record_;
  std::uint8_t field_ = 0;
  Vif vif_;
};

SecondaryAddress address_in(Reader& in) {
  SecondaryAddress own;
  const auto id = in.raw(own.id.size());
  std::copy(id.begin(), id.end(), own.id.begin());
  return own;
}

/// Units of the fixed structure (EN 1434-3): a scale for each unit code; nothing for times, dates and reserved codes.
std::optional<Measured> fixed_unit(std::uint8_t code) {
  if (code >= 0x02 && code <= 0x0a) return Measured{0, code - 0x02, Unit::watt_hour};
  if (code >= 0x0b && code <= 0x13) return Measured{0, 3 + code - 0x0b, Unit::joule};
  if (code >= 0x14 && code <= 0x1c) return Measured{0, code - 0x14, Unit::watt};
  if (code >= 0x1d && code <= 0x25) return Measured{0, 3 + code - 0x1d, Unit::joule_per_hour};
  if (code >= 0x26 && code <= 0x2e) return Measured{0, code - 0x26 - 6, Unit::cubic_metre};
  if (code >= 0x2f && code <= 0x37) return Measured{0, code - 0x2f - 6, Unit::cubic_metre_per_hour};
  if (code == 0x38) return Measured{0, -3, Unit::celsius};
  constexpr std::uint8_t heat_cost_units = 0x39, without_unit = 0x3f;
  if (code == heat_cost_units || code == without_unit) return Measured{};
  return std::nullopt;
}

}  // namespace

unsigned encryption_mode(std::uint16_t signature, ByteView records) {
  constexpr unsigned des[] = {2, 3}, aes_of_blocks[] = {4, 5}, authenticated[] = {7, 8, 9, 10, 13};
  const unsigned mode = signature >> 8 & 0x1f;
  const auto is_one_of = [&](const auto& modes) {
    return std::find(std::begin(modes), std::end(modes), mode) != std::end(modes);
  };
  const bool is_deciphered = records.size() >= 2 && records[0] == dif_filler && records[1] == dif_filler;
  if (records.empty() || is_deciphered) return 0;
  if (is_one_of(aes_of_blocks)) return (signature >> 4 & 0x0f) != 0 ? mode : 0;  // of no block none is encrypted
  return is_one_of(des) || is_one_of(authenticated) ? mode : 0;
}

Result<Data> decode_variable(ByteView data) {
  if (data.size() < header_size) return WATTLE_FAIL(MeterErrc::length);
  Data out;
  Reader in(data.first(header_size));
  out.header.own = address_in(in);
  out.header.own.manufacturer = in.u16();
  out.header.own.version = in.u8();
  out.header.own.medium = in.u8();
  out.header.access = in.u8();
  out.header.status = in.u8();
  out.header.signature = in.u16();
  const auto behind = data.subspan(header_size);
  out.encryption = encryption_mode(out.header.signature, behind);
  if (out.encryption != 0) {
    out.error = WATTLE_FAIL(MeterErrc::data);
  } else {
    RecordReader(behind, out).run();
  }
  for (auto& record : out.records) record.offset += header_size;
  if (out.error) out.offset += header_size;
  return out;
}

bool is_present(const Record& record) {
  return record.function == RecordFunction::instantaneous && record.storage == 0 && record.tariff == 0 && record.subunit == 0 &&
         record.is_plain;
}

Result<Measured> present(const Data& data, Unit unit) {
  if (data.error) return data.error;
  for (const auto& record : data.records) {
    if (!is_present(record)) continue;
    const auto* value = std::get_if<Measured>(&record.value);
    if (value != nullptr && value->unit == unit) return *value;
    const bool is_absent = std::holds_alternative<NotAvailable>(record.value);
    const bool is_named =
        (unit == Unit::cubic_metre && record.name == "volume") || (unit == Unit::watt_hour && record.name == "energy");
    if (is_absent && is_named) return WATTLE_FAIL(MeterErrc::value);
  }
  return WATTLE_FAIL(MeterErrc::no_such_data);
}

Result<FixedData> decode_fixed(ByteView data) {
  constexpr std::size_t size = 16;
  constexpr auto binary_counters = FixedData::binary_counters;
  if (data.size() != size) return WATTLE_FAIL(MeterErrc::length);
  FixedData out;
  Reader in(data);
  out.own = address_in(in);
  out.access = in.u8();
  out.status = in.u8();
  const std::uint8_t units[2] = {in.u8(), in.u8()};
  out.medium = static_cast<std::uint8_t>(units[0] >> 6 | (units[1] >> 6) << 2);
  for (std::size_t i = 0; i < 2; ++i) {
    out.units[i] = units[i] & 0x3f;
    const auto code = out.units[i] == FixedData::same_but_historic ? out.units[0] : out.units[i];
    const auto bytes = in.raw(4);
    auto unit = fixed_unit(code);
    const auto number = (out.status & binary_counters) == 0
                            ? bcd_value(bytes)
                            : std::optional<std::int64_t>(static_cast<std::int32_t>(Reader(bytes).u32()));
    if (!unit || !number) continue;
    unit->value = *number;
    out.counters[i] = unit;
  }
  return out;
}

Result<Measured> present(const FixedData& data, Unit unit) {
  if ((data.status & FixedData::stored_counters) != 0) return WATTLE_FAIL(MeterErrc::no_such_data);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto of = fixed_unit(data.units[i]);
    if (!of || of->unit != unit) continue;
    return data.counters[i] ? Result<Measured>(*data.counters[i]) : WATTLE_FAIL(MeterErrc::value);
  }
  return WATTLE_FAIL(MeterErrc::no_such_data);
}

std::optional<Bytes> encode_fixed(const FixedData& data) {
  Bytes bytes(data.own.id.begin(), data.own.id.end());
  Writer out(bytes);
  out.u8(data.access);
  out.u8(data.status);
  out.u8(static_cast<std::uint8_t>((data.units[0] & 0x3f) | (data.medium & 3) << 6));
  out.u8(static_cast<std::uint8_t>((data.units[1] & 0x3f) | (data.medium >> 2 & 3) << 6));
  for (const auto& counter : data.counters) {
    const auto value = counter ? counter->value : 0;
    if ((data.status & FixedData::binary_counters) == 0) {
      if (!put_bcd(bytes, value, 4)) return std::nullopt;
    } else {
      if (value < INT32_MIN || value > INT32_MAX) return std::nullopt;
      out.u32(static_cast<std::uint32_t>(static_cast<std::int32_t>(value)));
    }
  }
  return bytes;
}

Bytes encode_header(const Header& header) {
  Bytes bytes(header.own.id.begin(), header.own.id.end());
  Writer out(bytes);
  out.u16(header.own.manufacturer);
  out.u8(header.own.version);
  out.u8(header.own.medium);
  out.u8(header.access);
  out.u8(header.status);
  out.u16(header.signature);
  return bytes;
}

bool put_record(Bytes& out, RecordShape shape, std::uint8_t vif, std::int64_t value, std::uint64_t storage,
                std::uint32_t tariff, RecordFunction function) {
  constexpr std::uint8_t int_32 = 0x4, bcd_8 = 0xc;
  WATTLE_CHECK(vif < extension && vif != vif_text && storage < std::uint64_t{1} << 41 && tariff < 1u << 20);
  Bytes digits;
  if (shape == RecordShape::digits && !put_bcd(digits, value, 4)) return false;
  if (shape == RecordShape::integer && (value > INT32_MAX || value <= INT32_MIN)) return false;
  const auto field = shape == RecordShape::integer ? int_32 : bcd_8;
  bool goes_on = storage >> 1 != 0 || tariff != 0;
  out.push_back(
      static_cast<std::uint8_t>(field | static_cast<unsigned>(function) << 4 | (storage & 1) << 6 | (goes_on ? extension : 0)));
  for (storage >>= 1; goes_on; storage >>= 4, tariff >>= 2) {
    goes_on = storage >> 4 != 0 || tariff >> 2 != 0;
    out.push_back(static_cast<std::uint8_t>((storage & 0x0f) | (tariff & 3) << 4 | (goes_on ? extension : 0)));
  }
  out.push_back(vif);
  Writer writer(out);
  if (shape == RecordShape::integer) {
    writer.u32(static_cast<std::uint32_t>(static_cast<std::int32_t>(value)));
  } else {
    writer.raw(digits);
  }
  return true;
}

}  // namespace wattle::mbus
