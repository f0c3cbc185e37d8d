#pragma once
// What follows from one whole look at a meter's purse.

#include "edge/core/purse_tasks.hpp"

namespace wattle::edge {

class PurseJudge {
 public:
  using Circuit = PurseTasks::Circuit;
  using Step = PurseTasks::Step;

  PurseJudge(Circuit& circuit, const Now& now, std::vector<Noticed>& notices) : c_(circuit), now_(now), notices_(notices) {}

  /// The look in circuit.seen is whole. Leaves the next step and when it is due.
  void judge();

  static void begin_look(Circuit& circuit, Tick due);
  static void state(Circuit& circuit, PurseState state, std::vector<Noticed>& notices, PollNotice notice, Error why = {});
  static bool is_kept(const Circuit& circuit);
  static void add_rise(Circuit& circuit);
  static void tell_second(Circuit& circuit);

 private:
  std::int64_t step() const { return purse_step(*c_.meter.profile, PurseItem::remaining); }
  std::int64_t tolerance() const {
    return c_.form->measure == PurseMeasure::money ? purse_tolerance_micros : purse_tolerance_wh;
  }
  PurseShown shown() const;
  void alarm(PollNotice what);
  void adopt(const PurseShown& shown);
  bool settle(const PurseShown& shown);
  bool has_moved(const PurseShown& shown) const;
  void taken(const PurseShown& shown);
  bool compare(const PurseShown& shown);
  void note_drift(const PurseShown& shown);
  void decide(const PurseShown& shown);
  void plan_trade(PurseTrade trade, std::int64_t amount, const PurseShown& shown);
  bool fits(const PurseOrder& order, const PurseShown& shown) const;
  std::int64_t largest(PurseOrder order, const PurseShown& shown) const;
  void add_foreign(std::int64_t amount);
  Duration settles() const { return std::max(c_.form->settles, slow_answers_end); }
  void warn_of_count();
  void rest();
  bool check_written();
  bool plan_write(PurseItem item, std::int64_t value);
  bool write_price();
  std::int64_t wanted_on_display(PurseItem item) const;
  bool is_worth_writing(PurseItem item, std::int64_t wanted) const;
  void judge_display();
  void judge_read_only();
  void notice(PollNotice what, Error why = {}) { notices_.push_back({what, c_.is.room, c_.is.circuit, why, {}}); }

  Circuit& c_;
  const Now& now_;
  std::vector<Noticed>& notices_;
};

}  // namespace wattle::edge
