#include "simulator/devices/pty.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "shared/io/errors.hpp"

namespace wattle::sim {
namespace {

constexpr std::size_t longest_path = 4096;

bool make_raw(int fd) {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return false;
  cfmakeraw(&settings);
  return tcsetattr(fd, TCSANOW, &settings) == 0;
}

bool point_link(const std::string& target, const std::string& link) {
  const auto beside = link + "." + std::to_string(getpid());
  unlink(beside.c_str());
  return symlink(target.c_str(), beside.c_str()) == 0 && rename(beside.c_str(), link.c_str()) == 0;
}

/// Another process may have taken the path over.
bool points_at(const std::string& link, const std::string& target) {
  std::array<char, longest_path> text{};
  const auto size = readlink(link.c_str(), text.data(), text.size());
  return size >= 0 && std::string(text.data(), static_cast<std::size_t>(size)) == target;
}

}  // namespace

Result<Pty> Pty::open(const std::string& link) {
  Pty pty;
  pty.meters_end_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (pty.meters_end_ < 0 || grantpt(pty.meters_end_) != 0 || unlockpt(pty.meters_end_) != 0) return last_error();
  std::array<char, longest_path> name{};
  if (ptsname_r(pty.meters_end_, name.data(), name.size()) != 0) return last_error();
  pty.device_ = name.data();
  pty.masters_end_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (pty.masters_end_ < 0 || !make_raw(pty.masters_end_)) return last_error();
  if (link.empty()) return pty;
  if (!point_link(pty.device_, link)) return last_error();
  pty.link_ = link;
  return pty;
}

Pty::Pty(Pty&& other) noexcept
    : meters_end_(std::exchange(other.meters_end_, -1)),
      masters_end_(std::exchange(other.masters_end_, -1)),
      device_(std::move(other.device_)),
      link_(std::exchange(other.link_, {})) {}

Pty::~Pty() {
  if (!link_.empty() && points_at(link_, device_)) unlink(link_.c_str());
  if (masters_end_ >= 0) close(masters_end_);
  if (meters_end_ >= 0) close(meters_end_);
}

}  // namespace wattle::sim
