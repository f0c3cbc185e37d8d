#pragma once
// A desk over the real store of readings, in a folder of its own.

#include "cloud/store/readings_sqlite.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::api::test {

struct HistoryDesk {
  TestDesk desk;
  Client client{desk};
  wattle::test::Folder folder;
  std::unique_ptr<cloud::SqliteReadings> history =
      std::move(*cloud::SqliteReadings::open(folder.path("readings.sqlite"), site_one, hours(8)));

  HistoryDesk() {
    desk.history = history.get();
    desk.add_box(box_seven);
  }
  /// As if the box had sent them.
  void record(const std::vector<ReadingChunk>& chunks) const {
    std::vector<cloud::ArrivedChunk> arrived;
    for (const auto& chunk : chunks) {
      auto bytes = encode(chunk);
      arrived.push_back({box_seven, chunk_id(SodiumCrypto(), bytes), bytes, chunk});
    }
    REQUIRE(history->store(arrived).has_value());
  }
};

}  // namespace wattle::api::test
