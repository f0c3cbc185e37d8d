#pragma once
// A mosquitto of the test's own: TLS, client certificates as identities, an ACL, a free loopback port, its folder.

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "cloud/pki/authority.hpp"
#include "shared/base/check.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/files.hpp"
#include "shared/io/mqtt.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::test {

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Free a moment ago: the kernel gives ephemeral ports in turn, so that it is not given again at once.
inline std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  WATTLE_CHECK(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  WATTLE_CHECK(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

class Broker {
 public:
  Broker() : authority_(*Authority::open(folder_.path(), "Wattle test site", wall_clock())), port_(free_port()) {
    const auto now = wall_clock();
    WATTLE_CHECK(ensure_server_files(authority_, folder_.path(), "broker", {}, now).has_value());
    for (const auto* name : {"edge-7", "edge-8", "cloud"}) {
      WATTLE_CHECK(ensure_client_files(authority_, folder_.path(), name, now).has_value());
    }
    const auto file = [this](std::string_view name) { return folder_.path(name); };
    std::string config = "per_listener_settings false\npersistence false\nset_tcp_nodelay true\nmax_queued_messages 10000\n";
    config += "log_dest file " + file("mosquitto.log") + "\nuser root\nlistener " + std::to_string(port_) + " 127.0.0.1\n";
    config += "cafile " + file("ca.crt") + "\ncertfile " + file("broker.crt") + "\nkeyfile " + file("broker.key") + '\n';
    config += "crlfile " + file("ca.crl") + "\nrequire_certificate true\nuse_identity_as_username true\n";
    config += "acl_file " + file("acl") + '\n';
    const std::string_view acl =
        "pattern write up/+/%u/#\npattern read down/%u/#\nuser cloud\ntopic readwrite up/#\ntopic readwrite down/#\n";
    WATTLE_CHECK(write_file(file("acl"), acl, FileAccess::owner_only).has_value());
    WATTLE_CHECK(write_file(file("m.conf"), config, FileAccess::everyone_reads).has_value());
    start();
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker() { kill(); }

  void start() {
    WATTLE_CHECK(pid_ < 0);
    const auto config = folder_.path("m.conf");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no broker behind
      ::execlp("mosquitto", "mosquitto", "-c", config.c_str(), nullptr);
      ::_exit(127);
    }
    wait_until_listening();
  }

  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  /// mosquitto reads its revocation list again for new connections after SIGHUP. It listens a moment before it catches it, and
  /// would end.
  void reload() const {
    for (int tries = 0; tries < 500 && !catches(SIGHUP); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    WATTLE_CHECK(catches(SIGHUP));
    ::kill(pid_, SIGHUP);
  }

  MqttSettings settings(const std::string& name) const {
    MqttSettings out;
    out.port = port_;
    out.client_id = name;
    out.tls = {folder_.path("ca.crt"), folder_.path(name + ".crt"), folder_.path(name + ".key")};
    out.first_pause = milliseconds(50);
    out.longest_pause = milliseconds(400);
    return out;
  }
  const Folder& folder() const { return folder_; }
  const Authority& authority() const { return authority_; }

 private:
  bool catches(int signal) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    constexpr std::string_view name = "SigCgt:";
    for (std::string line; std::getline(status, line);)
      if (line.starts_with(name)) return (std::stoull(line.substr(name.size()), nullptr, 16) >> (signal - 1) & 1) != 0;
    return false;
  }
  void wait_until_listening() const {
    const auto address = loopback(port_);
    for (int tries = 0; tries < 500; ++tries) {
      const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      const bool up = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
      ::close(fd);
      if (up) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    WATTLE_CHECK(!"mosquitto did not listen within 10 s");
  }

  Folder folder_;
  Authority authority_;
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace wattle::test
