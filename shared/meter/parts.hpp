#pragma once
// An answer that a meter of DL/T 645 sends in parts, because it does not fit into one frame: asked on for, and joined. Of what
// is a single value the first part has it, whatever the meter says of more.

#include "shared/meter/exchange.hpp"

namespace wattle {

inline constexpr std::size_t answer_parts_max = 8;  // a command waits as long

class JoinedAnswer {
 public:
  explicit JoinedAnswer(Exchange first) : first_(std::move(first)), now_(first_) {}

  /// What is to be asked now.
  const Exchange& question() const { return now_; }
  /// Takes what came. True: question() is another one now, which is to be asked too.
  bool take(Received said);
  /// All that was joined, or the reason why there is nothing: a part that never came leaves the whole without a meaning. Where
  /// the meter refuses to go on, it has said all that it has.
  Received whole() &&;

 private:
  Exchange first_;
  Exchange now_;
  std::optional<Received> whole_;
  std::size_t parts_ = 0;
};

}  // namespace wattle
