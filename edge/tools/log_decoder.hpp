#pragma once
// A caught log of any length, frame by frame: what is held at a time is a window of it.

#include <string>
#include <string_view>

#include "edge/tools/decode.hpp"

namespace wattle::edge {

/// Hex digits as bytes_of() takes them, of a text that comes in parts of any size.
class HexText {
 public:
  /// Appends the bytes of all words that are whole. What is wrong, in words; then nothing more is read.
  std::optional<std::string> add(std::string_view part, Bytes& out);
  std::optional<std::string> finish(Bytes& out);

 private:
  std::string rest_;  // of a word that may go on
};

/// Frames come out once they are followed by so many bytes that no later one changes what they are. Offsets count from the
/// log's first byte.
class LogDecoder {
 public:
  /// `window`: bytes that are looked at together, at most max_capture. A quarter of it stays behind what came out: an answer
  /// is known by its question, and a part by what was before it.
  LogDecoder(Protocol protocol, CaptureHints hints, std::size_t window = max_capture);
  Decoded add(ByteView bytes);
  Decoded finish();

 private:
  /// Takes what ends before `until`, which is a place in the window.
  void take(std::size_t until, Decoded& out);
  void tell(Decoded& out);
  void drop();

  Protocol protocol_;
  CaptureHints hints_;
  std::size_t window_;
  Bytes held_;
  std::size_t begin_ = 0;            // where the window begins in the log
  std::size_t taken_ = 0;            // up to where the log is taken
  std::vector<std::size_t> starts_;  // of what was taken, in the log
  std::optional<Caught> last_;       // taken and not told: what follows it belongs to it if it is the last
};

}  // namespace wattle::edge
