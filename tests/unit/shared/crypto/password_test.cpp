#include "shared/crypto/password.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

constexpr PasswordCost cheap{1, 64};
constexpr PasswordSalt salt{1, 2, 3};

TEST_CASE("a password fits its own text and no other") {
  const auto stored = hash_password("correct horse", salt, cheap);
  CHECK(stored.starts_with("argon2id:1:64:"));
  CHECK(check_password("correct horse", stored));
  CHECK_FALSE(check_password("correct horsf", stored));
  CHECK_FALSE(check_password("", stored));
  CHECK(hash_password("correct horse", PasswordSalt{9}, cheap) != stored);
}

TEST_CASE("a text that is none of ours fits nothing, and asks for no more than we give") {
  const auto stored = hash_password("x", salt, cheap);
  for (const auto& text :
       {std::string(), std::string("x"), "argon2i" + stored.substr(8), stored + "00", stored.substr(0, stored.size() - 2),
        "argon2id:99:64:" + stored.substr(14), "argon2id:1:99999999:" + stored.substr(14), "argon2id:0:64:" + stored.substr(14),
        "argon2id:1:64:zz" + stored.substr(16)})
    CHECK_FALSE(check_password("x", text));
}

TEST_CASE("nobody's password is a password that nobody has") {
  CHECK_FALSE(check_password("", nobodys_password()));
  CHECK(nobodys_password().size() == hash_password("x", salt).size());
}

}  // namespace
}  // namespace wattle
