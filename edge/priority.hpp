#pragma once
// The box among the other programs of its machine.

namespace wattle::edge {

/// Its loop wakes before others: each late wake-up is time in which a bus stands still. For the calling thread and those that
/// it starts. False without the right to it; then the box waits like everybody.
bool go_before_others();

}  // namespace wattle::edge
