// Who must wait before he may try a password again, and who need not.

#include "cloud/api/login_guard.hpp"

#include <catch2/catch.hpp>

namespace wattle::api {
namespace {

constexpr std::string_view office = "192.0.2.7";

Tick fail(LoginGuard& guard, unsigned times, Tick at, std::string_view address = office) {
  for (unsigned i = 0; i < times; ++i) {
    while (const auto wait = guard.attempt("user" + std::to_string(i), address, at)) at = at + *wait;
  }
  return at;
}

TEST_CASE("an address's failures are forgotten one by one") {
  LoginGuard guard;
  // Many people, one address: each mistake alone is forgotten before the next.
  Tick at{};
  for (unsigned i = 0; i < 200; ++i) {
    CHECK_FALSE(guard.attempt("user" + std::to_string(i), office, at));
    at = at + address_forgets_after;
  }
  // A guesser goes no faster than they are forgotten.
  const auto begun = at;
  at = fail(guard, 100, at);
  CHECK((at - begun).micros >= 70 * address_forgets_after.micros);
}

TEST_CASE("an account's failures are forgotten one by one") {
  LoginGuard guard;
  Tick at{};
  for (unsigned i = 0; i < account_failures_free + 3; ++i)
    while (const auto wait = guard.attempt("ma", office, at)) at = at + *wait;
  CHECK(guard.attempt("ma", office, at));
  at = at + Duration{account_forgets_after.micros * (account_failures_free + 3)};
  for (unsigned i = 0; i < account_failures_free; ++i) CHECK_FALSE(guard.attempt("ma", office, at));
  CHECK(guard.attempt("ma", office, at));
}

TEST_CASE("who knows his password does not lengthen the wait of the others") {
  LoginGuard guard;
  auto at = fail(guard, address_failures_free + 2, {seconds(10).micros});
  const auto wait = guard.attempt("li", office, at);
  REQUIRE(wait);
  at = at + *wait;
  for (unsigned i = 0; i < 50; ++i) {
    INFO(i);
    REQUIRE_FALSE(guard.attempt("li", office, at));
    guard.succeeded("li", office, at);
  }
}

TEST_CASE("an attempt whose password nobody looked at is none") {
  LoginGuard guard;
  for (unsigned i = 0; i < 5 * address_failures_free; ++i) {
    REQUIRE_FALSE(guard.attempt("ma", office, {}));
    guard.undone("ma", office, {});
  }
}

TEST_CASE("a new password forgets the account's failures and not the address's") {
  LoginGuard guard;
  const auto at = fail(guard, address_failures_free, {});
  for (unsigned i = 0; i < 50; ++i) guard.renewed("ma");
  CHECK(guard.attempt("ma", office, at));
}

TEST_CASE("who tries many names keeps his own address's failures") {
  LoginGuard guard;
  auto at = fail(guard, address_failures_free + 10, {});
  // Names from many other addresses fill the table of names.
  for (std::size_t i = 0; i < guarded_max + 500; ++i) {
    const auto text = std::to_string(i);
    (void)guard.attempt("name" + text, "198.51." + std::to_string(i % 5000), at);
  }
  CHECK(guard.attempt("one more", office, at));
}

TEST_CASE("with both tables full an attempt is counted for the name and the address that it came with") {
  LoginGuard guard;
  for (std::size_t i = 0; i < guarded_max; ++i) {
    const auto text = std::to_string(i);
    CHECK_FALSE(guard.attempt("name" + text, "address" + text, {static_cast<std::int64_t>(i)}));
  }
  const Tick at{static_cast<std::int64_t>(guarded_max)};
  for (unsigned i = 0; i < account_failures_free; ++i) CHECK_FALSE(guard.attempt("new", "new address", at));
  CHECK(guard.attempt("new", "another address", at));
}

}  // namespace
}  // namespace wattle::api
