// A month of a room at a minute as people ask for it: the whole question over HTTP to the real wattle-cloud, from the first
// byte sent to the last one received, with the JSON that is made of it. Only reading that JSON is the client's own business.

#include "cloud/store/readings_sqlite.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/history.hpp"
#include "tests/integration/cloud/cloud_site.hpp"

namespace wattle::bench {

namespace {

constexpr std::int64_t days_of_month = 30;
constexpr std::size_t chunks_at_once = 1000;

/// A site whose rooms have a month of history: written while the cloud is down, and the same as if it had come from their box.
class MonthSite {
 public:
  MonthSite(std::uint32_t rooms, bool all_further) : rooms_(rooms), all_further_(all_further), box_(site_, 7) {
    for (std::uint32_t i = 0; i < rooms; ++i)
      WATTLE_CHECK(site_
                       .post("/api/v1/rooms", R"({"room":)" + std::to_string(room_of(i).value) +
                                                  R"(,"edge":7,"circuits":[{"circuit":)" + std::to_string(circuit_of(i).value) +
                                                  R"(,"meter":)" + std::to_string(70'000'000 + i) + R"(,"first_reading":0}]})")
                       .status == 201);
    WATTLE_CHECK(site_.kill(SIGTERM) == 0);
    write_history();
    site_.start();
  }

  struct Asked {
    double took_ms = 0;
    std::size_t bytes = 0;
    std::size_t rows = 0;
  };
  Asked ask(std::uint32_t room, const std::string& more) {
    const auto request = "GET /api/v1/rooms/" + std::to_string(room_of(room % rooms_).value) +
                         "/readings?from=2026-03-01T00:00:00Z&to=2026-03-31T00:00:00Z" + more +
                         " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + site_.token +
                         "\r\n\r\n";
    const auto begin = wall_seconds();
    const auto answer = site_.talk(request);
    const auto took = (wall_seconds() - begin) * 1000 - answer.parse_ms;
    WATTLE_CHECK(answer.status == 200);
    return {took, answer.text.size(), answer.body.at("items").as_array().size()};
  }

 private:
  void write_history() {
    const SodiumCrypto crypto;
    auto store = cloud::SqliteReadings::open(site_.path("data/readings.sqlite"), {1}, hours(8));
    WATTLE_CHECK(store.has_value());
    std::vector<cloud::ArrivedChunk> arrived;
    const auto flush = [&] {
      WATTLE_CHECK((*store)->store(arrived).has_value());
      arrived.clear();
    };
    for (std::uint32_t i = 0; i < rooms_; ++i) {
      Room room(i);
      TellsAll further(i);
      for (auto at = history_begins; at < history_begins + days(days_of_month); at = at + minutes(15)) {
        auto chunk = room.next_quarter(at);
        if (all_further_) further.put(chunk);
        auto bytes = encode(chunk);
        arrived.push_back({box_.holder, chunk_id(crypto, bytes), std::move(bytes), std::move(chunk)});
        if (arrived.size() >= chunks_at_once) flush();
      }
    }
    flush();
  }

  std::uint32_t rooms_;
  bool all_further_;
  test::CloudSite site_;
  test::Box box_;
};

struct MonthQuestion {
  const char* name;
  const char* more;
  std::size_t rows;
  std::optional<double> target;  // ms
};

void measure_question(MonthSite& site, const MonthQuestion& question, std::uint32_t times_asked, const Report& report) {
  std::vector<double> times;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < times_asked; ++i) {
    const auto asked = site.ask(i, question.more);
    WATTLE_CHECK(asked.rows == question.rows);
    times.push_back(asked.took_ms);
    bytes = asked.bytes;
  }
  const auto figure = std::string("readings.http_") + question.name;
  report({figure + "_bytes", static_cast<double>(bytes), "bytes"});
  report({figure + "_p50", percentile(times, 0.5), "ms"});
  report({figure + "_p99", percentile(times, 0.99), "ms", {}, {}, question.target, true});
}

}  // namespace

void measure_readings_over_http(Effort effort, const Report& report) {
  const bool small = effort == Effort::small;
  constexpr std::size_t rows_of_month = days_of_month * 24 * 60;
  {
    MonthSite site(small ? 1 : 8, false);
    for (const auto& question :
         {MonthQuestion{"month_by_hours", "&resolution=hour&limit=1000", days_of_month * 24, month_target_ms},
          MonthQuestion{"page", "", 1000, month_target_ms}, MonthQuestion{"day", "&limit=1440", 1440, month_target_ms},
          MonthQuestion{"month_raw", "&limit=50000", rows_of_month, month_target_ms}})
      measure_question(site, question, small ? 3 : 300, report);
  }
  // More than three times the text, which no chart asks for: how long it takes is told, and nothing is promised.
  MonthSite site(small ? 1 : 8, true);
  for (const auto& question :
       {MonthQuestion{"month_by_hours_with_all_further", "&resolution=hour&limit=1000", days_of_month * 24, month_target_ms},
        MonthQuestion{"page_with_all_further", "", 1000, month_target_ms},
        MonthQuestion{"month_raw_with_all_further", "&limit=50000", rows_of_month, std::nullopt}})
    measure_question(site, question, small ? 3 : 100, report);
}

}  // namespace wattle::bench
