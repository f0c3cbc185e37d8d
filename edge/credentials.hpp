#pragma once
// The password of a meter's relay, out of a file: never out of a command line, which every process of the machine can read.

#include <string>
#include <variant>

#include "shared/meter/dlt645.hpp"

namespace wattle::edge {

/// One line: the password as it goes over the wire, in hex, and after it the operator's code if the meters want one. Or why
/// not, in words that follow the file's name.
std::variant<dlt645::Credentials, std::string> load_credentials(const std::string& path);

}  // namespace wattle::edge
