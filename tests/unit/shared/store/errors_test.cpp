#include "shared/store/errors.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace wattle::test {

TEST_CASE("each error has a word of its own, and a message that begins with it") {
  std::set<std::string> words;
  for (int code = static_cast<int>(StoreErrc::io); code <= static_cast<int>(StoreErrc::present); ++code) {
    const std::string said = word(static_cast<StoreErrc>(code));
    CHECK(said.starts_with("store."));
    CHECK(words.insert(said).second);
    CHECK(make_error_code(static_cast<StoreErrc>(code)).message().starts_with(said + ": "));
  }
  CHECK(store_category().message(0) == "store.?");
  CHECK(store_category().message(static_cast<int>(StoreErrc::present) + 1) == "store.?");
}

}  // namespace wattle::test
