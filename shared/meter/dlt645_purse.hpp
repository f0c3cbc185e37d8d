#pragma once
// The purse of a meter of DL/T 645: items of the standard, and a purchase as the profile says that it travels.

#include "shared/meter/dlt645_model.hpp"
#include "shared/meter/meter_purse.hpp"

namespace wattle::dlt645 {

/// The model's purse must have the item, or the trade, in all of these.
Request purse_read(const Model& model, PurseItem item, const Address& at);
/// MeterErrc::value when the digits cannot hold exactly this value.
Result<Request> purse_write(const Model& model, PurseItem item, const Address& at, const Credentials& by, std::int64_t value);
Result<Request> purse_trade(const Model& model, const PurseOrder& order, const Address& at, const Credentials& by);
/// MeterErrc::value when the answer is marked as not available, as meters do that were never charged.
Result<std::int64_t> purse_in(const Model& model, PurseItem item, ByteView data);
/// In our units.
std::int64_t purse_step(const Model& model, PurseItem item);
/// Whether it shows a debt below zero; else what is overdrawn is an item of its own, or shows as nothing.
bool has_sign(const Model& model, PurseItem item);

/// Puts what the meter's purse shows into the image.
void show_purse(MeterImage& image, const Model& model, const MeterPurse& purse);
/// What a master has written into the image.
void keep_purse(const MeterImage& image, const Model& model, MeterPurse& purse);
/// The answer to a purchase; nothing when the frame is none for this meter.
std::optional<Bytes> answer_trade(const Frame& heard, const MeterImage& image, const Model& model, MeterPurse& purse);

std::string contradiction_of_purse(const Model& model);

}  // namespace wattle::dlt645
