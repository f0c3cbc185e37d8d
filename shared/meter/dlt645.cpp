#include "shared/meter/dlt645.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::size_t credential_size = 4;
constexpr std::size_t relay_payload = 8;   // command, parameter, six bytes of time
constexpr std::size_t record_payload = 6;  // block count, five bytes of time
constexpr std::size_t max_opaque = max_data - 8;
constexpr std::size_t max_refusal = 2;  // an authenticating meter gives two bytes

/// What stands in a request's data, in this order, and how long the rest may be.
struct Layout {
  Command command;
  std::uint8_t function;
  bool has_di;
  bool has_password;
  bool has_operator;
  std::size_t least;
  std::size_t most;
};

constexpr Layout layouts_2007[] = {
    {Command::authenticate, 0x03, true, false, true, 0, max_opaque},
    {Command::set_clock, 0x08, false, false, false, 6, 6},
    {Command::read, 0x11, true, false, false, 0, record_payload},
    {Command::read_more, 0x12, true, false, false, 1, 1},
    {Command::read_address, 0x13, false, false, false, 0, 0},
    {Command::write, 0x14, true, true, true, 0, max_write_data - 12},
    {Command::write_address, 0x15, false, false, false, 6, 6},
    {Command::freeze, 0x16, false, false, false, 4, 4},
    {Command::change_rate, 0x17, false, false, false, 1, 1},
    {Command::change_password, 0x18, true, true, false, 4, 4},
    {Command::clear_demand, 0x19, false, true, true, 0, 0},
    {Command::clear_meter, 0x1a, false, true, true, 0, 0},
    {Command::clear_events, 0x1b, false, true, true, 4, 4},
    {Command::relay, 0x1c, false, true, true, relay_payload, relay_payload},
    {Command::set_output, 0x1d, false, false, false, 1, 1},
};

// No source at hand says what a 1997 meter wants with "clear demand": up to a password's four bytes are carried as they are.
constexpr Layout layouts_1997[] = {
    {Command::read, 0x01, true, false, false, 0, 0},          {Command::read_more, 0x02, true, false, false, 0, 0},
    {Command::read_again, 0x03, false, false, false, 0, 0},   {Command::write, 0x04, true, true, false, 0, max_write_data - 6},
    {Command::set_clock, 0x08, false, false, false, 6, 6},    {Command::write_address, 0x0a, false, false, false, 6, 6},
    {Command::change_rate, 0x0c, false, false, false, 1, 1},  {Command::change_password, 0x0f, false, true, false, 4, 4},
    {Command::clear_demand, 0x10, false, false, false, 0, 4},
};

std::span<const Layout> layouts(Edition edition) {
  return edition == Edition::v2007 ? std::span<const Layout>(layouts_2007) : std::span<const Layout>(layouts_1997);
}
const Layout* layout_of(Edition edition, Command command) {
  const auto all = layouts(edition);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Layout& l) { return l.command == command; });
  return found == all.end() ? nullptr : &*found;
}
const Layout* layout_of(Edition edition, std::uint8_t function) {
  const auto all = layouts(edition);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Layout& l) { return l.function == function; });
  return found == all.end() ? nullptr : &*found;
}

std::size_t fixed_size(const Layout& layout, Edition edition) {
  return (layout.has_di ? di_size(edition) : 0u) + (layout.has_password ? credential_size : 0u) +
         (layout.has_operator ? credential_size : 0u);
}

void put_di(Bytes& out, Edition edition, std::uint32_t di) {
  for (std::size_t i = 0; i < di_size(edition); ++i, di >>= 8) out.push_back(static_cast<std::uint8_t>(di));
}

/// A read may carry nothing, a block count, or that and a time.
bool is_payload(const Layout& layout, std::size_t size) {
  if (layout.command == Command::read) return size == 0 || (layout.most > 0 && (size == 1 || size == record_payload));
  return size >= layout.least && size <= layout.most;
}

bool echoes_di(Command command) {
  return command == Command::read || command == Command::read_more || command == Command::authenticate;
}

/// Takes identifier and sequence off a good answer's data; says where they are not the ones asked for.
struct Content {
  ByteView data;
  std::optional<MeterErrc> wrong;
  std::size_t wrong_at = 0;  // in the data
};
Content content_of(const Request& request, ByteView data) {
  if (!echoes_di(request.command)) return {data, std::nullopt, 0};
  const auto skip = di_size(request.edition);
  if (data.size() < skip) return {{}, MeterErrc::length, data.size()};
  if (di_in(data, request.edition) != request.di) return {{}, MeterErrc::foreign, 0};
  data = data.subspan(skip);
  if (request.command != Command::read_more || request.payload.empty()) return {data, std::nullopt, 0};
  if (data.empty()) return {{}, MeterErrc::length, skip};
  if (data.back() != request.payload.front()) return {{}, MeterErrc::sequence, skip + data.size() - 1};
  return {data.first(data.size() - 1), std::nullopt, 0};
}

