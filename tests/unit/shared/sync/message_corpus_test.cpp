// The corpus of fuzz_message: real messages of a link's whole life, each alone and as stories. Written anew by
// `unit_shared_sync "[.write]"`.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "sync.pb.h"
#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

constexpr std::uint8_t other_keys = 11;  // a signature of the corpus must be worth nothing in the target
const std::string folder = WATTLE_SOURCES "/tests/fuzz/corpus/fuzz_message";

// As in tests/fuzz/fuzz_message.cpp; the low bit of a piece's first byte chooses the end.
enum Op : std::uint8_t { as_it_is, in_session, signed_anew, meet, wait, reconnect, restart, write, back_in_time, fence, step };

class Input {
 public:
  explicit Input(bool mad) { out_.u8(mad ? 1 : 0); }
  Input& piece(Op op, End at, ByteView bytes = {}) {
    out_.u8(static_cast<std::uint8_t>(op << 1 | (at == End::cloud ? 1 : 0)));
    out_.u16(static_cast<std::uint16_t>(bytes.size()));
    out_.raw(bytes);
    return *this;
  }
  void save(const std::string& name) const {
    std::ofstream file(folder + '/' + name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size()));
    CHECK(file.good());
  }

 private:
  Bytes bytes_;
  Writer out_{bytes_};
};

struct Caught {
  End to;
  Bytes message;
};

std::string sort_of(const Bytes& bytes) {
  sync::Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return "none";
  switch (message.body_case()) {
    case sync::Message::kStatus: return "status";
    case sync::Message::kBatch: return "batch";
    case sync::Message::kAsk: return "ask";
    case sync::Message::kCopy: return "copy";
    case sync::Message::kEvidence: return "evidence";
    case sync::Message::BODY_NOT_SET: break;
  }
  return "none";
}

/// Everything that either says while both sell, restart and forget, and at last the box is fenced.
class Life : public TwoEnds {
 public:
  Life() : TwoEnds(sodium, other_keys) {
    const auto young = edge().store;
    mint(edge(), cash(yuan(1)));
    talk();
    mint(edge(), cash(yuan(5)));
    mint(cloud(), recharge(yuan(2)));
    talk();
    restart(cloud());
    talk();
    edge().store = young;  // a restored card: the box asks, and gets its copy
    restart(edge());
    talk();
    mint(edge(), cash(yuan(5)));  // not heard of before the fence
    end_it();
    talk();
  }
  std::vector<Caught> caught;

 private:
  void talk() {
    speak(edge());
    speak(cloud());
    while (!edge().said.empty() || !cloud().said.empty())
      for (auto* from : {&edge(), &cloud()}) {
        const auto said = std::exchange(from->said, {});
        for (const auto& message : said) {
          caught.push_back({peer_of(*from).which, message});
          deliver(peer_of(*from), message);
        }
      }
  }
  void end_it() {
    Commit fenced;
    cloud().link->fence(fenced);
    cloud().link->tell_fence(fenced);
    edge().link->fence(fenced);
    cloud().session->show_status();
    cloud().store.commit(fenced).value();
  }
};

/// What a box that has its first sale left might be given back: two more, under nobody's signature.
Bytes forged_copy() {
  TwoEnds ends(sodium, other_keys);
  for (int sale = 1; sale <= 3; ++sale) ends.mint(ends.edge(), ends.cash(yuan(sale)));
  const auto& log = ends.edge().link->mine();
  sync::Message message;
  message.set_mine(1);
  auto& copy = *message.mutable_copy();
  copy.mutable_to()->set_number(log.head().number);
  copy.mutable_to()->set_hash(log.head().hash.bytes.data(), log.head().hash.bytes.size());
  copy.set_first(2);
  for (std::uint64_t number = 2; number <= log.head().number; ++number) {
    const auto bytes = log.at(number)->bytes;
    copy.add_entries(bytes.data(), bytes.size());
  }
  copy.set_signature(std::string(sizeof(Signature), 'x'));
  return bytes_of(message);
}

using Changes = std::vector<std::pair<std::string, std::function<void(sync::Batch&, Entry&)>>>;

