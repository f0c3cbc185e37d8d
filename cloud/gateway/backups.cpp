#include "cloud/gateway/backups.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "cloud/store/store.hpp"
#include "shared/io/clock.hpp"
#include "shared/store/folder.hpp"
#include "shared/sync/link.hpp"

namespace wattle::cloud {
namespace {

constexpr std::string_view prefix = "wattle-";
constexpr std::string_view registry_prefix = "registry-";
constexpr std::string_view suffix = ".sqlite";
constexpr std::string_view part_suffix = ".sqlite.part";  // and what SQLite keeps beside it

/// By the moment of its beginning, so that names sort by age (Backups::next_path); microseconds keep two apart.
std::string file_name(Instant at) {
  auto digits = std::to_string(at.micros);
  constexpr std::size_t width = 17;
  digits.insert(0, width - std::min(width, digits.size()), '0');
  return std::string(prefix) + digits + std::string(suffix);
}

std::vector<std::string> files_of(const std::string& folder, std::string_view begin) {
  std::vector<std::string> files;
  std::error_code missing;  // no folder: no backups
  for (const auto& item : std::filesystem::directory_iterator(folder, missing)) {
    const auto name = item.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(suffix)) files.push_back(item.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<std::string> backup_files(const std::string& folder) { return files_of(folder, prefix); }
std::vector<std::string> registry_files(const std::string& folder) { return files_of(folder, registry_prefix); }

Instant backup_time(const std::string& path) {
  const auto name = std::filesystem::path(path).filename().string();
  Instant at;
  if (name.size() > prefix.size()) std::from_chars(name.data() + prefix.size(), name.data() + name.size(), at.micros);
  return at;
}

std::string registry_backup_of(const std::string& path) {
  const std::filesystem::path file(path);
  auto tail = file.filename().string();
  if (tail.starts_with(prefix)) tail.erase(0, prefix.size());  // a person may have given it another name
  return (file.parent_path() / (std::string(registry_prefix) + tail)).string();
}

void drop_orphaned_registries(const std::string& folder) {
  std::set<std::string> wanted;
  for (const auto& path : backup_files(folder)) wanted.insert(registry_backup_of(path));
  std::error_code stays;  // one too many does no harm, and the next time it is tried again
  for (const auto& path : registry_files(folder))
    if (!wanted.contains(path)) std::filesystem::remove(path, stays);
}

Backups::Backups(boost::asio::io_context& loop, BackupSettings settings, LedgerStore& store, Hooks hooks)
    : loop_(loop), settings_(std::move(settings)), store_(store), hooks_(std::move(hooks)), timer_(loop) {}

void Backups::start() { arm(first_pause()); }

/// A process that ends before its timer does would else never make one, nor would those after it.
Duration Backups::first_pause() const {
  const auto files = backup_files(settings_.folder);
  if (files.empty()) return {};
  return std::clamp(backup_time(files.back()) + settings_.every - wall_clock(), Duration{}, settings_.every);
}

void Backups::stop() {
  stopped_ = true;
  timer_.cancel();
  if (!running_) return;
  running_.reset();
  drop_parts();
}

void Backups::arm(Duration pause) {
  if (stopped_) return;
  timer_.expires_after(to_chrono(pause));
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    make_soon();
    arm(settings_.every);
  });
}

void Backups::make_soon() {
  if (stopped_) return;
  if (busy_)
    again_ = true;
  else
    begin();
}

void Backups::make(Made done) {
  if (stopped_) return done(WATTLE_FAIL(StoreErrc::failed));
  next_.push_back(std::move(done));
  make_soon();
}

/// Behind the newest also while the clock is behind that: what is oldest by name is deleted, and may be restored the least.
std::string Backups::next_path() const {
  const auto files = backup_files(settings_.folder);
  const auto after_newest = files.empty() ? Instant{} : backup_time(files.back()) + microseconds(1);
  const auto at = std::max({wall_clock(), after_newest, settings_.not_before});
  return (std::filesystem::path(settings_.folder) / file_name(at)).string();
}

void Backups::begin() {
  busy_ = true;
  waiting_ = std::exchange(next_, {});
  path_ = next_path();
  if (const auto folder = make_folder_of(path_); !folder) return end(folder.error());
  drop_parts();  // of a process that was killed
  auto backup = OnlineBackup::begin(store_, path_);
  if (!backup) return end(backup.error());
  running_.emplace(*std::move(backup));
  boost::asio::post(loop_, [this] { step(); });
}

void Backups::step() {
  if (!running_) return;
  const auto more = running_->step();
  if (!more) return end(more.error());
  if (*more) {
    boost::asio::post(loop_, [this] { step(); });
    return;
  }
  finish();
}

/// The whole copy is read again, which takes as long as it is large: not on the loop. Who is killed in between leaves no backup
/// that lacks what should lie beside it.
void Backups::finish() {
  auto copy = std::make_shared<OnlineBackup>(*std::move(running_));
  running_.reset();
  // The loop has work for as long as this takes.
  boost::asio::post(worker_, [this, copy = std::move(copy), path = path_, work = boost::asio::make_work_guard(loop_)] {
    const auto held = copy->verify();
    auto outcome = held ? hooks_.beside(path) : Result<void>(held.error());
    if (outcome) outcome = copy->name();
    boost::asio::post(loop_, [this, outcome] {
      if (!stopped_) end(outcome);
    });
  });
}

void Backups::end(Result<void> outcome) {
  running_.reset();
  busy_ = false;
  // What is called here may begin the next one.
  const auto waiting = std::exchange(waiting_, {});
  const auto path = path_;
  if (outcome) {
    drop_old();
    hooks_.made(path);
  } else {
    drop_parts();
    std::error_code stays;  // then it goes with the next that is made
    if (!std::filesystem::exists(path, stays)) std::filesystem::remove(registry_backup_of(path), stays);
    hooks_.failed(outcome.error());
  }
  for (const auto& done : waiting) done(outcome ? Result<std::string>(path) : Result<std::string>(outcome.error()));
  if (std::exchange(again_, false)) make_soon();
}

void Backups::drop_old() const {
  const auto files = backup_files(settings_.folder);
  for (std::size_t i = 0; i + settings_.keep < files.size(); ++i) {
    std::error_code stays;  // one too many does no harm, and the next time it is tried again
    std::filesystem::remove(files[i], stays);
  }
}

/// Copies that were broken off, each as large as a store: nobody else looks for them. For when none is being made.
void Backups::drop_parts() const {
  std::vector<std::filesystem::path> parts;
  std::error_code stays;  // the next time it is tried again
  for (const auto& item : std::filesystem::directory_iterator(settings_.folder, stays)) {
    const auto name = item.path().filename().string();
    const bool ours = name.starts_with(prefix) || name.starts_with(registry_prefix);
    if (ours && name.find(part_suffix) != std::string::npos) parts.push_back(item.path());
  }
  for (const auto& part : parts) std::filesystem::remove(part, stays);
}

std::vector<BackupsKept> Backups::kept(SiteId site, const std::vector<Holder>& holders) const {
  std::map<Holder, BackupsKept> lowest;
  for (const auto& path : backup_files(settings_.folder)) {
    const auto backup = open_to_read(path);
    if (!backup) return {};  // what it holds is not known, so nothing more may be dropped until it can be read
    for (const auto holder : holders) {
      const auto bytes = (*backup)->row(Table::link, to_bytes(holder));
      const auto row = bytes ? from_bytes<LinkRow>(*bytes) : std::nullopt;
      const BackupsKept held{holder, (*backup)->head({site, holder, Direction::up}).number, row ? row->agreed : 0};
      const auto [at, fresh] = lowest.emplace(holder, held);
      if (fresh) continue;
      at->second.up_cursor = std::min(at->second.up_cursor, held.up_cursor);
      at->second.down_agreed = std::min(at->second.down_agreed, held.down_agreed);
    }
  }
  std::vector<BackupsKept> all;
  for (const auto& [holder, held] : lowest) all.push_back(held);
  return all;
}

}  // namespace wattle::cloud
