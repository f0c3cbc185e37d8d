#include "shared/api/json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <set>
#include <variant>

#include "shared/api/characters.hpp"
#include "shared/api/money_text.hpp"

namespace wattle {

/// Our own small tree: bodies are small, and simdjson's types stay in this file.
struct JsonNode {
  struct Field;
  using Object = std::vector<Field>;
  using Array = std::vector<JsonNode>;
  struct Null {};
  struct LargeNumber {};  // a fraction, an exponent, or beyond 64 bits: no field of ours is one
  std::variant<Null, bool, std::int64_t, LargeNumber, std::string, Array, Object> value;
};

struct JsonNode::Field {
  std::string name;
  JsonNode node;
};

struct JsonDocument {
  JsonNode root;
  bool readable = true;
  std::vector<JsonFault> faults;
  std::set<std::string> seen;  // pointers of the fields that were asked for

  void fault(JsonErrc code, std::string field) {
    if (readable && faults.size() < JsonBody::faults_limit) faults.push_back({code, std::move(field)});
  }
};

namespace {

std::string pointer(const std::string& path, std::string_view name) {
  constexpr std::size_t longest_name = 100;  // of a name that a stranger chose and that we repeat
  std::string out = path + '/';
  for (const char c : name.substr(0, longest_name)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  // A cut inside a character would make the answer's JSON invalid.
  while (!out.empty() && name.size() > longest_name && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
  if (name.size() > longest_name && (static_cast<unsigned char>(out.back()) & 0x80) != 0) out.pop_back();
  return out;
}

class Builder {
 public:
  Builder(JsonDocument& document, const JsonLimits& limits) : document_(document), limits_(limits) {}

  JsonNode build(simdjson::dom::element element, const std::string& path) {
    using Type = simdjson::dom::element_type;
    switch (element.type()) {
      case Type::ARRAY: return array(element.get_array().value_unsafe(), path);
      case Type::OBJECT: return object(element.get_object().value_unsafe(), path);
      case Type::INT64: return {element.get_int64().value_unsafe()};
      case Type::STRING: return {std::string(element.get_string().value_unsafe())};
      case Type::BOOL: return {element.get_bool().value_unsafe()};
      case Type::UINT64:
      case Type::DOUBLE: return {JsonNode::LargeNumber{}};
      case Type::NULL_VALUE: break;
    }
    return {};
  }

 private:
  JsonNode array(simdjson::dom::array items, const std::string& path) {
    JsonNode::Array out;
    for (const auto item : items) {
      if (out.size() == limits_.items) return refuse(JsonErrc::too_many_items, path);
      out.push_back(build(item, path + '/' + std::to_string(out.size())));
      if (!document_.readable) return {};
    }
    return {std::move(out)};
  }

  JsonNode object(simdjson::dom::object fields, const std::string& path) {
    JsonNode::Object out;
    std::set<std::string_view> names;
    for (const auto field : fields) {
      if (!names.insert(field.key).second) return refuse(JsonErrc::duplicate_field, pointer(path, field.key));
      if (out.size() == limits_.items) return refuse(JsonErrc::too_many_items, path);
      out.push_back({std::string(field.key), build(field.value, pointer(path, field.key))});
      if (!document_.readable) return {};
    }
    return {std::move(out)};
  }

  JsonNode refuse(JsonErrc code, const std::string& path) {
    document_.fault(code, path);
    document_.readable = false;
    return {};
  }

  JsonDocument& document_;
  const JsonLimits& limits_;
};

JsonErrc code_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::CAPACITY: return JsonErrc::too_large;
    case simdjson::DEPTH_ERROR: return JsonErrc::too_deep;
    default: return JsonErrc::syntax;
  }
}

std::optional<JsonErrc> read(JsonDocument& document, std::string_view text, const JsonLimits& limits) {
  constexpr std::size_t least_capacity = 64;
  if (text.size() > limits.size) return JsonErrc::too_large;
  simdjson::dom::parser parser(limits.size);
  simdjson::dom::element root;
  auto error = parser.allocate(std::max(text.size(), least_capacity), limits.depth);
  if (error == simdjson::SUCCESS) error = parser.parse(text.data(), text.size()).get(root);
  if (error != simdjson::SUCCESS) return code_of(error);
  if (!root.is_object()) return JsonErrc::wrong_type;
  document.root = Builder(document, limits).build(root, "");
  return std::nullopt;
}

void note_unknown_fields(JsonDocument& document, const JsonNode& node, const std::string& path) {
  if (const auto* object = std::get_if<JsonNode::Object>(&node.value)) {
    for (const auto& field : *object) {
      const auto at = pointer(path, field.name);
      if (!document.seen.contains(at)) {
        document.fault(JsonErrc::unknown_field, at);
      } else {
        note_unknown_fields(document, field.node, at);
      }
    }
  }
  if (const auto* array = std::get_if<JsonNode::Array>(&node.value)) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      const auto at = path + '/' + std::to_string(i);
      if (document.seen.contains(at)) note_unknown_fields(document, (*array)[i], at);
    }
  }
}

}  // namespace

