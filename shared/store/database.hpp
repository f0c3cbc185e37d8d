#pragma once
// A thin layer over SQLite's C interface: ownership, Results instead of numbers. It knows nothing of the ledger.

#include <memory>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/store/errors.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace wattle {

/// Prepared once. Bytes and text are bound without a copy: they must live until the query is done.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  void bind(int at, std::int64_t value);
  void bind(int at, std::uint64_t value);
  void bind(int at, std::uint32_t value) { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, ByteView bytes);
  void bind(int at, std::string_view text);
  void bind_null(int at);
  /// True while there is a row.
  Result<bool> step();
  void reset();

  std::uint64_t number(int column) const;
  ByteView bytes(int column) const;
  std::string_view text(int column) const;
  bool is_null(int column) const;
  bool is_text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// One use of a statement, which is free for the next when this ends.
class Query {
 public:
  template <class... Values>
  explicit Query(Statement& statement, const Values&... values) : statement_(&statement) {
    int at = 0;
    (statement.bind(++at, values), ...);
  }
  ~Query() { statement_->reset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Result<bool> next() { return statement_->step(); }
  Result<void> run();
  const Statement& row() const { return *statement_; }

 private:
  Statement* statement_;
};

enum class Access { read_only, read_write };

class Database {
 public:
  static Result<Database> open(const std::string& path, Access access);

  Result<void> execute(const char* sql);
  Result<Statement> prepare(const char* sql);
  /// The single number or text that a pragma or query gives.
  Result<std::int64_t> number(const char* sql);
  Result<std::string> text(const char* sql);
  /// Copies what the log holds back into the database file.
  Result<void> checkpoint();
  /// Closing will not touch the files any more.
  void leave_files_alone() const;
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

/// What SQLite's result code means here.
Error store_error(int sqlite_code);

}  // namespace wattle
