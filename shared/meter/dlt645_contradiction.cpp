#include <algorithm>
#include <cctype>

#include "shared/meter/dlt645_history.hpp"
#include "shared/meter/dlt645_own.hpp"
#include "shared/meter/dlt645_parameters.hpp"
#include "shared/meter/dlt645_points.hpp"
#include "shared/meter/dlt645_purse.hpp"

namespace wattle::dlt645 {
namespace {

/// As people write it: "0001 0000", "9010".
std::string identifier_text(Edition edition, std::uint32_t di) {
  Bytes bytes;
  for (auto shift = 8 * di_size(edition); shift > 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(di >> (shift - 8)));
  auto text = to_hex(bytes);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return edition == Edition::v2007 ? text.substr(0, 4) + ' ' + text.substr(4) : text;
}

Role role_of(const ValueName& value) {
  if (value.what == What::energy) return Role::total;
  if (value.what == What::overdrawn) return Role::overdrawn;
  if (value.what != What::further) return Role::present;
  switch (value.kind) {
    case FurtherKind::reactive_energy: return Role::total;
    case FurtherKind::remaining_energy:
    case FurtherKind::remaining_money: return Role::remaining;
    default: return Role::present;
  }
}

bool can_tell(const Item& item, const ValueName& value) {
  if (value.what == What::number) return item.shape == Shape::digits && item.size == Address{}.bytes.size();
  const bool is_number = item.shape == Shape::number || item.shape == Shape::signed_number;
  return is_number && item.unit == unit_of(value) && item.role == role_of(value);
}

/// In 2007 DI1 is FF, in 1997 the last digit F: all of a family, of which the first would be taken.
bool is_block(Edition edition, std::uint32_t di) {
  return edition == Edition::v2007 ? (di >> 8 & 0xff) == 0xff : (di & 0xf) == 0xf;
}

/// In 2007 DI0 counts settlement days back; in 1997 90 and 91 are of now, 94 and 95 of the last month, 98 and 99 of the one
/// before.
bool is_settled(Edition edition, std::uint32_t di) { return edition == Edition::v2007 ? (di & 0xff) != 0 : (di & 0x0c00) != 0; }

bool is_counter(const ValueName& value) {
  return value.what == What::energy || (value.what == What::further && value.kind == FurtherKind::reactive_energy);
}

/// 1 to 3 of a voltage or current of one phase; of all three the first comes first.
std::optional<unsigned> phase_in(Edition edition, std::uint32_t di) {
  const bool is_new = edition == Edition::v2007;
  const auto family = is_new ? di >> 16 : di >> 4;
  const bool is_of_phases = is_new ? family == 0x0201 || family == 0x0202 : family == 0xb61 || family == 0xb62;
  if (!is_of_phases) return std::nullopt;
  if (is_block(edition, di)) return 1;
  return is_new ? di >> 8 & 0xff : di & 0xf;
}

std::optional<unsigned> phase_of(const ValueName& value) {
  if (value.what != What::further) return std::nullopt;
  switch (value.kind) {
    case FurtherKind::current_a: return 1;
    case FurtherKind::voltage_b:
    case FurtherKind::current_b: return 2;
    case FurtherKind::voltage_c:
    case FurtherKind::current_c: return 3;
    default: return std::nullopt;
  }
}

/// What the identifier is in place of what it should be.
std::string mistaken(const Model& model, const Part& part) {
  if (is_counter(part.is) && is_settled(model.edition, part.di))
    return "is the register of a settlement day, which stands still until the next one";
  if (is_counter(part.is) && is_block(model.edition, part.di)) return "is a block of several registers";
  const auto phase = phase_in(model.edition, part.di);
  const auto wanted = phase_of(part.is);
  if (phase && wanted && phase != wanted) return "is of phase " + std::string(1, static_cast<char>('A' + (*phase - 1)));
  return {};
}

std::string contradiction_of_part(const Model& model, const Part& part) {
  if (part.is.what == What::relay) return {};
  if (part.is.what == What::overdrawn && !model.circuits[*part.is.circuit].further.contains(part.is.kind))
    return "what is overdrawn belongs to what remains, which is not there";
  const auto name = identifier_text(model.edition, part.di);
  const auto own = model.own.find(part.di);
  const auto* item = find_item(model.edition, part.di);
  if (own == model.own.end() && item == nullptr) return name + ": an identifier is not among those of the standard";
  const bool fits = own != model.own.end() ? own->second.unit == unit_of(part.is) : can_tell(*item, part.is);
  if (!fits) return name + ": an identifier means something else" + (item == nullptr ? "" : std::string(", ") + item->name);
  if (item != nullptr && !picks_one_there(model.edition, *item, part.di))
    return name + " is of a tariff or phase that there is not";
  const auto wrong = mistaken(model, part);
  return wrong.empty() ? wrong : name + ' ' + wrong;
}

/// Of one circuit, or of one and the meter: an identifier means one thing.
Contradiction contradiction_of_pairs(const Model& model, const std::vector<Part>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const bool is_of_two = all[i].is.circuit && all[k].is.circuit && all[i].is.circuit != all[k].is.circuit;
      if (!is_of_two && all[i].offset == all[k].offset && all[i].di == all[k].di)
        return about(all[i].is,
                     identifier_text(model.edition, all[i].di) + " is that of " + std::string(key_of(all[k].is)) + " too");
    }
  }
  return {};
}

