// The files beside the database: keys, lists, journal, heads, backups. What a crash or a hand may have done to them.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "cloud/gateway/backups.hpp"
#include "cloud/gateway/errors.hpp"
#include "cloud/gateway/heads.hpp"
#include "cloud/gateway/journal.hpp"
#include "cloud/gateway/lists.hpp"
#include "cloud/gateway/site_keys.hpp"
#include "cloud/store/store.hpp"
#include "shared/io/files.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::cloud {
namespace {

constexpr Holder seven{{7}, {0xc41e}};
const SodiumCrypto crypto;

Claim claim_of(Holder holder, std::uint8_t byte) {
  Claim claim{holder, {}, {}, 77};
  claim.signing.bytes.fill(byte);
  claim.sealing.bytes.fill(static_cast<std::uint8_t>(byte + 1));
  return claim;
}

void append_to(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::app) << text; }
std::string content(const std::string& path) { return *read_file(path, 1 << 20); }

Payment cash(const std::string& number) { return {number, Provider::cash_desk, {101}, 1, yuan(20), std::nullopt}; }

TEST_CASE("site keys are made once, 0600, and are the same at each loading") {
  test::Folder folder;
  const auto path = folder.path("site.keys");
  REQUIRE(SiteKeys::make(path).has_value());
  CHECK(std::filesystem::status(path).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK_FALSE(SiteKeys::make(path).has_value());
  const auto first = SiteKeys::load(path);
  const auto second = SiteKeys::load(path);
  REQUIRE((first.has_value() && second.has_value()));
  CHECK(first->signer().key() == second->signer().key());
  CHECK(first->box().key() == second->box().key());
  CHECK(first->code_key({1}, seven) == second->code_key({1}, seven));
  CHECK(first->code_key({1}, seven) != first->code_key({1}, {{7}, {0xc41f}}));
  CHECK(first->code_key({1}, seven) != first->code_key({2}, seven));
  CHECK(first->claim_key({1}) != first->code_key({1}, cloud_holder));
}

TEST_CASE("a key file that is not whole is refused") {
  test::Folder folder;
  const auto path = folder.path("site.keys");
  REQUIRE(SiteKeys::make(path).has_value());
  const auto text = content(path);
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{72}, text.size() - 1}) {
    REQUIRE(write_file(path, text.substr(0, size), FileAccess::owner_only).has_value());
    CHECK_FALSE(SiteKeys::load(path).has_value());
  }
  REQUIRE(write_file(path, text + "more", FileAccess::owner_only).has_value());
  CHECK_FALSE(SiteKeys::load(path).has_value());
}

TEST_CASE("lists remember claims and fences, each once") {
  test::Folder folder;
  auto lists = ListsFile::load(folder.path("lists"));
  REQUIRE(lists.has_value());
  for (int i = 0; i < 2; ++i) {
    REQUIRE(lists->add(claim_of(seven, 1)).has_value());
    REQUIRE(lists->add_fence(seven).has_value());
  }
  const auto again = ListsFile::load(folder.path("lists"));
  REQUIRE(again.has_value());
  CHECK(again->claims() == std::vector<Claim>{claim_of(seven, 1)});
  CHECK(again->fences() == std::vector<Holder>{seven});
  CHECK(again->lists().claims.at(0).second == claim_of(seven, 1).signing);
}

TEST_CASE("a list with a line that cannot be read stops the start") {
  test::Folder folder;
  auto lists = ListsFile::load(folder.path("lists"));
  REQUIRE(lists->add(claim_of(seven, 1)).has_value());
  const auto whole = content(folder.path("lists"));
  const auto* bad = GENERATE("fence zz\n", "clai", "\n", "fence 01\n");
  REQUIRE(write_file(folder.path("lists"), whole + bad, FileAccess::owner_only).has_value());
  CHECK(ListsFile::load(folder.path("lists")).error() == make_error_code(GatewayErrc::lists));
}

TEST_CASE("the journal keeps orders and refunds, each once, and tells payments from the rest") {
  test::Folder folder;
  const auto path = folder.path("journal");
  const Order move = Move{{{1}}, {101}, 1, {8}};
  const BilledRefund refund{{{2}}, 0, Provider::cash_desk, {101}, yuan(5)};
  auto other = refund;
  other.part = 1;
  for (int life = 0; life < 2; ++life) {
    auto journal = JournalFile::open(path, crypto);
    REQUIRE(journal.has_value());
    for (int i = 0; i < 2; ++i) {
      REQUIRE(journal->append(Order(cash("C1"))).has_value());
      REQUIRE(journal->append(move).has_value());
      REQUIRE(journal->append(refund, RefundOutcome::paid).has_value());
      REQUIRE(journal->append(other, RefundOutcome::rejected).has_value());
    }
    CHECK(journal->lines() == 4);
  }
  const auto bills = JournalFile::read(path, crypto);
  REQUIRE(bills.has_value());
  REQUIRE((bills->payments.size() == 1 && bills->journal.size() == 1 && bills->refunds.size() == 1));
  CHECK(bills->payments[0].number == "C1");
  CHECK(encode(bills->journal[0]) == encode(move));
  CHECK(bills->refunds[0].amount == yuan(5));
  REQUIRE(bills->rejected.size() == 1);
  CHECK(bills->rejected[0].part == 1);
}

