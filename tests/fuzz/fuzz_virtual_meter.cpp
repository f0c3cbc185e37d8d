// Whatever a master says to an answering meter, of all protocols: frames that are not ours, in any order, while time passes. No
// register runs backwards, an answer fits a frame, and a purse takes a purchase whole or not at all.

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_purse.hpp"
#include "shared/meter/modbus_purse.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/virtual_meter.hpp"

using namespace wattle;

namespace {

constexpr std::uint64_t own = 7;
constexpr std::size_t longest_piece = 260;

/// In this order for good: the corpus begins with their numbers.
constexpr const char* models[] = {"generic-relay-meter",
                                  "generic-prepaid-meter",
                                  "generic-three-circuits",
                                  "hiking-dds238",
                                  "eastron-sdm120",
                                  "generic-dlt645-2007",
                                  "generic-dlt645-2007-prepaid",
                                  "generic-dlt645-2007-three-circuits",
                                  "generic-dlt645-1997",
                                  "generic-cjt188-cold-water",
                                  "generic-mbus-water",
                                  "generic-mbus-energy",
                                  "generic-dlt645-1997-prepaid",
                                  "public-prepaid-three-phase"};

const std::shared_ptr<const MeterProfile>& profile_at(std::size_t n) {
  static const auto all = [] {
    std::vector<std::shared_ptr<const MeterProfile>> out;
    for (const auto* model : models) out.push_back(shipped_profile(model));
    return out;
  }();
  WATTLE_CHECK(all[n % all.size()] != nullptr);
  return all[n % all.size()];
}

sim::VirtualMeter meter_of(std::shared_ptr<const MeterProfile> profile, Instant now) {
  sim::VirtualMeterSettings settings;
  settings.profile = std::move(profile);
  settings.accepts = {{2, 0, 0, 0}, {}};
  settings.address = own;
  settings.number = MeterId{own};
  settings.circuits.assign(circuit_count(*settings.profile), {std::make_shared<sim::LoadCurve>(Power{200}), 100, 0});
  return {std::move(settings), {}, now};
}

Bytes data_of(ByteView piece, std::size_t from) {
  const auto rest = piece.subspan(std::min(from, piece.size()));
  return {rest.begin(), rest.end()};
}

/// The piece as what a sound frame says: byte by byte, behind one that says to whom.
Bytes answer_to(sim::VirtualMeter& meter, ByteView piece, Instant now) {
  const auto head = [&](std::size_t at) { return at < piece.size() ? piece[at] : std::uint8_t{0}; };
  if (meter.is_modbus()) {
    const auto units = addresses_of(meter.profile(), own);
    const auto pdu = data_of(piece, 1);
    if (pdu.empty() || pdu.size() > modbus::max_pdu) return {};
    const auto bytes = meter.answer(static_cast<std::uint8_t>(units[head(0) % units.size()]), pdu, now);
    WATTLE_CHECK(!bytes.empty() && bytes.size() <= modbus::max_pdu);
    return bytes;
  }
  if (meter.speaks<dlt645::Model>()) {
    const dlt645::Address to[] = {dlt645::address_of(own).value(), dlt645::address_of(own + 1).value(), dlt645::wildcard,
                                  dlt645::broadcast};
    auto data = data_of(piece, 2);
    data.resize(std::min(data.size(), dlt645::max_data));
    const auto bytes = meter.answer(dlt645::Frame{to[head(0) % 4], head(1), std::move(data)}, now);
    WATTLE_CHECK(bytes.size() <= dlt645::max_frame + dlt645::master_preamble);
    return bytes;
  }
  if (const auto* model = std::get_if<cjt188::Model>(&meter.profile().protocol)) {
    const cjt188::Address to[] = {cjt188::address_of(*model, own), cjt188::wildcard};
    auto data = data_of(piece, 2);
    data.resize(std::min(data.size(), cjt188::max_data));
    const auto bytes = meter.answer(cjt188::Frame{model->type, to[head(0) % 2], head(1), std::move(data)}, now);
    WATTLE_CHECK(bytes.size() <= cjt188::max_frame + cjt188::master_preamble);
    return bytes;
  }
  auto data = data_of(piece, 4);
  data.resize(std::min(data.size(), mbus::max_data));
  const auto kind = static_cast<mbus::FrameKind>(head(0) % 3);
  const auto bytes = meter.answer(mbus::Frame{kind, head(1), head(2), head(3), std::move(data)}, now);
  WATTLE_CHECK(bytes.size() <= mbus::max_frame);
  return bytes;
}

/// What came along the line as it is, in case a frame is in it.
void hear(sim::VirtualMeter& meter, ByteView heard, Instant now) {
  const auto each = [&](auto find) {
    for (;;) {
      const auto outcome = find(heard, Wire::quiet);
      const auto* found = std::get_if<0>(&outcome);
      if (found == nullptr) return;
      (void)meter.answer(found->frame, now);
      heard = heard.subspan(found->offset + found->size);
    }
  };
  if (meter.speaks<dlt645::Model>()) each(dlt645::find_frame);
  if (meter.speaks<cjt188::Model>()) each(cjt188::find_frame);
  if (meter.speaks<mbus::Model>()) each(mbus::find_frame);
  if (!meter.is_modbus()) return;
  const auto scan = modbus_rtu::find_request(heard);
  if (scan.request && meter.is_at(scan.request->unit)) (void)meter.answer(scan.request->unit, scan.request->pdu, now);
}

void check_purse(const MeterPurse& before, const MeterPurse& after, bool is_answered) {
  if (!is_answered || after.count == before.count) WATTLE_CHECK(after == before);
  if (after.count == before.count) return;
  WATTLE_CHECK(after.count == before.count + 1 && after.total >= before.total);
  if (after.total > before.total) WATTLE_CHECK(after.thousandths - before.thousandths == (after.total - before.total) * 1000);
  if (after.thousandths < before.thousandths) WATTLE_CHECK(after.thousandths >= 0 && after.total == before.total);
}

/// A purchase as any master may write it, at the decoder itself.
void trade(const MeterProfile& profile, MeterPurse& purse, ByteView piece) {
  const auto before = purse;
  if (const auto* model = std::get_if<ModbusModel>(&profile.protocol)) {
    const auto answer = modbus::answer_trade(*model, piece, purse);
    check_purse(before, purse, answer.has_value());
  }
  if (const auto* model = std::get_if<dlt645::Model>(&profile.protocol); model != nullptr && piece.size() > 1) {
    dlt645::MeterImage image{.edition = model->edition, .address = dlt645::address_of(own).value(), .items = {}};
    image.accepts = {{2, 0, 0, 0}, {}};
    auto data = data_of(piece, 1);
    data.resize(std::min(data.size(), dlt645::max_data));
    const auto answer = dlt645::answer_trade({image.address, piece[0], std::move(data)}, image, *model, purse);
    check_purse(before, purse, answer.has_value());
    if (answer) WATTLE_CHECK(std::holds_alternative<dlt645::Found>(dlt645::find_frame(*answer, Wire::quiet)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in({data, size});
  const auto& profile = profile_at(in.u8());
  Instant now{1'750'000'000'000'000};
  auto meter = meter_of(profile, now);
  MeterPurse purse;
  hear(meter, ByteView(data, size), now);
  auto counted = meter.counted(now);
  while (in.ok() && !in.at_end()) {
    now = now + minutes(in.u8() % 64);
    const auto piece = in.blob(longest_piece);
    if (!in.ok() || piece.empty()) break;
    (void)answer_to(meter, piece, now);
    trade(*profile, purse, piece);
    const auto after = meter.counted(now);
    WATTLE_CHECK(after >= counted);
    counted = after;
    for (const auto& circuit : meter.read(now).circuits)
      WATTLE_CHECK(circuit.energy.units >= 0 && circuit.energy < profile->rollover);
  }
  return 0;
}
