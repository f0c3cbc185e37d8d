#include "shared/api/json.hpp"

#include <catch2/catch.hpp>

#include "shared/api/characters.hpp"

namespace wattle {
namespace {

using Faults = std::vector<std::string>;

Faults words(std::vector<JsonFault> faults) {
  Faults out;
  for (const auto& fault : faults) out.push_back(std::string(json_code(fault.code)) + ' ' + fault.field);
  return out;
}

/// As a handler reads a recharge.
Faults read_recharge(std::string_view text) {
  JsonBody body(text);
  auto root = body.root();
  root.amount("amount", yuan(10'000));
  root.text("currency", {3, 3}, "CNY");
  root.integer("shift", {1, 99}, 1);
  root.boolean("print", false);
  if (root.has("payer")) root.object("payer").text("name", {1, 20});
  if (root.has("lines")) {
    for (auto line : root.objects("lines")) line.amount("amount");
  }
  return words(body.finish());
}

TEST_CASE("a text is as long as it has characters") {
  const auto fits = [](const std::string& text, std::pair<std::size_t, std::size_t> length) {
    JsonBody body(R"({"name":")" + text + R"("})");
    body.root().text("name", length);
    return body.finish().empty();
  };
  CHECK(fits("张三丰", {3, 3}));
  CHECK_FALSE(fits("张三丰", {1, 2}));
  CHECK_FALSE(fits("张三丰", {4, 9}));
  CHECK(first_characters("a张三", 2) == "a张");
  CHECK(first_characters("a张三", 3) == "a张三");
  CHECK(first_characters("a张三", 0).empty());
}

TEST_CASE("a right body is read") {
  JsonBody body(R"({"amount":"12.34","shift":7,"print":true,"payer":{"name":"张"},"lines":[{"amount":"1"}]})");
  auto root = body.root();
  CHECK(root.amount("amount") == fen(1234));
  CHECK(root.integer("shift", {1, 99}) == 7);
  CHECK(root.boolean("print"));
  CHECK(root.text("currency", {3, 3}, "CNY") == "CNY");
  CHECK(root.object("payer").text("name", {1, 20}) == "张");
  CHECK(root.objects("lines").at(0).amount("amount") == yuan(1));
  CHECK(words(body.finish()).empty());
}

TEST_CASE("each fault has a stable code and names its field") {
  CHECK(read_recharge("") == Faults{"json.syntax "});
  CHECK(read_recharge("{") == Faults{"json.syntax "});
  CHECK(read_recharge(R"({"amount":"1"} x)") == Faults{"json.syntax "});
  CHECK(read_recharge("{\"amount\":\"\xff\"}") == Faults{"json.syntax "});
  CHECK(read_recharge("[]") == Faults{"json.wrong_type "});
  CHECK(read_recharge("{}") == Faults{"json.missing_field /amount"});
  CHECK(read_recharge(R"({"amount":12.34})") == Faults{"json.wrong_type /amount"});
  CHECK(read_recharge(R"({"amount":null})") == Faults{"json.wrong_type /amount"});
  CHECK(read_recharge(R"({"amount":"-1"})") == Faults{"json.bad_amount /amount"});
  CHECK(read_recharge(R"({"amount":"0.00"})") == Faults{"json.bad_amount /amount"});
  CHECK(read_recharge(R"({"amount":"1e3"})") == Faults{"json.bad_amount /amount"});
  CHECK(read_recharge(R"({"amount":"10000.01"})") == Faults{"json.out_of_range /amount"});
  CHECK(read_recharge(R"({"amount":"1","amount":"2"})") == Faults{"json.duplicate_field /amount"});
  CHECK(read_recharge(R"({"amount":"1","a/b~c":2})") == Faults{"json.unknown_field /a~1b~0c"});
  CHECK(read_recharge(R"({"amount":"1","shift":1.0})") == Faults{"json.wrong_type /shift"});
  CHECK(read_recharge(R"({"amount":"1","shift":100})") == Faults{"json.out_of_range /shift"});
  CHECK(read_recharge(R"({"amount":"1","shift":18446744073709551615})") == Faults{"json.wrong_type /shift"});
  CHECK(read_recharge(R"({"amount":"1","shift":99999999999999999999999})") == Faults{"json.syntax "});
  CHECK(read_recharge(R"({"amount":"1","print":"yes"})") == Faults{"json.wrong_type /print"});
  CHECK(read_recharge(R"({"amount":"1","currency":"YUAN"})") == Faults{"json.out_of_range /currency"});
  CHECK(read_recharge(R"({"amount":"1","payer":{}})") == Faults{"json.missing_field /payer/name"});
  CHECK(read_recharge(R"({"amount":"1","payer":{"name":"x","age":3}})") == Faults{"json.unknown_field /payer/age"});
  CHECK(read_recharge(R"({"amount":"1","payer":[]})") == Faults{"json.wrong_type /payer"});
  CHECK(read_recharge(R"({"amount":"1","lines":[{"amount":"1"},3,{"amount":true}]})") ==
        Faults{"json.wrong_type /lines/1", "json.wrong_type /lines/2/amount"});
}

TEST_CASE("size, depth and counts are bounded") {
  CHECK(read_recharge(std::string(64 * 1024 + 1, ' ')) == Faults{"json.too_large "});
  CHECK(read_recharge(std::string(10'000, '[') + std::string(10'000, ']')) == Faults{"json.too_deep "});
  std::string deep = R"({"amount":"1","x":)" + std::string(20, '[') + std::string(20, ']') + '}';
  CHECK(read_recharge(deep) == Faults{"json.too_deep "});
  std::string wide = "{\"x\":[0";
  for (int i = 0; i < 1000; ++i) wide += ",0";
  CHECK(read_recharge(wide + "]}") == Faults{"json.too_many_items /x"});
  std::string many = "{\"amount\":\"1\"";
  for (int i = 0; i < 100; ++i) many += ",\"f" + std::to_string(i) + "\":0";
  CHECK(read_recharge(many + '}').size() == JsonBody::faults_limit);
}

TEST_CASE("a long foreign name is cut between characters") {
  std::string name;
  for (int i = 0; i < 60; ++i) name += "电";
  const auto faults = read_recharge("{\"amount\":\"1\",\"" + name + "\":1}");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0] == "json.unknown_field /" + name.substr(0, 99));
}

}  // namespace
}  // namespace wattle
