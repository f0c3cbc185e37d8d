// The golden entries of api-spec: read from the file that is committed, so that no change of ours goes unseen. To write the
// file anew after a change that is wanted: unit_shared_ledger "[.write]".

#include <fstream>
#include <set>

#include "tests/support/vectors.hpp"
#include "tests/unit/shared/ledger/vector_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

constexpr const char* file_name = WATTLE_VECTORS "/ledger.json";

json::object golden() { return vectors("ledger.json"); }

Holder holder_of(const json::value& object) {
  return {{object.at("edge").to_number<std::uint32_t>()}, {object.at("incarnation").to_number<std::uint32_t>()}};
}

json::object negative(const char* name, Bytes bytes, LedgerErrc error) {
  return {{"name", name}, {"bytes", to_hex(bytes)}, {"error", word(error)}};
}

/// Bytes of one sound entry, spoilt in one place each.
json::array negatives() {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(20));
  const auto sound = paper.stream(box_a, Direction::down).records[3].bytes;
  constexpr std::size_t direction = 13, number = 14, flags = 15, outside = 20, lines = 27, from = 29;
  const auto with = [&](std::size_t at, std::uint8_t value) {
    auto changed = sound;
    changed[at] = value;
    return changed;
  };
  const auto inserted = [&](std::size_t at, Bytes more) {
    auto changed = sound;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
    return changed;
  };
  const auto amount = [&](std::int64_t micros) {
    auto entry = paper.entry({box_a, Direction::down, 4});
    entry.lines[0].amount = {micros};
    return encode(entry);
  };
  const auto line = [&](const Line& other) {
    auto entry = paper.entry({box_a, Direction::down, 4});
    entry.lines[0] = other;
    return encode(entry);
  };
  auto longer = inserted(number, {});
  longer[number] = 0x84;  // 4 in two bytes
  longer.insert(longer.begin() + number + 1, 0x00);
  auto named = sound;  // the link's own holder told as if it were another
  const auto to = static_cast<std::ptrdiff_t>(from + 2);
  named[from + 2] = 0x81;
  named.insert(named.begin() + to + 1, {7, 0, 0, 0, 0x1e, 0xc4, 0, 0});
  json::array all;
  all.push_back(negative("no bytes", {}, LedgerErrc::truncated));
  all.push_back(negative("the clock is missing", Bytes(sound.begin(), sound.end() - 8), LedgerErrc::truncated));
  all.push_back(negative("a byte too many", inserted(sound.size(), {0}), LedgerErrc::truncated));
  all.push_back(negative("an unknown version", with(0, 2), LedgerErrc::version));
  all.push_back(negative("a direction that there is not", with(direction, 4), LedgerErrc::malformed));
  all.push_back(negative("a link's entry in the site's stream", with(direction, 3), LedgerErrc::malformed));
  all.push_back(negative("number zero", with(number, 0), LedgerErrc::malformed));
  all.push_back(negative("a number in more bytes than it needs", longer, LedgerErrc::malformed));
  all.push_back(negative("an unknown flag", with(flags, 0x0b), LedgerErrc::malformed));
  all.push_back(negative("an outside id with a space", with(outside + 1, ' '), LedgerErrc::malformed));
  all.push_back(negative("more lines than an entry has", with(lines, 17), LedgerErrc::malformed));
  all.push_back(negative("a line neither decided nor measured", with(lines + 1, 2), LedgerErrc::malformed));
  all.push_back(negative("a pocket of no kind", with(from, 0x0c), LedgerErrc::malformed));
  all.push_back(negative("the link's own pocket with its holder spelt out", named, LedgerErrc::malformed));
  all.push_back(
      negative("more than an entry may have", inserted(sound.size(), Bytes(entry_bytes_max, 0)), LedgerErrc::malformed));
  all.push_back(negative("a negative amount", amount(-1), LedgerErrc::amount));
  all.push_back(negative("no amount", amount(0), LedgerErrc::amount));
  all.push_back(negative("a line that is not in the table",
                         line({subsidy_pocket(), room_pocket(room_1, box_a), yuan(1), false}), LedgerErrc::illegal_line));
  all.push_back(negative("a decided line said to be measured",
                         line({clearing_pocket(Provider::wechat), room_pocket(room_1, box_a), yuan(1), true}),
                         LedgerErrc::illegal_line));
  all.push_back(negative("the cloud takes from the box",
                         line({room_pocket(room_1, box_a), transit_pocket(uid(1)), yuan(1), false}),
                         LedgerErrc::foreign_pocket));
  return all;
}

json::object written() {
  auto paper = vector_site();
  json::array streams;
  for (const auto holder : {box_a, box_b})
    for (const auto direction : {Direction::up, Direction::down}) streams.push_back(stream_json(paper, holder, direction));
  streams.push_back(stream_json(paper, cloud_holder, Direction::site));
  return {
      {"streams", streams}, {"folds", json::array{fold_json(paper, box_a), fold_json(paper, box_b)}}, {"refused", negatives()}};
}

