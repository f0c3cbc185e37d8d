// Profiles of a site's own, through the API and down to a real box's fold.

#include <catch2/catch.hpp>

#include "shared/policy/own_profiles.hpp"
#include "shared/profiles/profile_file.hpp"
#include "shared/profiles/shipped.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;

constexpr const char* own_profile = "/api/v1/profiles/our-meter";

std::string shipped_text(std::string_view model) {
  for (const auto& shipped : shipped_profiles())
    if (shipped.model == model) return std::string(shipped.text);
  return {};
}

std::string body_of(const std::string& toml) { return boost::json::serialize(boost::json::object{{"toml", toml}}); }

/// With another model's name, which is that of the profile.
std::string named(std::string toml, const std::string& name) {
  const std::string before = "\nmodel = \"";
  const auto at = ('\n' + toml).find(before) + before.size() - 1;
  return toml.replace(at, toml.find('"', at) - at, name);
}

struct ProfiledSite : test::SmallSite {
  /// As its box would join it.
  std::optional<std::string> at_box(const std::string& name) const {
    OwnProfile profile;
    for (const auto& [key, value] : desk.box_link(box_seven).state().config()) {
      const auto parsed = parse_profile_key(key);
      if (!parsed || parsed->name != name) continue;
      if (parsed->part == 0)
        profile.head = decode_profile_head(value.value);
      else
        profile.parts[parsed->part] = decode_profile_part(value.value).value();
    }
    return joined(profile);
  }
  test::Reply wire(const std::string& profile) {
    CHECK(client.put("/api/v1/edges/7/buses/1", R"({"port":"/dev/ttyS1"})").status <= 201);
    return client.put("/api/v1/edges/7/meters/5001",
                      R"({"bus":"1","address":3,"profile":")" + profile + R"(","circuits":[{"circuit":1010,"room":101}]})");
  }
  std::string toml = named(shipped_text("generic-relay-meter"), "our-meter");
};

/// So long that it takes all parts.
std::string padded(std::string toml) {
  while (toml.size() < own_profile_bytes_max) toml += toml.size() % 100 == 99 ? '\n' : '#';
  toml[toml.find("##") - 1] = '\n';
  return toml;
}

}  // namespace

TEST_CASE("a profile of the site's own travels whole, at any length, and places name it") {
  ProfiledSite site;
  CHECK(site.wire("our-meter").code() == "profile.unknown");
  CHECK(site.client.get(own_profile).code() == "profile.missing");
  auto reply = site.client.put(own_profile, body_of(site.toml));
  CHECK(reply.status == 201);
  CHECK(reply.text("/toml") == site.toml);
  CHECK(site.at_box("our-meter") == site.toml);
  CHECK(site.client.put(own_profile, body_of(site.toml)).status == 200);
  const auto longest = padded(named(site.toml, "longest"));
  REQUIRE(longest.size() == own_profile_bytes_max);
  CHECK(site.client.put("/api/v1/profiles/longest", body_of(longest)).status == 201);
  CHECK(site.at_box("longest") == longest);
  CHECK(site.wire("our-meter").status == 201);
  site.desk.settings_reported[{box_seven, profile_key("our-meter", 0)}] = {3, false, false};
  reply = site.client.get(own_profile);
  CHECK(reply.number("/reported/0/version") == 3);
  CHECK_FALSE(reply.find("/reported/0/good")->as_bool());
  const auto all = site.client.get("/api/v1/profiles");
  CHECK(all.body.at("items").as_array().size() == shipped_models().size() + refused_models().size() + 2);
  CHECK(site.client.get("/api/v1/profiles/generic-relay-meter").text("/source") == "shipped");
}

TEST_CASE("shipped profiles can be read, and those that are known by name only say why they cannot be used") {
  ProfiledSite site;
  const auto usable = site.client.get("/api/v1/profiles/generic-relay-meter");
  CHECK(usable.text("/toml") == shipped_text("generic-relay-meter"));
  CHECK(usable.find("/refused") == nullptr);
  REQUIRE_FALSE(refused_models().empty());
  std::size_t told = 0;
  const auto all = site.client.get("/api/v1/profiles");
  for (const auto& item : all.body.at("items").as_array()) {
    if (!item.as_object().contains("refused")) continue;
    ++told;
    const std::string name(item.at("profile").as_string());
    const auto reply = site.client.get("/api/v1/profiles/" + name);
    CHECK(reply.status == 200);
    CHECK(reply.text("/refused") == refusal_of(name));
    CHECK(item.at("refused").as_string() == refusal_of(name));
    CHECK(reply.text("/toml") == shipped_text(name));
    CHECK(site.wire(name).code() == "profile.refused");
  }
  CHECK(told == refused_models().size());
  CHECK(site.client.get("/api/v1/profiles/acrel-adm131").code() == "profile.missing");
}

