#include "cloud/gateway/site_runner.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "shared/io/clock.hpp"

namespace wattle::cloud {
namespace {

constexpr Duration least_pause = milliseconds(5);  // between wake-ups, whatever the core says

}  // namespace

SiteRunner::SiteRunner(boost::asio::io_context& loop, Site& site, LedgerStore& store, Hooks hooks, Metrics& metrics)
    : loop_(loop),
      site_(site),
      group_(store),
      hooks_(std::move(hooks)),
      timer_(loop),
      events_(metrics.counter("wattle_site_events_total", "Events that reached the site's core")),
      flushes_(metrics.counter("wattle_site_commits_total", "Transactions, each of everything that waited")) {}

/// Callers are handlers that may have a catch of their own (the HTTP session's): what goes wrong with the books must not end
/// there, so it is thrown from the loop itself.
template <class F>
void SiteRunner::guarded(const F& action) {
  if (failed_) return;
  try {
    action();
  } catch (const std::exception&) {
    failed_ = true;
    boost::asio::post(loop_, [failure = std::current_exception()] { std::rethrow_exception(failure); });
  }
}

void SiteRunner::give(const Event& event, Done done, Commit beside) {
  guarded([&] {
    events_.add();
    auto effects = site_.handle(event, read_clocks());
    Answer answer;
    for (const auto& effect : effects) {
      if (const auto* answered = std::get_if<AnswerOrder>(&effect)) answer = answered->answer;
      if (const auto* refund = std::get_if<AnswerRefund>(&effect)) answer = refund->answer;
    }
    add(std::move(effects), std::move(beside));
    if (done) waiting_.push_back({std::move(done), answer});
    if (group_.is_full())
      flush_now();
    else
      schedule();
  });
}

void SiteRunner::take(Effects effects, Commit beside) {
  guarded([&] {
    add(std::move(effects), std::move(beside));
    schedule();
  });
}

void SiteRunner::add(Effects effects, Commit beside) {
  for (const auto& effect : effects)
    if (const auto* persist = std::get_if<Persist>(&effect)) commits_.push_back(persist->commit);
  group_.add(std::move(effects));
  if (!beside.empty()) group_.add({Persist{std::move(beside)}});
}

void SiteRunner::when_durable(std::function<void()> read) {
  guarded([&] {
    if (is_durable()) return read();
    readers_.push_back(std::move(read));
  });
}

/// At the end of the loop's queue, so that whatever is ready now gets into the same transaction.
void SiteRunner::schedule() {
  if (std::exchange(scheduled_, true)) return;
  boost::asio::post(loop_, [this] { flush(); });
}

void SiteRunner::flush() {
  guarded([&] { flush_now(); });
}

void SiteRunner::flush_now() {
  scheduled_ = false;
  const auto waiting = std::exchange(waiting_, {});
  const auto readers = std::exchange(readers_, {});
  const auto commits = std::exchange(commits_, {});
  auto effects = group_.flush();
  if (!effects) throw StoreFailure(effects.error());
  if (!commits.empty()) flushes_.add();
  site_.committed();
  for (const auto& commit : commits) hooks_.persisted(commit);
  for (const auto& effect : *effects) hooks_.carry_out(effect);
  for (const auto& one : waiting) one.done(one.answer);
  for (auto read = readers.begin(); read != readers.end(); ++read) {
    if (!is_durable()) {  // who was answered has given the next event at once: what could be read now waits again
      readers_.insert(readers_.begin(), read, readers.end());
      break;
    }
    (*read)();
  }
  arm();
}

void SiteRunner::arm() {
  const auto next = site_.wake_up();
  if (next == never || stopped_) {
    timer_.cancel();
    return;
  }
  const auto at = std::max(next, monotonic_clock() + least_pause);
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(at.micros)));
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) give(Woke{});
  });
}

void SiteRunner::stop() {
  flush();
  stopped_ = true;
  timer_.cancel();
}

}  // namespace wattle::cloud
