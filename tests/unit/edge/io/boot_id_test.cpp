// A start of the machine is another one until it is noted.

#include "edge/io/boot_id.hpp"

#include <catch2/catch.hpp>

#include "shared/io/files.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {

TEST_CASE("a start of the machine is another one for every process until it is noted") {
  const wattle::test::Folder folder;
  CHECK(machine_boot(folder.path()) == Boot::unknown);
  REQUIRE(note_boot(folder.path()).has_value());
  CHECK(machine_boot(folder.path()) == Boot::same);
  REQUIRE(write_file(folder.path("boot_id"), "5a3bd9e8\n", FileAccess::owner_only).has_value());
  CHECK(machine_boot(folder.path()) == Boot::other);
  CHECK(machine_boot(folder.path()) == Boot::other);
  REQUIRE(note_boot(folder.path()).has_value());
  CHECK(machine_boot(folder.path()) == Boot::same);
}

TEST_CASE("a folder that cannot be written keeps no note") { CHECK_FALSE(note_boot("/nowhere/at/all").has_value()); }

}  // namespace wattle::edge
