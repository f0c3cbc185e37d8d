#include "edge/core/figures_watch.hpp"

namespace wattle::edge {

std::optional<bool> FiguresWatch::read(bool disagrees) {
  otherwise_ = disagrees == disagrees_ ? 0 : otherwise_ + 1;
  if (otherwise_ < figures_told_after) return std::nullopt;
  otherwise_ = 0;
  disagrees_ = disagrees;
  return disagrees_;
}

}  // namespace wattle::edge
