// Commits until it is stopped, and says which commits were durable: `worker PATH COMMITS`. Commit k appends three entries to
// one stream and one to another, and notes k in a row. Each durable k is a line; an error ends it with the error's word.

#include <cstdio>
#include <string>

#include "shared/store/ledger_store.hpp"
#include "tests/support/random_commits.hpp"
#include "tests/unit/shared/store/worker.hpp"

namespace {

int refused(const wattle::Error& error) {
  std::printf("%s\n", error.message().c_str());
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  using namespace wattle;
  if (count != 3) return 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  StoreOptions options;
  options.checkpoint_after_pages = 40;
  auto store = LedgerStore::open(arguments[1], options);
  if (!store) return refused(store.error());
  try {
    const auto done = test::commits_done(**store);
    for (auto number = done + 1; number <= done + std::stoull(arguments[2]); ++number) {
      if (const auto ok = (*store)->commit(test::worker_commit(number)); !ok) return refused(ok.error());
      std::printf("%llu\n", static_cast<unsigned long long>(number));
    }
  } catch (const StoreFailure& failure) {
    return refused(failure.code());
  }
  return 0;
}
