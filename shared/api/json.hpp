#pragma once
// Strict reading of a JSON body (simdjson underneath; writing is Boost.JSON's). Getters answer with a usable value and note
// what was wrong; finish() gives the faults, each with its field as a JSON pointer (RFC 6901). Sizes, depth and counts are
// bounded; a field given twice, or that nobody asked for, is a fault.
//
//   JsonBody body(request.body);
//   auto root = body.root();
//   const Money amount = root.amount("amount");
//   const auto note = root.text("note", {0, 200}, "");
//   if (const auto faults = body.finish(); !faults.empty()) return … one problem that lists them

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/api/errors.hpp"
#include "shared/base/units.hpp"

namespace wattle {

struct JsonLimits {
  std::size_t size = 64 * 1024;  // bytes of the body
  std::size_t depth = 16;
  std::size_t items = 1000;  // of one object or array
};

struct JsonFault {
  JsonErrc code;
  std::string field;  // "/lines/0/amount"; empty: the body as a whole
};

struct JsonNode;
struct JsonDocument;

class JsonObject {
 public:
  bool has(std::string_view name) const;
  /// Length in characters (characters.hpp). Without otherwise the field is required.
  std::string text(std::string_view name, std::pair<std::size_t, std::size_t> length,
                   std::optional<std::string> otherwise = std::nullopt);
  std::int64_t integer(std::string_view name, std::pair<std::int64_t, std::int64_t> range,
                       std::optional<std::int64_t> otherwise = std::nullopt);
  bool boolean(std::string_view name, std::optional<bool> otherwise = std::nullopt);
  /// Decimal text; see money_text.hpp. Zero is refused.
  Money amount(std::string_view name, Money most = {INT64_MAX});
  JsonObject object(std::string_view name);
  std::vector<JsonObject> objects(std::string_view name);
  /// The caller's own objection to a field.
  void fault(std::string_view name, JsonErrc code);

 private:
  friend class JsonBody;
  JsonObject(JsonDocument* document, const JsonNode* node, std::string path)
      : document_(document), node_(node), path_(std::move(path)) {}
  const JsonNode* find(std::string_view name, bool required);

  JsonDocument* document_;
  const JsonNode* node_;  // null: there is none, and getters give empty values
  std::string path_;
};

class JsonBody {
 public:
  static constexpr std::size_t faults_limit = 20;  // that are told

  explicit JsonBody(std::string_view text, const JsonLimits& limits = {});
  ~JsonBody();
  JsonBody(const JsonBody&) = delete;
  JsonBody& operator=(const JsonBody&) = delete;

  JsonObject root();
  std::vector<JsonFault> finish();

 private:
  std::unique_ptr<JsonDocument> document_;
};

}  // namespace wattle
