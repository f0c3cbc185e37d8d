#pragma once
// Who is there, and who has been silent for too long: what boxes are heard, and those that should be.

#include <map>
#include <optional>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/sync/session.hpp"

namespace wattle::cloud {

inline constexpr Duration edge_silence = {2 * beat_after.micros};  // two statuses in a row have not come: the box is offline

class Presence {
 public:
  explicit Presence(Duration silence = edge_silence) : silence_(silence) {}

  /// One that should be there. It counts as neither, until it is heard or the time in which it should have been has passed.
  void expect(Holder holder, Tick now) { boxes_.try_emplace(holder, Box{std::nullopt, now, false}); }
  /// True when nobody was told yet that it is online.
  bool hear(Holder from, Now now);
  /// Those that have become so, each told once.
  std::vector<Holder> fallen_silent(Tick now);

  std::optional<Instant> heard_at(Holder holder) const;
  bool is_online(Holder holder, Tick now) const;

 private:
  struct Box {
    std::optional<Instant> wall;  // none: not heard yet
    Tick tick;                    // when it was heard, or since when it is expected
    bool told_offline = false;    // what was told last
  };
  bool is_silent(const Box& box, Tick now) const { return now - box.tick >= silence_; }

  Duration silence_;
  std::map<Holder, Box> boxes_;
};

}  // namespace wattle::cloud
