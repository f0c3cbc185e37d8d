#pragma once
// A site on a store in memory with boxes beside it, behind the handlers' desk; and a caller who goes by the route table. What
// is asked and answered is written down, for contract.py to hold it against api-spec.

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "cloud/api/routes.hpp"
#include "cloud/store/sqlite_registry.hpp"
#include "edge/core/engine.hpp"
#include "shared/base/check.hpp"
#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::api::test {

inline constexpr SiteId site_one{1};
inline constexpr Holder box_seven{{7}, {0xc41e}};
inline constexpr Holder box_eight{{8}, {0xbeef}};

class SeededEntropy final : public Entropy {
 public:
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_{1};
};

inline Seed seed_of(std::uint8_t byte) {
  Seed seed{};
  seed.fill(byte);
  return seed;
}

/// A box as the cloud meets it: the product's own engine.
struct TestBox {
  TestBox(Holder holder, const PublicKey& cloud, const Crypto& crypto, Entropy& entropy, Now now)
      : signer(seed_of(static_cast<std::uint8_t>(holder.edge.value))),
        engine({site_one, holder, cloud, seed_of(77)}, store, crypto, signer, entropy, now) {}

  wattle::test::MemoryStore store;
  SodiumSigner signer;
  edge::Engine engine;
};

class TestDesk final : public Desk {
 public:
  TestDesk() : signer_(seed_of(99)), site_({site_one, yuan(500)}, store_, crypto_, signer_, entropy_, now_) {
    run(site_.handle(cloud::Connected{}, now_));
  }

