#include "shared/meter/field.hpp"

namespace wattle {
namespace {

struct InWords {
  std::string operator()(NotAvailable) const { return "not available"; }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(bool yes) const { return yes ? "yes" : "no"; }
  std::string operator()(const Measured& measured) const {
    const std::string unit = word(measured.unit);
    return decimal_text(measured) + (unit.empty() ? "" : " ") + unit;
  }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Bytes& bytes) const { return to_hex(bytes); }
};

}  // namespace

std::string to_text(const FieldValue& value) { return std::visit(InWords{}, value); }

}  // namespace wattle
