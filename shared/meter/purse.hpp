#pragma once
// A meter's purse, whatever it speaks: what it shows, and how something is bought into it. Amounts are in the purse's measure
// (shared/base/purse.hpp) and whole numbers of its steps.

#include <vector>

#include "shared/meter/exchange.hpp"

namespace wattle {

/// Null: the model has none. Of circuits at one address the first speaks for the meter.
const PurseForm* purse_of(const MeterProfile& profile, std::size_t circuit);
/// The circuit must have a purse, and the purse the item or trade, in all of these.
std::vector<PurseItem> purse_items(const MeterProfile& profile);
bool purse_has(const MeterProfile& profile, PurseItem item);
bool purse_trades(const MeterProfile& profile, PurseTrade trade);
/// The last digit that the item shows, in our units.
std::int64_t purse_step(const MeterProfile& profile, PurseItem item);
/// Whether it shows a debt below zero.
bool purse_has_sign(const MeterProfile& profile, PurseItem item);

Exchange purse_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, PurseItem item);
/// What the item shows: also below zero, where it has a sign. MeterErrc::value when it is marked as not available.
Result<std::int64_t> purse_in(const MeterProfile& profile, PurseItem item, const MeterAnswer& answer);
/// Of a display, or of a price. MeterErrc::value when the meter cannot hold exactly this value.
Result<Exchange> purse_write(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, PurseItem item,
                             std::int64_t value);
/// Its answer means accepted: the count tells whether it was taken. MeterErrc::value when it cannot be written so.
Result<Exchange> purse_trade(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit,
                             const PurseOrder& order);

}  // namespace wattle
