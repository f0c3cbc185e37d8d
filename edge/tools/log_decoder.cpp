#include "edge/tools/log_decoder.hpp"

#include <algorithm>

namespace wattle::edge {
namespace {

constexpr std::size_t longest_word = 4096;  // digits; longer ones are taken in pieces
constexpr std::string_view separators = " \t\n\r:,-";

}  // namespace

std::optional<std::string> HexText::add(std::string_view part, Bytes& out) {
  rest_ += part;
  const auto last = rest_.find_last_of(separators);
  auto whole = last == std::string::npos ? 0 : last + 1;
  if (rest_.size() - whole > longest_word) whole += (rest_.size() - whole) / 2 * 2;
  const auto wrong = append_hex(std::string_view(rest_).substr(0, whole), out);
  rest_.erase(0, whole);
  return wrong;
}

std::optional<std::string> HexText::finish(Bytes& out) {
  const auto wrong = append_hex(rest_, out);
  rest_.clear();
  return wrong;
}

LogDecoder::LogDecoder(Protocol protocol, CaptureHints hints, std::size_t window)
    : protocol_(protocol), hints_(hints), window_(window) {}

Decoded LogDecoder::add(ByteView bytes) {
  Decoded out{{}, true};
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), window_ - held_.size()));
    held_.insert(held_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (held_.size() < window_) break;
    take(window_ / 4 * 3, out);
    drop();
  }
  return out;
}

Decoded LogDecoder::finish() {
  Decoded out{{}, true};
  take(held_.size(), out);
  const auto size = begin_ + held_.size();
  if (!last_) last_ = Caught{.size = size, .described = {{}, WATTLE_FAIL(MeterErrc::framing), 0}};
  if (taken_ > 0) last_->noise_behind = size - taken_;
  tell(out);
  return out;
}

void LogDecoder::take(std::size_t until, Decoded& out) {
  for (auto caught : frames_in(protocol_, held_, hints_)) {
    const auto ends = caught.offset + caught.size;
    const bool is_none = caught.described.error == MeterErrc::framing && caught.described.offset == 0;  // no frame at all
    if (is_none || begin_ + caught.offset < taken_) continue;  // what was taken stands there for what follows it
    if (ends > until) return;
    tell(out);
    caught.wake_up = std::min(caught.wake_up, begin_ + caught.offset - taken_);
    caught.noise = begin_ + caught.offset - caught.wake_up - taken_;
    caught.noise_behind = 0;
    caught.offset += begin_;
    if (caught.described.error) caught.described.offset += begin_;
    taken_ = begin_ + ends;
    starts_.push_back(caught.offset);
    last_ = std::move(caught);
  }
}

void LogDecoder::tell(Decoded& out) {
  if (!last_) return;
  out.lines += to_json(*last_) + '\n';
  out.all_good = out.all_good && !last_->described.error;
  last_.reset();
}

/// About half of the window goes, from the beginning of a frame on.
void LogDecoder::drop() {
  const auto middle = begin_ + window_ / 2;
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), middle);
  const auto kept = after != starts_.begin() && *std::prev(after) > begin_ ? *std::prev(after) : middle;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(kept - begin_));
  begin_ = kept;
  starts_.erase(starts_.begin(), std::lower_bound(starts_.begin(), starts_.end(), begin_));
}

}  // namespace wattle::edge
