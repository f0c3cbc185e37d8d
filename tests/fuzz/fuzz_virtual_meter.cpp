// Whatever a master says to an answering meter, of all protocols: frames that are not ours, in any order, while time passes. No
// register runs backwards, an answer fits a frame, and a purse takes a purchase whole or not at all. What only reads, and what
// comes without the right password, moves nothing; and a master's own decoder reads from it what it holds, whatever it was
// told.

#include <algorithm>
#include <cstdlib>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_purse.hpp"
#include "shared/meter/modbus_purse.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/virtual_meter.hpp"
#include "tests/support/asked_meter.hpp"

using namespace wattle;

namespace {

constexpr std::uint64_t own = 7;
constexpr std::size_t longest_piece = 260;
constexpr dlt645::Credentials right_password{{2, 0, 0, 0}, {}};
constexpr std::int64_t finest_register = 10;  // Wh: most show hundredths of a kWh

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
  settings.accepts = right_password;
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

/// What came along the line as it is. Whether a frame was in it.
bool hear(sim::VirtualMeter& meter, ByteView heard, Instant now) {
  bool is_any = false;
  const auto each = [&](auto find) {
    for (;;) {
      const auto outcome = find(heard, Wire::quiet);
      const auto* found = std::get_if<0>(&outcome);
      if (found == nullptr) return;
      is_any = true;
      (void)meter.answer(found->frame, now);
      heard = heard.subspan(found->offset + found->size);
    }
  };
  if (meter.speaks<dlt645::Model>()) each(dlt645::find_frame);
  if (meter.speaks<cjt188::Model>()) each(cjt188::find_frame);
  if (meter.speaks<mbus::Model>()) each(mbus::find_frame);
  if (!meter.is_modbus()) return is_any;
  const auto scan = modbus_rtu::find_request(heard);
  if (!scan.request || !meter.is_at(scan.request->unit)) return false;
  (void)meter.answer(scan.request->unit, scan.request->pdu, now);
  return true;
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
    image.accepts = right_password;
    auto data = data_of(piece, 1);
    data.resize(std::min(data.size(), dlt645::max_data));
    const auto answer = dlt645::answer_trade({image.address, piece[0], std::move(data)}, image, *model, purse);
    check_purse(before, purse, answer.has_value());
    if (answer) WATTLE_CHECK(std::holds_alternative<dlt645::Found>(dlt645::find_frame(*answer, Wire::quiet)));
  }
}

/// Whether it may move a contact, a purse or a register. Nothing under M-Bus does.
class Orders {
 public:
  Orders(const MeterProfile& profile, bool is_password_new) : profile_(profile), is_password_new_(is_password_new) {}

  bool may_move(ByteView piece) {
    const auto at = [&](std::size_t n) { return n < piece.size() ? piece[n] : std::uint8_t{0}; };
    if (std::holds_alternative<mbus::Model>(profile_.protocol)) return false;
    if (std::holds_alternative<ModbusModel>(profile_.protocol))
      return at(1) > static_cast<std::uint8_t>(modbus::Function::read_input);
    if (std::holds_alternative<cjt188::Model>(profile_.protocol))
      return at(1) == static_cast<std::uint8_t>(cjt188::Command::write) ||
             at(1) == static_cast<std::uint8_t>(cjt188::Command::write_total);
    return may_move(std::get<dlt645::Model>(profile_.protocol), at(1), data_of(piece, 2));
  }

 private:
  bool may_move(const dlt645::Model& model, std::uint8_t control, Bytes data) {
    data.resize(std::min(data.size(), dlt645::max_data));
    const auto request = dlt645::decode_request(model.edition, {{}, control, std::move(data)});
    if (!request) return false;
    const bool is_password_right = is_password_new_ || request->by.password == right_password.password;
    is_password_new_ = is_password_new_ || request->command == dlt645::Command::change_password ||
                       (is_password_right && request->command == dlt645::Command::write);
    if (request->command == dlt645::Command::authenticate) return true;  // what it carries is the purse's to judge
    return is_password_right && request->command != dlt645::Command::read && request->command != dlt645::Command::read_more &&
           request->command != dlt645::Command::read_again && request->command != dlt645::Command::read_address;
  }

  const MeterProfile& profile_;
  bool is_password_new_;  // maybe: any may be right from then on
};

/// A full reading as a box takes it. Nobody may answer: the meter has been given another address.
void check_reading(sim::VirtualMeter& meter, Instant now) {
  const auto& profile = meter.profile();
  const MeterPlace place{meter.address(), meter.number(), {}};
  const auto is_late_report = [](Error why) { return is_application(static_cast<MeterErrc>(why.value())); };
  int late_reports = 2;  // under M-Bus, of what is wrong with an order before
  std::vector<MeterAnswer> answers;
  const auto exchanges = reading_exchanges(profile, place, Depth::full);
  for (;;) {
    const auto next = answers.size() < exchanges.size() ? std::optional(exchanges[answers.size()])
                                                        : following_exchange(profile, place, Depth::full, answers);
    if (!next) break;
    const auto received = receive(*next, test::answer_of(meter, request_bytes(*next), now), Wire::quiet);
    const auto* bad = std::get_if<Bad>(&received);
    if (bad != nullptr && bad->error == MeterErrc::silence) return;
    if (bad != nullptr && is_late_report(bad->error) && late_reports-- > 0) {
      answers.clear();
      continue;
    }
    WATTLE_CHECK(bad == nullptr || may_lack(profile, place, Depth::full, answers, bad->error));
    answers.push_back(bad == nullptr ? std::get<MeterAnswer>(received) : MeterAnswer{});
  }
  const auto told = decode_reading(profile, place, Depth::full, answers);
  WATTLE_CHECK(told.has_value());
  const auto held = meter.read(now);
  WATTLE_CHECK(told->circuits.size() == held.circuits.size());
  for (std::size_t i = 0; i < held.circuits.size(); ++i) {
    const auto& [is, shown] = std::tie(held.circuits[i], told->circuits[i]);
    WATTLE_CHECK(std::abs(shown.energy.units - is.energy.units) < finest_register);
    WATTLE_CHECK(!shown.relay_closed || shown.relay_closed == is.relay_closed);
    WATTLE_CHECK(!shown.power || shown.power == is.power);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in({data, size});
  const auto& profile = profile_at(in.u8());
  Instant now{1'750'000'000'000'000};
  auto meter = meter_of(profile, now);
  MeterPurse purse;
  const bool is_told = hear(meter, ByteView(data, size), now);
  auto counted = meter.counted(now);
  Orders orders(*profile, is_told);
  while (in.ok() && !in.at_end()) {
    now = now + minutes(in.u8() % 64);
    const auto piece = in.blob(longest_piece);
    if (!in.ok() || piece.empty()) break;
    meter.advance(now);
    const auto before = meter.memory();
    (void)answer_to(meter, piece, now);
    if (!orders.may_move(piece)) WATTLE_CHECK(meter.memory() == before);
    trade(*profile, purse, piece);
    const auto after = meter.counted(now);
    WATTLE_CHECK(after >= counted);
    counted = after;
    for (const auto& circuit : meter.read(now).circuits)
      WATTLE_CHECK(circuit.energy.units >= 0 && circuit.energy < profile->rollover);
  }
  check_reading(meter, now);
  return 0;
}
