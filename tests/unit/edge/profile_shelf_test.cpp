// Profiles of the site's own, as a box takes them from its stream.

#include "edge/profile_shelf.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "shared/crypto/sodium_crypto.hpp"
#include "shared/profiles/shipped.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {
namespace {

std::string relay_meter_text() {
  for (const auto& shipped : shipped_profiles())
    if (shipped.model == "generic-relay-meter") return std::string(shipped.text);
  return {};
}

OwnProfile sent(const std::string& text) {
  OwnProfile profile;
  for (const auto& [key, value] : registers_of("own", text, SodiumCrypto().hash(view(text)).bytes)) {
    const auto part = parse_profile_key(key)->part;
    if (part == 0)
      profile.head = decode_profile_head(value);
    else
      profile.parts[part] = decode_profile_part(value).value();
  }
  return profile;
}

/// The power is in tenths of what it was.
std::string mended(std::string text) {
  const std::string before = R"(encoding = "i16", unit = "W")";
  return text.replace(text.find(before), before.size(), R"(encoding = "i16", unit = "10 W")");
}

struct Shelf {
  test::Folder folder;
  ProfileShelf shelf{folder.path("folder"), folder.path("kept")};
  std::string text = relay_meter_text();

  void follow(const OwnProfile& profile, bool is_used = false) {
    shelf.follow({{"own", profile}}, is_used ? std::set<std::string>{"own"} : std::set<std::string>{});
  }
  void restart() { shelf = ProfileShelf(folder.path("folder"), folder.path("kept")); }
};

}  // namespace

TEST_CASE("a profile of the site's is used as it was sent, and after a restart") {
  Shelf own;
  CHECK(own.shelf.find("own").profile == nullptr);
  own.follow(sent(own.text));
  CHECK(own.shelf.objection("own").empty());
  REQUIRE(own.shelf.find("own").profile != nullptr);
  CHECK(*own.shelf.find("own").profile == *own.shelf.find("generic-relay-meter").profile);
  own.restart();
  own.follow(sent(own.text), true);
  CHECK(own.shelf.objection("own").empty());
  CHECK(own.shelf.find("own").profile != nullptr);
}

TEST_CASE(
    "what cannot be used is refused with its reason, and the box goes on with the last that could, also when it restarts") {
  Shelf own;
  own.follow(sent(own.text), true);
  const auto good = *own.shelf.find("own").profile;
  auto cut = sent(own.text + "#");
  cut.parts.erase(1);
  auto forged = sent(own.text + "#");
  forged.head->digest[31] ^= 1;
  for (const auto& bad : {sent("model = 3"), sent(std::string(8000, '[')), sent(std::string(3, '\0')), cut, forged}) {
    own.follow(bad, true);
    CHECK_FALSE(own.shelf.objection("own").empty());
    REQUIRE(own.shelf.find("own").profile != nullptr);
    CHECK(*own.shelf.find("own").profile == good);
    own.restart();
    own.follow(bad, true);
    REQUIRE(own.shelf.find("own").profile != nullptr);
    CHECK(*own.shelf.find("own").profile == good);
  }
  own.follow(sent(own.text), true);
  CHECK(own.shelf.objection("own").empty());
}

TEST_CASE("a mended scale is not taken while meters are read by the profile; how it is asked may change") {
  Shelf own;
  own.follow(sent(own.text), true);
  const auto good = *own.shelf.find("own").profile;
  const auto other = sent(mended(own.text));
  own.follow(other, true);
  CHECK_FALSE(own.shelf.objection("own").empty());
  CHECK(*own.shelf.find("own").profile == good);
  own.restart();
  own.follow(other, true);
  CHECK(*own.shelf.find("own").profile == good);
  own.follow(sent(own.text + "\n[timing]\nanswers_within = \"900ms\"\n"), true);
  CHECK(own.shelf.objection("own").empty());
  CHECK(own.shelf.find("own").profile->timings.answers_within == milliseconds(900));
  own.follow(other, false);
  CHECK(own.shelf.objection("own").empty());
  CHECK_FALSE(own.shelf.find("own").profile->protocol == good.protocol);
}

TEST_CASE("the site's profile takes the name of no shipped one, nor of one in the box's own folder") {
  Shelf own;
  own.shelf.follow({{"generic-relay-meter", sent(mended(own.text))}}, {});
  CHECK_FALSE(own.shelf.objection("generic-relay-meter").empty());
  CHECK(*own.shelf.find("generic-relay-meter").profile == generic_relay_meter());
  std::filesystem::create_directories(own.folder.path("folder"));
  std::ofstream(own.folder.path("folder") + "/own.toml") << own.text;
  own.follow(sent(mended(own.text)));
  CHECK_FALSE(own.shelf.objection("own").empty());
  CHECK(*own.shelf.find("own").profile == generic_relay_meter());
}

TEST_CASE("a name that a newer program ships does not read otherwise what was charged by the site's own") {
  Shelf own;
  std::filesystem::create_directories(own.folder.path("kept"));
  const auto text = mended(own.text);
  std::ofstream(own.folder.path("kept") + "/generic-relay-meter.toml") << text;
  own.shelf.follow({{"generic-relay-meter", sent(text)}}, {"generic-relay-meter"});
  CHECK_FALSE(own.shelf.objection("generic-relay-meter").empty());
  CHECK_FALSE(*own.shelf.find("generic-relay-meter").profile == generic_relay_meter());
}

}  // namespace wattle::edge