TEST_CASE("of a part of a refund the journal keeps what was said first") {
  test::Folder folder;
  const auto path = folder.path("journal");
  const BilledRefund said{{{2}}, 0, Provider::cash_desk, {101}, yuan(8)};
  auto later = said;
  later.amount = yuan(5);  // planned anew after a restore, and told again by a client that had no answer
  for (int life = 0; life < 2; ++life) {
    auto journal = JournalFile::open(path, crypto);
    REQUIRE(journal->append(said, RefundOutcome::paid).has_value());
    REQUIRE(journal->append(later, RefundOutcome::paid).has_value());
    CHECK(journal->lines() == 1);
  }
  CHECK(JournalFile::read(path, crypto)->refunds.front().amount == yuan(8));
}

TEST_CASE("what is durable elsewhere is added to the journal where nothing of its name stands yet") {
  test::Folder folder;
  const auto path = folder.path("journal");
  const BilledRefund refund{{{2}}, 0, Provider::cash_desk, {101}, yuan(5)};
  auto journal = JournalFile::open(path, crypto);
  REQUIRE(journal.has_value());
  REQUIRE(journal->append(Order(cash("C1"))).has_value());
  REQUIRE(journal->append(refund, RefundOutcome::paid).has_value());
  CHECK(journal->holds(refund, RefundOutcome::paid));
  CHECK_FALSE(journal->holds(refund, RefundOutcome::rejected));
  auto differs = cash("C1");
  differs.amount = yuan(6);
  auto other = refund;
  other.part = 1;
  BillsRead durable;
  durable.payments = {differs, cash("C2")};
  durable.journal = {Move{{{1}}, {101}, 1, {8}}};
  durable.rejected = {refund, other};
  CHECK(journal->complete(durable).value() == 3);
  CHECK(journal->complete(durable).value() == 0);
  CHECK(journal->holds(durable.journal[0]));
  const auto bills = JournalFile::read(path, crypto);
  REQUIRE(bills.has_value());
  CHECK((bills->payments.size() == 2 && bills->journal.size() == 1));
  CHECK((bills->refunds.size() == 1 && bills->rejected.size() == 1));
}

TEST_CASE("a line that a crash has cut is cut off, wherever the cut is") {
  test::Folder folder;
  const auto path = folder.path("journal");
  {
    auto journal = JournalFile::open(path, crypto);
    REQUIRE(journal->append(Order(cash("C1"))).has_value());
    REQUIRE(journal->append(Order(cash("C2"))).has_value());
  }
  const auto whole = content(path);
  const auto first = whole.find('\n') + 1;
  for (auto size = first; size < whole.size(); ++size) {
    REQUIRE(write_file(path, whole.substr(0, size), FileAccess::owner_only).has_value());
    CHECK(JournalFile::read(path, crypto)->payments.size() == 1);
    auto journal = JournalFile::open(path, crypto);
    REQUIRE(journal.has_value());
    REQUIRE(journal->append(Order(cash("C3"))).has_value());
    CHECK(JournalFile::read(path, crypto)->payments.size() == 2);
  }
}

TEST_CASE("a damaged line before the last is an error, not a loss") {
  test::Folder folder;
  const auto path = folder.path("journal");
  {
    auto journal = JournalFile::open(path, crypto);
    REQUIRE(journal->append(Order(cash("C1"))).has_value());
    REQUIRE(journal->append(Order(cash("C2"))).has_value());
  }
  auto text = content(path);
  text[10] = text[10] == '0' ? '1' : '0';
  REQUIRE(write_file(path, text, FileAccess::owner_only).has_value());
  CHECK(JournalFile::read(path, crypto).error() == make_error_code(GatewayErrc::journal));
  CHECK(JournalFile::open(path, crypto).error() == make_error_code(GatewayErrc::journal));
}

std::string line_of(char sort, const Bytes& bytes) {
  return std::string(1, sort) + ' ' + to_hex(bytes) + ' ' + to_hex(ByteView(crypto.hash(bytes).bytes).first(4)) + '\n';
}

