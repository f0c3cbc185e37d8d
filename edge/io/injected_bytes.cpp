#include "edge/io/injected_bytes.hpp"

#include <algorithm>

namespace wattle {
namespace {

/// Of the word that stands at the beginning; 0 when none does.
std::size_t injected_size(ByteView rest, const std::vector<Bytes>& words) {
  for (const auto& word : words) {
    if (!word.empty() && rest.size() >= word.size() && std::equal(word.begin(), word.end(), rest.begin())) return word.size();
  }
  return 0;
}

}  // namespace

Bytes without_injected(ByteView heard, const std::vector<Bytes>& words) {
  Bytes out;
  out.reserve(heard.size());
  while (!heard.empty()) {
    const auto skip = injected_size(heard, words);
    if (skip == 0) out.push_back(heard[0]);
    heard = heard.subspan(std::max<std::size_t>(skip, 1));
  }
  return out;
}

}  // namespace wattle
