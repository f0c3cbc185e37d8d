// The corpus of fuzz_message: real messages of a link's whole life, each alone and as stories. Written anew by
// `unit_shared_sync "[.write]"`.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sync.pb.h"
#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

const SodiumCrypto crypto;
constexpr std::uint8_t other_keys = 11;  // a signature of the corpus must be worth nothing in the target
const std::string folder = WATTLE_SOURCES "/tests/fuzz/corpus/fuzz_message";

// As in tests/fuzz/fuzz_message.cpp; the low bit of a piece's first byte chooses the end.
enum Op : std::uint8_t { as_it_is, in_session, signed_anew, meet, wait, reconnect, restart, write, back_in_time, fence };

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
  Life() : TwoEnds(crypto, other_keys) {
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
    if (sort_of(message) == "batch") Input(true).piece(signed_anew, to, message).piece(meet, to).save(name + std::to_string(count) + "-anew");
  }
  Input(false).piece(as_it_is, End::edge, life.caught.front().message).save("other-session");
  Input all(false);
  for (std::size_t i = 0; i < std::min<std::size_t>(life.caught.size(), 24); ++i)
    all.piece(in_session, life.caught[i].to, life.caught[i].message);
  all.save("story-all");
  const std::uint8_t long_wait[] = {1};
  for (const auto at : {End::edge, End::cloud}) {
    const std::string end = at == End::edge ? "-edge" : "-cloud";
    Input(false).piece(write, at).piece(meet, at).piece(restart, at).piece(write, at).piece(meet, at).save("story-restart" + end);
    Input(false).piece(write, at).piece(meet, at).piece(back_in_time, at).piece(wait, at, long_wait).piece(meet, at).save("story-forgot" + end);
    Input(false).piece(write, at).piece(write, at).piece(back_in_time, at).piece(write, at).piece(meet, at).piece(reconnect, at).piece(meet, at).save("story-forked" + end);
  }
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
