#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1  // without them toml++ 3.3 runs on after some errors and into its own assertions (found by fuzzing)
#define TOML_ENABLE_FORMATTERS 0
#include "shared/io/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "shared/io/files.hpp"

namespace wattle {

struct ConfigDocument {
  toml::table table;
  std::string source;
  std::string folder;
  std::vector<ConfigFault> faults;
  std::map<const void*, std::set<std::string, std::less<>>> asked;  // by table

  bool readable = true;

  void fault(int line, std::string what) {
    if (readable) faults.push_back({source, line, std::move(what)});
  }
  /// The one fault of a file that cannot be read at all: what follows from it is not worth a line.
  void unreadable(int line, std::string what) {
    fault(line, std::move(what));
    readable = false;
  }
};

namespace {

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string section_prefix(const std::string& name) { return name.empty() ? std::string() : '[' + name + "] "; }

/// Levenshtein distance, for texts of a key's length.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t above = row[k];
      row[k] = std::min({above + 1, row[k - 1] + 1, diagonal + (a[i - 1] == b[k - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string suggestion(std::string_view key, const std::set<std::string, std::less<>>& known) {
  constexpr std::size_t longest_key = 64;
  constexpr std::size_t most_edits = 3;
  if (key.size() > longest_key) return {};
  std::string_view best;
  std::size_t best_distance = std::min(most_edits, key.size() / 2) + 1;
  for (const auto& candidate : known) {
    const auto d = distance(key, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : "; did you mean " + in_quotes(best) + '?';
}

void note_unknown_keys(ConfigDocument& document, const toml::table& table, const std::string& name) {
  static const std::set<std::string, std::less<>> none;
  const auto found = document.asked.find(&table);
  const auto& known = found == document.asked.end() ? none : found->second;
  for (const auto& [key, node] : table) {
    const std::string text(key.str());
    if (!known.contains(text)) {
      document.fault(static_cast<int>(key.source().begin.line),
                     section_prefix(name) + "unknown key " + in_quotes(text) + suggestion(text, known));
      continue;
    }
    const auto inner = name.empty() ? text : name + '.' + text;
    if (const auto* sub = node.as_table(); sub != nullptr && document.asked.contains(sub)) {
      note_unknown_keys(document, *sub, inner);
    }
    if (const auto* array = node.as_array(); array != nullptr) {
      for (const auto& item : *array) {
        const auto* sub = item.as_table();
        if (sub != nullptr && document.asked.contains(sub)) note_unknown_keys(document, *sub, inner);
      }
    }
  }
}

}  // namespace

std::string describe(const ConfigFault& fault) {
  return fault.source + (fault.line > 0 ? ':' + std::to_string(fault.line) : std::string()) + ": " + fault.what;
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  std::int64_t micros = 0;
  if (unit == "ms") micros = milliseconds(1).micros;
  if (unit == "s") micros = seconds(1).micros;
  if (unit == "m") micros = minutes(1).micros;
  if (unit == "h") micros = hours(1).micros;
  if (unit == "d") micros = days(1).micros;
  std::int64_t product = 0;
  if (micros == 0 || __builtin_mul_overflow(count, micros, &product)) return std::nullopt;
  return Duration{product};
}

/// What the getters share: finds the key's node, and words the faults.
struct ConfigSection::Access {
  ConfigSection& section;
  std::string_view key;

  const toml::node* node() const {
    const auto* table = static_cast<const toml::table*>(section.table_);
    if (table == nullptr) return nullptr;
    section.document_->asked[table].emplace(key);
    return table->get(key);
  }
  void missing() const {
    section.document_->fault(section.line_, section_prefix(section.name_) + "the key " + in_quotes(key) + " is missing");
  }
  void wrong(const toml::node& at, std::string_view what) const {
    section.document_->fault(line_of(at), section_prefix(section.name_) + in_quotes(key) + ' ' + std::string(what));
  }
  /// The default, or a fault and an empty value.
  template <class T>
  T absent(std::optional<T>& otherwise) const {
    if (otherwise) return *std::move(otherwise);
    missing();
    return T{};
  }
};

ConfigSection::ConfigSection(std::shared_ptr<ConfigDocument> document, const void* table, std::string name, int line)
    : document_(std::move(document)), table_(table), name_(std::move(name)), line_(line) {
  if (table_ != nullptr) document_->asked[table_];
}

bool ConfigSection::present() const { return table_ != nullptr; }
int ConfigSection::line() const { return line_; }

std::string ConfigSection::text(std::string_view key, std::optional<std::string> otherwise) {
  const Access access{*this, key};
  const auto* node = access.node();
  if (node == nullptr) return access.absent(otherwise);
  if (const auto* text = node->as_string(); text != nullptr) return text->get();
  access.wrong(*node, "must be a text in quotes");
  return otherwise.value_or("");
}

std::vector<std::string> ConfigSection::texts(std::string_view key) {
  const Access access{*this, key};
  const auto* node = access.node();
  if (node == nullptr) return {};
  const auto* array = node->as_array();
  if (array == nullptr || array->size() > Config::items_limit) {
    access.wrong(*node, "must be a list of texts");
    return {};
  }
  std::vector<std::string> out;
  for (const auto& item : *array) {
    if (const auto* text = item.as_string(); text != nullptr) {
      out.push_back(text->get());
    } else {
      access.wrong(item, "must hold texts only");
    }
  }
  return out;
}

std::string ConfigSection::path(std::string_view key, std::optional<std::string> otherwise) {
  const auto given = text(key, std::move(otherwise));
  if (given.empty()) return given;
  return (std::filesystem::path(document_->folder) / given).lexically_normal().string();
}

std::int64_t ConfigSection::integer(std::string_view key, ConfigRange<std::int64_t> range,
                                    std::optional<std::int64_t> otherwise) {
  const Access access{*this, key};
  const auto* node = access.node();
  if (node == nullptr) return otherwise ? *otherwise : (access.missing(), range.least);
  const auto* number = node->as_integer();
  if (number != nullptr && number->get() >= range.least && number->get() <= range.most) return number->get();
  access.wrong(*node,
               "must be a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most));
  return otherwise.value_or(range.least);
}

bool ConfigSection::boolean(std::string_view key, std::optional<bool> otherwise) {
  const Access access{*this, key};
  const auto* node = access.node();
  if (node == nullptr) return access.absent(otherwise);
  if (const auto* value = node->as_boolean(); value != nullptr) return value->get();
  access.wrong(*node, "must be true or false");
  return otherwise.value_or(false);
}

Duration ConfigSection::duration(std::string_view key, ConfigRange<Duration> range, std::optional<Duration> otherwise) {
  const Access access{*this, key};
  const auto* node = access.node();
  if (node == nullptr) return otherwise ? *otherwise : (access.missing(), range.least);
  const auto* text = node->as_string();
  const auto value = text == nullptr ? std::nullopt : parse_duration(text->get());
  if (value && *value >= range.least && *value <= range.most) return *value;
  access.wrong(*node, value ? "is outside of its limits"
                            : "must be a time like \"500ms\", \"30s\", \"15m\", \"2h\" or \"1d\"");
  return otherwise.value_or(range.least);
}

std::string ConfigSection::choice(std::string_view key, std::initializer_list<std::string_view> words,
                                  std::optional<std::string> otherwise) {
  const std::string fallback = otherwise ? *otherwise : std::string(*words.begin());
  const Access access{*this, key};
  const auto* node = access.node();
  if (node == nullptr) return otherwise ? fallback : (access.missing(), fallback);
  const auto* text = node->as_string();
  if (text != nullptr && std::find(words.begin(), words.end(), text->get()) != words.end()) return text->get();
  std::string what = "must be one of";
  for (const auto word : words) what += ' ' + in_quotes(word);
  access.wrong(*node, what);
  return fallback;
}

ConfigSection ConfigSection::section(std::string_view key) {
  const Access access{*this, key};
  const auto* node = access.node();
  const auto name = name_.empty() ? std::string(key) : name_ + '.' + std::string(key);
  if (node == nullptr) return {document_, nullptr, name, line_};
  if (!node->is_table()) access.wrong(*node, "must be a table");
  return {document_, node->as_table(), name, line_of(*node)};
}

std::vector<ConfigSection> ConfigSection::sections(std::string_view key) {
  const Access access{*this, key};
  const auto* node = access.node();
  if (node == nullptr) return {};
  const auto* array = node->as_array();
  if (array == nullptr || array->size() > Config::items_limit) {
    access.wrong(*node, "must be tables, written as [[" + std::string(key) + "]]");
    return {};
  }
  const auto name = name_.empty() ? std::string(key) : name_ + '.' + std::string(key);
  std::vector<ConfigSection> out;
  for (const auto& item : *array) {
    if (const auto* table = item.as_table(); table != nullptr) {
      out.push_back(ConfigSection(document_, table, name, line_of(item)));
    } else {
      access.wrong(item, "must hold tables only");
    }
  }
  return out;
}

void ConfigSection::fault(std::string_view key, std::string_view what) {
  const Access access{*this, key};
  if (const auto* node = access.node(); node != nullptr) {
    access.wrong(*node, what);
  } else {
    document_->fault(line_, section_prefix(name_) + in_quotes(key) + ' ' + std::string(what));
  }
}

Config::Config(std::shared_ptr<ConfigDocument> document) : document_(std::move(document)) {}

Config Config::parse(std::string_view text, std::string source) {
  auto document = std::make_shared<ConfigDocument>();
  document->source = std::move(source);
  document->folder = std::filesystem::path(document->source).parent_path().string();
  if (text.size() > size_limit) {
    document->unreadable(0, "the file is larger than its limit");
    return Config(std::move(document));
  }
  try {
    document->table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    document->unreadable(static_cast<int>(error.source().begin.line), std::string(error.description()));
  }
  return Config(std::move(document));
}

Config Config::load(const std::string& path) {
  const auto text = read_file(path, size_limit);
  if (text) return parse(*text, path);
  auto config = parse("", path);
  config.document_->unreadable(0, text.error().message());
  return config;
}

ConfigSection Config::root() { return {document_, &document_->table, "", 1}; }

std::vector<ConfigFault> Config::finish() {
  note_unknown_keys(*document_, document_->table, "");
  auto faults = std::move(document_->faults);
  document_->faults.clear();
  std::stable_sort(faults.begin(), faults.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  return faults;
}

}  // namespace wattle
