#include "shared/ledger/accepted_reading.hpp"

#include <algorithm>

namespace wattle {

std::optional<AcceptedReading> read_accepted(ByteView value) {
  Reader in(value);
  in.u8();  // the version
  AcceptedReading order;
  const auto id = in.raw(order.id.bytes.size());
  if (!in.ok()) return std::nullopt;
  std::copy(id.begin(), id.end(), order.id.bytes.begin());
  order.meter = {in.varint()};
  const auto after = in.varint();
  const auto shown = in.varint();
  if (!in.ok() || after > INT64_MAX || shown > INT64_MAX) return std::nullopt;
  order.after = {static_cast<std::int64_t>(after)};
  order.shown = {static_cast<std::int64_t>(shown)};
  return order;
}

bool carries_out(const AcceptedReading& order, const MeterChange& change, const OutsideId& outside) {
  return outside.text() == "order/" + to_hex(order.id) && change.old_meter == order.meter && change.new_meter == order.meter &&
         change.first_reading == order.shown && change.final_reading == std::max(order.after, order.shown);
}

}  // namespace wattle
