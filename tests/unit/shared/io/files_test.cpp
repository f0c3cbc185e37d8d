#include "shared/io/files.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "shared/io/errors.hpp"
#include "shared/io/tls_key.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle {
namespace {

unsigned rights(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

TEST_CASE("a file is replaced as a whole and keeps its secret") {
  const test::Folder folder;
  const auto file = folder.path("key.pem");
  REQUIRE(write_file(file, "first", FileAccess::everyone_reads));
  REQUIRE(write_file(file, "second", FileAccess::owner_only));
  CHECK(rights(file) == 0600);
  CHECK(*read_file(file, 100) == "second");
  CHECK(read_file(file, 5).error() == IoErrc::file_too_large);
  CHECK(read_file(folder.path("none"), 5).error() == IoErrc::open_failed);
  CHECK(write_file(folder.path("no/where"), "x", FileAccess::owner_only).error() == IoErrc::open_failed);
}

TEST_CASE("a key survives its PEM and signs a request") {
  const auto key = TlsKey::make();
  REQUIRE(key.has_value());
  const auto again = TlsKey::parse(key->pem());
  REQUIRE(again.has_value());
  CHECK(again->pem() == key->pem());
  CHECK(again->request("edge-7")->starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
  CHECK(TlsKey::parse("-----BEGIN PRIVATE KEY-----\nAAAA\n").error() == IoErrc::key_failed);
  CHECK(TlsKey::parse("").error() == IoErrc::key_failed);
}

}  // namespace
}  // namespace wattle
