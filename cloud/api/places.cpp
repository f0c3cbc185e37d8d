// The meters that are wired to a box: where each is, what it is, whose circuits it has. What the registry says of a meter stays
// there: role, utility, floor.

#include <algorithm>
#include <set>

#include "cloud/api/wiring_routes.hpp"
#include "cloud/store/records.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::api {
namespace {

using cloud::MeterRecord;

constexpr std::size_t password_digits_min = 8;  // and as many of the operator's code

/// 0, which no meter has, when it is no number.
MeterId number_param(const http::Request& request) {
  const auto key = "place/1/" + std::string(request.param("meter"));
  const auto parsed = parse_place_key(key);
  return parsed ? parsed->number : MeterId{};
}

/// What the body says; the password apart, since what is not said of it stays.
struct ReadPlace {
  PlaceSetting place;
  bool has_address = false;
  std::optional<std::string> password;
};

ReadPlace read_place(JsonObject& root, const std::string& usual_profile) {
  ReadPlace out;
  out.place.bus = root.text("bus", {1, bus_name_max});
  out.has_address = root.has("address");
  out.place.address = static_cast<std::uint64_t>(root.integer("address", {0, static_cast<std::int64_t>(wired_number_max)}, 0));
  out.place.profile = usual_profile.empty() ? root.text("profile", {1, profile_name_max})
                                            : root.text("profile", {1, profile_name_max}, usual_profile);
  for (auto& item : root.objects("circuits")) {
    WiredCircuit circuit;
    circuit.circuit = {static_cast<std::uint32_t>(item.integer("circuit", {1, UINT32_MAX}))};
    circuit.room = {static_cast<std::uint32_t>(item.integer("room", {0, UINT32_MAX}, 0))};
    out.place.circuits.push_back(circuit);
  }
  if (root.has("password")) out.password = root.text("password", {0, 2 * password_digits_min});
  return out;
}

bool is_password(const std::string& digits) {
  const bool is_long = digits.size() == password_digits_min || digits.size() == 2 * password_digits_min;
  return is_long && from_hex(digits).size() * 2 == digits.size();
}

/// A model of DL/T 645, and one that is asked by its number, has that as its address unless somebody says otherwise.
std::uint64_t usual_address(const MeterProfile& profile, MeterId number) {
  const bool by_number = is_asked_by_number(profile) || std::holds_alternative<dlt645::Model>(profile.protocol);
  return by_number ? number.value : 0;
}

const http::ProblemKind* objection_to_profile(const PlaceSetting& place, MeterId number, const MeterProfile& profile) {
  if (number.value > max_plate_number(profile)) return &problems::meter_number;
  if (is_asked_by_number(profile) && place.address != number.value) return &problems::meter_asked_by_number;
  if (!is_address(profile, place.address, true)) return &problems::meter_address;  // a bus that is known may have fewer
  if (place.circuits.empty() || place.circuits.size() > circuit_count(profile)) return &problems::meter_circuits;
  return is_valid(place) ? nullptr : &problems::meter_circuits;
}

std::string why_no_plate(const MeterProfile& profile, MeterId number) {
  const bool is_broadcast = number.value == wired_number_max && std::holds_alternative<dlt645::Model>(profile.protocol);
  const auto highest = "the highest is " + std::to_string(max_plate_number(profile));
  return is_broadcast ? highest + "; twelve nines are the address of all meters of the line" : highest;
}

/// What the registry says of this meter, and of others with these circuits.
const http::ProblemKind* objection_of_registry(const cloud::Registry& registry, MeterId number, const PlaceSetting& place) {
  const auto own = cloud::find<MeterRecord>(registry, {static_cast<std::int64_t>(number.value)});
  const bool is_recorded = place.circuits.front().room.value == 0;
  if (own && own->circuit != 0 &&
      (!is_recorded || place.circuits.size() != 1 || place.circuits.front().circuit.value != own->circuit))
    return &problems::meter_registry;
  for (const auto& circuit : place.circuits)
    for (const auto& other : cloud::list<MeterRecord>(registry, {{"circuit", std::int64_t{circuit.circuit.value}}}, 2))
      if (other.meter != static_cast<std::int64_t>(number.value)) return &problems::circuit_taken;
  return nullptr;
}

const http::ProblemKind* objection_of_rooms(const cloud::Site& site, const PlaceSetting& place) {
  for (const auto& circuit : place.circuits) {
    const auto fitted = place_of(site, circuit.circuit);
    if (fitted && fitted->room != circuit.room) return &problems::circuit_taken;
  }
  return nullptr;
}

bool share_a_circuit(const PlaceSetting& a, const PlaceSetting& b) {
  const auto same = [](const WiredCircuit& x, const WiredCircuit& y) { return x.circuit == y.circuit; };
  return std::find_first_of(a.circuits.begin(), a.circuits.end(), b.circuits.begin(), b.circuits.end(), same) !=
         a.circuits.end();
}

/// `before`: whose place it takes; 0: nobody's.
const http::ProblemKind* objection_of_others(const cloud::Site& site, PlaceKey self, const PlaceSetting& place,
                                             const MeterProfile& profile, MeterId before) {
  std::size_t on_bus = 0;
  std::size_t of_slot = 0;
  std::map<std::string, std::shared_ptr<const MeterProfile>> profiles;  // each is read once
  for (const auto& [key, value] : wanted_places(site)) {
    const auto* other = std::get_if<PlaceSetting>(&value);
    if (other == nullptr || key == self || key == PlaceKey{self.slot, before}) continue;
    if (key.number == self.number) return &problems::meter_elsewhere;
    if (share_a_circuit(place, *other)) return &problems::circuit_taken;
    if (key.slot == self.slot && ++of_slot >= box_meters_max) return &problems::box_full;
    if (key.slot != self.slot || other->bus != place.bus) continue;
    ++on_bus;
    const auto [its, fresh] = profiles.try_emplace(other->profile);
    if (fresh) its->second = profile_of(site, other->profile);
    if (its->second && share_an_address(profile, place.address, *its->second, other->address))
      return &problems::meter_address_taken;
  }
  return on_bus >= wired_meters_max ? &problems::bus_full : nullptr;
}

/// One of the box's file has it, as the box says, and nobody has taken that one out.
const http::ProblemKind* objection_of_file(const Desk& desk, Holder box, MeterId number, const PlaceSetting& place,
                                           MeterId before) {
  const auto now = desk.wiring_now(box);
  if (!now) return nullptr;
  const auto places = wanted_places(desk.site());
  const auto is_there = [&](const PlaceNow& other) {
    return other.source == WiringSource::file && other.state != WiringState::refused && other.number != number &&
           other.number != before && other.bus == place.bus && other.address == place.address &&
           !places.contains({box.edge, other.number});
  };
  return std::any_of(now->meters.begin(), now->meters.end(), is_there) ? &problems::meter_address_taken : nullptr;
}

/// While the box has said nothing, its file may have any bus.
const http::ProblemKind* objection_of_bus(const Desk& desk, Holder box, const PlaceSetting& place,
                                          const MeterProfile& profile) {
  const auto wanted = wanted_buses(desk.site(), box.edge);
  if (const auto at = wanted.find(place.bus); at != wanted.end()) {
    const auto* bus = std::get_if<BusSetting>(&at->second);
    if (bus == nullptr) return &problems::bus_unknown;
    if (!is_spoken(bus->kind, profile)) return &problems::meter_protocol;
    const bool modbus_tcp = bus->kind == PortKind::modbus_tcp || bus->kind == PortKind::modbus_collector;
    return is_address(profile, place.address, modbus_tcp) ? nullptr : &problems::meter_address;
  }
  const auto now = desk.wiring_now(box);
  const auto is_it = [&](const BusNow& bus) { return bus.name == place.bus; };
  return now && std::none_of(now->buses.begin(), now->buses.end(), is_it) ? &problems::bus_unknown : nullptr;
}

const http::ProblemKind* objection_to_place(const Desk& desk, Holder box, MeterId number, const PlaceSetting& place,
                                            const MeterProfile& profile, MeterId before = {}) {
  if (const auto* why = objection_to_profile(place, number, profile)) return why;
  if (const auto* why = objection_of_bus(desk, box, place, profile)) return why;
  if (const auto* why = objection_of_registry(desk.registry(), number, place)) return why;
  if (const auto* why = objection_of_rooms(desk.site(), place)) return why;
  if (const auto* why = objection_of_file(desk, box, number, place, before)) return why;
  return objection_of_others(desk.site(), {box.edge, number}, place, profile, before);
}

/// By which profile the meter was read last, also before it was taken out; "" for none.
std::string profile_before(const cloud::Site& site, PlaceKey key) {
  std::string profile;
  std::uint64_t newest = 0;
  for (const auto& [id, order] : site.orders()) {
    const auto* config = std::get_if<cloud::ConfigOrder>(&order);
    if (config == nullptr || config->number < newest || config->key != place_key(key.slot, key.number)) continue;
    const auto place = decode_place(config->value);
    const auto* setting = place ? std::get_if<PlaceSetting>(&*place) : nullptr;
    if (setting == nullptr) continue;
    newest = config->number;
    profile = setting->profile;
  }
  return profile;
}

/// What it has counted would be charged anew in another unit. By another protocol it was never read.
const http::ProblemKind* objection_of_readings(const cloud::Site& site, PlaceKey key, const PlaceSetting& place,
                                               const MeterProfile& profile) {
  const auto name = profile_before(site, key);
  const auto before = name.empty() || name == place.profile ? nullptr : profile_of(site, name);
  const bool was_read = before != nullptr && before->protocol.index() == profile.protocol.index();
  if (!was_read || !reads_otherwise(*before, profile)) return nullptr;
  const auto is_charged = [&](const WiredCircuit& circuit) {
    const auto* chain = site.index().room(circuit.room);
    return chain != nullptr && chain->open_at().has_value();
  };
  const bool charges = std::any_of(place.circuits.begin(), place.circuits.end(), is_charged);
  return charges ? &problems::meter_reads_otherwise : nullptr;
}

/// None: nobody holds the slot for whom it could be sealed.
std::optional<SealedPassword> seal_password(Desk& desk, Holder box, const std::string& digits, Instant now) {
  auto plain = from_hex(digits);
  plain.resize(password_bytes);
  auto sealed = desk.seal_secret(box, plain);
  wipe(plain);
  if (!sealed) return std::nullopt;
  return SealedPassword{*std::move(sealed), now};
}

boost::json::object place_setting_json(const PlaceSetting& place) {
  boost::json::array circuits;
  for (const auto& circuit : place.circuits)
    circuits.push_back({{"circuit", circuit.circuit.value}, {"room", circuit.room.value}});
  boost::json::object out = {{"bus", place.bus},
                             {"address", place.address},
                             {"profile", place.profile},
                             {"circuits", std::move(circuits)},
                             {"password", nullptr}};
  if (place.password) out["password"] = boost::json::object{{"set_at", time_text(place.password->set)}};
  return out;
}

std::optional<PlaceNow> place_reported(const std::optional<WiringNow>& now, MeterId number) {
  if (!now) return std::nullopt;
  const auto is_it = [&](const PlaceNow& meter) { return meter.number == number; };
  const auto at = std::find_if(now->meters.begin(), now->meters.end(), is_it);
  return at == now->meters.end() ? std::nullopt : std::optional(*at);
}

boost::json::object wired_json(const Desk& desk, Holder box, MeterId number, const cloud::ConfigOrder* order,
                               const std::optional<WiringNow>& wiring) {
  const auto wanted = order == nullptr ? std::nullopt : decode_place(order->value);
  const auto* setting = wanted ? std::get_if<PlaceSetting>(&*wanted) : nullptr;
  boost::json::object out = {{"edge", box.edge.value}, {"meter", number.value}};
  out["desired"] = setting == nullptr ? boost::json::value(nullptr) : boost::json::value(place_setting_json(*setting));
  out["taken_out"] = wanted && setting == nullptr;
  put_order(desk.site(), order, out);
  out["reported"] = nullptr;
  if (const auto now = place_reported(wiring, number)) {
    auto told = told_json(*now);
    told["bus"] = now->bus;
    told["address"] = now->address;
    told["health"] = health_json(*now);
    told["heard_at"] = now->heard_at ? boost::json::value(time_text(*now->heard_at)) : boost::json::value(nullptr);
    out["reported"] = std::move(told);
  }
  return out;
}

/// What is set of circuits that are nobody's goes with their meter to its new box; a room's goes with the room.
void give_along(const Call& call, EdgeId slot, std::vector<std::string> keys, std::function<void()> done) {
  while (!keys.empty()) {
    const auto key = std::move(keys.back());
    keys.pop_back();
    const auto* order = newest_order(call.desk.site(), key);
    if (order == nullptr || order->slot == slot) continue;
    return give_register(call, key, slot, order->value, [call, slot, keys, done] { give_along(call, slot, keys, done); });
  }
  done();
}

bool is_known_place(const Desk& desk, Holder box, MeterId number) {
  return newest_order(desk.site(), place_key(box.edge, number)) != nullptr || place_reported(desk.wiring_now(box), number);
}

std::function<boost::json::object()> place_body(const Call& call, Holder box, MeterId number) {
  return [&desk = call.desk, box, number] {
    return wired_json(desk, box, number, newest_order(desk.site(), place_key(box.edge, number)), desk.wiring_now(box));
  };
}

}  // namespace

