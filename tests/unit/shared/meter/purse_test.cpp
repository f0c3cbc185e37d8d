#include "shared/meter/purse.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/dlt645_purse.hpp"
#include "shared/meter/modbus_purse.hpp"

namespace wattle {
namespace {

using modbus::Function;

Point whole(std::uint16_t at, Encoding encoding, std::int32_t step) {
  return {Function::read_holding, at, encoding, {step, 1}, {}};
}

MeterProfile modbus_purse() {
  auto profile = generic_relay_meter();
  ModbusPurse purse;
  purse.items = {{PurseItem::remaining, whole(0x1106, Encoding::u32, 10'000)},
                 {PurseItem::overdrawn, whole(0x110e, Encoding::u32, 10'000)},
                 {PurseItem::total, whole(0x1104, Encoding::u32, 10'000)},
                 {PurseItem::count, whole(0x1103, Encoding::u16, 1)},
                 {PurseItem::price, whole(0x1110, Encoding::u32, 100)}};
  purse.trades = {{PurseTrade::buy, {whole(0x1201, Encoding::u32, 10'000), whole(0x1200, Encoding::u16, 1)}},
                  {PurseTrade::refund, {whole(0x1210, Encoding::u32, 10'000), whole(0x1212, Encoding::u16, 1)}}};
  std::get<ModbusModel>(profile.protocol).purse = purse;
  return profile;
}

MeterProfile dlt645_purse() {
  auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  dlt645::ModelPurse purse;
  purse.items = {{PurseItem::remaining, dlt645::di::remaining_money},
                 {PurseItem::overdrawn, dlt645::di::overdrawn_money},
                 {PurseItem::total, 0x03330601},
                 {PurseItem::count, 0x03330201},
                 {PurseItem::price, 0x04050101}};
  purse.trades = {{PurseTrade::buy, {0x070102ff, dlt645::Command::authenticate, false, 2}},
                  {PurseTrade::refund, {0x070103ff, dlt645::Command::write, true, 4}}};
  std::get<dlt645::Model>(profile.protocol).purse = purse;
  return profile;
}

const MeterPlace purse_place{7, {7}, {{2, 0x37, 6, 2}, {1, 2, 3, 4}}};

modbus::Request written_by(const MeterProfile& profile, const PurseOrder& order) {
  return std::get<ModbusAsk>(purse_trade(profile, purse_place, 0, order).value().ask).request;
}
dlt645::Request asked_by(const MeterProfile& profile, const PurseOrder& order) {
  return std::get<dlt645::Request>(purse_trade(profile, purse_place, 0, order).value().ask);
}

std::string wrong_after(MeterProfile profile, const std::function<void(ModbusPurse&)>& change) {
  change(*std::get<ModbusModel>(profile.protocol).purse);
  return contradiction(profile);
}
std::string wrong_after(MeterProfile profile, const std::function<void(dlt645::ModelPurse&)>& change) {
  change(*std::get<dlt645::Model>(profile.protocol).purse);
  return contradiction(profile);
}

}  // namespace

TEST_CASE("a purchase over Modbus is amount and count in one write, in the order of their registers") {
  const auto profile = modbus_purse();
  CHECK(contradiction(profile).empty());
  CHECK(written_by(profile, {PurseTrade::buy, 3, 12'340'000}) == modbus::write_registers(0x1200, {3, 0, 1234}));
  CHECK(written_by(profile, {PurseTrade::refund, 4, 700'000'000}) == modbus::write_registers(0x1210, {1, 4464, 4}));
  CHECK(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 3, 12'345'000}).error() == MeterErrc::value);  // half a fen
  CHECK(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 65'536, 10'000}).error() == MeterErrc::value);
  CHECK(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 1, INT64_MAX / 10'000 * 10'000}).error() == MeterErrc::value);
  CHECK(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 1, -10'000}).error() == MeterErrc::value);
}

TEST_CASE("a purchase in DL/T 645 is digits, low pair first, as its profile says") {
  const auto profile = dlt645_purse();
  CHECK(contradiction(profile).empty());
  const auto buy = asked_by(profile, {PurseTrade::buy, 12, 1'234'560'000});
  CHECK(buy.command == dlt645::Command::authenticate);
  CHECK(buy.payload == from_hex("563412001200"));
  CHECK(buy.by == dlt645::Credentials{{}, {1, 2, 3, 4}});
  CHECK(dlt645::is_valid(buy));
  const auto refund = asked_by(profile, {PurseTrade::refund, 13, 10'000});
  CHECK(refund.command == dlt645::Command::write);
  CHECK(refund.payload == from_hex("1300000001000000"));
  CHECK(refund.by == purse_place.by);
  CHECK(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 10'000, 10'000}).error() == MeterErrc::value);
  CHECK(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 1, yuan(1'000'000).micros}).error() == MeterErrc::value);
  CHECK(asked_by(profile, {PurseTrade::buy, 1, 999'999'990'000}).payload == from_hex("999999990100"));
  CHECK(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 1, 10'001}).error() == MeterErrc::value);
}

TEST_CASE("what a purse shows comes in micro-units, and what was never charged is not available") {
  const auto profile = dlt645_purse();
  const auto in = [&](PurseItem item, const char* hex) { return purse_in(profile, item, {{}, 0, from_hex(hex)}); };
  CHECK(in(PurseItem::remaining, "56341200").value() == 1'234'560'000);
  CHECK(in(PurseItem::remaining, "56341280").value() == -1'234'560'000);
  CHECK(in(PurseItem::count, "1200").value() == 12);
  CHECK(in(PurseItem::price, "00550000").value() == 550'000);
  CHECK(in(PurseItem::count, "ffff").error() == MeterErrc::value);
  CHECK(in(PurseItem::total, "ffffffff").error() == MeterErrc::value);
  CHECK(in(PurseItem::total, "0012").error() == MeterErrc::length);
  const auto modbus = modbus_purse();
  CHECK(purse_in(modbus, PurseItem::remaining, {{0x0001, 0xe240}, 0, {}}).value() == 1'234'560'000);
  CHECK(purse_in(modbus, PurseItem::count, {{}, 0, {}}).error() == MeterErrc::length);
  CHECK(purse_step(modbus, PurseItem::price) == 100);
  CHECK(purse_step(profile, PurseItem::remaining) == 10'000);
  CHECK(purse_of(profile, 0) != nullptr);
  CHECK(purse_of(profile, 1) == nullptr);
  CHECK(purse_of(generic_relay_meter(), 0) == nullptr);
}

TEST_CASE("a debt shows by the sign of what remains where the meter shows nothing overdrawn, else apart") {
  auto profile = dlt645_purse();
  auto& model = std::get<dlt645::Model>(profile.protocol);
  MeterPurse owes;
  owes.set_remaining(-12'340'000);
  const auto shown = [&](std::uint32_t di) {
    dlt645::MeterImage image{.address = *dlt645::address_of(7), .items = {}, .accepts = {}};
    dlt645::show_purse(image, model, owes);
    return to_hex(image.items.at(di).bytes);
  };
  CHECK_FALSE(purse_has_sign(profile, PurseItem::remaining));
  CHECK(shown(dlt645::di::remaining_money) == "00000000");
  CHECK(shown(dlt645::di::overdrawn_money) == "34120000");
  model.purse->items.erase(PurseItem::overdrawn);
  CHECK(purse_has_sign(profile, PurseItem::remaining));
  CHECK_FALSE(purse_has_sign(profile, PurseItem::total));  // digits alone
  CHECK(shown(dlt645::di::remaining_money) == "34120080");
  CHECK(purse_in(profile, PurseItem::remaining, {{}, 0, from_hex("34120080")}).value() == -12'340'000);

  auto registers = modbus_purse();
  auto& items = std::get<ModbusModel>(registers.protocol).purse->items;
  items[PurseItem::remaining].encoding = Encoding::i32;
  CHECK_FALSE(purse_has_sign(registers, PurseItem::remaining));  // of a meter that has both, what is overdrawn is the debt
  items.erase(PurseItem::overdrawn);
  CHECK(purse_has_sign(registers, PurseItem::remaining));
  modbus::RegisterImage image;
  modbus::show_purse(image, std::get<ModbusModel>(registers.protocol), owes);
  CHECK(image.holding.at(0x1106).value == 0xffff);
  CHECK(image.holding.at(0x1107).value == static_cast<std::uint16_t>(-1234));
  items[PurseItem::remaining].encoding = Encoding::u32;
  CHECK_FALSE(purse_has_sign(registers, PurseItem::remaining));
  modbus::show_purse(image, std::get<ModbusModel>(registers.protocol), owes);
  CHECK(image.holding.at(0x1107).value == 0);
}

TEST_CASE("a purse that others fill is read, and neither bought into nor written") {
  const auto only_read = [](auto profile) {
    std::visit(
        [](auto& model) {
          if constexpr (requires { model.purse->trades; }) {
            model.purse->form.kind = PurseKind::read_only;
            model.purse->trades.clear();
          }
        },
        profile.protocol);
    return profile;
  };
  const auto registers = only_read(modbus_purse());
  CHECK(contradiction(registers).empty());
  CHECK(contradiction(only_read(dlt645_purse())).empty());
  CHECK_FALSE(purse_trades(registers, PurseTrade::buy));
  modbus::RegisterImage image;
  modbus::show_purse(image, std::get<ModbusModel>(registers.protocol), {});
  for (const auto& [address, cell] : image.holding) CHECK_FALSE(cell.writable);
  const auto digits = only_read(dlt645_purse());
  dlt645::MeterImage meter{.address = *dlt645::address_of(7), .items = {}, .accepts = {}};
  dlt645::show_purse(meter, std::get<dlt645::Model>(digits.protocol), {});
  for (const auto& [di, cell] : meter.items) CHECK_FALSE(cell.writable);
  CHECK(wrong_after(modbus_purse(), [](ModbusPurse& purse) { purse.form.kind = PurseKind::read_only; }).find("only read") !=
        std::string::npos);
  CHECK(wrong_after(dlt645_purse(), [](dlt645::ModelPurse& purse) {
          purse.form.kind = PurseKind::read_only;
        }).find("only read") != std::string::npos);
}

TEST_CASE("a meter's purse takes the purchase that follows its last one, once") {
  MeterPurse purse;
  CHECK_FALSE(purse.take({PurseTrade::buy, 2, 10'000}));
  CHECK(purse.take({PurseTrade::buy, 1, 10'000'000}));
  CHECK_FALSE(purse.take({PurseTrade::buy, 1, 10'000'000}));
  CHECK(purse.remaining() == 10'000'000);
  CHECK(purse.total == 10'000'000);
  purse.price = 500'000;
  purse.flow(1);  // 500 micro-units
  CHECK(purse.remaining() == 9'999'500);
  CHECK_FALSE(purse.take({PurseTrade::refund, 2, 10'000'000}));
  CHECK(purse.take({PurseTrade::refund, 2, 9'990'000}));
  CHECK(purse.total == 10'000'000);
  CHECK_FALSE(purse.cuts());
  purse.flow(19);
  CHECK(purse.cuts());
  CHECK(whole_steps(-1, 10'000) == -10'000);
  CHECK(whole_steps(19'999, 10'000) == 10'000);
}

TEST_CASE("an answering meter of either protocol sells by the bytes of its profile") {
  const auto profile = dlt645_purse();
  const auto& model = std::get<dlt645::Model>(profile.protocol);
  dlt645::MeterImage image{.address = *dlt645::address_of(7), .items = {}, .accepts = purse_place.by};
  MeterPurse purse;
  const auto say = [&](const Exchange& exchange) {
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(request_bytes(exchange), Wire::quiet)).frame;
    dlt645::show_purse(image, model, purse);
    auto traded = dlt645::answer_trade(frame, image, model, purse);
    return receive(exchange, traded ? *traded : dlt645::answer(frame, image, {}), Wire::quiet);
  };
  const auto buy = purse_trade(profile, purse_place, 0, {PurseTrade::buy, 1, 5'000'000}).value();
  CHECK(std::holds_alternative<MeterAnswer>(say(buy)));
  const auto again = say(buy);
  REQUIRE(std::holds_alternative<Bad>(again));
  CHECK(std::get<Bad>(again).error == MeterErrc::purchase_known);
  const auto skipped = say(purse_trade(profile, purse_place, 0, {PurseTrade::buy, 3, 5'000'000}).value());
  CHECK(std::get<Bad>(skipped).error == MeterErrc::purchase_count);
  const auto count = say(purse_read(profile, purse_place, 0, PurseItem::count));
  CHECK(purse_in(profile, PurseItem::count, std::get<MeterAnswer>(count)).value() == 1);
  image.accepts.password = {9, 9, 9, 9};
  const auto refused = say(purse_trade(profile, purse_place, 0, {PurseTrade::refund, 2, 10'000}).value());
  CHECK(std::get<Bad>(refused).error == MeterErrc::password);
  CHECK(purse.remaining() == 5'000'000);

  const auto modbus = std::get<ModbusModel>(modbus_purse().protocol);
  MeterPurse other;
  const auto order = modbus::encode_request(written_by(modbus_purse(), {PurseTrade::buy, 1, 5'000'000}));
  CHECK(modbus::answer_trade(modbus, order, other).value() == from_hex("1012000003"));
  CHECK(modbus::answer_trade(modbus, order, other).value() == from_hex("9003"));
  CHECK_FALSE(modbus::answer_trade(modbus, modbus::encode_request(modbus::write_registers(0x1110, {0, 55})), other));
  CHECK(other.total == 5'000'000);
}

TEST_CASE("a display over Modbus holds what it was told, and takes no purchase") {
  auto profile = modbus_purse();
  auto& model = std::get<ModbusModel>(profile.protocol);
  model.purse->form.kind = PurseKind::display;
  model.purse->trades.clear();
  CHECK(contradiction(profile).empty());
  MeterPurse display;
  const auto tell = [&](PurseItem item, std::int64_t value) {
    const auto ask = std::get<ModbusAsk>(purse_write(profile, purse_place, 0, item, value).value().ask);
    modbus::RegisterImage image;
    modbus::show_purse(image, model, display);
    modbus::answer(modbus::encode_request(ask.request), image);
    modbus::keep_purse(image, model, display);
  };
  tell(PurseItem::remaining, 12'340'000);
  tell(PurseItem::total, 20'000'000);
  tell(PurseItem::count, 3);
  CHECK(display.remaining() == 12'340'000);
  CHECK(display.total == 20'000'000);
  CHECK(display.count == 3);
  CHECK_FALSE(modbus::answer_trade(model, from_hex("10120000030600010000000a"), display));
  CHECK(purse_write(profile, purse_place, 0, PurseItem::remaining, 5'000).error() == MeterErrc::value);
}

TEST_CASE("a purse that contradicts itself is refused with the reason, and asked nothing") {
  using M = ModbusPurse;
  using D = dlt645::ModelPurse;
  const auto m = modbus_purse();
  const auto d = dlt645_purse();
  CHECK(wrong_after(m, [](M& p) { p.items.erase(PurseItem::remaining); }) == "purse: a purse shows what remains");
  CHECK(wrong_after(m, [](M& p) { p.items.erase(PurseItem::total); }).find("how often") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.items[PurseItem::total].scale = {1'000, 1}; }).find("one unit") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.items[PurseItem::total].encoding = Encoding::f32; }).find("whole") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.items[PurseItem::price].scale = {1, 3}; }).find("whole steps") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.trades.clear(); }).find("nothing says") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.trades[PurseTrade::buy].count.address = 0x1300; }).find("follow") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.trades[PurseTrade::buy].amount.scale = {1, 1}; }).find("unit") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.trades[PurseTrade::refund] = p.trades[PurseTrade::buy]; }).find("refund") !=
        std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.items[PurseItem::price].address = 0x1201; }).find("read") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.items[PurseItem::total].address = 0xffff; }).find("beyond") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) {
          p.trades[PurseTrade::buy].count.address = 0xfffd;
          p.trades[PurseTrade::buy].amount.address = 0xfffe;
        }).empty());
  CHECK(wrong_after(m, [](M& p) {
          p.trades[PurseTrade::buy].count.address = 0xfffe;
          p.trades[PurseTrade::buy].amount.address = 0xffff;
        }).find("beyond") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.items[PurseItem::total].address = 0x0000; }).find("of energy") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.items[PurseItem::count] = p.items[PurseItem::total]; }).find("else of it") !=
        std::string::npos);
  CHECK(wrong_after(m, [](M& p) {
          p.trades[PurseTrade::buy].count.address = 0x0004;
          p.trades[PurseTrade::buy].amount.address = 0x0005;
        }).find("lies in the register of") != std::string::npos);
  CHECK(wrong_after(m, [](M& p) { p.form.kind = PurseKind::display; }).find("display") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items.erase(PurseItem::count); }).find("how often") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items[PurseItem::count] = 0x00010000; }).find("something else") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items[PurseItem::total] = 0x03320601; }).find("something else") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items[PurseItem::price] = 0xffffffff; }).find("something else") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items[PurseItem::remaining] = 0x04001001; }).find("something else") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items[PurseItem::total] = 0x03330301; }).find("something else") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items[PurseItem::count] = 0x03110000; }).find("something else") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.items[PurseItem::price] = 0x0280000b; }).find("something else") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.trades[PurseTrade::buy].count_bytes = 5; }).find("bytes") != std::string::npos);
  CHECK(wrong_after(d, [](D& p) { p.trades[PurseTrade::refund] = p.trades[PurseTrade::buy]; }).find("refund") !=
        std::string::npos);
  auto old = generic_dlt645_meter(dlt645::Edition::v1997);
  std::get<dlt645::Model>(old.protocol).purse = std::get<dlt645::Model>(d.protocol).purse;
  CHECK(contradiction(old).find("1997") != std::string::npos);
}

}  // namespace wattle
