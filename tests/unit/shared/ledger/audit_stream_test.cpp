#include "shared/ledger/audit.hpp"

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

PaperSite small() {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(20));
  paper.consume(box_a, room_1, 200);
  paper.consume(box_a, room_1, 300);
  return paper;
}

std::vector<Record>& up_of_a(PaperSite& paper) { return paper.stream(box_a, Direction::up).records; }

}  // namespace

TEST_CASE("a changed byte is found by the chain") {
  auto paper = small();
  up_of_a(paper)[0].bytes.back() ^= 1;  // the clock, which decides nothing
  CHECK(causes(paper) == Words{"audit.chain"});
}

TEST_CASE("bytes that are no entry stop the stream") {
  auto paper = small();
  auto& last = up_of_a(paper).back();
  last.bytes.push_back(0);
  last.hash = crypto().chain(up_of_a(paper)[0].hash, last.bytes);
  const auto report = audit(paper.input(), crypto());
  CHECK(causes(report) == Words{"audit.energy_differs", "audit.register_differs", "audit.undecodable"});
}

TEST_CASE("a missing number is a hole") {
  auto paper = small();
  auto input = paper.input(false);
  for (auto& stream : input.streams)
    if (stream.id.direction == Direction::up) stream.last = 3;
  CHECK(causes(input) == Words{"audit.hole"});
}

TEST_CASE("an entry of another stream or number is misplaced") {
  auto paper = small();
  const auto other = PaperSite().up(box_b, wanted(Kind::anomaly, {}, "", {}, Anomaly{}));
  CHECK(other.number == 1);
  PaperSite elsewhere;
  elsewhere.up(box_b, wanted(Kind::anomaly, {}, "", {}, Anomaly{}));
  auto& records = up_of_a(paper);
  auto stray = elsewhere.stream(box_b, Direction::up).records[0];
  stray.hash = crypto().chain(records.back().hash, stray.bytes);
  records.push_back(stray);
  CHECK(causes(paper) == Words{"audit.misplaced"});

  auto numbered = small();
  auto entry = numbered.entry({box_a, Direction::up, 2});
  entry.number = 7;
  numbered.overwrite({box_a, Direction::up, 2}, entry);
  CHECK(causes(numbered, false) == Words{"audit.misplaced"});
}

TEST_CASE("two streams of one name, or of another site, are misplaced") {
  auto paper = small();
  auto input = paper.input(false);
  input.streams.push_back(input.streams.front());
  CHECK(causes(input) == Words{"audit.misplaced"});
}

TEST_CASE("a received stream stands on a head that its writer signed") {
  auto paper = small();
  paper.sign_heads = false;
  CHECK(causes(paper) == Words{"audit.unsigned_head"});

  auto forged = small();
  auto input = forged.input();
  for (auto& stream : input.streams)
    if (stream.received) stream.writer = cloud().key();
  CHECK(causes(input) == Words{"audit.signature"});
}

TEST_CASE("the cloud's own entries need no signature, but one that is there must be right") {
  auto paper = small();
  paper.stream(box_a, Direction::down).records[0].signature = Signature{};
  CHECK(causes(paper) == Words{"audit.signature"});
}

TEST_CASE("streams whose beginning is gone cannot be added up") {
  auto paper = small();
  auto input = paper.input(false);
  for (auto& stream : input.streams)
    if (stream.id.direction == Direction::down && stream.id.link == box_b) stream.first = 2;
  const auto report = audit(input, crypto());
  CHECK(causes(report) == Words{"audit.before_grant", "audit.incomplete"});
}

TEST_CASE("a fenced stream ends at its cut") {
  auto paper = small();
  const auto request = paper.ask_close(box_a, room_1, 51, box_b.edge);
  paper.close(request, room_1, 51);
  auto early = paper.stream(box_a, Direction::up).head();
  --early.number;
  paper.own(wanted(Kind::fence, {}, "fence/a", {}, Fence{box_a, early, paper.stream(box_a, Direction::down).head()}));
  CHECK(causes(paper, false) == Words{"audit.cut_differs"});
}

TEST_CASE("nothing comes before the grant, and nothing is granted twice") {
  PaperSite paper(false);
  paper.down(box_a, wanted(Kind::price, {}, "price/1", {}, PricePlan{flat, 1, {}, TierPeriod::none, {Band{{Tier{0, rate}}}}}));
  CHECK(causes(paper) == Words{"audit.before_grant"});

  PaperSite early;
  early.up(box_a, wanted(Kind::anomaly, {}, "", {}, Anomaly{}), Head{});
  CHECK(causes(early) == Words{"audit.before_grant"});

  PaperSite twice;
  twice.down(box_a, wanted(Kind::grant, {}, "grant/again", {}, Grant{}));
  CHECK(causes(twice) == Words{"audit.before_grant"});
}

TEST_CASE("seen does not fall, and lies on the cloud's chain") {
  auto paper = small();
  auto fell = paper.entry({box_a, Direction::up, 2});
  fell.seen = {2, paper.stream(box_a, Direction::down).records[1].hash};
  paper.overwrite({box_a, Direction::up, 2}, fell);
  CHECK(causes(paper) == Words{"audit.seen_fell"});

  auto beside = small();
  auto other = beside.entry({box_a, Direction::up, 1});
  other.seen.hash.bytes[0] ^= 1;
  beside.overwrite({box_a, Direction::up, 1}, other);
  CHECK(causes(beside) == Words{"audit.seen_unknown"});

  auto beyond = small();
  auto far = beyond.entry({box_a, Direction::up, 2});
  far.seen.number = 99;
  beyond.overwrite({box_a, Direction::up, 2}, far);
  CHECK(causes(beyond) == Words{"audit.seen_unknown"});
}
