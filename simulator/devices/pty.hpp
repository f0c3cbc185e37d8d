#pragma once
// A pseudo-terminal pair in raw mode: our end is the meters' side of the wire, the other a device file that a bus master opens.

#include <string>

#include "shared/base/result.hpp"

namespace wattle::sim {

class Pty {
 public:
  /// With a link path, that path becomes a symbolic link to the device, in one step, whatever link was there.
  static Result<Pty> open(const std::string& link);
  Pty(Pty&& other) noexcept;
  Pty& operator=(Pty&&) = delete;
  ~Pty();

  int meters_end() const { return meters_end_; }
  const std::string& device() const { return device_; }

 private:
  Pty() = default;
  int meters_end_ = -1;
  int masters_end_ = -1;  // held open, or our reads would fail whenever no master has the device open
  std::string device_;
  std::string link_;
};

}  // namespace wattle::sim
