// What students, cashiers, installers and providers do.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

Money some_money(Random& random) { return {random.between(1, 40) * 1'000'000 + random.between(0, 99) * 10'000}; }

/// Now and then more than a byte holds; not often, since few rooms would run low, and boxes honour only so much alone.
std::int64_t some_code_yuan(Random& random) { return random.chance(1, 16) ? random.between(200, 400) : random.between(1, 30); }

/// A yuan more under the mark of the code that was sold: as who has bought it would like it to be.
std::string dearer(std::string digits) {
  auto more = std::uint64_t{1} << code_mac_bits;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, more /= 10) {
    more += static_cast<std::uint64_t>(*digit - '0');
    *digit = static_cast<char>('0' + more % 10);
  }
  return digits;
}

}  // namespace

RoomId World::any_room() { return {101 + static_cast<std::uint32_t>(random_.below(options_.rooms))}; }

cloud::Payment World::pay(RoomId room, Money amount) {
  cloud::Payment payment;
  payment.number = "P" + std::to_string(next_payment_++);
  payment.provider = static_cast<Provider>(1 + random_.below(4));
  payment.room = room;
  payment.opening = opening_of(room);
  payment.amount = amount;
  facts_.payments[payment.number] = payment;
  refundable_.push_back(payment.number);
  return payment;
}

std::string World::buy_code(RoomId room, std::int64_t yuan_amount) {
  for (auto& box : boxes_) {
    const auto* state = box->engine ? box->engine->link().state().find(room) : nullptr;
    if (state == nullptr || !state->open || box->clone) continue;
    const auto epoch = epoch_of(*box, room);
    const CodeName name{room, epoch, static_cast<std::uint16_t>(random_.below(4096))};
    if (!facts_.sold_codes.emplace(box->holder, name).second) return {};
    const auto digits = make_code(*crypto_, box->code_key, {box->holder, room, CodeEpoch{epoch}},
                                  {name.number, static_cast<std::uint16_t>(yuan_amount)});
    auto payment = pay(room, yuan(yuan_amount));
    payment.code = cloud::CodeSale{box->holder, name};
    facts_.payments[payment.number] = payment;
    refundable_.pop_back();
    facts_.typed.emplace_back(payment.number, digits);
    cloud_mail_.push_back(cloud::Ordered{payment});
    return digits;
  }
  return {};
}

/// Mostly where it was sold for; now and then at another room or another box, or with other digits, where it is worth nothing.
void World::type_code() {
  const auto& [number, digits] = facts_.typed[random_.below(facts_.typed.size())];
  const auto& payment = facts_.payments.at(number);
  const bool mistaken = random_.chance(1, 8);
  for (auto& box : boxes_) {
    if ((box->holder == payment.code->issuer) == mistaken || box->clone || !random_.chance(2, 3)) continue;
    typing_ = payment;
    if (random_.chance(1, 12)) return to_box(*box, edge::CodeTyped{payment.room, dearer(digits)});
    return to_box(*box, edge::CodeTyped{mistaken && random_.chance(1, 2) ? any_room() : payment.room, digits});
  }
}

/// A code is honoured where it was sold for, in the epoch in which it was sold, and for what was paid.
void World::check_code(const BoxNode& box, const edge::CodeAnswered& answer) const {
  if (answer.outcome != edge::CodeOutcome::accepted || !typing_) return;
  const auto& sale = *typing_->code;
  require(sale.issuer == box.holder && sale.name.room == answer.room && sale.name.epoch == epoch_of(box, answer.room) &&
              typing_->amount == answer.amount,
          "codes",
          "a code of room " + std::to_string(sale.name.room.value) + ", epoch " + std::to_string(sale.name.epoch) + " for " +
              std::to_string(typing_->amount.micros) + " is honoured in room " + std::to_string(answer.room.value) +
              ", epoch " + std::to_string(epoch_of(box, answer.room)) + " for " + std::to_string(answer.amount.micros));
}

std::uint32_t World::epoch_of(const BoxNode& box, RoomId room) const {
  if (!box.engine) return 0;
  const auto& config = box.engine->link().state().config();
  const auto at = config.find("code_epoch/" + std::to_string(room.value));
  return at == config.end() ? 0 : from_bytes<std::uint32_t>(at->second.value).value_or(0);
}