TEST_CASE("a profile's baud rate is one of serial lines") {
  ProfiledSite site;
  auto toml = site.toml;
  const auto at = toml.find("baud = ");
  REQUIRE(at != std::string::npos);
  toml.replace(at, toml.find_first_of(" \n", at + 7) - at, "baud = 1234");
  const auto reply = site.client.put(own_profile, body_of(toml));
  CHECK(reply.code() == "profile.bad");
  CHECK(reply.text("/detail").find("1234") != std::string::npos);
}

TEST_CASE("what --check-profile would not take is refused in the same words, and what stood there stands") {
  ProfiledSite site;
  CHECK(site.client.put(own_profile, body_of(site.toml)).status == 201);
  auto reply = site.client.put(own_profile, body_of("model = 3\nprotocol = \"morse\""));
  CHECK(reply.status == 422);
  CHECK(reply.code() == "profile.bad");
  CHECK(reply.text("/detail").starts_with(parse_profile("model = 3\nprotocol = \"morse\"", "our-meter.toml").faults.at(0)));
  CHECK(site.client.put(own_profile, body_of(std::string(8000, '['))).code() == "profile.bad");
  CHECK(site.client.put(own_profile, body_of("")).code() == "http.bad_body");
  CHECK(site.client.put(own_profile, body_of(std::string(own_profile_bytes_max + 1, '#'))).code() == "http.bad_body");
  CHECK(site.at_box("our-meter") == site.toml);
}

TEST_CASE("a site's own meter of 1997 with relay and purse is taken, and a bad one refused in the checker's words") {
  ProfiledSite site;
  auto toml = shipped_text("generic-dlt645-1997-prepaid");
  REQUIRE_FALSE(toml.empty());
  toml.replace(toml.find("generic-dlt645-1997-prepaid\"\nleft"), 27, "our-meter");
  CHECK(site.client.put(own_profile, body_of(toml)).status == 201);
  CHECK(site.at_box("our-meter") == toml);
  CHECK(site.client.put("/api/v1/edges/7/buses/1", R"({"port":"/dev/ttyS1"})").status <= 201);
  const auto wired = site.client.put(  // asked by its number
      "/api/v1/edges/7/meters/5001",
      R"({"bus":"1","address":5001,"profile":"our-meter","circuits":[{"circuit":1010,"room":101}]})");
  INFO(wired.text("/detail"));
  CHECK(wired.status == 201);
  const auto refused = [&](const std::string& from, const std::string& to) {
    auto bad = toml;
    bad.replace(bad.find(from), from.size(), to);
    const auto reply = site.client.put("/api/v1/profiles/other", body_of(bad));
    CHECK(reply.status == 422);
    CHECK(reply.code() == "profile.bad");
    const auto faults = parse_profile(bad, "other.toml").faults;
    REQUIRE_FALSE(faults.empty());
    CHECK(reply.text("/detail").starts_with(faults.front()));
    return faults.front();
  };
  CHECK(refused("item = \"E910\"", "item = \"9010\"").find("something else") != std::string::npos);
  CHECK(refused("open = \"1A\"", "open = \"1\"").find("hex digits") != std::string::npos);
  CHECK(refused("state = \"C020\"", "states = \"C020\"").find("state") != std::string::npos);
  CHECK(refused("step = \"0.01 yuan\"", "step = \"0.01 kWh\"").find("step") != std::string::npos);
  CHECK(site.client.get("/api/v1/profiles/other").code() == "profile.missing");
}

TEST_CASE("no profile takes a shipped one's name, nor that of a model that is known by name only") {
  ProfiledSite site;
  CHECK(site.client.put("/api/v1/profiles/generic-relay-meter", body_of(site.toml)).code() == "profile.shipped");
  CHECK(site.client.put("/api/v1/profiles/" + std::string(refused_models().front()), body_of(site.toml)).code() ==
        "profile.shipped");
  for (const auto* bad : {"Our", "a_b", "-a", "123456789012345678901"})
    CHECK(site.client.put(std::string("/api/v1/profiles/") + bad, body_of(site.toml)).code() == "profile.bad_name");
}

