#pragma once
// What goes to disk, and the one narrow way of reading it back. Both ends use the same few writes; a store carries out a Commit
// whole or not at all, and durably. Tables of derived figures do not exist: they are folds, so they cannot disagree with the
// streams.

#include <variant>
#include <vector>

#include "shared/ledger/fields.hpp"

namespace wattle {

/// A stream's entry as it is stored and carried.
struct Record {
  Bytes bytes;
  Digest hash;                         // of the chain up to here
  std::optional<Signature> signature;  // where a batch ended
};

struct AppendEntry {
  StreamId stream;
  std::uint64_t number = 0;
  Record record;
};

/// Entries above `after` leave the stream and are kept as a list of evidence; they count in no fold, sum or uniqueness.
struct SetAside {
  StreamId stream;
  std::uint64_t after = 0;
};

/// Evidence that never stood in the stream: what a fenced box still sends.
struct KeepListed {
  StreamId stream;
  std::uint64_t number = 0;
  Record record;
};

/// Retention at the edge: entries below are gone. Only below a countersigned settlement and its keep-from.
struct DropBelow {
  StreamId stream;
  std::uint64_t number = 0;
};

enum class Table : std::uint8_t {
  link = 1,    // key: holder. See shared/sync/link.hpp
  kept = 2,    // key: holder, number. Encoded states at settlements
  order = 3,   // cloud: what is wanted from outside (payments, requests), numbered as they came
  refund = 4,  // cloud: parts of a refund, before the provider is called
  site = 5,    // cloud: single rows of the site
  tries = 6,   // edge: wrong codes typed
  box = 7,     // edge: single rows of the box
  trip = 8,    // edge: circuits cut for what they carried (edge/core/trips.hpp)
  relay = 9,   // edge: the relay log (edge/core/relay_log.hpp)
};

struct PutRow {
  Table table{};
  Bytes key;
  Bytes value;  // empty: the row goes
};

using Write = std::variant<AppendEntry, SetAside, KeepListed, DropBelow, PutRow>;
using Commit = std::vector<Write>;

/// Reads what is durable. One reader is one moment: it does not change while a core handles an event.
class StoreReader {
 public:
  virtual ~StoreReader() = default;
  /// Number 0 and zeros for an empty stream.
  virtual Head head(const StreamId& stream) const = 0;
  /// The lowest number that is still kept; 1 unless entries were dropped.
  virtual std::uint64_t first(const StreamId& stream) const = 0;
  virtual std::optional<Record> entry(const StreamId& stream, std::uint64_t number) const = 0;
  /// Entries set aside or listed, oldest first.
  virtual std::vector<Record> listed(const StreamId& stream) const = 0;
  virtual std::optional<Bytes> row(Table table, ByteView key) const = 0;
  /// Those whose key is greater, in the order of their keys.
  virtual std::vector<std::pair<Bytes, Bytes>> rows_after(Table table, ByteView key) const = 0;
  std::vector<std::pair<Bytes, Bytes>> rows(Table table) const { return rows_after(table, {}); }
};

}  // namespace wattle
