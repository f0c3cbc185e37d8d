#pragma once
// The stories that scenarios.cpp names, by the file that tells them.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

// branches.cpp: boxes and clouds that go on from a past of their own: what was set aside, and what is done again.
void fence_while_the_old_box_talks(World& world);
void fence_after_money_that_was_read(World& world);
void restore_from_before_a_fence(World& world);
void branch_under_known_numbers(World& world);
void sale_on_a_branch_set_aside(World& world);
void sale_that_is_in_the_books_already(World& world);
void credit_waits_for_the_close(World& world);
void code_on_a_branch_set_aside(World& world);

// forgeries.cpp: what one entry too many, or one byte too many, would do.
void unknown_kind_from_a_newer_cloud(World& world);
void negative_cash(World& world);
void forged_copy(World& world);
void box_sends_money_away_as_energy(World& world);
void box_pays_a_provider(World& world);
void answers_for_a_past_stay(World& world);
void forgetful_cash_desk(World& world);
void clone_tells(World& world);

// lying_boxes.cpp, lying_clouds.cpp: an end with other software, one entry at a time.
void lying_box(World& world);
void lying_cloud(World& world);

// readings.cpp: registers that say what cannot be.
void register_that_leaps(World& world);
void reading_accepted(World& world);
void mistyped_last_reading(World& world);

// allowances.cpp: money that ends with the term, where its room or its box changes.
void allowance_moves(World& world);
void allowance_over_a_fence(World& world);
void allowance_of_the_next_term(World& world);
void two_terms_end(World& world);

// restores.cpp: what a cloud that has forgotten would do twice, or for ever not.
void old_backup_after_dropping(World& world);
void settled_on_another_branch(World& world);
void room_came_back_before_the_restore(World& world);
void debt_at_an_unheard_box(World& world);
void long_copy(World& world);
void restored_twice(World& world);

// fences.cpp: fences, claims and restores that cross.
void fence_after_an_unnoticed_restore(World& world);
void close_on_behalf_and_restore(World& world);
void fence_undone_before_it_is_listed(World& world);
void claimed_since_the_backup(World& world);
void two_rooms_change_places(World& world);
void fence_that_another_process_reads_late(World& world);
void fence_listed_by_nobody(World& world);
void fenced_while_asking(World& world);
void fence_after_a_cancelled_move(World& world);
void fence_before_a_cancel_is_read(World& world);
void decided_before_the_fence_is_listed(World& world);
void rehome_while_its_box_lives(World& world);
void fence_before_the_bills_are_read(World& world);
void fitted_elsewhere_after_a_restore(World& world);

// orders.cpp: what the swarm has no room for: long backlogs, orders taken back, refunds of several payments, arrears.
void long_backlog(World& world);
void slow_line(World& world);
void empty_room(World& world);
void empty_room_forgotten(World& world);
void orders_taken_back_in_time(World& world);
void refund_in_parts(World& world);
void arrears_come_first(World& world);
void worthless_orders(World& world);
void charged_again_while_energy_flows(World& world);
void slice_corrected_twice(World& world);
void refused_correction_stays_refused(World& world);

// settings.cpp: a setting changes, is overridden at its box, and comes to a box that is later.
void settings_change(World& world);
void override_of_an_older_setting(World& world);
void settings_of_a_later_box(World& world);
void settles_by_the_month(World& world);

// codes.cpp: codes: sold, typed, forwarded, guessed; and what a fence or a restore does to them.
void code_after_fence_and_restore(World& world);
void wrong_codes_lock(World& world);
void wrong_codes_lock_a_box(World& world);
void codes_of_another_epoch(World& world);
void code_number_sold_again(World& world);
void fenced_code_paid_later(World& world);
void codes_up_to_the_cap(World& world);
void refund_with_a_code_on_its_way(World& world);
void number_sold_twice_and_a_restore(World& world);

// prices.cpp: prices by band, boxes without a clock, and cash for a room that is leaving.
void bands_and_seasons(World& world);
void meter_changed_without_a_clock(World& world);
void night_without_a_clock(World& world);
void cash_while_leaving(World& world);
void tiers_of_what_is_open(World& world);

// wire.cpp: on the wire between a box and its meters.
void hair_dryer_over_the_wire(World& world);
void answer_that_was_missed(World& world);

// waiting.cpp: what must wait: for a restore to be noticed, for a fence to be listed, for a room to be somewhere.
void restore_that_a_box_shows(World& world);
void database_rolled_back_beneath(World& world);
void twins_by_turns(World& world);
void rehome_while_restoring(World& world);
void rehome_that_is_forgotten(World& world);
void rehome_before_the_fence_is_listed(World& world);
void sales_before_the_fence_is_listed(World& world);
void number_sold_again_after_its_fence(World& world);
void paid_between_two_boxes(World& world);
void stay_that_ends_in_debt(World& world);
void debt_and_money_of_one_stay(World& world);
void written_off_before_a_restore(World& world);
void settlement_of_another_state(World& world);

// losses.cpp: what nothing can heal: it must end in a reported difference, never in a silent one. And disks that are full.
void box_lost_before_it_spoke(World& world);
void box_returns_after_its_fence(World& world);
void disk_lies_before_the_box_spoke(World& world);
void cash_desk_forgotten(World& world);
void override_set_aside(World& world);
void correction_set_aside(World& world);
void full_disks(World& world);

// unheard.cpp: what a cloud does that was restored twice, or whose boxes were lost before they could tell it what they knew.
void second_restore_told_by_an_unheard_box(World& world);
void forgotten_refund_in_parts(World& world);
void causes_lost_with_their_box(World& world);
void debt_lost_with_its_box(World& world);
void suspense_decided_before_a_restore(World& world);
void code_sent_on_by_a_lost_box(World& world);

// refunds.cpp: what is paid back otherwise than it was planned, what was meant for students who have left, what comes twice.
void provider_contradicts_itself(World& world);
void forgotten_refund_that_energy_used(World& world);
void refund_that_nobody_asked_for(World& world);
void suspense_shared_out(World& world);
void code_booked_for_a_past_stay(World& world);
void payment_told_otherwise(World& world);
void less_paid_than_planned(World& world);
void paid_otherwise_than_decided(World& world);

}  // namespace wattle::sim