void World::pay_cash(RoomId room) {
  auto& box = any_box();
  bool cloned = box.clone;
  for (auto& other : boxes_) cloned = cloned || (other.get() != &box && other->holder == box.holder);
  if (!cloned) to_box(box, edge::CashTaken{room, some_money(random_)});
}

/// To the provider, or to another room; and now and then the student thinks better of it.
void World::ask_money_back() {
  const auto at = random_.below(refundable_.size());
  const auto& payment = facts_.payments.at(refundable_[at]);
  const auto take_out = [&](std::size_t which) {
    refundable_[which] = refundable_.back();
    refundable_.pop_back();
  };
  ReleaseRequest request{random_.uid(), payment.opening, Utility::none, {}, ReleaseTo::provider, {}, {}};
  if (random_.chance(1, 4)) {
    request.to = ReleaseTo::room;
    request.to_room = any_room();
    request.at_most = some_money(random_);
  } else {
    request.at_most = payment.amount;
    request.payments.push_back({payment.provider, payment.number, payment.amount});
    take_out(at);
    for (std::size_t more = 0; more < refundable_.size() && request.payments.size() < 3 && random_.chance(3, 4);) {
      const auto& other = facts_.payments.at(refundable_[more]);
      const bool same_room = other.room == payment.room && other.opening == payment.opening;
      if (same_room) request.payments.push_back({other.provider, other.number, other.amount});
      if (same_room) request.at_most.micros += other.amount.micros;
      if (same_room)
        take_out(more);
      else
        ++more;
    }
  }
  const bool to_room = request.to == ReleaseTo::room;
  give(cloud::Release{payment.room, request, to_room && random_.chance(3, 4) ? opening_of(request.to_room) : 0});
  if (random_.chance(1, 5)) give(cloud::CancelOf{request.id});
}