/// The address that the answer must come from: a new address answers for itself.
Address expected_from(const Request& request) {
  if (request.command != Command::write_address) return request.address;
  Address own;
  std::copy_n(request.payload.begin(), own.bytes.size(), own.bytes.begin());
  return own;
}

/// In 1997 a part of a number stands for a short one; it may be part of another meter's too. Only the one whose number is no
/// longer answers rightly: by what it was asked, or by its whole number.
bool is_from_part(const Address& asked, const Address& from) {
  Address whole = asked;
  std::replace(whole.bytes.begin(), whole.bytes.end(), wildcard.bytes[0], std::uint8_t{0});
  return from == whole || from == asked;
}

bool is_from(const Request& request, const Address& from) {
  const auto& asked = request.address.bytes;
  const auto any = std::count(asked.begin(), asked.end(), wildcard.bytes[0]);
  const bool is_part = any > 0 && request.address != wildcard && request.command != Command::write_address;
  if (is_part && request.edition == Edition::v1997) return is_from_part(request.address, from);
  if (matches(expected_from(request), from) || from == request.address) return true;
  return request.command == Command::write_address && matches(request.address, from);
}

std::variant<Answer, Bad> judge(const Request& request, const Found& found, const RefusalBits& bits) {
  const auto& frame = found.frame;
  const auto at = [&](std::size_t in_frame) { return found.offset + in_frame; };
  if (!frame.is_from_meter()) return Bad{WATTLE_FAIL(MeterErrc::direction), at(control_at)};
  if (!is_from(request, frame.address)) return Bad{WATTLE_FAIL(MeterErrc::wrong_address), at(address_at)};
  if (frame.function() != layout_of(request.edition, request.command)->function) {
    return Bad{WATTLE_FAIL(MeterErrc::wrong_function), at(control_at)};
  }
  if (frame.is_refusal()) {
    if (frame.data.empty() || frame.data.size() > max_refusal) return Bad{WATTLE_FAIL(MeterErrc::length), at(length_at)};
    const auto why = request.command == Command::authenticate ? transaction_reason(frame.data)
                                                              : refusal_reason(bits, frame.data[0], request.command);
    return Bad{make_error_code(why), at(data_at)};
  }
  const auto content = content_of(request, frame.data);
  if (content.wrong) return Bad{make_error_code(*content.wrong), at(data_at + content.wrong_at)};
  return Answer{frame.address, Bytes(content.data.begin(), content.data.end()), frame.has_more(), found.offset};
}

bool is_refused(const Bad& bad) { return is_refusal(static_cast<MeterErrc>(bad.error.value())); }

}  // namespace

std::uint32_t di_in(ByteView data, Edition edition) {
  std::uint32_t di = 0;
  for (std::size_t i = di_size(edition); i-- > 0;) di = di << 8 | data[i];
  return di;
}

bool is_valid(const Request& request) {
  const auto* layout = layout_of(request.edition, request.command);
  if (layout == nullptr || !is_payload(*layout, request.payload.size())) return false;
  return !layout->has_di || request.edition == Edition::v2007 || request.di <= UINT16_MAX;
}

bool is_answered(const Request& request) { return request.command != Command::set_clock && request.address != broadcast; }

Bytes encode_request(const Request& request) {
  WATTLE_CHECK(is_valid(request));
  const auto& layout = *layout_of(request.edition, request.command);
  Frame frame{request.address, layout.function, {}};
  if (layout.has_di) put_di(frame.data, request.edition, request.di);
  if (layout.has_password) Writer(frame.data).raw(request.by.password);
  if (layout.has_operator) Writer(frame.data).raw(request.by.operator_code);
  Writer(frame.data).raw(request.payload);
  return encode(frame, master_preamble);
}

Result<Request> decode_request(Edition edition, const Frame& frame) {
  if (frame.is_from_meter()) return WATTLE_FAIL(MeterErrc::direction);
  const auto* layout = layout_of(edition, frame.control);
  if (layout == nullptr) return WATTLE_FAIL(MeterErrc::wrong_function);
  const auto fixed = fixed_size(*layout, edition);
  if (frame.data.size() < fixed || !is_payload(*layout, frame.data.size() - fixed)) return WATTLE_FAIL(MeterErrc::length);
  Request request{edition, layout->command, frame.address, 0, {}, {}};
  ByteView rest = frame.data;
  if (layout->has_di) {
    request.di = di_in(rest, edition);
    rest = rest.subspan(di_size(edition));
  }
  if (layout->has_password) {
    std::copy_n(rest.begin(), credential_size, request.by.password.begin());
    rest = rest.subspan(credential_size);
  }
  if (layout->has_operator) {
    std::copy_n(rest.begin(), credential_size, request.by.operator_code.begin());
    rest = rest.subspan(credential_size);
  }
  request.payload.assign(rest.begin(), rest.end());
  return request;
}

