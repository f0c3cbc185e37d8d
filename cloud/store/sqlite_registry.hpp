#pragma once
// The registry in an SQLite file. One connection, one loop: what was written since the last flush is one transaction, so that
// many changes cost one sync.

#include <map>
#include <memory>

#include "cloud/store/registry.hpp"
#include "shared/base/ids.hpp"
#include "shared/store/ledger_store.hpp"

namespace wattle::cloud {

class SqliteRegistry final : public Registry {
 public:
  /// Runs a job at the end of the loop's queue; tests run it at once.
  using Post = std::function<void(std::function<void()>)>;
  /// Makes the file and its folder if they are not there; ":memory:" is a file that nobody sees.
  static Result<std::unique_ptr<SqliteRegistry>> open(const std::string& path, SiteId site, Post post);

  /// Beside a cloud of whatever version that may be running: nothing is changed, the file stays of its version. Only for sheets
  /// that have been the same in all of them.
  static Result<std::unique_ptr<SqliteRegistry>> open_to_read(const std::string& path, SiteId site);

  std::optional<Row> find(const Sheet& sheet, std::span<const Value> key) const override;
  std::vector<Row> list(const Sheet& sheet, std::span<const Where> where, std::span<const Value> after, std::size_t limit,
                        Sort sort) const override;
  std::int64_t greatest(const Sheet& sheet, std::string_view column) const override;
  void put(const Sheet& sheet, const Row& row) override;
  void erase(const Sheet& sheet, std::span<const Value> key) override;
  void when_durable(std::function<void()> read) override;

  /// Everything that waits, now. Throws StoreFailure when the store has failed, now or before.
  void flush();
  /// A copy of what is durable in a file of its own, verified, under its name durably. By a connection of its own, so that it
  /// may run on any thread beside the one that writes.
  static Result<void> back_up(const std::string& file, const std::string& path);
  /// Of a copy that nobody has opened: who had been logged out since it was made, or lost a right, is not logged in again by
  /// it.
  static Result<void> end_sessions(const std::string& copy);

 private:
  SqliteRegistry(Database database, SiteId site, Post post)
      : database_(std::move(database)), site_(site), post_(std::move(post)) {}
  Statement& prepared(const std::string& sql) const;
  std::vector<Row> run(Statement& statement, const std::vector<Value>& values, std::size_t columns) const;
  void change(const std::string& sql, const std::vector<Value>& values);
  void schedule();
  template <class T>
  T must(Result<T> result) const;

  mutable Database database_;
  SiteId site_;
  Post post_;
  mutable std::map<std::string, Statement> statements_;
  std::vector<std::function<void()>> readers_;
  bool open_ = false;  // a transaction
  bool scheduled_ = false;
  mutable bool failed_ = false;
};

}  // namespace wattle::cloud
