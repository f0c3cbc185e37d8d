#pragma once
// What the worker writes, so that the test knows what must be there.

#include "shared/store/ledger_store.hpp"
#include "tests/support/random_commits.hpp"

namespace wattle::test {

inline const StreamId worker_many = RandomCommits::streams()[1];
inline const StreamId worker_one = RandomCommits::streams()[2];
inline constexpr std::uint64_t entries_per_commit = 3;

inline std::uint64_t commits_done(const LedgerStore& store) {
  const auto row = store.row(Table::box, view("done"));
  return row ? Reader(*row).u64() : 0;
}

inline Commit worker_commit(std::uint64_t number) {
  Commit commit;
  for (auto at = (number - 1) * entries_per_commit + 1; at <= number * entries_per_commit; ++at)
    commit.push_back(AppendEntry{worker_many, at, RandomCommits(at).record(worker_many, at)});
  commit.push_back(AppendEntry{worker_one, number, RandomCommits(number).record(worker_one, number)});
  Bytes done;
  Writer(done).u64(number);
  commit.push_back(PutRow{Table::box, {'d', 'o', 'n', 'e'}, done});
  return commit;
}

}  // namespace wattle::test
