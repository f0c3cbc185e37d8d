#pragma once
// The tables, and how an older file becomes a newer one.

#include "shared/store/database.hpp"

namespace wattle {

/// "Wttl": tells our files from other programs' (see file(1)).
inline constexpr std::int64_t store_application_id = 0x5774746c;

/// The version that this program writes: the number of migrations.
std::int64_t schema_version();

/// Makes the tables in an empty file, or brings an older file up to date, each step in a transaction of its own. A file of a
/// later version or of another program is refused and not touched.
Result<void> bring_up_to_date(Database& database);

/// Refuses what bring_up_to_date would refuse; for those that only read also whatever is not of the present version.
Result<void> check_schema(Database& database, Access access);

}  // namespace wattle
