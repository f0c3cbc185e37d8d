#include "shared/api/errors.hpp"

namespace wattle {
namespace {

struct Words {
  std::string_view code;
  const char* text;
};

Words words(JsonErrc code) {
  switch (code) {
    case JsonErrc::syntax: return {"json.syntax", "the body is not valid JSON in UTF-8"};
    case JsonErrc::too_large: return {"json.too_large", "the body is larger than its limit"};
    case JsonErrc::too_deep: return {"json.too_deep", "the body is nested too deeply"};
    case JsonErrc::too_many_items: return {"json.too_many_items", "an object or array has too many items"};
    case JsonErrc::duplicate_field: return {"json.duplicate_field", "the field stands there twice"};
    case JsonErrc::unknown_field: return {"json.unknown_field", "the field is unknown"};
    case JsonErrc::missing_field: return {"json.missing_field", "the field is missing"};
    case JsonErrc::wrong_type: return {"json.wrong_type", "the field has another type"};
    case JsonErrc::out_of_range: return {"json.out_of_range", "the field is outside of its limits"};
    case JsonErrc::bad_amount: return {"json.bad_amount", "the field is no amount of money that may be named"};
    case JsonErrc::bad_cron: return {"json.bad_cron", "the field is no crontab of five fields that ever comes due"};
  }
  return {"json.unknown", "unknown JSON error"};
}

class JsonCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "wattle.json"; }
  std::string message(int code) const override { return words(static_cast<JsonErrc>(code)).text; }
};

}  // namespace

const boost::system::error_category& json_category() {
  static const JsonCategory category;
  return category;
}

Error make_error_code(JsonErrc code) { return {static_cast<int>(code), json_category()}; }
std::string_view json_code(JsonErrc code) { return words(code).code; }

}  // namespace wattle
