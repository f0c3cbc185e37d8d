#include "edge/tools/decode.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "edge/tools/fields_json.hpp"

namespace wattle::edge {
namespace {

bool is_separator(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':' || c == ',' || c == '-'; }

/// Words between separators, without 0x in front.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_separator) - text.begin());
    auto word = text.substr(0, end);
    if (word.starts_with("0x") || word.starts_with("0X")) word.remove_prefix(2);
    if (!word.empty()) words.push_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

std::optional<std::string> append_hex(std::string_view text, Bytes& out) {
  for (const auto word : words_of(text)) {
    const auto bytes = from_hex(word);
    if (bytes.empty()) return "\"" + std::string(word.substr(0, 32)) + "\" is not pairs of hex digits";
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return std::nullopt;
}

std::variant<Bytes, std::string> bytes_of(const std::vector<std::string>& pieces) {
  Bytes out;
  for (const auto& piece : pieces) {
    if (const auto wrong = append_hex(piece, out)) return *wrong;
    if (out.size() > max_capture)
      return "more than " + std::to_string(max_capture) + " bytes; a longer log is read from standard input";
  }
  if (out.empty()) return "there are no hex digits";
  return out;
}

std::string to_json(const Caught& caught) { return boost::json::serialize(json_of(caught)); }

Decoded decode(Protocol protocol, ByteView heard, const CaptureHints& hints) {
  Decoded out{{}, true};
  for (const auto& caught : frames_in(protocol, heard, hints)) {
    out.lines += to_json(caught) + '\n';
    out.all_good = out.all_good && !caught.described.error;
  }
  return out;
}

std::optional<Protocol> protocol_named(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(all_protocols), std::end(all_protocols), [&](Protocol p) { return name == word(p); });
  return found == std::end(all_protocols) ? std::nullopt : std::optional(*found);
}

}  // namespace wattle::edge
