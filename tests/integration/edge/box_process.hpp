#pragma once
// The real wattle-edge as a child process, its wall clock accelerated from outside by libfaketime (which leaves the monotonic
// one alone), and its local socket.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>

#include "shared/io/clock.hpp"
#include "tests/integration/mqtt/broker.hpp"

namespace wattle::test {

/// The site's wall clock: runs `speed` times as fast as ours, from `start` on.
struct FastClock {
  std::int64_t speed;
  Instant start;
  Instant real = wall_clock();

  Instant now() const { return start + Duration{(wall_clock() - real).micros * speed}; }
  std::string faketime() const {
    char text[64];
    std::snprintf(text, sizeof text, "FAKETIME=%+.3f x%lld", static_cast<double>((now() - wall_clock()).micros) / 1e6,
                  static_cast<long long>(speed));
    return text;
  }
};

class BoxProcess {
 public:
  BoxProcess(const Folder& folder, const FastClock& clock) : folder_(&folder), clock_(&clock) {}
  ~BoxProcess() { kill(); }
  BoxProcess(const BoxProcess&) = delete;
  BoxProcess& operator=(const BoxProcess&) = delete;

  void start() {
    WATTLE_CHECK(pid_ < 0);
    const auto config = folder_->path("edge.toml");
    const auto log = folder_->path("edge.log");
    const auto fake = clock_->faketime();
    const auto fails = "WATTLE_DISK_FAILS=" + disk_fails();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no box behind
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(fd, STDERR_FILENO);
    // A sanitizer's runtime wants to be the first library, which here is libfaketime.
    ::execl("/usr/bin/env", "env",
            "LD_PRELOAD=" WATTLE_FAILING_SYNC ":" WATTLE_REAL_TIMERS ":/usr/$LIB/faketime/libfaketimeMT.so.1", fake.c_str(),
            fails.c_str(), "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_DONT_RESET=1", "ASAN_OPTIONS=verify_asan_link_order=0",
            WATTLE_EDGE_BINARY, "--config", config.c_str(), nullptr);
    ::_exit(127);
  }

  /// As a power cut would.
  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void terminate() const { ::kill(pid_, SIGTERM); }
  /// The exit code once it has ended by itself; 128 + n for signal n.
  std::optional<int> ended() {
    int status = 0;
    if (pid_ < 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// One line to the local socket, and its reply; nothing when there is nobody.
  std::optional<boost::json::object> ask(const std::string& line) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = folder_->path("data/edge.sock");
    WATTLE_CHECK(path.size() < sizeof address.sun_path);
    std::copy(path.begin(), path.end(), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string reply;
    const auto text = line + '\n';
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
      char part[4096];
      ssize_t size = 0;
      while (!reply.ends_with('\n') && (size = ::read(fd, part, sizeof part)) > 0)
        reply.append(part, static_cast<std::size_t>(size));
    }
    ::close(fd);
    if (!reply.ends_with('\n')) return std::nullopt;
    return boost::json::parse(reply).as_object();
  }

  /// While this file is there the box's disk keeps nothing.
  std::string disk_fails() const { return folder_->path("disk-fails"); }
  std::string log() const { return read_file(folder_->path("edge.log"), 64 * 1024 * 1024).value(); }

 private:
  const Folder* folder_;
  const FastClock* clock_;
  pid_t pid_ = -1;
};

/// Passes time by `pause` until the condition holds; false, with the end of the box's log for whoever reads the failure, when
/// it does not within this time.
template <class Pause, class Condition>
bool pause_until(const BoxProcess& box, int seconds_most, Pause pause, Condition condition) {
  const auto give_up = monotonic_clock() + seconds(seconds_most);
  while (!condition()) {
    if (monotonic_clock() >= give_up) {
      const auto log = box.log();
      WARN(log.substr(log.size() - std::min<std::size_t>(log.size(), 5000)));
      return false;
    }
    pause();
  }
  return true;
}

/// The same, living in the loop meanwhile.
template <class Condition>
bool live_until(boost::asio::io_context& loop, const BoxProcess& box, int seconds_most, Condition condition) {
  const auto live = [&loop] {
    loop.restart();
    loop.run_for(std::chrono::milliseconds(50));
  };
  return pause_until(box, seconds_most, live, condition);
}

}  // namespace wattle::test