/// A cold water meter with its valve.
CircuitFigures World::fit_water(RoomId room) {
  const CircuitId circuit{room.value * 10 + 7};
  const std::int64_t first = random_.between(0, 50'000);
  facts_.meters[circuit] = {{90'000'000ULL + circuit.value}, first, room, circuit, true, false, first, 0, Utility::cold_water};
  facts_.energy[circuit] = 0;
  return {circuit, {90'000'000ULL + circuit.value}, Utility::cold_water, {first}, {}, {}, 0};
}

/// Prices of the field, but with many more bands a day, so that a run of hours meets them.
void World::order_price() {
  const auto utility = options_.has(Fault::water) && random_.chance(1, 4) ? Utility::cold_water : Utility::electricity;
  PricePlan plan{next_price_++,
                 static_cast<std::uint8_t>(utility),
                 now().wall + minutes(random_.between(-60, 120)),
                 TierPeriod::none,
                 {Band{{Tier{0, random_.between(300'000, 900'000)}}}}};
  if (options_.has(Fault::bands) && random_.chance(3, 4))
    for (auto more = random_.between(1, 3); more > 0; --more)
      plan.bands.push_back(Band{{Tier{0, random_.between(50'000, 2'000'000)}}});
  if (random_.chance(1, 2)) {
    plan.period = random_.chance(1, 4) ? TierPeriod::year : TierPeriod::month;
    for (auto& band : plan.bands) {
      band.tiers.push_back({random_.between(500, 20'000), random_.between(900'000, 2'500'000)});
      while (band.tiers.size() < tiers_max && random_.chance(1, 2))
        band.tiers.push_back({band.tiers.back().from_units + random_.between(1, 5'000), random_.between(900'000, 2'500'000)});
    }
  }
  if (plan.bands.size() > 1) make_days(plan);
  give(cloud::PriceOrder{plan});
}

/// Day profiles, seasons that change about the day of the run, and days that are not what their weekday says.
void World::make_days(PricePlan& plan) {
  for (auto profiles = random_.between(1, 4); profiles > 0; --profiles) {
    DayProfile profile;
    std::int64_t minute = 0;
    while (minute < 24 * 60 && profile.size() < day_spans_max) {
      profile.push_back({static_cast<std::uint16_t>(minute), static_cast<std::uint8_t>(random_.below(plan.bands.size()))});
      minute += random_.chance(1, 3) ? random_.between(1, 10) : random_.between(10, 180);
    }
    plan.profiles.push_back(profile);
  }
  const auto profile = [&] { return static_cast<std::uint8_t>(random_.below(plan.profiles.size())); };
  if (random_.chance(1, 2)) plan.seasons.push_back({7, 1, profile(), profile(), profile()});
  plan.seasons.push_back({10, static_cast<std::uint8_t>(random_.between(1, 2)), profile(), profile(), profile()});
  if (random_.chance(1, 2)) plan.seasons.push_back({12, 31, profile(), profile(), profile()});
  plan.calendar.rest_days = static_cast<std::uint8_t>(random_.below(128));
  for (const auto& date : {Date{2026, 9, 30}, Date{2026, 10, 1}, Date{2027, 10, 1}})
    if (random_.chance(1, 3)) plan.calendar.exceptions[date] = static_cast<DayKind>(random_.below(3));
}

/// A person has looked at a meter that has come to its end. False when there is none that the cloud does not know of.
bool World::tell_of_rollover() {
  if (site() == nullptr) return false;
  for (const auto& [circuit, meter] : facts_.meters) {
    if (meter.turns() == 0) continue;
    const auto key = rollover_key(circuit);
    const auto value = encode(RolloverOrder{meter.number, {meter.ends}, static_cast<std::uint32_t>(meter.turns())});
    const auto told = [&](const auto& item) {
      const auto* config = std::get_if<cloud::ConfigOrder>(&item.second);
      return config != nullptr && config->key == key && config->value == value;
    };
    if (std::any_of(site()->orders().begin(), site()->orders().end(), told)) continue;
    configure(key, value, home_of(circuit));
    return true;
  }
  return false;
}

void World::change_meter() {
  if (options_.has(Fault::rollovers) && random_.chance(1, 3) && tell_of_rollover()) return;
  auto at = facts_.meters.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random_.below(facts_.meters.size())));
  auto& meter = at->second;
  for (auto& box : boxes_) {
    bool cloned = false;
    for (auto& other : boxes_) cloned = cloned || (other.get() != box.get() && other->holder == box->holder);
    const auto* state = box->engine && !cloned ? box->engine->link().state().find(meter.room) : nullptr;
    const auto* circuit = state != nullptr && state->open ? state->find(meter.circuit) : nullptr;
    if (circuit == nullptr || circuit->meter != meter.number || circuit->reading.units > meter.register_units) continue;
    const MeterId fresh{meter.number.value + 1'000'000};
    const auto first = whole_steps(meter.circuit, 7);
    const auto before = box->engine->link().up().head();
    to_box(*box, edge::MeterReplaced{meter.room, meter.circuit, {meter.register_units}, fresh, {first}});
    // The technician goes away when the panel shows the new meter; else he puts the old one back.
    if (!box->engine) start_box(*box);
    const auto* after = box->engine ? box->engine->link().state().find(meter.room) : nullptr;
    const auto* changed = after != nullptr ? after->find(meter.circuit) : nullptr;
    if (changed == nullptr || changed->meter != fresh || box->engine->link().up().head() == before) return;
    trace("meter of circuit " + std::to_string(meter.circuit.value) + " changed at box " +
          std::to_string(box->holder.edge.value) + " as entry " + std::to_string(box->engine->link().up().head().number));
    meter.charged_before += meter.register_units - meter.base;
    meter.number = fresh;
    meter.ends = 0;
    meter.base = meter.register_units = first;
    disturb(meter.circuit);
    return;
  }
}

/// The warden gives something back of a slice, or takes it again; now and then more than it cost, or for a slice of long ago.
/// The same order comes twice now and then, under another number.
void World::correct(BoxNode& box) {
  const auto& log = box.engine->link().up();
  const auto head = log.head().number;
  auto number = head - random_.below(std::min<std::uint64_t>(head, random_.chance(1, 4) ? 400 : 40));
  std::optional<Consumption> slice;
  for (; number > 0; --number) {
    const auto record = log.at(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry) return;
    if (entry->kind == Kind::consumption) slice = detail_of<Consumption>(*entry);
    if (slice) break;
  }
  if (!slice) return;
  CorrectionOrder order{random_.uid(), box.holder, number, {}, {}};
  for (auto times = random_.between(1, 3); times > 0; --times) {
    order.way = random_.chance(1, 4) ? CorrectionWay::charge : CorrectionWay::back;
    order.amount = {random_.between(1, random_.chance(1, 2) ? 500'000 : 50'000)};
    configure(correction_key(slice->circuit), encode(order), box.holder.edge);
    if (random_.chance(1, 2)) order.id = random_.uid();  // else it is given again, and perhaps otherwise
  }
}

void World::people_act() {
  const auto room = any_room();
  const auto pick = random_.below(100);
  if (pick < 34) {
    cloud_mail_.push_back(cloud::Ordered{pay(room, some_money(random_))});
  } else if (pick < 44 && options_.has(Fault::codes)) {
    buy_code(room, some_code_yuan(random_));
  } else if (pick < 54 && options_.has(Fault::codes) && !facts_.typed.empty()) {
    type_code();
  } else if (pick < 64 && options_.has(Fault::cash)) {
    pay_cash(room);
  } else if (pick < 74 && options_.has(Fault::refunds) && !refundable_.empty()) {
    ask_money_back();
  } else if (pick < 82 && options_.has(Fault::moves)) {
    if (random_.chance(1, 8) && site() != nullptr && site()->index().room(room) != nullptr) {
      if (random_.chance(1, 4))
        return give(cloud::Move{random_.uid(), room, opening_of(room), {}});  // for a while nobody comes
      return change_students(room);
    }
    const auto move = random_.uid();
    give(cloud::Move{move, room, opening_of(room), {1 + static_cast<std::uint32_t>(random_.below(options_.slots))}});
    if (random_.chance(1, 6)) give(cloud::CancelOf{move});
  } else if (pick < 86 && options_.has(Fault::allowances)) {
    const auto term = "t" + std::to_string(random_.below(20));
    for (const auto& wish : wishes_)
      if (std::holds_alternative<cloud::AllowanceGrant>(wish.order)) return;
    const auto amount = yuan(5);
    const auto utility = static_cast<Utility>(random_.chance(1, 2) ? 1 : random_.between(1, utility_max));
    give(cloud::AllowanceGrant{room, opening_of(room), utility, amount, term});
  } else if (pick < 88 && options_.has(Fault::allowances)) {
    const auto utility = static_cast<Utility>(random_.chance(1, 2) ? 1 : random_.between(1, utility_max));
    ReleaseRequest request{random_.uid(), opening_of(room), utility, yuan(100), ReleaseTo::subsidy, {}, {}};
    give(cloud::Release{room, request});
  } else if (pick == 91 && options_.has(Fault::control)) {
    warden_acts();
  } else if (pick == 90) {
    const EdgeId slot{1 + static_cast<std::uint32_t>(random_.below(options_.slots))};
    const auto value = static_cast<std::uint8_t>(random_.below(256));
    if (random_.chance(1, 4)) {  // the codes of a room are used up, or one was told to the wrong person
      give(cloud::ConfigOrder{random_.uid(), slot, "code_epoch/" + std::to_string(room.value), to_bytes(std::uint32_t{value}),
                              next_setting()});
      return;
    }
    give(cloud::ConfigOrder{random_.uid(), slot, random_.chance(1, 2) ? "limit" : "threshold", {value}, next_setting()});
  } else if (pick < 90 && options_.has(Fault::prices) && next_price_ < 12) {
    order_price();
  } else if (pick < 93 && options_.has(Fault::meter_change)) {
    change_meter();
  } else if (pick < 95 && options_.has(Fault::corrections)) {
    auto& box = any_box();
    if (!box.engine || box.clone || box.engine->link().up().head().number == 0) return;
    correct(box);
  } else if (pick == 95) {
    decide();
  } else if (pick == 96 && options_.has(Fault::dead)) {
    give_another_box();
  } else if (!wishes_.empty()) {
    to_cloud(cloud::Ordered{wishes_[random_.below(wishes_.size())].order});
  }
}

std::uint32_t World::opening_of(RoomId room) const {
  const auto at = openings_.find(room);
  return at == openings_.end() ? 1 : at->second;
}

/// Those who lived there go, with whatever is left; the next ones may come as soon as the meters have been read.
void World::change_students(RoomId room) {
  give(cloud::Move{random_.uid(), room, opening_of(room), {}});
  Circuits circuits;
  for (const auto& [circuit, meter] : facts_.meters)
    if (meter.room == room) circuits.push_back({circuit, meter.number, meter.utility, {meter.register_units}, {}, {}, 0});
  openings_[room] = opening_of(room) + 1;
  give(cloud::Fitting{room, openings_[room], {1 + static_cast<std::uint32_t>(random_.below(options_.slots))}, circuits});
}

/// Whoever looks after the site claims what is new, starts what stands still, and ends what has stopped for good.
void World::look_after() {
  if (processes_.size() > 1 && random_.chance(1, 4)) return change_processes();
  if (!random_.chance(1, 3)) return attend();
  if (archive_held_ ? random_.chance(1, 3) : random_.chance(1, 20)) return hold_archive(!archive_held_);
  if (random_.chance(1, 20))
    return claim({1 + static_cast<std::uint32_t>(random_.below(options_.slots))});  // a slot that is held
  if (const auto holder = any_box().holder; random_.chance(1, 20) && site() != nullptr && site()->boxes().contains(holder)) {
    to_cloud(cloud::Claimed{holder, make_signer()->key()});  // by somebody who would like to be that box
    return;
  }
  if (claims_.empty()) return fill_slots();
  const auto claim = claims_[random_.below(claims_.size())];
  to_cloud(cloud::Claimed{claim.first, claim.second});
}

void World::attend() {
  for (auto& box : boxes_)
    if (!box->engine && !box->dead) return start_box(*box);
  if (site() == nullptr) return start_cloud();
  // In time: of a turn that is told when half of the register has been used again a box rightly believes nothing.
  if (options_.has(Fault::rollovers) && tell_of_rollover()) return;
  if (!site()->is_settled() || !has_recovered()) return;
  for (auto& box : boxes_) {
    const auto* link = site()->link(box->holder);
    if (link == nullptr || link->row().fenced || box->clone) continue;
    const bool stopped = link->row().stopped || (box->engine && box->engine->link().row().stopped);
    if (stopped) return fence(box->holder, box->holder.edge);
  }
}

/// Mostly one that holds its slot: fenced ones stand about, and still speak now and then.
BoxNode& World::any_box() {
  auto& box = *boxes_[random_.below(boxes_.size())];
  const auto is_fenced = [this](const BoxNode& other) {
    const auto* link = site() != nullptr ? site()->link(other.holder) : nullptr;
    return (link != nullptr && link->row().fenced) || (other.engine && other.engine->link().row().fenced);
  };
  if (!is_fenced(box) || random_.chance(1, 8)) return box;
  std::vector<BoxNode*> living;
  for (auto& other : boxes_)
    if (!is_fenced(*other)) living.push_back(other.get());
  return living.empty() ? box : *living[random_.below(living.size())];
}

/// A slot whose box was fenced gets a new one.
void World::fill_slots() {
  if (site() == nullptr) return;
  for (std::uint32_t slot = 1; slot <= options_.slots; ++slot) {
    const auto is_here = [&](const auto& claim) { return claim.first.edge.value == slot; };
    if (site() != nullptr && !site()->holder_of({slot}) && std::none_of(claims_.begin(), claims_.end(), is_here)) claim({slot});
  }
}

/// Webhooks arrive, are repeated, or get lost; bills show everything. More arrive than are sent, so that none waits for ever.
void World::provider_acts() {
  if (site() == nullptr) start_cloud();
  if (random_.chance(1, 30)) return read_bills();
  for (auto left = random_.between(1, 4); left > 0 && !cloud_mail_.empty(); --left) bring_mail();
}

void World::bring_mail() {
  const auto at = random_.below(std::min<std::size_t>(cloud_mail_.size(), 16));
  const auto event = cloud_mail_[at];
  if (!random_.chance(1, 6)) cloud_mail_.erase(cloud_mail_.begin() + static_cast<std::ptrdiff_t>(at));
  if (random_.chance(1, 12) && !std::holds_alternative<cloud::FenceArchived>(event)) return;
  to_cloud(event);
}

}  // namespace wattle::sim
