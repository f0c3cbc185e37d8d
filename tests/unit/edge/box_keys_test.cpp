#include "edge/box_keys.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "shared/io/files.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {
namespace {

constexpr std::size_t enough = 8192;

}  // namespace

TEST_CASE("keys are made once, for their owner alone, and stay") {
  const test::Folder folder;
  const auto made = open_keys(folder.path());
  REQUIRE(made.has_value());
  for (const auto* name : {"signing.key", "sealing.key", "tls.key"}) {
    struct stat what {};
    REQUIRE(::stat(folder.path(name).c_str(), &what) == 0);
    CHECK((what.st_mode & 0777) == 0600);
  }
  CHECK(read_file(folder.path("signing.key"), enough).value() != read_file(folder.path("sealing.key"), enough).value());
  const auto again = open_keys(folder.path());
  REQUIRE(again.has_value());
  CHECK(again->signer->key() == made->signer->key());
  CHECK(again->sealing->key() == made->sealing->key());
  CHECK(again->tls_pem == made->tls_pem);
  const test::Folder other;
  CHECK(open_keys(other.path())->signer->key() != made->signer->key());
}

TEST_CASE("a key file that is damaged is told and left alone") {
  for (const auto* name : {"signing.key", "sealing.key", "tls.key"}) {
    const test::Folder folder;
    REQUIRE(open_keys(folder.path()).has_value());
    REQUIRE(write_file(folder.path(name), "abc", FileAccess::owner_only).has_value());
    const auto opened = open_keys(folder.path());
    REQUIRE(opened.has_error());
    CHECK(opened.error() == ClaimErrc::keys);
    CHECK(read_file(folder.path(name), enough).value() == "abc");
  }
}

TEST_CASE("a box that was killed between two keys makes only what is missing") {
  const test::Folder folder;
  const auto made = open_keys(folder.path());
  REQUIRE(made.has_value());
  REQUIRE(::unlink(folder.path("tls.key").c_str()) == 0);
  const auto again = open_keys(folder.path());
  REQUIRE(again.has_value());
  CHECK(again->signer->key() == made->signer->key());
  CHECK(again->tls_pem != made->tls_pem);
}

}  // namespace wattle::edge
