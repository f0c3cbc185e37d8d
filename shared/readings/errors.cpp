#include "shared/readings/errors.hpp"

namespace wattle {
namespace {

class ReadingsCategory final : public boost::system::error_category {
 public:
  ReadingsCategory() : error_category(0x77746c7265616401) {}  // an id lets equal categories meet across static libraries
  const char* name() const noexcept override { return "readings"; }
  std::string message(int value) const override { return word(static_cast<ReadingsErrc>(value)); }
};

}  // namespace

const char* word(ReadingsErrc code) {
  switch (code) {
    case ReadingsErrc::truncated: return "readings.truncated";
    case ReadingsErrc::version: return "readings.version";
    case ReadingsErrc::malformed: return "readings.malformed";
    case ReadingsErrc::too_large: return "readings.too_large";
    case ReadingsErrc::range: return "readings.range";
  }
  return "readings.?";
}

const boost::system::error_category& readings_category() {
  static const ReadingsCategory category;
  return category;
}

Error make_error_code(ReadingsErrc code) { return {static_cast<int>(code), readings_category()}; }

}  // namespace wattle
