// The golden messages and rows of api-spec/sync.md: read from the file that is committed, so that no change of ours goes
// unseen. To write the file anew after a change that is wanted: unit_shared_sync "write the golden messages anew".

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <set>

#include "sync.pb.h"
#include "tests/support/two_ends.hpp"
#include "tests/support/vectors.hpp"

namespace wattle::test {
namespace {

namespace json = boost::json;

const std::string file_name = WATTLE_VECTORS "/sync.json";
constexpr std::uint64_t mine = 0x1122334455667788;
constexpr std::uint64_t yours = 0x99aabbccddeeff00;

json::object golden() { return vectors("sync.json"); }

std::string hex(const std::string& bytes) { return to_hex(view(bytes)); }
std::string raw(std::string_view hexadecimal) {
  const auto bytes = from_hex(hexadecimal);
  return {bytes.begin(), bytes.end()};
}
std::string raw(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }
template <std::size_t N>
std::string raw(const std::array<std::uint8_t, N>& bytes) {
  return {bytes.begin(), bytes.end()};
}

// --- Fields, as the file tells them: what is zero or empty is left out, as on the wire.

json::object head_json(const sync::Head& head) { return {{"number", head.number()}, {"hash", hex(head.hash())}}; }

template <class T>
void put(json::object& out, const char* name, const T& value) {
  if (value != T{}) out[name] = value;
}
template <class M>
void put_entries(json::object& out, const M& body) {
  json::array entries;
  for (const auto& entry : body.entries()) entries.push_back(json::value(hex(entry)));
  if (!entries.empty()) out["entries"] = std::move(entries);
}

json::object fields_of(const sync::Status& status) {
  json::object out;
  if (status.has_head()) out["head"] = head_json(status.head());
  if (status.has_cursor()) out["cursor"] = head_json(status.cursor());
  put(out, "agreed", status.agreed());
  if (status.has_stopped()) out["stopped"] = {{"number", status.stopped().number()}, {"reason", status.stopped().reason()}};
  put(out, "stream_version", status.stream_version());
  put(out, "boot", status.boot());
  put(out, "counter", status.counter());
  put(out, "time", status.time());
  put(out, "fenced", status.fenced());
  put(out, "listed", status.listed());
  put(out, "sending", status.sending());
  return out;
}
json::object fields_of(const sync::Batch& batch) {
  json::object out;
  put(out, "first", batch.first());
  put_entries(out, batch);
  put(out, "signature", hex(batch.signature()));
  put(out, "sending", batch.sending());
  return out;
}
json::object fields_of(const sync::Ask& ask) {
  json::object out;
  if (ask.has_from()) out["from"] = head_json(ask.from());
  if (ask.has_to()) out["to"] = head_json(ask.to());
  put(out, "next", ask.next());
  return out;
}
json::object fields_of(const sync::Copy& copy) {
  json::object out;
  if (copy.has_to()) out["to"] = head_json(copy.to());
  put(out, "first", copy.first());
  put_entries(out, copy);
  put(out, "signature", hex(copy.signature()));
  put(out, "dropped_below", copy.dropped_below());
  return out;
}
json::object fields_of(const sync::Evidence& evidence) {
  json::object out;
  put(out, "first", evidence.first());
  put_entries(out, evidence);
  return out;
}

json::object message_json(const std::string& bytes) {
  sync::Message message;
  REQUIRE(message.ParseFromString(bytes));
  json::object out = {{"mine", message.mine()}, {"yours", message.yours()}};
  if (message.has_status()) out["status"] = fields_of(message.status());
  if (message.has_batch()) out["batch"] = fields_of(message.batch());
  if (message.has_ask()) out["ask"] = fields_of(message.ask());
  if (message.has_copy()) out["copy"] = fields_of(message.copy());
  if (message.has_evidence()) out["evidence"] = fields_of(message.evidence());
  return out;
}

// --- The story: a box of two sales and a settlement, and what either end may say of it.

struct Story : TwoEnds {
  Story() : TwoEnds(sodium) {
    mint(edge(), cash(yuan(1)));
    mint(edge(), cash(yuan(5)));
    Entry settlement;
    settlement.kind = Kind::settlement;
    set_detail(settlement, Settlement{edge().link->state().hash()});
    mint(edge(), settlement);
    exchange();
  }
  void put_head(sync::Head& out, const Log& log, std::uint64_t number) const {
    out.set_number(number);
    if (number > 0) out.set_hash(raw(log.hash_at(number)->bytes));
  }
  template <class M>
  void put_entries(M& body, const Log& log, std::uint64_t first, std::uint64_t last) const {
    body.set_first(first);
    for (auto number = first; number <= last; ++number) body.add_entries(raw(log.at(number)->bytes));
    body.set_signature(raw(edge_signature(log, last).bytes));
  }
  Signature edge_signature(const Log& log, std::uint64_t number) const {
    return signer->sign(signed_head(log.id(), {number, *log.hash_at(number)}));
  }
  const Signer* signer = &edge().signer;
  const Log& up = edge().link->mine();
  const Log& down = edge().link->theirs();
};

sync::Message with_nonces() {
  sync::Message message;
  message.set_mine(mine);
  message.set_yours(yours);
  return message;
}

sync::Message status_of(const Story& story) {
  auto message = with_nonces();
  auto& status = *message.mutable_status();
  story.put_head(*status.mutable_head(), story.up, 3);
  story.put_head(*status.mutable_cursor(), story.down, 3);
  status.set_agreed(2);
  status.set_stream_version(1);
  status.set_boot(0x0123456789abcdef);
  status.set_counter(4);
  status.set_sending(300);
  return message;
}
sync::Message stopped_status(const Story& story) {
  auto message = with_nonces();
  auto& status = *message.mutable_status();
  story.put_head(*status.mutable_head(), story.down, 3);
  status.mutable_cursor();  // nothing yet: a head without number or hash
  status.mutable_stopped()->set_number(1);
  status.mutable_stopped()->set_reason(static_cast<std::uint32_t>(LedgerErrc::amount));
  status.set_stream_version(1);
  status.set_boot(1);
  status.set_counter(1);
  status.set_time(-1);  // a clock before 1970
  status.set_fenced(true);
  status.set_listed(2);
  return message;
}
sync::Message batch_of(const Story& story) {
  auto message = with_nonces();
  story.put_entries(*message.mutable_batch(), story.up, 1, 3);
  message.mutable_batch()->set_sending(7);
  return message;
}
sync::Message ask_of(const Story& story) {
  auto message = with_nonces();
  story.put_head(*message.mutable_ask()->mutable_from(), story.up, 1);
  story.put_head(*message.mutable_ask()->mutable_to(), story.up, 3);
  message.mutable_ask()->set_next(2);
  return message;
}
sync::Message copy_of(const Story& story) {
  auto message = with_nonces();
  auto& copy = *message.mutable_copy();
  story.put_head(*copy.mutable_to(), story.up, 3);
  story.put_entries(copy, story.up, 2, 3);
  return message;
}
sync::Message dropped_copy(const Story&) {
  auto message = with_nonces();
  message.mutable_copy()->set_dropped_below(900);
  return message;
}
sync::Message evidence_of(const Story& story) {
  auto message = with_nonces();
  auto& evidence = *message.mutable_evidence();
  for (std::uint64_t number = 1; number <= 2; ++number) evidence.add_entries(raw(story.up.at(number)->bytes));
  return message;
}

json::object message_vector(const char* name, const sync::Message& message) {
  const auto bytes = message.SerializeAsString();
  return {{"name", name}, {"fields", message_json(bytes)}, {"bytes", hex(bytes)}};
}

json::array messages(const Story& story) {
  auto greeting = stopped_status(story);
  greeting.set_yours(0);
  return {message_vector("a status of a box", status_of(story)),
          message_vector("a status of a cloud that has stopped and fenced", stopped_status(story)),
          message_vector("a greeting, which knows no nonce of the peer's", greeting),
          message_vector("a batch", batch_of(story)),
          message_vector("an ask", ask_of(story)),
          message_vector("a copy", copy_of(story)),
          message_vector("a copy of what is no longer kept", dropped_copy(story)),
          message_vector("evidence", evidence_of(story))};
}

/// To a cloud that has nothing of the box's yet, in a session of its own.
json::object refusal(const char* name, const std::string& bytes, LedgerErrc error) {
  return {{"name", name}, {"bytes", hex(bytes)}, {"error", word(error)}};
}

json::array refusals(const Story& story) {
  const auto with = [&](sync::Message message, const std::function<void(sync::Message&)>& change) {
    change(message);
    return message.SerializeAsString();
  };
  const auto bad = LedgerErrc::bad_message;
  const auto short_hash = [](sync::Message& m) { m.mutable_status()->mutable_head()->mutable_hash()->pop_back(); };
  const auto no_signature = [](sync::Message& m) { m.mutable_batch()->clear_signature(); };
  const auto hole = [](sync::Message& m) { m.mutable_batch()->set_first(2); };
  const auto changed = [](sync::Message& m) { m.mutable_batch()->mutable_entries(1)->back() ^= 1; };
  const auto none = [](sync::Message&) {};
  const auto cut = [](const std::string& bytes) { return bytes.substr(0, bytes.size() - 1); };
  return {
      refusal("a status with a hash of 31 bytes", with(status_of(story), short_hash), bad),
      refusal("a batch without a signature", with(batch_of(story), no_signature), bad),
      refusal("a batch behind a hole", with(batch_of(story), hole), LedgerErrc::hole),
      refusal("a batch with a changed byte", with(batch_of(story), changed), LedgerErrc::signature),
      refusal("an ask that is cut", cut(with(ask_of(story), none)), bad),
      refusal("a copy that is cut in its signature", cut(with(copy_of(story), none)), bad),
      refusal("evidence without the sender's nonce", with(evidence_of(story), [](sync::Message& m) { m.clear_mine(); }), bad)};
}

json::object link_row(const char* name, const LinkRow& row) {
  json::object fields = {{"asking", row.asking}, {"agreed", row.agreed}, {"fenced", row.fenced}, {"told", row.told}};
  if (row.stopped)
    fields["stopped"] = {{"number", row.stopped->number}, {"reason", static_cast<std::uint32_t>(row.stopped->reason)}};
  return {{"name", name},
          {"table", "link"},
          {"key", to_hex(to_bytes(TwoEnds::box))},
          {"fields", std::move(fields)},
          {"bytes", to_hex(to_bytes(row))}};
}

json::object kept_row(Story& story) {
  const auto rows = story.edge().store.rows(Table::kept);
  REQUIRE(rows.size() == 1);
  const auto head = [](const Head& at) { return json::object{{"number", at.number}, {"hash", to_hex(at.hash.bytes)}}; };
  const auto& [key, value] = *rows.begin();
  Reader in(value);
  const auto size_of_heads = 2 * (1 + sizeof(Digest));
  in.raw(size_of_heads);
  const auto state = in.blob(value.size());
  CHECK((in.ok() && in.at_end()));
  return {{"name", "a state kept at a settlement"},
          {"table", "kept"},
          {"key", to_hex(key)},
          {"fields",
           json::object{
               {"up", head({3, *story.up.hash_at(3)})}, {"down", head({3, *story.down.hash_at(3)})}, {"state", to_hex(state)}}},
          {"bytes", to_hex(value)}};
}

json::array rows(Story& story) {
  return {link_row("a link at rest", {false, 300, {}, false, false}),
          link_row("a link that asks, with a stopped stream, fenced", {true, 2, Stopped{3, LedgerErrc::amount}, true, true}),
          kept_row(story)};
}

json::object written() {
  Story story;
  return {{"messages", messages(story)}, {"refused", refusals(story)}, {"rows", rows(story)}};
}

}  // namespace

TEST_CASE("write the golden messages anew", "[.write]") {
  std::ofstream file(file_name);
  const auto all = written();
  file << "{\n";
  for (const char* list : {"messages", "refused", "rows"}) {
    file << '"' << list << "\": [\n";
    const auto& items = all.at(list).as_array();
    for (std::size_t i = 0; i < items.size(); ++i)
      file << ' ' << json::serialize(items[i]) << (i + 1 < items.size() ? ",\n" : "\n");
    file << (std::string_view(list) == "rows" ? "]\n}\n" : "],\n");
  }
  CHECK(file.good());
}

TEST_CASE("golden messages have the fields that stand beside them, and are written in those bytes") {
  std::set<std::string> bodies;
  const auto all = golden();
  for (const auto& told : all.at("messages").as_array()) {
    INFO(text(told, "name"));
    const auto bytes = raw(text(told, "bytes"));
    CHECK(json::value(message_json(bytes)) == told.at("fields"));
    sync::Message message;
    REQUIRE(message.ParseFromString(bytes));
    CHECK(message.SerializeAsString() == bytes);
    for (const auto& field : told.at("fields").as_object()) bodies.emplace(field.key());
  }
  for (const char* body : {"status", "batch", "ask", "copy", "evidence"}) CHECK(bodies.contains(body));
}

TEST_CASE("golden messages are taken, and golden refusals refused in these words") {
  const auto all = golden();
  const auto deliver = [](const json::value& told) {
    TwoEnds ends(sodium);
    ends.speak(ends.edge());
    auto bytes = from_hex(text(told, "bytes"));
    sync::Message session;
    session.set_mine(ends.edge().nonce);
    session.set_yours(ends.cloud().nonce);
    const auto nonces = session.SerializeAsString();
    const bool has_mine = !bytes.empty() && bytes[0] == static_cast<std::uint8_t>(nonces[0]);
    const bool has_yours = has_mine && bytes[nonces.size() / 2] == static_cast<std::uint8_t>(nonces[nonces.size() / 2]);
    if (has_yours) std::copy(nonces.begin(), nonces.end(), bytes.begin());
    return ends.deliver(ends.cloud(), bytes);
  };
  for (const auto& told : all.at("refused").as_array()) {
    INFO(text(told, "name"));
    const auto heard = deliver(told);
    REQUIRE(heard.error.has_value());
    CHECK(std::string(word(*heard.error)) == text(told, "error"));
  }
  for (const auto& told : all.at("messages").as_array()) {
    INFO(text(told, "name"));
    const auto heard = deliver(told);
    const bool is_batch = told.at("fields").as_object().contains("batch");
    CHECK(heard.error.has_value() == false);
    CHECK(heard.entries == (is_batch ? 3 : 0));
  }
}

TEST_CASE("golden rows are what an end keeps about a link, and what it begins from") {
  Story story;
  const auto all = golden();
  for (const auto& told : all.at("rows").as_array()) {
    INFO(text(told, "name"));
    const auto bytes = from_hex(text(told, "bytes"));
    if (text(told, "table") == "link") {
      const auto row = from_bytes<LinkRow>(bytes);
      REQUIRE(row.has_value());
      CHECK(json::value(link_row(text(told, "name").c_str(), *row)) == told);
      continue;
    }
    const auto state = story.edge().link->state().encoded();
    CHECK(text(told.at("fields"), "state") == to_hex(state));
    Commit commit{PutRow{Table::kept, from_hex(text(told, "key")), bytes}};
    REQUIRE(story.edge().store.commit(commit).has_value());
    story.restart(story.edge());
    CHECK(story.edge().link->state().encoded() == state);
  }
}

TEST_CASE("the golden messages are those of the story that the file was written from") {
  CHECK(json::value(written()) == json::value(golden()));
}

}  // namespace wattle::test
