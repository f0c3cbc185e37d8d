#pragma once
// `wattle-edge decode` (docs/operating/technician.md).

#include <string>
#include <vector>

namespace wattle::edge {

/// Of a technician's tools.
enum ToolExit : int { tool_good = 0, tool_bad_frame = 1, tool_wrong_call = 2 };

struct DecodeWords {
  std::string protocol;  // one of Protocol's words
  std::vector<std::string> hex;
  std::string profile;
  bool request = false;
  bool answer = false;
};
/// Writes the frames to standard output, or what is wrong with the call to standard error. The exit code.
int decode_command(const DecodeWords& words);

}  // namespace wattle::edge
