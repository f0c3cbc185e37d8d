// What the runner keeps of passwords that meters have refused: no start of the box tries them again before their time.

#include "edge/runner.hpp"
#include "shared/ledger/fields.hpp"

namespace wattle::edge {
namespace {

/// Row of Table::box.
Bytes refusal_key(MeterId meter) {
  const auto text = "password/" + std::to_string(meter.value);
  return {text.begin(), text.end()};
}

}  // namespace

void Runner::keep_refused(MeterId meter, const RefusedPassword& refused) {
  keep({PutRow{Table::box, refusal_key(meter), to_bytes(refused)}});
}

void Runner::tell_refused(MeterLine& line, MeterId meter) const {
  const auto row = store_->row(Table::box, refusal_key(meter));
  if (const auto refused = row ? from_bytes<RefusedPassword>(*row) : std::nullopt) line.refused_before(meter, *refused);
}

}  // namespace wattle::edge
