// The list of all stories.

#include "simulator/scenarios/scenario.hpp"

#include <algorithm>
#include <vector>

#include "simulator/scenarios/stories.hpp"

namespace wattle::sim {

Options calm(std::uint64_t seed) {
  Options options;
  options.seed = seed;
  options.steps = 0;
  options.faults.reset();
  return options;
}

namespace {

/// The same, with boxes that settle often and drop early.
Options forgetting() {
  auto options = calm();
  options.faults.set(static_cast<std::size_t>(Fault::retention));
  return options;
}

/// The same, with all rooms at one box.
Options one_box(std::uint32_t rooms) {
  auto options = calm();
  options.slots = 1;
  options.rooms = rooms;
  return options;
}

/// The same, with meters on buses on which nothing goes wrong by itself.
Options with_buses() {
  auto options = calm();
  options.faults.set(static_cast<std::size_t>(Fault::buses));
  return options;
}

const std::vector<Scenario> all_scenarios = {
    // name, what is told, function, options
    {"talks-after-fence", "what a box sends after its fence is a list (16)", fence_while_the_old_box_talks, calm()},
    {"fence-after-payment", "a fence carries over what the box had read (17)", fence_after_money_that_was_read, calm()},
    {"backup-before-fence", "a backup older than a fence is refused (18)", restore_from_before_a_fence, calm()},
    {"known-numbers", "duplicates are known by their hash (19)", branch_under_known_numbers, calm()},
    {"sale-set-aside", "cash is minted anew after a fork (21)", sale_on_a_branch_set_aside, calm()},
    {"sale-booked-already", "a receipt is adopted once (22)", sale_that_is_in_the_books_already, calm()},
    {"credit-waits", "no credit after a close-request (15)", credit_waits_for_the_close, calm()},
    {"unknown-kind", "a newer cloud books by a kind that nobody knows", unknown_kind_from_a_newer_cloud, calm()},
    {"negative-cash", "a sale with a minus is typed at the kiosk", negative_cash, calm()},
    {"fenced-code", "a code typed at a box that burns is paid for afterwards", fenced_code_paid_later, calm()},
    {"forged-copy", "a box returns the cloud's entries with more money in them", forged_copy, calm()},
    {"money-as-energy", "a box sends money to transit as if it were energy", box_sends_money_away_as_energy, calm()},
    {"box-pays-provider", "a box pays a provider", box_pays_a_provider, calm()},
    {"past-stay", "what was asked of the last students is answered of these ones", answers_for_a_past_stay, calm()},
    {"forgetful-cash-desk", "a lying disk, and cash taken alone", forgetful_cash_desk, calm()},
    {"allowance-moves", "a room with an allowance moves", allowance_moves, calm()},
    {"allowance-fenced", "a box with an allowance burns", allowance_over_a_fence, calm()},
    {"clone-tells", "two boxes with one identity", clone_tells, calm()},
    {"old-backup", "the oldest backup, after the box has dropped what it may", old_backup_after_dropping, forgetting()},
    {"settled-elsewhere", "a countersigned settlement that the box has lost", settled_on_another_branch, forgetting()},
    {"came-back", "a room went, was paid for, and came back before the restore", room_came_back_before_the_restore, calm()},
    {"late-debt", "a debt at a box that the restored cloud has not heard", debt_at_an_unheard_box, calm()},
    {"long-copy", "a copy of several parts", long_copy, calm()},
    {"unnoticed-restore", "a fence after a restore that nobody told of", fence_after_an_unnoticed_restore, calm()},
    {"closed-on-behalf", "a fenced box's room, and a restore before it is opened", close_on_behalf_and_restore, calm()},
    {"unlisted-fence", "a restore before the fence is listed", fence_undone_before_it_is_listed, calm()},
    {"claimed-since", "a box claimed since the backup", claimed_since_the_backup, calm()},
    {"changed-places", "two rooms that changed places before the restore", two_rooms_change_places, calm()},
    {"fence-read-late", "a fence that another process reads late", fence_that_another_process_reads_late, calm()},
    {"fence-listed-by-nobody", "a process ends before it has listed a fence, and another goes on", fence_listed_by_nobody,
     calm()},
    {"long-backlog", "a box cut off for several windows", long_backlog, calm()},
    {"slow-line", "a line on which an answer is slower than a retry", slow_line, calm()},
    {"codes-cap", "codes typed alone, up to the cap", codes_up_to_the_cap, calm()},
    {"empty-room", "a stay ends, and the next one does not begin", empty_room, calm()},
    {"empty-room-forgotten", "a stay's end that the box forgets and is given back", empty_room_forgotten, calm()},
    {"taken-back", "a release and a move, cancelled in time", orders_taken_back_in_time, calm()},
    {"refund-in-parts", "a refund over several payments", refund_in_parts, calm()},
    {"settings", "a setting changes, is overridden, and changes again", settings_change, calm()},
    {"late-override", "an override of a setting that has changed meanwhile", override_of_an_older_setting, calm()},
    {"settings-kept", "a box that comes later has the newest settings", settings_of_a_later_box, calm()},
    {"arrears-first", "a room that left below zero is paid for", arrears_come_first, calm()},
    {"restored-twice", "a restore by command, and another by hand", restored_twice, calm()},
    {"fenced-code-restored", "a code sold after a fence, and a restore", code_after_fence_and_restore, calm()},
    {"fenced-asking", "a fence while the cloud still asks", fenced_while_asking, calm()},
    {"wrong-codes", "wrong codes lock a room for the hour", wrong_codes_lock, calm()},
    {"taken-back-fenced", "a move taken back, and then the box burns", fence_after_a_cancelled_move, calm()},
    {"taken-back-unread", "a move taken back, and the box burns before it has read that", fence_before_a_cancel_is_read,
     calm()},
    {"number-again", "a code's number that is sold again", code_number_sold_again, calm()},
    {"code-epoch", "a room's codes of another epoch", codes_of_another_epoch, calm()},
    {"time-of-use", "bands, a holiday and a season over two days and a half", bands_and_seasons, calm()},
    {"dead-battery", "a meter is changed at a box without a clock", meter_changed_without_a_clock, calm()},
    {"night-without-clock", "a timetable has cut a circuit, and its box starts without a clock", night_without_a_clock, calm()},
    {"open-tiers", "what is not written yet lies in two bands and two tiers", tiers_of_what_is_open, calm()},
    {"cash-leaving", "cash for a room that is leaving", cash_while_leaving, calm()},
    {"told-by-a-box", "a restore that a box's first word shows", restore_that_a_box_shows, calm()},
    {"rolled-back", "the database is rolled back under a running process", database_rolled_back_beneath, calm()},
    {"twins-by-turns", "twins take turns until their link is stopped", twins_by_turns, calm()},
    {"rehome-restored", "a room is given another box while a restore is under way", rehome_while_restoring, calm()},
    {"rehome-forgotten", "a room that was given another box, and a restore to before", rehome_that_is_forgotten, calm()},
    {"rehome-unlisted", "a room is given another box before the fence is listed", rehome_before_the_fence_is_listed, calm()},
    {"unlisted-sales", "sales of a fenced box before its fence is listed", sales_before_the_fence_is_listed, calm()},
    {"decided-unlisted", "a decision about suspense before a fence is listed", decided_before_the_fence_is_listed, calm()},
    {"rehome-alive", "a room is given another box while its own lives", rehome_while_its_box_lives, calm()},
    {"number-after-fence", "a code's number that is sold again after its fence", number_sold_again_after_its_fence, calm()},
    {"paid-between", "a payment while the room is between two boxes", paid_between_two_boxes, calm()},
    {"debt-set-off", "a stay ends with a debt left behind and with money", debt_and_money_of_one_stay, calm()},
    {"debt-ends", "a stay ends in debt, and the next students come", stay_that_ends_in_debt, calm()},
    {"written-off-restored", "an ended stay's debt, written off, and a restore to before", written_off_before_a_restore,
     calm()},
    {"wrong-codes-everywhere", "wrong codes in one room after the other lock a box", wrong_codes_lock_a_box, one_box(21)},
    {"settled-otherwise", "a box settles a state that it has not", settlement_of_another_state, calm()},
    {"told-by-an-unheard-box", "a second restore that only a box not heard yet shows", second_restore_told_by_an_unheard_box,
     calm()},
    {"forgotten-refund", "a refund in parts that only the bills know", forgotten_refund_in_parts, calm()},
    {"lost-with-its-box", "a box lost before it could tell a restored cloud", causes_lost_with_their_box, calm()},
    {"debt-lost", "a debt that was paid elsewhere, and its box lost before it could tell", debt_lost_with_its_box, calm()},
    {"lost-before-heard", "a box burns between a restore and its first word: reported", box_lost_before_it_spoke, calm()},
    {"lied-before-heard", "a disk lies between a restore and its box's first word: reported", disk_lies_before_the_box_spoke,
     calm()},
    {"desk-forgotten", "a cash desk's journal is lost with the database: reported", cash_desk_forgotten, calm()},
    {"override-set-aside", "an override on a branch that is set aside", override_set_aside, calm()},
    {"full-disk", "a box's disk and the database are full for a while", full_disks, calm()},
    {"suspense-decided", "a decision about suspense, and a restore to before", suspense_decided_before_a_restore, calm()},
    {"refund-contradicted", "a provider rejects a refund and then says that it has paid it", provider_contradicts_itself,
     calm()},
    {"forgotten-refund-used", "a forgotten refund of money that energy has used since", forgotten_refund_that_energy_used,
     calm()},
    {"refund-unasked", "the bills show a part of a refund that nobody asked for", refund_that_nobody_asked_for, calm()},
    {"suspense-shared", "suspense decided about in parts, and once too often", suspense_shared_out, calm()},
    {"code-past-stay", "a code that is booked when other students live there", code_booked_for_a_past_stay, calm()},
    {"next-term", "an allowance that is granted while the last one is asked back", allowance_of_the_next_term, calm()},
    {"terms-end", "a term that ends before it could be granted", two_terms_end, calm()},
    {"number-contradicted", "a payment's number that comes with two amounts", payment_told_otherwise, calm()},
    {"lying-box", "a box with other software, one entry at a time", lying_box, calm()},
    {"lying-cloud", "a cloud with other software, one entry at a time", lying_cloud, calm()},
    {"code-set-aside", "a code typed on a branch that is set aside", code_on_a_branch_set_aside, calm()},
    {"refund-and-code", "a refund is asked for while a code's sale is on its way", refund_with_a_code_on_its_way, calm()},
    {"corrected-twice", "one slice is given back twice", slice_corrected_twice, calm()},
    {"charged-again", "money is charged again that energy has used", charged_again_while_energy_flows, calm()},
    {"worthless-orders", "orders of nothing, and of less", worthless_orders, calm()},
    {"register-leaps", "a register says more than the breaker could pass", register_that_leaps, calm()},
    {"reading-accepted", "a register falls twice, and is found true for the students before", reading_accepted, calm()},
    {"mistyped-reading", "one digit too many in an old meter's last reading", mistyped_last_reading, calm()},
    {"fence-before-bills", "a fence after a restore, before the bills are read", fence_before_the_bills_are_read, calm()},
    {"fitted-elsewhere", "a room that may be open is fitted elsewhere", fitted_elsewhere_after_a_restore, calm()},
    {"returns-fenced", "a fenced box comes back with what the cloud has forgotten", box_returns_after_its_fence, calm()},
    {"correction-set-aside", "money given back on a branch that is set aside", correction_set_aside, calm()},
    {"code-lost", "a code that was sent on by a box which is lost", code_sent_on_by_a_lost_box, calm()},
    {"number-twice-restored", "a code's number that was sold twice, a fence, and a restore", number_sold_twice_and_a_restore,
     calm()},
    {"paid-less", "a provider pays less than was planned", less_paid_than_planned, calm()},
    {"paid-otherwise", "money out of suspense is paid otherwise than decided", paid_otherwise_than_decided, calm()},
    {"stays-refused", "a correction that was refused, and money for it later", refused_correction_stays_refused, calm()},
    {"settles-monthly", "a box that writes little settles", settles_by_the_month, calm()},
    {"hair-dryer", "a circuit trips over real frames, and the first command is lost", hair_dryer_over_the_wire, with_buses()},
    {"late-answer", "an answer that was missed comes when the meter is asked again", answer_that_was_missed, with_buses()},
};

}  // namespace

std::span<const Scenario> scenarios() { return all_scenarios; }

const Scenario* find_scenario(std::string_view name) {
  const auto all = scenarios();
  const auto at = std::find_if(all.begin(), all.end(), [&](const Scenario& scenario) { return name == scenario.name; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace wattle::sim
