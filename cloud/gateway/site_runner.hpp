#pragma once
// Drives the site's core on the loop: events in, one transaction for all that has come up meanwhile, then the effects in their
// order, then the answers. Nothing that rests on an entry leaves before the entry is durable.
//
// A failure of the store leaves the loop's run() as an exception: the process ends, and its next life reads what is on the
// disk.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "cloud/core/site.hpp"
#include "cloud/store/group_commit.hpp"
#include "shared/io/metrics.hpp"

namespace wattle::cloud {

class SiteRunner {
 public:
  /// What became of an order; none for other events.
  using Answer = std::optional<OrderAnswer>;
  using Done = std::function<void(Answer)>;
  struct Hooks {
    std::function<void(const Effect&)> carry_out;
    std::function<void(const Commit&)> persisted;  // of each event, once it is durable
  };

  SiteRunner(boost::asio::io_context& loop, Site& site, LedgerStore& store, Hooks hooks, Metrics& metrics);
  SiteRunner(const SiteRunner&) = delete;
  SiteRunner& operator=(const SiteRunner&) = delete;

  /// `beside` goes into the same transaction. `done` is called when everything that the event brought about is durable.
  void give(const Event& event, Done done = {}, Commit beside = {});
  /// What Site::begin() wants done.
  void take(Effects effects, Commit beside = {});
  /// Calls `read` when all that can be read of the site is durable: perhaps at once.
  void when_durable(std::function<void()> read);
  /// Everything that waits, now.
  void flush();
  /// Nothing is done any more: the loop ends with what went wrong.
  bool has_failed() const { return failed_; }
  /// No wake-up any more.
  void stop();

 private:
  struct Waiting {
    Done done;
    Answer answer;
  };
  void add(Effects effects, Commit beside);
  void schedule();
  void flush_now();
  bool is_durable() const { return group_.empty() && waiting_.empty(); }
  void arm();
  template <class F>
  void guarded(const F& action);

  boost::asio::io_context& loop_;
  Site& site_;
  GroupCommit group_;
  Hooks hooks_;
  boost::asio::steady_timer timer_;
  std::vector<Waiting> waiting_;
  std::vector<std::function<void()>> readers_;
  std::vector<Commit> commits_;  // of the group, for the hook
  bool scheduled_ = false;
  bool failed_ = false;
  bool stopped_ = false;
  Counter& events_;
  Counter& flushes_;
};

}  // namespace wattle::cloud