/// One entry a line, so that a change is seen where it is.
void print(std::ostream& out, const json::object& all) {
  out << "{\n\"streams\": [\n";
  const auto& streams = all.at("streams").as_array();
  for (std::size_t i = 0; i < streams.size(); ++i) {
    auto stream = streams[i].as_object();
    const auto entries = stream["entries"].as_array();
    stream.erase("entries");
    auto text = json::serialize(stream);
    text.pop_back();
    out << text << ",\n \"entries\": [\n";
    for (std::size_t k = 0; k < entries.size(); ++k)
      out << "  " << json::serialize(entries[k]) << (k + 1 < entries.size() ? ",\n" : "\n");
    out << " ]}" << (i + 1 < streams.size() ? ",\n" : "\n");
  }
  const auto list = [&](const char* name, const char* end) {
    out << "\"" << name << "\": [\n";
    const auto& items = all.at(name).as_array();
    for (std::size_t i = 0; i < items.size(); ++i)
      out << " " << json::serialize(items[i]) << (i + 1 < items.size() ? ",\n" : "\n");
    out << "]" << end;
  };
  out << "],\n";
  list("folds", ",\n");
  list("refused", "\n}\n");
}

}  // namespace

TEST_CASE("write the golden entries anew", "[.write]") {
  std::ofstream file(file_name);
  print(file, written());
  CHECK(file.good());
}

TEST_CASE("golden entries are read, written, chained and signed as they stand") {
  std::set<std::string> kinds;
  const auto all = golden();
  for (const auto& stream : all.at("streams").as_array()) {
    const StreamId id{{stream.at("site").to_number<std::uint32_t>()},
                      holder_of(stream),
                      static_cast<Direction>(stream.at("direction").to_number<int>())};
    Head head;
    for (const auto& told : stream.at("entries").as_array()) {
      const auto raw = bytes(told, "bytes");
      INFO(text(told, "kind") << " " << head.number + 1);
      const auto entry = decode_entry(raw);
      REQUIRE(entry.has_value());
      CHECK(encode(*entry) == raw);
      CHECK(entry->stream == id);
      head = {head.number + 1, crypto().chain(head.hash, raw)};
      CHECK(to_hex(head.hash.bytes) == text(told, "hash"));
      CHECK(json::value(entry_json({raw, head.hash, {}})) == told);
      kinds.insert(text(told, "kind"));
    }
    CHECK(to_hex(signed_head(id, head)) == text(stream, "signed_head"));
    Signature signature;
    const auto raw = bytes(stream, "signature");
    REQUIRE(raw.size() == signature.bytes.size());
    std::copy(raw.begin(), raw.end(), signature.bytes.begin());
    const auto& writer = id.direction == Direction::up ? signer_of(id.link) : cloud();
    CHECK(to_hex(writer.key().bytes) == text(stream, "writer"));
    CHECK(crypto().verify(writer.key(), signed_head(id, head), signature));
  }
  for (int kind = 0; kind <= 0xffff; ++kind)
    if (const auto name = to_text(static_cast<Kind>(kind)); !name.starts_with("kind ")) CHECK((kinds.count(name) == 1));
}

TEST_CASE("golden streams fold to golden states") {
  const auto all = golden();
  PaperSite paper(false);
  for (const auto& stream : all.at("streams").as_array())
    for (const auto& told : stream.at("entries").as_array())
      paper.stream(holder_of(stream), static_cast<Direction>(stream.at("direction").to_number<int>()))
          .records.push_back({bytes(told, "bytes"), {}, {}});
  for (const auto& told : all.at("folds").as_array()) {
    const auto state = fold(paper, holder_of(told));
    CHECK(to_hex(state.encoded()) == text(told, "state"));
    CHECK(to_hex(state.hash().bytes) == text(told, "hash"));
    const auto read = LinkState::decode(site, holder_of(told), crypto(), bytes(told, "state"));
    REQUIRE(read.has_value());
    CHECK(read->encoded() == bytes(told, "state"));
  }
}

TEST_CASE("golden refusals are refused in these words") {
  const auto all = golden();
  for (const auto& told : all.at("refused").as_array()) {
    INFO(text(told, "name"));
    const auto entry = decode_entry(bytes(told, "bytes"));
    if (!entry) {
      CHECK(entry.error().message() == text(told, "error"));
      continue;
    }
    const auto ok = check_line(entry->lines.at(0), entry->stream.direction, entry->stream.link);
    REQUIRE_FALSE(ok.has_value());
    CHECK(ok.error().message() == text(told, "error"));
  }
}

TEST_CASE("the golden site is the story that the file was written from") {
  CHECK(json::value(written()) == json::value(golden()));
  auto paper = vector_site();
  CHECK(causes(paper) == Words{});
}
