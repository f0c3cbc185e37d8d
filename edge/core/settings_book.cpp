#include "edge/core/settings_book.hpp"

namespace wattle::edge {

namespace {

/// Row of Table::box: the last value that could be read, while the present one cannot.
Bytes held_key(const std::string& key) {
  const auto text = "held/" + key;
  return {text.begin(), text.end()};
}

}  // namespace

SettingsBook::Change SettingsBook::read(const std::map<std::string, ConfigValue>& config, Commit& commit) {
  Change change;
  for (auto& [key, known] : applied_) known.listed = false;
  for (const auto& [key, value] : config) {
    if (!is_control_key(key)) continue;
    const auto [at, fresh] = applied_.try_emplace(key);
    auto& known = at->second;
    known.listed = true;
    known.version = value.version;
    known.overridden = value.overridden;
    if (!fresh && known.value == value.value) continue;
    change.any = true;
    note_wiring(key, change);
    const auto before = std::exchange(known, Applied{value.value, value.version, value.overridden, true, true});
    known.good = take(key, value.value);
    if (known.good) {
      if (fresh || !before.good) {
        if (store_->row(Table::box, held_key(key))) commit.push_back(PutRow{Table::box, held_key(key), {}});
      }
      continue;
    }
    change.bad.push_back(key);
    if (!fresh && before.good)
      commit.push_back(PutRow{Table::box, held_key(key), before.value});
    else if (const auto held = store_->row(Table::box, held_key(key)))
      take(key, *held);
  }
  for (auto at = applied_.begin(); at != applied_.end();) {  // set aside with a branch of the stream
    if (at->second.listed) {
      ++at;
      continue;
    }
    change.any = true;
    note_wiring(at->first, change);
    drop(at->first);
    at = applied_.erase(at);
  }
  return change;
}

void SettingsBook::note_wiring(const std::string& key, Change& change) {
  const auto parsed = parse_register_key(key);
  if (!parsed || !is_wiring(parsed->kind)) return;
  change.wiring.push_back(key);
  ++wiring_changes_;
}

/// False for what is not a valid register; then nothing is changed.
bool SettingsBook::take(const std::string& key, ByteView value) {
  const auto parsed = parse_register_key(key);
  if (!parsed) return false;
  const auto put = [](auto& place, const auto& decoded) {
    if (decoded) place = *decoded;
    return decoded.has_value();
  };
  const auto put_at = [](auto& map, auto number, auto&& decoded) {
    if (decoded) map.insert_or_assign(number, std::move(*decoded));
    return decoded.has_value();
  };
  const CircuitId circuit{parsed->number};
  switch (parsed->kind) {
    case RegisterKind::control: return put_at(controls_, circuit, decode_control(value));
    case RegisterKind::clear: return put_at(clears_, circuit, decode_clear(value));
    case RegisterKind::timetable:
      return put_at(timetables_, static_cast<std::uint8_t>(parsed->number), decode_timetable(value));
    case RegisterKind::calendar: return put(calendar_, decode_calendar(value));
    case RegisterKind::defaults: return put(defaults_, decode_defaults(value));
    case RegisterKind::plan: return put_at(plans_, circuit, decode_plan(value));
    case RegisterKind::site_plan: return put(site_plan_, decode_plan(value));
    case RegisterKind::meter: return put_at(meters_, circuit, decode_meter(value));
    case RegisterKind::rollover: return put_at(rollovers_, circuit, decode_rollover(value));
    case RegisterKind::bus: return put_at(buses_, *parse_bus_key(key), decode_bus(value));
    case RegisterKind::place: return put_at(places_, *parse_place_key(key), decode_place(value));
    case RegisterKind::parameters: return put_at(parameters_, circuit, decode_parameters(value));
    case RegisterKind::profile: return take_profile(key, value);
    case RegisterKind::accept: return put_at(accepts_, circuit, decode_accept(value));
    case RegisterKind::correction: return put_at(corrections_, circuit, decode_correction(value));
    case RegisterKind::purse: return put_at(purses_, circuit, decode_purse(value));
    case RegisterKind::pace: return put_at(paces_, EdgeId{parsed->number}, decode_pace(value));
  }
  return false;
}

bool SettingsBook::take_profile(const std::string& key, ByteView value) {
  const auto parsed = *parse_profile_key(key);
  if (parsed.part == 0) {
    const auto head = decode_profile_head(value);
    if (head) profiles_[parsed.name].head = *head;
    return head.has_value();
  }
  auto part = decode_profile_part(value);
  if (part) profiles_[parsed.name].parts.insert_or_assign(parsed.part, *std::move(part));
  return part.has_value();
}

void SettingsBook::drop_profile(const std::string& key) {
  const auto parsed = *parse_profile_key(key);
  const auto at = profiles_.find(parsed.name);
  if (at == profiles_.end()) return;
  if (parsed.part == 0)
    at->second.head.reset();
  else
    at->second.parts.erase(parsed.part);
}

void SettingsBook::drop(const std::string& key) {
  const auto parsed = parse_register_key(key);
  if (!parsed) return;
  const CircuitId circuit{parsed->number};
  switch (parsed->kind) {
    case RegisterKind::control: controls_.erase(circuit); return;
    case RegisterKind::clear: clears_.erase(circuit); return;
    case RegisterKind::timetable: timetables_.erase(static_cast<std::uint8_t>(parsed->number)); return;
    case RegisterKind::calendar: calendar_ = {}; return;
    case RegisterKind::defaults: defaults_ = {}; return;
    case RegisterKind::plan: plans_.erase(circuit); return;
    case RegisterKind::site_plan: site_plan_ = {}; return;
    case RegisterKind::meter: meters_.erase(circuit); return;
    case RegisterKind::rollover: rollovers_.erase(circuit); return;
    case RegisterKind::bus: buses_.erase(*parse_bus_key(key)); return;
    case RegisterKind::place: places_.erase(*parse_place_key(key)); return;
    case RegisterKind::parameters: parameters_.erase(circuit); return;
    case RegisterKind::profile: drop_profile(key); return;
    case RegisterKind::accept: accepts_.erase(circuit); return;
    case RegisterKind::correction: corrections_.erase(circuit); return;
    case RegisterKind::purse: purses_.erase(circuit); return;
    case RegisterKind::pace: paces_.erase(EdgeId{parsed->number}); return;
  }
}

const ControlSettings& SettingsBook::of(CircuitId circuit) const {
  const auto at = controls_.find(circuit);
  return at == controls_.end() ? defaults_.circuit : at->second;
}

const ReadingPlan* SettingsBook::plan_of(CircuitId circuit) const {
  const auto at = plans_.find(circuit);
  if (at != plans_.end() && !at->second.rules.empty()) return &at->second;
  return site_plan_.rules.empty() ? nullptr : &site_plan_;
}

BoxPace SettingsBook::pace_of(EdgeId slot) const {
  const auto at = paces_.find(slot);
  return at == paces_.end() ? BoxPace{} : at->second;
}

const RolloverOrder* SettingsBook::rollover_of(CircuitId circuit) const {
  const auto at = rollovers_.find(circuit);
  return at == rollovers_.end() ? nullptr : &at->second;
}

}  // namespace wattle::edge
