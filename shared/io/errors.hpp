#pragma once
// What can go wrong between a process and its machine, broker or files.

#include "shared/base/result.hpp"

namespace wattle {

enum class IoErrc {
  open_failed = 1,
  read_failed,
  write_failed,
  file_too_large,
  not_connected,
  queue_full,
  message_too_large,
  bad_topic,
  key_failed,
};

const boost::system::error_category& io_category();
Error make_error_code(IoErrc code);
/// What the system call that has just failed says: errno.
Error last_error();

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::IoErrc> : std::true_type {};
