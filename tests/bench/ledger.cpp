// The ledger core: what a cloud does with the entries of a box, step by step and whole, and whether the fold stays as cheap
// however long the stream has become.

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/base/random.hpp"
#include "shared/crypto/envelope.hpp"
#include "shared/sync/session.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/link_pair.hpp"

namespace wattle::bench {

namespace {

constexpr double core_target = 1e6;                    // entries a second: decoded, hash checked, duplicates told
constexpr double flat_target = 1.3;                    // cost of an entry late in a stream to that of an early one
constexpr std::size_t in_tail = tail_records_max / 2;  // a repeated batch of this size is known without asking the store
constexpr std::size_t window_batches = 32;
constexpr int tries = 5;  // the best of so many: the processor's clock and caches are shared

class Watch {
 public:
  template <class Work>
  void add(const Work& work) {
    const auto begin = cpu_seconds();
    work();
    seconds_ += cpu_seconds() - begin;
  }
  double per_second(std::size_t count) const { return static_cast<double>(count) / seconds_; }

 private:
  double seconds_ = 0;
};

void take(Link& cloud, const Batch& batch, std::size_t fresh) {
  Commit commit;
  const auto taken = cloud.take(batch, commit);
  WATTLE_CHECK(taken.has_value() && *taken == fresh);
  cloud.committed();
}

void decode(const Batch& batch) {
  for (const auto& bytes : batch.entries) {
    const auto entry = decode_entry(bytes);
    WATTLE_CHECK(entry.has_value() && entry->lines.size() == 1);
  }
}

Digest chain(const Crypto& crypto, const Batch& batch) {
  Digest head;
  for (const auto& bytes : batch.entries) head = crypto.chain(head, bytes);
  return head;
}

struct Rates {
  double decode = 0, hash = 0, repeated = 0, core = 0, whole = 0;
};

Rates best(const Rates& a, const Rates& b) {
  return {std::max(a.decode, b.decode), std::max(a.hash, b.hash), std::max(a.repeated, b.repeated), std::max(a.core, b.core),
          std::max(a.whole, b.whole)};
}

/// Each step on its own, and decode + hash + de-duplication as one.
Rates measure_steps(std::size_t entries) {
  const NoSignatures crypto;
  LinkPair pair(crypto);
  Watch decoding, hashing, repeated, core;
  for (std::size_t done = 0; done < entries; done += in_tail) {
    const auto batch = pair.slices(in_tail);
    take(pair.cloud(), batch, in_tail);
    decoding.add([&] { decode(batch); });
    hashing.add([&] { WATTLE_CHECK(!chain(crypto, batch).is_zero()); });
    repeated.add([&] { take(pair.cloud(), batch, 0); });
    core.add([&] {
      take(pair.cloud(), batch, 0);
      decode(batch);
    });
  }
  return {decoding.per_second(entries), hashing.per_second(entries), repeated.per_second(entries), core.per_second(entries), 0};
}

/// From the bytes of a batch to the new state and the commit.
Rates measure_whole(const Crypto& crypto, std::size_t entries) {
  LinkPair pair(crypto);
  Watch whole;
  for (std::size_t done = 0; done < entries; done += batch_entries_max) {
    const auto batch = pair.slices(batch_entries_max);
    whole.add([&] { take(pair.cloud(), batch, batch_entries_max); });
  }
  Rates rates;
  rates.whole = whole.per_second(entries);
  return rates;
}

void measure_rates(Effort effort, const Report& report) {
  const std::size_t entries = effort == Effort::small ? 1024 : 128 * 1024;
  const int times = effort == Effort::small ? 1 : tries;
  const NoSignatures unsigned_crypto;
  const SodiumCrypto crypto;
  Rates steps, plain, with_signatures;
  for (int i = 0; i < times; ++i) {
    steps = best(steps, measure_steps(entries));
    plain = best(plain, measure_whole(unsigned_crypto, entries));
    with_signatures = best(with_signatures, measure_whole(crypto, entries));
  }
  report({"ledger.decode", steps.decode, "entries/s"});
  report({"ledger.hash", steps.hash, "entries/s"});
  report({"ledger.hash_and_dedup", steps.repeated, "entries/s"});
  report({"ledger.core", steps.core, "entries/s", {}, {}, core_target});
  report({"ledger.take_with_fold", plain.whole, "entries/s"});
  report({"ledger.take_with_fold_and_signature", with_signatures.whole, "entries/s"});
}

/// Processor time of an entry in the batches that follow now.
double cost_here(LinkPair& pair) {
  double best_seconds = 0;
  for (int i = 0; i < tries; ++i) {
    Watch watch;
    for (std::size_t batch = 0; batch < window_batches; ++batch) {
      const auto slices = pair.slices(batch_entries_max);
      watch.add([&] { take(pair.cloud(), slices, batch_entries_max); });
    }
    const double seconds = 1 / watch.per_second(window_batches * batch_entries_max);
    best_seconds = i == 0 ? seconds : std::min(best_seconds, seconds);
  }
  return best_seconds;
}

void measure_flatness(Effort effort, const Report& report) {
  std::vector<std::size_t> lengths = {1'000};
  if (effort != Effort::small) lengths.insert(lengths.end(), {100'000, 1'000'000});
  if (effort == Effort::patient) lengths.push_back(10'000'000);
  const SodiumCrypto crypto;
  LinkPair pair(crypto);
  std::optional<double> first;
  for (const auto length : lengths) {
    while (pair.cloud().theirs().head().number < length) take(pair.cloud(), pair.slices(batch_entries_max), batch_entries_max);
    const double cost = cost_here(pair) * 1e9;
    Figure figure{"ledger.entry_cost_at_" + std::to_string(length), cost, "ns"};
    if (first) figure.baseline = first, figure.ratio = cost / *first, figure.target = flat_target, figure.at_most = true;
    first = first.value_or(cost);
    report(figure);
  }
}

class SeededEntropy final : public Entropy {
 public:
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_{1};
};

/// Two sessions meet over real envelopes, and the box sends what it has.
void measure_envelopes(const Report& report) {
  const SodiumCrypto crypto;
  LinkPair pair(crypto);
  Commit slices;
  const auto batch = pair.slices(8 * batch_entries_max);
  Digest hash;
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    hash = crypto.chain(hash, batch.entries[i]);
    slices.push_back(AppendEntry{pair.edge().mine().id(), i + 1, {batch.entries[i], hash, std::nullopt}});
  }
  WATTLE_CHECK(pair.edge_store().commit(slices).has_value());
  SeededEntropy entropy;
  Session edge(pair.edge(), entropy, 1);
  Session cloud(pair.cloud(), entropy, 2);
  const Now now{{1'700'000'000'000'000}, {1'000'000}};
  edge.connect(now);
  cloud.connect(now);
  std::size_t envelopes = 0;
  std::size_t bytes = 0;
  std::size_t entries = 0;
  Commit commit;
  for (int round = 0; round < 50 && entries < batch.entries.size(); ++round) {
    for (const auto& message : edge.produce(now)) {
      const auto heard = cloud.receive(message.bytes, now, commit);
      if (heard.entries == 0) continue;
      ++envelopes;
      entries += heard.entries;
      bytes += message.bytes.size() + envelope_overhead;
    }
    for (const auto& message : cloud.produce(now)) edge.receive(message.bytes, now, commit);
  }
  WATTLE_CHECK(entries == batch.entries.size());
  report({"ledger.entries_per_envelope", static_cast<double>(entries) / static_cast<double>(envelopes), "entries"});
  report({"ledger.envelope_bytes_per_entry", static_cast<double>(bytes) / static_cast<double>(entries), "bytes"});
}

}  // namespace

void measure_ledger(Effort effort, const Report& report) {
  measure_rates(effort, report);
  measure_flatness(effort, report);
  measure_envelopes(report);
}

}  // namespace wattle::bench