const Changes& mad_changes() {
  static const Changes all = {
      {"seen-beyond", [](sync::Batch&, Entry& e) { e.seen.number += 1; }},
      {"seen-beside", [](sync::Batch&, Entry& e) { e.seen.hash.bytes[0] ^= 1; }},
      {"seen-fell", [](sync::Batch&, Entry& e) { e.seen = {}; }},
      {"number", [](sync::Batch&, Entry& e) { ++e.number; }},
      {"negative", [](sync::Batch&, Entry& e) { e.lines[0].amount = {-1}; }},
      {"overflow", [](sync::Batch&, Entry& e) { e.lines[0].amount = {INT64_MAX}; }},
      {"foreign-pocket", [](sync::Batch&, Entry& e) { e.lines[0].from = clearing_pocket(Provider::wechat); }},
      {"after", [](sync::Batch&, Entry& e) { e.after->room.micros += 1; }},
      {"other-kind", [](sync::Batch&, Entry& e) { e.kind = Kind{0x70}; }},
      {"known-again-otherwise",
       [](sync::Batch& batch, Entry& e) {
         auto before = e;
         --before.number;
         const auto bytes = encode(before);
         *batch.add_entries() = std::string(bytes.begin(), bytes.end());
         batch.set_first(batch.first() - 1);
       }},
  };
  return all;
}

/// The box's second entry, changed; the target's link has the first.
Bytes mad_batch(const std::function<void(sync::Batch&, Entry&)>& change) {
  TwoEnds ends(sodium, other_keys);
  ends.mint(ends.edge(), ends.cash(yuan(1)));
  ends.exchange();
  auto entry = ends.draft(ends.edge(), ends.cash(yuan(1)));
  sync::Message message;
  message.set_mine(1);
  auto& batch = *message.mutable_batch();
  batch.set_first(entry.number);
  batch.set_signature(std::string(sizeof(Signature), 'x'));
  change(batch, entry);
  const auto bytes = encode(entry);
  batch.add_entries(bytes.data(), bytes.size());
  return bytes_of(message);
}

}  // namespace

TEST_CASE("write the corpus of fuzz_message anew", "[.write]") {
  std::filesystem::create_directories(folder);
  Life life;
  std::map<std::string, int> counts;
  for (const auto& [to, message] : life.caught) {
    const auto name = sort_of(message) + (to == End::cloud ? "-up-" : "-down-");
    const int count = ++counts[name];
    if (count > 4) continue;
    Input(false).piece(in_session, to, message).save(name + std::to_string(count));
    if (sort_of(message) == "batch")
      Input(true).piece(signed_anew, to, message).piece(meet, to).save(name + std::to_string(count) + "-anew");
  }
  Input(false).piece(as_it_is, End::edge, life.caught.front().message).save("other-session");
  Input all(false);
  for (std::size_t i = 0; i < std::min<std::size_t>(life.caught.size(), 24); ++i)
    all.piece(in_session, life.caught[i].to, life.caught[i].message);
  all.save("story-all");
  const std::uint8_t long_wait[] = {1};
  for (const auto at : {End::edge, End::cloud}) {
    const std::string end = at == End::edge ? "-edge" : "-cloud";
    Input(false)
        .piece(write, at)
        .piece(meet, at)
        .piece(restart, at)
        .piece(write, at)
        .piece(meet, at)
        .save("story-restart" + end);
    Input(false)
        .piece(write, at)
        .piece(meet, at)
        .piece(back_in_time, at)
        .piece(wait, at, long_wait)
        .piece(meet, at)
        .save("story-forgot" + end);
    Input(false)
        .piece(write, at)
        .piece(write, at)
        .piece(back_in_time, at)
        .piece(write, at)
        .piece(meet, at)
        .piece(reconnect, at)
        .piece(meet, at)
        .save("story-forked" + end);
  }
  // A forged copy while an end asks for its own stream, and what a mad peer may sign.
  const auto forged = forged_copy();
  for (int steps = 1; steps <= 8; ++steps) {
    Input input(false);
    input.piece(write, End::edge).piece(meet, End::edge).piece(back_in_time, End::edge);
    for (int i = 0; i < steps; ++i) input.piece(step, i % 2 == 0 ? End::cloud : End::edge);
    input.piece(in_session, End::edge, forged).piece(meet, End::edge).save("story-forged-" + std::to_string(steps));
  }
  for (const auto& [name, change] : mad_changes())
    Input(true).piece(signed_anew, End::cloud, mad_batch(change)).piece(meet, End::cloud).save("mad-" + name);
  Input(false).piece(write, End::edge).piece(fence, End::cloud).piece(meet, End::cloud).save("story-fence");
}

TEST_CASE("the corpus of fuzz_message holds real messages of every sort") {
  std::set<std::string> sorts;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    Reader reader(view(text));
    reader.u8();
    while (!reader.at_end() && reader.ok()) {
      reader.u8();
      const auto bytes = reader.raw(reader.u16());
      sorts.insert(sort_of({bytes.begin(), bytes.end()}));
    }
  }
  for (const auto* sort : {"status", "batch", "ask", "copy", "evidence"}) CHECK(sorts.contains(sort));
}

}  // namespace wattle::test
