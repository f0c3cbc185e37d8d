#pragma once
// What people keep about a site beside its books: buildings and rooms, persons and their stays, users, the log of operations.
// It decides no money, so it lives in a database of its own (docs/decisions/0013), of whole numbers and texts in plain tables
// with the site first in every key: what SQLite and PostgreSQL both have.
//
// Reads see at once what was written; whether it is durable yet is when_durable's to say. A store that fails throws
// StoreFailure, also from a read, since "not there" would be a lie; the process ends then.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wattle::cloud {

using Value = std::variant<std::int64_t, std::string>;
using Row = std::vector<Value>;

/// A table: its columns after the site, those of the key first.
struct Sheet {
  std::string_view name;
  std::vector<std::string_view> columns;
  std::size_t keys = 1;
};

/// Only rows with this value in this column.
struct Where {
  std::string_view column;
  Value value;
};

enum class Sort : std::uint8_t { up, down };

class Registry {
 public:
  virtual ~Registry() = default;
  virtual std::optional<Row> find(const Sheet& sheet, std::span<const Value> key) const = 0;
  /// By key, beginning behind `after` (empty: at the beginning).
  virtual std::vector<Row> list(const Sheet& sheet, std::span<const Where> where, std::span<const Value> after,
                                std::size_t limit, Sort sort) const = 0;
  /// In a column of numbers; 0 when there is no row.
  virtual std::int64_t greatest(const Sheet& sheet, std::string_view column) const = 0;
  /// In the place of the row with that key, if there is one.
  virtual void put(const Sheet& sheet, const Row& row) = 0;
  virtual void erase(const Sheet& sheet, std::span<const Value> key) = 0;
  /// Calls `read` when everything that was written is durable: perhaps at once.
  virtual void when_durable(std::function<void()> read) = 0;
};

}  // namespace wattle::cloud