JsonBody::JsonBody(std::string_view text, const JsonLimits& limits) : document_(std::make_unique<JsonDocument>()) {
  if (const auto fault = read(*document_, text, limits)) {
    document_->fault(*fault, "");
    document_->readable = false;
  }
}

JsonBody::~JsonBody() = default;

JsonObject JsonBody::root() { return {document_.get(), document_->readable ? &document_->root : nullptr, ""}; }

std::vector<JsonFault> JsonBody::finish() {
  if (document_->readable) note_unknown_fields(*document_, document_->root, "");
  return std::move(document_->faults);
}

const JsonNode* JsonObject::find(std::string_view name, bool required) {
  if (node_ == nullptr) return nullptr;
  document_->seen.insert(pointer(path_, name));
  for (const auto& field : std::get<JsonNode::Object>(node_->value)) {
    if (field.name == name) return &field.node;
  }
  if (required) fault(name, JsonErrc::missing_field);
  return nullptr;
}

void JsonObject::fault(std::string_view name, JsonErrc code) { document_->fault(code, pointer(path_, name)); }

bool JsonObject::has(std::string_view name) const {
  if (node_ == nullptr) return false;
  const auto& fields = std::get<JsonNode::Object>(node_->value);
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
}

std::string JsonObject::text(std::string_view name, std::pair<std::size_t, std::size_t> length,
                             std::optional<std::string> otherwise) {
  const auto* node = find(name, !otherwise);
  if (node == nullptr) return otherwise.value_or("");
  const auto* text = std::get_if<std::string>(&node->value);
  if (text == nullptr) return fault(name, JsonErrc::wrong_type), std::string();
  const auto size = count_characters(*text);
  if (size < length.first || size > length.second) return fault(name, JsonErrc::out_of_range), std::string();
  return *text;
}

std::int64_t JsonObject::integer(std::string_view name, std::pair<std::int64_t, std::int64_t> range,
                                 std::optional<std::int64_t> otherwise) {
  const auto* node = find(name, !otherwise);
  if (node == nullptr) return otherwise.value_or(range.first);
  const auto* number = std::get_if<std::int64_t>(&node->value);
  if (number == nullptr) return fault(name, JsonErrc::wrong_type), range.first;
  if (*number < range.first || *number > range.second) return fault(name, JsonErrc::out_of_range), range.first;
  return *number;
}

bool JsonObject::boolean(std::string_view name, std::optional<bool> otherwise) {
  const auto* node = find(name, !otherwise);
  if (node == nullptr) return otherwise.value_or(false);
  const auto* value = std::get_if<bool>(&node->value);
  if (value == nullptr) return fault(name, JsonErrc::wrong_type), false;
  return *value;
}

Money JsonObject::amount(std::string_view name, Money most) {
  const auto* node = find(name, true);
  if (node == nullptr) return {};
  const auto* text = std::get_if<std::string>(&node->value);
  if (text == nullptr) return fault(name, JsonErrc::wrong_type), Money{};
  const auto amount = parse_amount(*text);
  if (!amount || amount->micros == 0) return fault(name, JsonErrc::bad_amount), Money{};
  if (*amount > most) return fault(name, JsonErrc::out_of_range), Money{};
  return *amount;
}

JsonObject JsonObject::object(std::string_view name) {
  const auto* node = find(name, true);
  if (node != nullptr && !std::holds_alternative<JsonNode::Object>(node->value)) {
    fault(name, JsonErrc::wrong_type);
    node = nullptr;
  }
  return {document_, node, pointer(path_, name)};
}

std::vector<JsonObject> JsonObject::objects(std::string_view name) {
  std::vector<JsonObject> out;
  const auto* node = find(name, true);
  if (node == nullptr) return out;
  const auto* array = std::get_if<JsonNode::Array>(&node->value);
  if (array == nullptr) return fault(name, JsonErrc::wrong_type), out;
  const auto path = pointer(path_, name);
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto at = path + '/' + std::to_string(i);
    const bool right = std::holds_alternative<JsonNode::Object>((*array)[i].value);
    if (!right) document_->fault(JsonErrc::wrong_type, at);
    document_->seen.insert(at);
    if (right) out.push_back(JsonObject(document_, &(*array)[i], at));
  }
  return out;
}

}  // namespace wattle
