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
  return Question{kinds_[kind_].first, step_ == Step::shifted ? std::uint8_t{1} : number_, step_ != Step::energy};
}

void FreezeWalk::begin_kind() {
  step_ = Step::newest;
  number_ = 1;
  newest_.reset();
  now_newest_.reset();
  before_ = before_last_ = recording_ends;
  last_ = Outcome::none;
  seen_.clear();
  goes_back_ = false;
  shifts_ = 0;
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
    number_ = 1;
    return;
  }
  dropped_ += dropped_of_kind_;
  next_kind();
}

void FreezeWalk::begin_anew() {
  if (++tries_ < freeze_walk_tries) return begin_kind();
  dropped_ += dropped_of_kind_ + of_kind_.size();
  next_kind();
}

void FreezeWalk::next_number() {
  if (number_ == kinds_[kind_].second) return end_kind();
  ++number_;
  step_ = Step::time;
}

void FreezeWalk::take_time(const Result<LocalTime>& shown) {
  WATTLE_CHECK(kind_ < kinds_.size() && step_ != Step::energy);
  if (step_ == Step::shifted) return judge_shift(shown);
  if (step_ == Step::again) return find_newest(shown);
  if (!shown) return end_kind();
  const auto at = *instant_of(*shown, utc_offset_);
  if (step_ == Step::newest) newest_ = now_newest_ = at;
  judge(at);
}

/// One that is not older than the one before it: numbers have moved, or the meter's clock was set back. The newest tells.
void FreezeWalk::judge(Instant at) {
  if (at >= before_) {
    if (goes_back_ && seen_.contains(at)) return next_number();
    step_ = Step::shifted;
    return;
  }
  seen_.insert(at);
  goes_back_ = false;
  if (at <= gap_.from.at) {
    last_ = Outcome::none;  // the one before it is as it was read
    return end_kind();
  }
  before_last_ = std::exchange(before_, at);
  last_ = Outcome::passed;
  if (at >= gap_.until.at) return next_number();
  time_ = at;
  step_ = Step::energy;
}

void FreezeWalk::judge_shift(const Result<LocalTime>& shown) {
  if (!shown) return begin_anew();
  const auto at = *instant_of(*shown, utc_offset_);
  if (at == now_newest_) {
    ++dropped_of_kind_;
    return next_number();
  }
  if (++shifts_ > freeze_walk_shifts) return begin_anew();
  now_newest_ = at;
  take_back_last();
  goes_back_ = true;
  step_ = Step::time;
}

/// Its register may have been that of the freeze behind it.
void FreezeWalk::take_back_last() {
  if (last_ == Outcome::kept) of_kind_.pop_back();
  if (last_ == Outcome::dropped) --dropped_of_kind_;
  if (last_ != Outcome::none) before_ = before_last_;
  last_ = Outcome::none;
}

/// Those that were taken on the way stand before it. What was read last is borne out by the older one behind it; where there
/// was none, it counts only if no freeze was taken since.
void FreezeWalk::find_newest(const Result<LocalTime>& shown) {
  const auto at = shown ? instant_of(*shown, utc_offset_) : std::nullopt;
  if (number_ == 1 && at != now_newest_ && last_ == Outcome::kept) {
    take_back_last();
    ++dropped_of_kind_;
  }
  if (at == newest_) return keep_all();
  if (!at || *at < *newest_ || number_ == kinds_[kind_].second) return begin_anew();
  ++number_;
}

void FreezeWalk::keep_all() {
  dropped_ += dropped_of_kind_;
  for (const auto& [at, energy] : of_kind_) keep(at, energy);
  next_kind();
}

void FreezeWalk::take_energy(const Result<Quantity>& shown) {
  WATTLE_CHECK(kind_ < kinds_.size() && step_ == Step::energy);
  const auto most = of_kind_.empty() ? gap_.until.register_units : of_kind_.back().second;
  const bool is_kept = shown && *shown >= gap_.from.register_units && *shown <= most;
  last_ = is_kept ? Outcome::kept : Outcome::dropped;
  if (is_kept)
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
