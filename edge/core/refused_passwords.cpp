#include "edge/core/refused_passwords.hpp"

#include <algorithm>

namespace wattle::edge {

std::uint32_t password_print(const dlt645::Credentials& by) {
  Bytes all(by.password.begin(), by.password.end());
  all.insert(all.end(), by.operator_code.begin(), by.operator_code.end());
  return modbus_rtu::crc(all);
}

const PasswordRefusal* RefusedPasswords::find(const MeterPlace& place) const {
  const auto found = refused_.find(place.number);
  return found != refused_.end() && found->second.print == password_print(place.by) ? &found->second : nullptr;
}

bool RefusedPasswords::take(const MeterPlace& place, Error why, Tick now) {
  if (!is_of_password(place, why)) return false;
  refused_[place.number] = {password_print(place.by), why, now};
  news_.push_back(place.number);
  return true;
}

const PasswordRefusal* RefusedPasswords::held(const MeterPlace& place, Tick now) const {
  const auto* found = find(place);
  return found != nullptr && now < found->until() ? found : nullptr;
}

Tick RefusedPasswords::writes_from(const MeterPlace& place) const {
  const auto* found = find(place);
  return found != nullptr ? found->until() : Tick{};
}

void RefusedPasswords::carry_over(const RefusedPasswords& before) {
  for (const auto& [number, refusal] : before.refused_) refused_.insert_or_assign(number, refusal);
}

std::vector<std::pair<MeterId, RefusedPassword>> RefusedPasswords::take_news(Now now) {
  std::vector<std::pair<MeterId, RefusedPassword>> out;
  for (const auto meter : news_) {
    const auto& refusal = refused_.at(meter);
    out.emplace_back(meter, RefusedPassword{refusal.print, static_cast<std::uint32_t>(refusal.why.value()),
                                            now.wall - (now.tick - refusal.at)});
  }
  news_.clear();
  return out;
}

void RefusedPasswords::refused_before(MeterId meter, const RefusedPassword& refused, Now now) {
  const bool is_dated = refused.at >= clocks_set_from && refused.at <= now.wall;
  const auto known = refused_.find(meter);
  if (!is_dated && known != refused_.end() && known->second.print == refused.print) return;
  const auto age = is_dated ? now.wall - refused.at : Duration{};
  if (age >= password_refused_pause) return;
  refused_[meter] = {refused.print, make_error_code(static_cast<MeterErrc>(refused.why)), {now.tick.micros - age.micros}};
}

}  // namespace wattle::edge
