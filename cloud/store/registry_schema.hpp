#pragma once
// The registry's tables, and how an older file becomes a newer one.

#include "shared/store/database.hpp"

namespace wattle::cloud {

inline constexpr std::int64_t registry_application_id = 0x57746c52;  // "WtlR"

std::int64_t registry_schema_version();
/// The same error as below; an older version is as it may be.
Result<void> check_registry_schema(Database& database);
/// StoreErrc::schema when the file is none of ours, or of a newer program.
Result<void> bring_registry_up_to_date(Database& database);

}  // namespace wattle::cloud