TEST_CASE("orders of a newer program stay in the journal, and keep nothing else from being read") {
  test::Folder folder;
  const auto path = folder.path("journal");
  auto longer = encode(Order(Move{{{1}}, {101}, 1, {8}}));
  longer.push_back(1);
  const BilledRefund refund{{{2}}, 0, Provider::cash_desk, {101}, yuan(5)};
  const auto before = line_of('o', encode(Order(cash("C1")))) + line_of('o', {200, 1, 2, 3}) + line_of('o', longer);
  append_to(path, before);
  {
    auto journal = JournalFile::open(path, crypto);
    REQUIRE(journal.has_value());
    CHECK(journal->unknown_orders() == 2);
    BillsRead durable;
    durable.payments = {cash("C1"), cash("C2")};
    CHECK(journal->complete(durable).value() == 1);
    REQUIRE(journal->append(refund, RefundOutcome::rejected).has_value());
    CHECK(journal->unknown_orders() == 2);
  }
  CHECK(content(path) == before + line_of('o', encode(Order(cash("C2")))) + line_of('n', to_bytes(refund)));
  const auto bills = JournalFile::read(path, crypto);
  REQUIRE(bills.has_value());
  CHECK((bills->payments.size() == 2 && bills->journal.empty() && bills->rejected.size() == 1));
}

TEST_CASE("a damaged line is no order of a newer program") {
  test::Folder folder;
  const auto path = folder.path("journal");
  const BilledRefund refund{{{0x77}}, 0, Provider::cash_desk, {101}, yuan(5)};
  std::string bad;
  SECTION("a refund behind the sort of an order") { bad = line_of('o', to_bytes(refund)); }
  SECTION("an order behind no sort that there is") { bad = line_of('x', encode(Order(cash("C2")))); }
  SECTION("an order behind the sort of a refund") { bad = line_of('n', encode(Order(cash("C2")))); }
  SECTION("a refund that is cut") { bad = line_of('r', {1, 2, 3}); }
  SECTION("an unknown order whose check differs") {
    bad = line_of('o', {200, 1, 2, 3});
    bad[3] = bad[3] == '0' ? '1' : '0';
  }
  append_to(path, line_of('o', encode(Order(cash("C1")))) + bad);
  CHECK(JournalFile::read(path, crypto).error() == make_error_code(GatewayErrc::journal));
}

TEST_CASE("heads are kept from one life to the next, and a damaged file is no empty one") {
  test::Folder folder;
  const StreamId up{{1}, seven, Direction::up};
  auto heads = HeadsFile::load(folder.path("heads"));
  REQUIRE(heads.has_value());
  CHECK(heads->heads().empty());
  REQUIRE(heads->write({{up, 5}}).has_value());
  CHECK(HeadsFile::load(folder.path("heads"))->heads() == HeadsFile::Heads{{up, 5}});
  append_to(folder.path("heads"), "torn");
  CHECK(HeadsFile::load(folder.path("heads")).error() == make_error_code(GatewayErrc::heads));
}

TEST_CASE("backups are made while the store is written, verified, and the oldest go") {
  test::Folder folder;
  auto store = open_store(folder.path("cloud.sqlite"));
  REQUIRE(store.has_value());
  const StreamId up{{1}, seven, Direction::up};
  boost::asio::io_context loop;
  std::vector<std::string> made;
  Backups backups(loop, {folder.path("backups"), hours(1), 2}, **store,
                  {[](const std::string&) { return Result<void>(); }, [&](const std::string& path) { made.push_back(path); },
                   [](const Error&) { FAIL(); }});
  for (std::uint64_t number = 1; number <= 4; ++number) {
    LinkRow row;
    row.agreed = number;
    REQUIRE((*store)
                ->commit({AppendEntry{up, number, {Bytes{1}, {}, {}}}, PutRow{Table::link, to_bytes(seven), to_bytes(row)}})
                .has_value());
    backups.make_soon();
    loop.restart();
    loop.run();
  }
  REQUIRE(made.size() == 4);
  CHECK(backup_files(folder.path("backups")) == std::vector<std::string>{made[2], made[3]});
  const auto kept = backups.kept({1}, {seven});
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].up_cursor == 3);
  CHECK(kept[0].down_agreed == 3);
  // A backup that cannot be read promises nothing.
  REQUIRE(write_file(made[2], "not a database", FileAccess::owner_only).has_value());
  CHECK(backups.kept({1}, {seven}).empty());
}

}  // namespace
}  // namespace wattle::cloud
