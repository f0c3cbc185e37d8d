#pragma once
// Copies of the store on a timer and at a fence, each verified before it counts, the oldest going when there are too many.

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cloud/core/event.hpp"
#include "cloud/store/backup.hpp"

namespace wattle::cloud {

struct BackupSettings {
  std::string folder;
  Duration every = hours(6);
  std::size_t keep = 8;
  Instant not_before{};  // by name: what lies before it is of a branch that has ended
};

/// Those that are there, oldest first.
std::vector<std::string> backup_files(const std::string& folder);
/// When its making began, by its name.
Instant backup_time(const std::string& path);

/// Where the registry's copy of the same moment stands.
std::string registry_backup_of(const std::string& path);
/// Copies of the registry that are there, oldest first.
std::vector<std::string> registry_files(const std::string& folder);
/// Copies of the registry whose store's backup is not there any more.
void drop_orphaned_registries(const std::string& folder);

inline constexpr Duration again_first = seconds(30);
inline constexpr Duration again_at_most = minutes(30);
/// How long to wait when so many backups in a row came to nothing: each of them copies and reads the whole store.
constexpr Duration again_after(std::uint64_t failures, Duration first = again_first) {
  auto pause = first;
  for (std::uint64_t i = 1; i < failures && pause < again_at_most; ++i) pause = {pause.micros * 2};
  return std::min(pause, again_at_most);
}

class Backups {
 public:
  /// `beside` is called for each copy that is verified, before it gets its name `path`, on a thread of its own: what is to lie
  /// beside it must be there first. A copy for which that fails comes to nothing. `made` comes after it on the loop; `failed`
  /// for each that came to nothing.
  struct Hooks {
    std::function<Result<void>(const std::string& path)> beside;
    std::function<void(const std::string& path)> made;
    std::function<void(const Error&)> failed;
  };
  Backups(boost::asio::io_context& loop, BackupSettings settings, LedgerStore& store, Hooks hooks);
  Backups(const Backups&) = delete;
  Backups& operator=(const Backups&) = delete;

  /// On a timetable, which goes on from the newest backup that is there.
  void start();
  void stop();
  /// One that begins after now, as soon as may be.
  void make_soon();
  /// The same, and its path when it is verified, or why it came to nothing.
  using Made = std::function<void(Result<std::string>)>;
  void make(Made done);
  /// What every backup that may still be restored holds at least of each link (sync.md §6).
  std::vector<BackupsKept> kept(SiteId site, const std::vector<Holder>& holders) const;

 private:
  Duration first_pause() const;
  void arm(Duration pause);
  std::string next_path() const;
  void begin();
  void step();
  void finish();
  void end(Result<void> outcome);
  void drop_old() const;
  void drop_parts() const;

  boost::asio::io_context& loop_;
  BackupSettings settings_;
  LedgerStore& store_;
  Hooks hooks_;
  boost::asio::steady_timer timer_;
  std::optional<OnlineBackup> running_;
  std::string path_;           // of the one that is running
  std::vector<Made> waiting_;  // for the one that is running
  std::vector<Made> next_;     // for the one after it
  bool busy_ = false;          // one is running, or being verified
  bool again_ = false;
  bool stopped_ = false;
  boost::asio::thread_pool worker_{1};  // the last member, so that it ends first
};

}  // namespace wattle::cloud