Contradiction contradiction_of_circuits(const Model& model) {
  if (model.circuits.empty() || model.circuits.size() > max_meter_circuits) return {"a meter has one to four circuits"};
  std::vector<std::uint8_t> offsets;
  for (std::size_t n = 0; n < model.circuits.size(); ++n) {
    const auto& circuit = model.circuits[n];
    if (std::find(offsets.begin(), offsets.end(), circuit.address_offset) != offsets.end())
      return {"two circuits answer at the same address", "circuit", n, "address_offset"};
    offsets.push_back(circuit.address_offset);
    if (!circuit.relay) continue;
    if (auto wrong = contradiction_of_relay(model, *circuit.relay); !wrong.empty())
      return about({What::relay, {}, n}, std::move(wrong));
  }
  return {};
}

}  // namespace

std::optional<std::uint64_t> turns_over_at(const Model& model, std::size_t circuit) {
  const auto* item = find_item(model.edition, model.circuits[circuit].energy);
  if (item == nullptr || item->unit != Unit::watt_hour || item->exponent < 0) return std::nullopt;
  std::uint64_t steps = 1;
  for (int digit = 0; digit < 2 * item->size + item->exponent; ++digit) steps *= 10;
  return steps;
}

std::int64_t step_of_energy(const Model& model, std::size_t circuit) {
  const auto* item = find_item(model.edition, model.circuits[circuit].energy);
  std::int64_t step = 1;
  for (int digit = 0; item != nullptr && digit < item->exponent; ++digit) step *= 10;
  return step;
}

Contradiction find_contradiction(const Model& model) {
  if (auto wrong = contradiction_of_circuits(model); !wrong.empty()) return wrong;
  if (auto wrong = contradiction_of_own(model); !wrong.empty()) return {std::move(wrong)};
  const auto all = parts_of(model, Depth::full);
  for (const auto& part : all)
    if (auto wrong = contradiction_of_part(model, part); !wrong.empty()) return about(part.is, std::move(wrong));
  if (auto wrong = contradiction_of_pairs(model, all); !wrong.empty()) return wrong;
  if (auto wrong = contradiction_of_history(model); !wrong.empty()) return about_section("history", std::move(wrong));
  if (auto wrong = contradiction_of_parameters(model); !wrong.empty()) return wrong;
  return about_section("purse", contradiction_of_purse(model));
}

std::string contradiction(const Model& model) { return in_words(find_contradiction(model)); }

}  // namespace wattle::dlt645