bool is_spoken(PortKind kind, const MeterProfile& profile) {
  const bool is_modbus = kind == PortKind::modbus_tcp || kind == PortKind::modbus_collector;
  return !is_modbus || std::holds_alternative<ModbusModel>(profile.protocol);
}

const http::ProblemKind* objection_to_handing_on(const Desk& desk, EdgeId slot, CircuitId circuit, MeterId after) {
  if (const auto there = wanted_place(desk.site(), slot, after))
    return has_circuit(*there, circuit) ? nullptr : &problems::circuit_taken;
  const auto before = wired_number(desk.site(), slot, circuit, after);
  const auto place = before ? wanted_place(desk.site(), slot, *before) : std::nullopt;
  if (!place) return nullptr;
  const auto profile = profile_of(desk.site(), place->profile);
  if (profile == nullptr) return &problems::profile_unknown;
  for (const auto& [holder, box] : desk.site().boxes()) {
    const auto* link = desk.site().link(holder);
    if (holder.edge == slot && link != nullptr && !link->row().fenced)
      return objection_to_place(desk, holder, after, handed_on(*place, *before, after), *profile, *before);
  }
  return nullptr;
}

void get_places(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  call.answer(200, [&desk = call.desk, box = *box] {
    const auto now = desk.wiring_now(box);
    std::set<MeterId> numbers;
    const auto orders = newest_orders(desk.site(), slot_prefix(place_prefix, box.edge));
    for (const auto& [key, order] : orders) {
      const auto place = decode_place(order->value);
      if (place && std::holds_alternative<PlaceSetting>(*place)) numbers.insert(parse_place_key(key)->number);
    }
    if (now)
      for (const auto& meter : now->meters) numbers.insert(meter.number);
    boost::json::array items;
    for (const auto number : numbers) {
      const auto order = orders.find(place_key(box.edge, number));
      items.push_back(wired_json(desk, box, number, order == orders.end() ? nullptr : order->second, now));
    }
    return boost::json::object{{"items", std::move(items)}};
  });
}