const RefusalBits& default_refusals(Edition edition) {
  static constexpr RefusalBits in_2007{MeterErrc::refused,    MeterErrc::no_such_data, MeterErrc::password, MeterErrc::rate,
                                       MeterErrc::year_zones, MeterErrc::day_periods,  MeterErrc::tariffs,  MeterErrc::refused};
  // Sources differ about 1997; this is what most say, and it is the same. A profile may say otherwise.
  static constexpr RefusalBits in_1997 = in_2007;
  return edition == Edition::v2007 ? in_2007 : in_1997;
}

MeterErrc refusal_reason(const RefusalBits& bits, std::uint8_t byte, Command command) {
  const auto says = [&](MeterErrc reason) {
    for (std::size_t i = 0; i < bits.size(); ++i) {
      if ((byte >> i & 1) != 0 && bits[i] == reason) return true;
    }
    return false;
  };
  const bool is_question = command == Command::read || command == Command::read_more;
  // A byte sent without the 33H has no meaning; its high bits would look like tariffs and zones at once. It may well be the
  // password, and a meter that locks itself is worse than one that is told too seldom.
  if ((byte & 0x80) != 0) return is_question ? MeterErrc::refused : MeterErrc::password;
  const auto order = is_question ? std::array{MeterErrc::no_such_data, MeterErrc::password, MeterErrc::rate}
                                 : std::array{MeterErrc::password, MeterErrc::no_such_data, MeterErrc::rate};
  for (const auto reason : order) {
    if (says(reason)) return reason;
  }
  for (const auto reason : {MeterErrc::year_zones, MeterErrc::day_periods, MeterErrc::tariffs}) {
    if (says(reason)) return reason;
  }
  return MeterErrc::refused;
}

MeterErrc transaction_reason(ByteView serr) {
  if (serr.empty()) return MeterErrc::refused;
  static constexpr MeterErrc reasons[] = {MeterErrc::refused,           MeterErrc::purchase_known,    MeterErrc::purchase_check,
                                          MeterErrc::purchase_identity, MeterErrc::purchase_customer, MeterErrc::purchase_count,
                                          MeterErrc::purchase_limit};
  // What it has booked it has booked, whatever else is wrong. The first bit says nothing, and what is left of a byte without
  // the 33H neither.
  if ((serr[0] & 0x80) != 0) return MeterErrc::refused;
  for (std::size_t bit = 1; bit < std::size(reasons); ++bit)
    if ((serr[0] >> bit & 1) != 0) return reasons[bit];
  return MeterErrc::refused;
}

Outcome<Answer> decode_answer(const Request& request, ByteView heard, Wire wire, const RefusalBits& bits) {
  WATTLE_CHECK(is_valid(request));
  std::optional<Bad> foreign;
  std::size_t at = 0;
  for (;;) {
    const auto outcome = find_frame(heard.subspan(at), wire);
    if (const auto* bad = std::get_if<Bad>(&outcome)) {
      return foreign ? *foreign : Bad{bad->error, at + bad->offset};
    }
    if (std::holds_alternative<NeedMore>(outcome)) return NeedMore{};
    auto found = std::get<Found>(outcome);
    found.offset += at;
    at = found.offset + found.size;
    auto judged = judge(request, found, bits);
    if (auto* answer = std::get_if<Answer>(&judged)) return std::move(*answer);
    const auto& bad = std::get<Bad>(judged);
    if (is_refused(bad)) return bad;
    // An echo is the least of the reasons: what came behind it says more.
    if (!foreign || foreign->error == MeterErrc::direction) foreign = bad;
  }
}

Outcome<Answer> decode_answer(const Request& request, ByteView heard, Wire wire) {
  return decode_answer(request, heard, wire, request.refusals ? *request.refusals : default_refusals(request.edition));
}

Bytes encode_answer(const Request& request, const Address& own, ByteView data, bool more, std::size_t preambles) {
  WATTLE_CHECK(is_valid(request));
  const auto& layout = *layout_of(request.edition, request.command);
  const auto control = static_cast<std::uint8_t>(layout.function | from_meter | (more ? more_follows : 0));
  Frame frame{own, control, {}};
  if (echoes_di(request.command)) put_di(frame.data, request.edition, request.di);
  Writer(frame.data).raw(data);
  if (request.command == Command::read_more) Writer(frame.data).raw(request.payload);
  return encode(frame, preambles);
}

Bytes encode_refusal(const Request& request, const Address& own, std::uint8_t byte, std::size_t preambles) {
  WATTLE_CHECK(is_valid(request));
  const auto& layout = *layout_of(request.edition, request.command);
  Bytes data{byte};
  if (request.command == Command::authenticate) data.push_back(0);
  return encode({own, static_cast<std::uint8_t>(layout.function | from_meter | refusal), std::move(data)}, preambles);
}

}  // namespace wattle::dlt645
