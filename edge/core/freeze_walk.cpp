#include "edge/core/freeze_walk.hpp"

#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {

FreezeWalk::FreezeWalk(RecordedGap gap, const dlt645::ModelHistory& kept, Duration utc_offset)
    : gap_(std::move(gap)), utc_offset_(utc_offset) {
  // A register that ran back in between has nothing that could be told apart.
  if (gap_.from.register_units <= gap_.until.register_units)
    for (const auto& [kind, freeze] : kept.freezes) kinds_.emplace_back(kind, freeze.keeps);
  begin_kind();
}

std::optional<FreezeWalk::Question> FreezeWalk::question() const {
  if (kind_ == kinds_.size()) return std::nullopt;
  return Question{kinds_[kind_].first, step_ == Step::again ? std::uint8_t{1} : number_, step_ != Step::energy};
}

void FreezeWalk::begin_kind() {
  step_ = Step::newest;
  number_ = 1;
  newest_.reset();
  before_ = recording_ends;
  of_kind_.clear();
  dropped_of_kind_ = 0;
}

void FreezeWalk::next_kind() {
  ++kind_;
  tries_ = 0;
  begin_kind();
}

/// Where nothing was found a freeze that was taken meanwhile has hidden nothing either: it lies behind the gap.
void FreezeWalk::end_kind() {
  if (!of_kind_.empty()) {
    step_ = Step::again;
    return;
  }
  dropped_ += dropped_of_kind_;
  next_kind();
}

void FreezeWalk::next_number() {
  if (number_ == kinds_[kind_].second) return end_kind();
  ++number_;
  step_ = Step::time;
}

void FreezeWalk::take_time(const Result<LocalTime>& shown) {
  WATTLE_CHECK(kind_ < kinds_.size() && step_ != Step::energy);
  if (step_ == Step::again) {
    const bool is_same = shown && *shown == newest_;
    if (!is_same && ++tries_ < freeze_walk_tries) return begin_kind();
    dropped_ += dropped_of_kind_ + (is_same ? 0 : of_kind_.size());
    if (is_same)
      for (const auto& [at, energy] : of_kind_) keep(at, energy);
    return next_kind();
  }
  if (!shown) return end_kind();
  if (step_ == Step::newest) newest_ = *shown;
  judge(*instant_of(*shown, utc_offset_));
}

void FreezeWalk::judge(Instant at) {
  if (at <= gap_.from.at) return end_kind();
  const bool is_older = at < before_;
  if (is_older) before_ = at;
  if (!is_older) ++dropped_of_kind_;  // its clock was set back since
  if (!is_older || at >= gap_.until.at) return next_number();
  time_ = at;
  step_ = Step::energy;
}

void FreezeWalk::take_energy(const Result<Quantity>& shown) {
  WATTLE_CHECK(kind_ < kinds_.size() && step_ == Step::energy);
  const auto most = of_kind_.empty() ? gap_.until.register_units : of_kind_.back().second;
  if (shown && *shown >= gap_.from.register_units && *shown <= most)
    of_kind_.emplace_back(time_, *shown);
  else
    ++dropped_of_kind_;
  next_number();
}

/// The day's freeze is often the hour's too.
void FreezeWalk::keep(Instant at, Quantity energy) {
  const auto after = found_.lower_bound(at);
  const bool is_there = after != found_.end() && after->first == at;
  const bool is_below = after == found_.end() || energy <= after->second;
  const bool is_above = after == found_.begin() || std::prev(after)->second <= energy;
  if (is_there ? after->second != energy : !is_below || !is_above)
    ++dropped_;
  else
    found_.emplace(at, energy);
}

GapFilled FreezeWalk::filled(bool is_clock_right) const {
  GapFilled out{gap_, {}, dropped_};
  if (!is_clock_right) {
    out.dropped += found_.size() + of_kind_.size() + dropped_of_kind_;
    return out;
  }
  for (const auto& [at, energy] : found_) {
    RecordedReading reading{at, energy};
    reading.from_history = true;
    out.readings.push_back(std::move(reading));
  }
  return out;
}

}  // namespace wattle::edge