void get_place(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  const auto number = number_param(request);
  if (!is_known_place(call.desk, *box, number)) return call.refuse(problems::wired_unknown);
  show_setting(call, place_key(box->edge, number), place_body(call, *box, number));
}

void put_place(const Call& call, const http::Request& request) {
  const auto number = number_param(request);
  const auto record = cloud::find<MeterRecord>(call.desk.registry(), {static_cast<std::int64_t>(number.value)});
  JsonBody body(request.body);
  auto root = body.root();
  auto read = read_place(root, record ? record->model : std::string());
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto box = slot_holder(call, request);
  if (!box) return;
  if (number.value == 0) return call.refuse(problems::meter_number);
  auto& place = read.place;
  if (!refusal_of(place.profile).empty()) return call.refuse(problems::profile_refused);
  const auto profile = profile_of(call.desk.site(), place.profile);
  if (profile == nullptr) return call.refuse(problems::profile_unknown);
  if (number.value > max_plate_number(*profile)) return call.refuse(problems::meter_number, why_no_plate(*profile, number));
  if (place.address == 0) place.address = usual_address(*profile, number);
  if (place.address == 0 && !read.has_address) return call.refuse(problems::meter_address);
  if (const auto* why = objection_to_place(call.desk, *box, number, place, *profile)) return call.refuse(*why);
  if (const auto* why = objection_of_readings(call.desk.site(), {box->edge, number}, place, *profile)) return call.refuse(*why);
  if (read.password && !read.password->empty() && !is_password(*read.password)) return call.refuse(problems::meter_password);
  if (const auto known = wanted_place(call.desk.site(), box->edge, number); known && !read.password)
    place.password = known->password;
  if (read.password && !read.password->empty()) {
    place.password = seal_password(call.desk, *box, *read.password, request.received.wall);
    if (!place.password) return call.refuse(problems::edge_unknown);
  }
  std::vector<std::string> keys;
  for (const auto& circuit : place.circuits)
    if (circuit.room.value == 0) keys.insert(keys.end(), {plan_key(circuit.circuit), parameters_key(circuit.circuit)});
  const auto follow_up = [call, slot = box->edge, keys](std::function<void()> done) {
    give_along(call, slot, keys, std::move(done));
  };
  give_setting(call, request, place_key(box->edge, number), box->edge, encode(PlaceRegister{place}),
               place_body(call, *box, number), follow_up);
}

void delete_place(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  const auto number = number_param(request);
  if (number.value == 0 || !is_known_place(call.desk, *box, number)) return call.refuse(problems::wired_unknown);
  give_setting(call, request, place_key(box->edge, number), box->edge, encode(PlaceRegister{TakenOut{}}),
               place_body(call, *box, number));
}

}  // namespace wattle::api
