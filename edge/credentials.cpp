#include "edge/credentials.hpp"

#include <algorithm>

#include "shared/io/files.hpp"

namespace wattle::edge {
namespace {

constexpr std::size_t password_file_max = 256;
constexpr std::size_t password_digits = 8;  // and as many of the operator's code

}  // namespace

std::variant<dlt645::Credentials, std::string> load_credentials(const std::string& path) {
  const auto text = read_file(path, password_file_max);
  if (!text) return "cannot be read: " + text.error().message();
  std::string digits;
  for (const char c : *text)
    if (c != ' ' && c != '\n' && c != '\r') digits += c;
  const auto bytes = from_hex(digits);
  const bool is_right =
      (digits.size() == password_digits || digits.size() == 2 * password_digits) && bytes.size() * 2 == digits.size();
  if (!is_right) return "must hold eight hex digits, or sixteen with the operator's code";
  dlt645::Credentials by;
  std::copy_n(bytes.begin(), by.password.size(), by.password.begin());
  if (bytes.size() > by.password.size())
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(by.password.size()), by.operator_code.size(),
                by.operator_code.begin());
  return by;
}

}  // namespace wattle::edge
