#pragma once
// Checks that share no code with the fold: they read the admitted entries, verbatim, and add up.

#include "cloud/core/site.hpp"
#include "edge/core/effect.hpp"
#include "simulator/world/backup.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

struct Facts;

inline constexpr Duration kept_for = hours(2);  // what a box might drop: as its configuration says

/// The sum of all lines, per pocket, of all streams in the cloud's database. Throws Violation for a line that is not in the
/// table, that is not above zero, or that debits what its writer does not hold.
std::map<Pocket, std::int64_t> sums_of_lines(const Disk& database, const cloud::Site& site);
/// What the boxes themselves hold, at rest.
using States = std::map<Holder, const LinkState*>;
/// At rest: balances are the lines' sums; nothing lies at fenced incarnations and in closed rooms.
void check_pockets(const std::map<Pocket, std::int64_t>& sums, const cloud::Site& site, const States& states);
/// At rest: no decided line takes a bounded pocket below zero, in its holder's view at that entry; what leaves a transit has
/// come in by the entries that it names.
void check_cover(const std::map<Place, Entry>& entries);
/// Each provider's bill is what the lines sum up to, and each payment is booked once and whole.
void check_bills(const std::map<Place, Entry>& entries, const Facts& facts);
/// Of the room at its box, as an entry of the box's has read it. Between a slice and its correction the room may have left, if
/// it came back with the same opening.
std::uint32_t opening_before(const std::map<Place, Entry>& entries, const Entry& at);
/// Money reaches the opening that it was meant for: the one that stands open at the link when it is credited, and for money
/// that went through a transit the one whose it was when it left.
void check_openings(const std::map<Place, Entry>& entries, const Facts& facts);
/// A person decides about money of a stay that has ended. Of the one that goes on it waits until the room is somewhere.
void check_suspended(const std::map<Place, Entry>& entries, const Facts& facts, const cloud::Site& site);
/// What a person may still decide about, as it is shown: what the books have put into suspense, less what he has decided.
void check_undecided(const std::map<Place, Entry>& entries, const cloud::Site& site);
/// A debt is its stay's: who lives in a room owes no more than his own stay has left behind, and no stay pays for another.
void check_debts(const std::map<Place, Entry>& entries, const cloud::Site& site);
/// A fence cuts where the cloud had admitted, and not below what the box is known to have read.
void check_cuts(const std::map<Place, Entry>& entries, const Disk& database);
/// Subsidy given = allowance used + ended + left.
void check_allowances(const Disk& database, const std::map<Pocket, std::int64_t>& sums);
/// At most one answer a request; a debt is settled before its room is opened there again; no room is open at two boxes.
void check_order(const Disk& database, const cloud::Site& site, const States& states);

/// A branch is never set aside without an alarm, and what was agreed never falls. `disk`: as it is before the effects.
void check_fork_alarm(const Disk& disk, const edge::Effects& effects);
void check_fork_alarm(const Disk& disk, const cloud::Effects& effects);
/// What a person has typed at a box, and its disk forgot, is written anew in the commit that sets it aside, or refused aloud.
/// `disk`: as it is before the effects; `state`: as it is with them.
void check_written_anew(const Disk& cloud, const Disk& disk, const LinkState& state, const edge::Effects& effects);
/// Until a fence is listed beside the backups nothing rests on it. `database`: as it is before the effects.
void check_unlisted(const Disk& database, const cloud::Effects& effects, Instant now);
/// Money that a person must decide about is never booked without an alarm.
void check_suspense(const cloud::Effects& effects);
/// A stream stops with an alarm, and only by what ends that forget may come to: never, unless somebody has tampered, since one
/// end refuses what the other wrote by the same rules. `disk`: as it is before the effects.
void check_stops(const Disk& disk, const edge::Effects& effects, bool tampered);
void check_stops(const Disk& disk, const cloud::Effects& effects, bool tampered);
/// A box drops by a countersignature of its own settlement alone, and when it has had that for `kept_for`. `disk`: as it is
/// before the effects; `link`: with them; `now`: by the box's own clock and the one that it trusts. True when it drops a part.
bool check_drop(const Disk& disk, const Link& link, const edge::Effects& effects, const Clocks& now);
/// Whoever starts from a settlement knows all that the state of then knew.
void check_kept(const LinkState& live, SiteId site, const Crypto& crypto);
/// At rest it has dropped what it may, or is at it part by part: else its disk fills. `now`: the box's clock.
void check_dropped(const Disk& disk, const Link& link, bool is_at_it, Instant now);
/// What a box has dropped is in every backup, and was the cloud's.
void check_retention(const Disk& box, const Disk& database, const std::vector<Backup>& backups, Holder holder);

}  // namespace wattle::sim
