#pragma once
// What the stories do on the World's own moves, each in a line. The rooms 102 and 105 live at slot 1, 103 at 2, 101 and 104
// at 3.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

/// All boxes have claimed, their rooms are open, and their meters are read.
void get_going(World& world);
/// The newest that is no twin.
BoxNode& box_of(World& world, std::uint32_t slot);
/// The disk's last commits never happened, back to so many of the box's own entries.
void forget(BoxNode& box, std::uint64_t entries);
/// Overrides of the caretaker's, which nobody misses, up to this entry.
void write_often(World& world, BoxNode& box, std::uint64_t number);
void pay_in(World& world, std::uint32_t room, Money amount);
/// So many steps in which the boxes also read their meters, without which they answer no request for minutes.
void live(World& world, std::uint64_t steps);
void move_to(World& world, std::uint32_t room, std::uint32_t slot);
/// The room that is to move has opened there.
void arrive(World& world, std::uint32_t room, std::uint32_t slot);
/// The cloud forgets what came after the backup.
void restore_from(World& world, std::size_t backup, bool noticed);
/// The box is lost, and fenced.
void burn(World& world, BoxNode& box, std::uint32_t destination);
/// A new box in its place. A person repeats what he wants until he sees that it has happened.
void replace(World& world, std::uint32_t slot);
/// A second box with this one's identity and disk, cut off and running.
BoxNode& twin_of(World& world, BoxNode& box);
/// Everyone meets, nobody fences, and the books are right.
void end_well(World& world);

}  // namespace wattle::sim