std::string with_other_rollover(std::string toml) {
  const auto rollover = toml.find("rollover_wh = ");
  REQUIRE(rollover != std::string::npos);
  return toml.replace(rollover, toml.find('\n', rollover) - rollover, "rollover_wh = 1000000");
}

TEST_CASE("a profile is written once: a mended one is another profile, and a refused one leaves it whole") {
  ProfiledSite site;
  CHECK(site.client.put(own_profile, body_of(site.toml)).status == 201);
  CHECK(site.client.put(own_profile, body_of(site.toml + "\n")).code() == "profile.exists");
  CHECK(site.client.put(own_profile, body_of(with_other_rollover(site.toml))).code() == "profile.exists");
  CHECK(site.at_box("our-meter") == site.toml);
  CHECK(site.client.get(own_profile).text("/toml") == site.toml);
  CHECK(site.client.put("/api/v1/profiles/our-meter-2", body_of(named(with_other_rollover(site.toml), "our-meter-2"))).status ==
        201);
}

TEST_CASE("of two texts for one new name at once one becomes the profile, whole, and the other is told so") {
  ProfiledSite site;
  const auto one = padded(site.toml);
  const auto other = padded(with_other_rollover(site.toml));
  test::Reply first;
  site.desk.after_next_order = [&] { first = site.client.put(own_profile, body_of(other)); };
  CHECK(site.client.put(own_profile, body_of(one)).code() == "profile.exists");
  CHECK(first.status == 201);
  CHECK(first.text("/toml") == other);
  CHECK(site.at_box("our-meter") == other);
}

TEST_CASE("a text of which a part was overwritten does not become the profile") {
  ProfiledSite site;
  site.desk.after_next_order = [&] {
    Uid id;
    id.bytes.fill(0xff);
    const Bytes part(3, 7);
    site.desk.give(cloud::Ordered{cloud::ConfigOrder{id, cloud::every_slot, profile_key("our-meter", 1), part, 2}},
                   [](auto) {});
  };
  CHECK(site.client.put(own_profile, body_of(site.toml)).code() == "setting.changed");
  CHECK(site.client.get(own_profile).find("/toml")->is_null());
  CHECK(site.client.put(own_profile, body_of(site.toml)).status == 201);
  CHECK(site.at_box("our-meter") == site.toml);
}

TEST_CASE("a meter that is charged is not read by another scale, nor after it was taken out") {
  ProfiledSite site;
  CHECK(site.client.put(own_profile, body_of(site.toml)).status == 201);
  CHECK(site.client.put("/api/v1/profiles/same", body_of(named(site.toml, "same") + "\n[timing]\nanswers_within = \"900ms\"\n"))
            .status == 201);
  CHECK(site.client.put("/api/v1/profiles/other", body_of(named(with_other_rollover(site.toml), "other"))).status == 201);
  CHECK(site.wire("our-meter").status == 201);
  CHECK(site.wire("same").status == 201);
  CHECK(site.wire("other").code() == "meter.reads_otherwise");
  CHECK(site.client.del("/api/v1/edges/7/meters/5001").status == 201);
  CHECK(site.wire("other").code() == "meter.reads_otherwise");
}

TEST_CASE("a profile's model is called as the profile is") {
  ProfiledSite site;
  for (const auto* other : {"eastron-sdm120", "another"}) {
    const auto reply = site.client.put(own_profile, body_of(named(site.toml, other)));
    CHECK(reply.status == 422);
    CHECK(reply.code() == "profile.bad");
    CHECK(reply.text("/detail").find("must be \"our-meter\"") != std::string::npos);
  }
  CHECK(site.client.get(own_profile).code() == "profile.missing");
}

TEST_CASE("a site has so many profiles of its own, and no more") {
  ProfiledSite site;
  const auto put = [&](const std::string& name) {
    return site.client.put("/api/v1/profiles/" + name, body_of(named(site.toml, name)));
  };
  for (std::size_t i = 0; i < own_profiles_max; ++i) REQUIRE(put("p" + std::to_string(i)).status == 201);
  CHECK(put("more").code() == "profile.too_many");
  CHECK(put("p0").status == 200);
}

}  // namespace wattle::api
