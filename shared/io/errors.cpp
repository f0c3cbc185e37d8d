#include "shared/io/errors.hpp"

#include <cerrno>

namespace wattle {
namespace {

class IoCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "wattle.io"; }
  std::string message(int code) const override {
    switch (static_cast<IoErrc>(code)) {
      case IoErrc::open_failed: return "the file cannot be opened";
      case IoErrc::read_failed: return "the file cannot be read";
      case IoErrc::write_failed: return "the file cannot be written";
      case IoErrc::file_too_large: return "the file is larger than its limit";
      case IoErrc::not_connected: return "there is no connection to the broker";
      case IoErrc::queue_full: return "too many messages wait to be sent";
      case IoErrc::message_too_large: return "the message is larger than its limit";
      case IoErrc::bad_topic: return "the topic is outside the portable MQTT profile";
      case IoErrc::key_failed: return "the private key or certificate request is not usable";
    }
    return "unknown io error";
  }
};

}  // namespace

const boost::system::error_category& io_category() {
  static const IoCategory category;
  return category;
}

Error last_error() { return {errno, boost::system::generic_category()}; }
Error make_error_code(IoErrc code) { return {static_cast<int>(code), io_category()}; }

}  // namespace wattle