  const cloud::Site& site() const override { return site_; }
  const StoreReader& store() const override { return store_; }
  SiteId site_id() const override { return site_one; }
  void give(cloud::Event event, std::function<void(Answer)> done) override {
    if (const auto first = std::exchange(before_next_order, {})) first();
    const auto answer = run(site_.handle(event, now_));
    if (const auto then = std::exchange(after_next_order, {})) then();
    done(answer);
    settle();
  }
  void when_durable(std::function<void()> read) override { read(); }
  void claim(const ClaimRequest& request, std::function<void(Result<ClaimAnswer>)> done) override { done(claimed(request)); }
  void settle_refund(const cloud::BilledRefund& refund, cloud::RefundOutcome outcome, const Uid& by,
                     std::function<void(Answer)> done) override {
    give(cloud::RefundSettled{refund.request, refund.part, outcome, by}, std::move(done));
  }
  bool read_readings(ReadReadings read, std::function<void(std::optional<std::string>)> done) override {
    if (is_busy) return false;
    ++questions;
    done(history == nullptr ? std::nullopt : read(*history));
    return true;
  }
  std::string site_name() const override { return "A site of the tests"; }
  std::string claim_code(EdgeId slot, Instant expires) override {
    return std::to_string(slot.value) + '.' + std::to_string(expires.micros);
  }
  std::string code_text(const cloud::CodeSale& sale, Money amount) const override {
    const CodePlace place{sale.issuer, sale.name.room, CodeEpoch{sale.name.epoch}};
    const auto whole = static_cast<std::uint16_t>(amount.micros / yuan(1).micros);
    return group_code(make_code(crypto_, code_key, place, {sale.name.number, whole}));
  }
  Entropy& entropy() override { return entropy_; }
  Seed privacy_key() const override { return seed_of(55); }
  bool off_loop(std::function<void()> work, std::function<void()> then) override {
    if (is_busy) return false;
    work();
    then();
    return true;
  }
  cloud::Registry& registry() const override { return *registry_; }
  std::optional<std::uint32_t> start_audit(Instant now) override {
    if (is_busy) return std::nullopt;
    audits[1] = {1, now, {}, {}};
    return 1;
  }
  const AuditJob* audit_job(std::uint32_t number) const override {
    const auto at = audits.find(number);
    return at == audits.end() ? nullptr : &at->second;
  }
  std::vector<BackupFile> backups() const override { return backups_; }
  void make_backup(std::function<void(Result<BackupFile>)> done) override {
    if (backup_error) return done(*backup_error);
    backups_.push_back({"wattle-" + std::to_string(now_.wall.micros) + ".sqlite", now_.wall, 4096});
    done(backups_.back());
  }
  bool read_now(Holder box, RoomId room, CircuitId circuit, std::function<void(std::optional<ReadAnswer>)> done) override {
    if (is_busy) return false;
    circuit_read = circuit;
    done(read_by_box(box, room));
    return true;
  }
  bool broker_connected() const override { return true; }
  bool is_online(Holder box) const override { return boxes_.contains(box) && !silent.contains(box); }
  std::optional<Instant> heard_at(Holder box) const override {
    return boxes_.contains(box) ? std::optional(now_.wall) : std::nullopt;
  }
  std::optional<CircuitNow> circuit_now(CircuitId circuit) const override {
    const auto at = reported.find(circuit);
    return at == reported.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<CircuitNow> recorded_now(Holder box, CircuitId circuit) const override {
    const auto at = recorded.find({box, circuit});
    return at == recorded.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<SettingNow> setting_now(Holder box, const std::string& key) const override {
    const auto at = settings_reported.find({box, key});
    return at == settings_reported.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<WiringNow> wiring_now(Holder box) const override {
    const auto at = wiring_reported.find(box);
    return at == wiring_reported.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<Bytes> seal_secret(Holder box, ByteView secret) override {
    if (!boxes_.contains(box)) return std::nullopt;
    Nonce nonce;
    for (auto& byte : nonce.bytes) byte = static_cast<std::uint8_t>(entropy_.word());
    Bytes out(nonce.bytes.begin(), nonce.bytes.end());
    out.resize(sizeof nonce + seal_overhead + secret.size());
    (*own_sealing.seal_with(SodiumBox(seed_of(42)).key()))->close(secret, nonce, out.data() + sizeof nonce);
    return out;
  }
  std::vector<RelayRow> relay_rows(RoomId) const override { return rows_reported; }
  std::string metrics_text() const override { return "# nothing is counted here\n"; }

  void add_box(Holder holder) {
    auto box = std::make_unique<TestBox>(holder, signer_.key(), crypto_, entropy_, now_);
    const auto key = box->signer.key();
    boxes_[holder] = std::move(box);
    give(cloud::Claimed{holder, key}, [](Answer) {});
    run_box(holder, edge::Connected{});
    settle();
  }
  /// From now on nothing passes between them.
  void cut(Holder holder) { cut_.insert(holder); }
  /// It hears, and is not heard.
  void mute(Holder holder) { mute_.insert(holder); }
  void heal(Holder holder) {
    cut_.erase(holder);
    mute_.erase(holder);
    run_box(holder, edge::Connected{});
    settle();
    now_ = {now_.wall + retry_after, now_.tick + retry_after};  // what was lost is sent again
    run(site_.handle(cloud::Woke{}, now_));
    settle();
  }
  /// As at a start after a restore; the bills are still to be read.
  void restored() { run(site_.begin({}, true, now_)); }
  /// Another process has put the database back to what it was then.
  void restore(const wattle::test::MemoryStore& then) {
    store_ = then;
    site_.catch_up();
    run(site_.handle(cloud::Woke{}, now_));
  }
  void use(RoomId room, CircuitId circuit, MeterId meter, std::int64_t units) {
    // Over the hour's end, so that the slice closes.
    now_ = {now_.wall + hours(1), now_.tick + hours(1)};
    registers_[circuit] = {units};
    for (auto& [holder, box] : boxes_) run_box(holder, edge::MeterRead{room, circuit, meter, {units}, true});
    for (auto& [holder, box] : boxes_) run_box(holder, edge::Swept{});
    settle();
  }
  void archive(Holder holder) {
    give(cloud::FenceArchived{holder}, [](Answer) {});
  }
  Now now() const { return now_; }
  void wait(Duration time) { now_ = {now_.wall + time, now_.tick + time}; }
  const Crypto& crypto() const { return crypto_; }
  Link const& box_link(Holder holder) const { return boxes_.at(holder)->engine.link(); }

  /// Cash is taken at the box.
  void take_cash(Holder holder, RoomId room, Money amount) {
    run_box(holder, edge::CashTaken{room, amount});
    settle();
  }
  /// A technician tells the box.
  void change_meter(Holder holder, RoomId room, CircuitId circuit, Quantity last, MeterId meter, Quantity first) {
    run_box(holder, edge::MeterReplaced{room, circuit, last, meter, first});
    registers_[circuit] = first;
    settle();
  }
  /// At the box, whatever the cloud has given.
  void override_register(Holder holder, const std::string& key, const Bytes& value) {
    run_box(holder, edge::ConfigOverridden{key, value});
    settle();
  }
  /// What somebody types at the box.
  edge::CodeOutcome type(Holder holder, RoomId room, const std::string& digits) {
    auto outcome = edge::CodeOutcome::not_a_code;
    run_box(holder, edge::CodeTyped{room, digits}, [&](const edge::CodeAnswered& answered) { outcome = answered.outcome; });
    settle();
    return outcome;
  }

  std::function<std::optional<ReadAnswer>(Holder, RoomId)> read_by_box = [](Holder, RoomId) { return std::nullopt; };
  std::function<void()> before_next_order;  // what another caller does meanwhile
  std::function<void()> after_next_order;   // the same, before it is answered
  CircuitId circuit_read;                   // by the newest question; 0: the room
  std::map<CircuitId, CircuitNow> reported;
  std::map<std::pair<Holder, CircuitId>, CircuitNow> recorded;
  std::map<std::pair<Holder, std::string>, SettingNow> settings_reported;
  std::map<Holder, WiringNow> wiring_reported;
  SodiumBox own_sealing{seed_of(41)};
  std::vector<RelayRow> rows_reported;
  cloud::ReadingsStore* history = nullptr;
  int questions = 0;  // put to it
  std::set<Holder> silent;
  std::map<std::uint32_t, AuditJob> audits;
  bool is_busy = false;  // as if too much waited for the worker already
  std::optional<Error> backup_error;
  inline static const CodeKey code_key = seed_of(77);  // of every box here
  std::function<Result<ClaimAnswer>(const ClaimRequest&)> claimed;

 private:
  Answer run(cloud::Effects effects) {
    Answer answer;
    for (auto& effect : effects) {
      if (auto* persist = std::get_if<cloud::Persist>(&effect)) {
        WATTLE_CHECK(store_.commit(persist->commit).has_value());
        site_.committed();
      } else if (auto* send = std::get_if<cloud::Send>(&effect)) {
        to_boxes_.emplace_back(send->to, std::move(send->bytes));
      } else if (auto* answered = std::get_if<cloud::AnswerOrder>(&effect)) {
        answer = answered->answer;
      } else if (const auto* refund = std::get_if<cloud::AnswerRefund>(&effect)) {
        answer = refund->answer;
      }
    }
    return answer;
  }
  void run_box(
      Holder holder, const edge::Event& event,
      const std::function<void(const edge::CodeAnswered&)>& answered = [](const edge::CodeAnswered&) {}) {
    auto& box = *boxes_.at(holder);
    for (auto& effect : box.engine.handle(event, now_)) {
      if (auto* persist = std::get_if<edge::Persist>(&effect)) {
        WATTLE_CHECK(box.store.commit(persist->commit).has_value());
        box.engine.committed();
      } else if (auto* send = std::get_if<edge::Send>(&effect)) {
        to_cloud_.emplace_back(holder, std::move(send->bytes));
      } else if (const auto* answer = std::get_if<edge::CodeAnswered>(&effect)) {
        answered(*answer);
      }
    }
  }
  /// Until nobody has anything to say, the meters read once between: a box that has just started answers no request before.
  void settle() {
    exchange();
    for (const auto& [holder, box] : boxes_) read_meters(holder);
    exchange();
  }
  void read_meters(Holder holder) {
    std::vector<edge::MeterRead> readings;
    for (const auto& [room, state] : boxes_.at(holder)->engine.link().state().rooms())
      for (const auto& circuit : state.circuits) {
        const auto at = registers_.find(circuit.circuit);
        readings.push_back({room, circuit.circuit, circuit.meter, at == registers_.end() ? circuit.reading : at->second, true});
      }
    for (const auto& reading : readings) run_box(holder, reading);
  }
  void exchange() {
    while (!to_boxes_.empty() || !to_cloud_.empty()) {
      auto down = std::exchange(to_boxes_, {});
      for (auto& [holder, bytes] : down)
        if (boxes_.contains(holder) && !cut_.contains(holder)) run_box(holder, edge::Received{std::move(bytes)});
      auto up = std::exchange(to_cloud_, {});
      for (auto& [holder, bytes] : up)
        if (!cut_.contains(holder) && !mute_.contains(holder))
          run(site_.handle(cloud::Received{holder, std::move(bytes)}, now_));
    }
  }

  Now now_{{1'772'323'200'000'000}, {1'000'000}};
  SodiumCrypto crypto_;
  SodiumSigner signer_;
  SeededEntropy entropy_;
  wattle::test::MemoryStore store_;
  std::unique_ptr<cloud::SqliteRegistry> registry_ =
      cloud::SqliteRegistry::open(":memory:", site_one, [](const std::function<void()>& job) { job(); }).value();
  cloud::Site site_;
  std::map<Holder, std::unique_ptr<TestBox>> boxes_;
  std::map<CircuitId, Quantity> registers_;
  std::set<Holder> cut_;
  std::set<Holder> mute_;
  std::vector<BackupFile> backups_;
  std::vector<std::pair<Holder, Bytes>> to_boxes_;
  std::vector<std::pair<Holder, Bytes>> to_cloud_;
};

/// One line for each exchange: {"method","route","status","type","body"}.
inline void record(std::string_view method, std::string_view route, const http::Response& response) {
  static std::ofstream file(WATTLE_EXCHANGES, std::ios::trunc);
  boost::json::object line = {
      {"method", method}, {"route", route}, {"status", response.status}, {"type", response.content_type}};
  line["body"] = response.body;
  file << boost::json::serialize(line) << std::endl;
}

struct Reply {
  unsigned status = 0;
  boost::json::value body;
  http::Pairs headers;

  const boost::json::value* find(std::string_view pointer) const {
    boost::system::error_code missing;
    return body.find_pointer(pointer, missing);
  }
  std::string text(std::string_view pointer) const {
    const auto* found = find(pointer);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "(none)";
  }
  std::int64_t number(std::string_view pointer) const {
    const auto* found = find(pointer);
    return found != nullptr && found->is_number() ? found->to_number<std::int64_t>() : -1;
  }
  std::string code() const { return text("/code"); }
};

inline constexpr std::string_view admin_token = "admin-token-of-the-tests";
inline constexpr std::string_view cashier_token = "cashier-token-of-the-tests";
inline constexpr std::string_view monitor_token = "monitor-token-of-the-tests";

/// Calls the handlers by the route table, as the server would.
class Client {
 public:
  explicit Client(TestDesk& desk, RateSettings rates = {{0, 0}, {0, 0}})
      : desk_(desk),
        access_(desk.crypto(), desk.registry(), desk.entropy(), {}, rates),
        router_((give_tokens(), routes(desk, access_, desk.crypto())), {}) {}

  Reply get(std::string_view path) { return send(http::Method::get, path, {}, {}); }
  Reply post(std::string_view path, std::string body, std::string_view key = {}) {
    return send(http::Method::post, path, std::move(body), key);
  }
  Reply put(std::string_view path, std::string body, std::string_view match = {}) {
    return send(http::Method::put, path, std::move(body), {}, match);
  }
  Reply del(std::string_view path, std::string_view match = {}) { return send(http::Method::del, path, {}, {}, match); }

  std::string token{admin_token};
  std::string if_match;  // empty: the header is left out
  std::string address = "192.0.2.7";
  const http::Router& router() const { return router_; }
  Access& access() { return access_; }
  /// Whatever the route: nothing is checked of the body.
  Reply call(http::Method method, std::string_view path, std::string body) {
    return send(method, path, std::move(body), "key");
  }

 private:
  void give_tokens() {
    access_.add("admin", Role::admin, admin_token);
    access_.add("desk-1", Role::cashier, cashier_token);
    access_.add("screen", Role::monitor, monitor_token);
  }
  Reply send(http::Method method, std::string_view target, std::string body, std::string_view key,
             std::string_view match = {}) {
    http::Request request;
    request.method = method;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) read_query(target.substr(question + 1), request.query);
    request.body = std::move(body);
    if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + token);
    if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
    if (match.empty()) match = if_match;
    if (!match.empty()) request.headers.emplace_back("if-match", match);
    request.received = desk_.now();
    request.peer = address;
    auto found = router_.find(method, request.path);
    WATTLE_CHECK(found.route != nullptr);
    request.params = std::move(found.params);
    std::optional<http::Response> answer;
    found.route->handler(request, http::Respond([&](std::optional<http::Response> given) { answer = std::move(given); }));
    WATTLE_CHECK(answer.has_value());
    record(http::method_name(method), found.route->path, *answer);
    boost::system::error_code not_json;
    return {answer->status, boost::json::parse(answer->body, not_json), answer->headers};
  }
  static void read_query(std::string_view text, http::Pairs& out) {
    while (!text.empty()) {
      const auto end = std::min(text.find('&'), text.size());
      const auto equals = std::min(text.find('='), end);
      out.emplace_back(text.substr(0, equals), text.substr(std::min(equals + 1, end), end - std::min(equals + 1, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  TestDesk& desk_;
  Access access_;
  http::Router router_;
};

/// Box 7, a price of 0.50 yuan a kWh, and room 101 with circuit 1010.
struct SmallSite {
  explicit SmallSite(std::int64_t first_reading = 0) : client(desk) {
    desk.add_box(box_seven);
    CHECK(client.put("/api/v1/prices/1", R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})").status == 201);
    fit("101", "7", first_reading);
  }
  void fit(const std::string& room, const std::string& edge, std::int64_t first_reading = 0) {
    const auto circuits = R"([{"circuit":)" + room + R"(0,"meter":)" + "50" + room.substr(1) + R"(,"first_reading":)" +
                          std::to_string(first_reading) + "}]";
    CHECK(
        client.post("/api/v1/rooms", R"({"room":)" + room + R"(,"edge":)" + edge + R"(,"circuits":)" + circuits + '}').status ==
        201);
  }
  /// In cash, at the desk.
  Reply recharge(const std::string& room, const std::string& amount, const std::string& key) {
    return client.post("/api/v1/rooms/" + room + "/recharges", R"({"amount":")" + amount + R"(","channel":"cash"})", key);
  }
  std::string of_room(const std::string& room, const std::string& field) {
    return client.get("/api/v1/rooms/" + room).text("/" + field);
  }
  TestDesk desk;
  Client client;
};

}  // namespace wattle::api::test
