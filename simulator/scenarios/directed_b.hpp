#pragma once
// The stories for the planted bugs 23 to 45.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

// directed_b.cpp
void unknown_kind_from_a_newer_cloud(World& world);
void negative_cash(World& world);
void fenced_code_paid_later(World& world);
void forged_copy(World& world);
void box_sends_money_away_as_energy(World& world);
void box_pays_a_provider(World& world);
void forgetful_cash_desk(World& world);
void allowance_moves(World& world);
void allowance_over_a_fence(World& world);
void clone_tells(World& world);

// directed_b_restore.cpp
void old_backup_after_dropping(World& world);
void settled_on_another_branch(World& world);
void room_came_back_before_the_restore(World& world);
void debt_at_an_unheard_box(World& world);
void long_copy(World& world);

// directed_b_fence.cpp
void fence_after_an_unnoticed_restore(World& world);
void close_on_behalf_and_restore(World& world);
void fence_undone_before_it_is_listed(World& world);
void claimed_since_the_backup(World& world);
void two_rooms_change_places(World& world);
void fence_that_another_process_reads_late(World& world);

/// Shared by the stories.
void get_going(World& world);
BoxNode& box_of(World& world, std::uint32_t slot);
/// The disk's last commits never happened, back to so many of the box's own entries.
void forget(BoxNode& box, std::uint64_t entries);
/// Overrides of the caretaker's, which nobody misses, up to this entry.
void write_often(World& world, BoxNode& box, std::uint64_t number);
void pay_in(World& world, std::uint32_t room, Money amount);
/// So many steps in which the boxes also read their meters, without which they answer no request for minutes.
void live(World& world, std::uint64_t steps);
/// The room that is to move has opened there.
void arrive(World& world, std::uint32_t room, std::uint32_t slot);
void move_to(World& world, std::uint32_t room, std::uint32_t slot);
/// The cloud forgets what came after the backup.
void restore_from(World& world, std::size_t backup, bool noticed);
/// The box is lost, and fenced.
void burn(World& world, BoxNode& box, std::uint32_t destination);
/// A second box with this one's identity and disk, cut off and running.
BoxNode& twin_of(World& world, BoxNode& box);
/// A new box in its place. A person repeats what he wants until he sees that it has happened.
void replace(World& world, std::uint32_t slot);
/// Everyone meets, nobody fences, and the books are right.
void end_well(World& world);

}  // namespace wattle::sim
