#pragma once
// A whole site of the test's own but for the buildings: mosquitto, the real wattle-cloud as a process, an HTTP client over TCP,
// and boxes that are the product's engine behind real envelopes, certificates and MQTT.

#include <fcntl.h>
#include <poll.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "cloud/gateway/peers.hpp"
#include "cloud/gateway/report.hpp"
#include "edge/core/engine.hpp"
#include "shared/io/entropy.hpp"
#include "shared/store/ledger_store.hpp"
#include "tests/integration/mqtt/broker.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::test {

struct Answer {
  int status = 0;  // 0: none came
  std::string text;
  boost::json::value body;
  double parse_ms = 0;  // that reading the body as JSON took here

  std::string at(std::string_view pointer) const {
    boost::system::error_code missing;
    const auto* found = body.find_pointer(pointer, missing);
    if (found == nullptr) return "(none)";
    return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
  }
};

/// One TCP connection, whose other end may die at any moment.
class Wire {
 public:
  explicit Wire(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = loopback(port);
    open_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { ::close(fd_); }

  void send(std::string_view bytes) {
    while (open_ && !bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      open_ = n > 0;
      if (open_) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// What comes within the time; false at the end.
  bool read(int wait_ms) {
    pollfd ready{fd_, POLLIN, 0};
    if (!open_ || ::poll(&ready, 1, wait_ms) != 1) return false;
    part_.resize(256 * 1024);
    const auto n = ::recv(fd_, part_.data(), part_.size(), 0);
    open_ = n > 0;
    if (open_) text.append(part_.data(), static_cast<std::size_t>(n));
    return open_;
  }
  std::string text;

 private:
  std::vector<char> part_;
  int fd_;
  bool open_ = false;
};

class CloudSite {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  /// `environment`: what each of the cloud's processes finds there beside the test's own, asked for as it begins.
  explicit CloudSite(std::function<Environment()> environment = [] { return Environment(); })
      : environment_(std::move(environment)), port_(free_port()) {
    std::ofstream(path("cloud.toml"))
        << "[store]\npath = \"data/cloud.sqlite\"\n[backups]\nfolder = \"backups\"\n[journal]\npath = \"journal\"\n"
        << "[http]\nport = " << port_ << "\n[pki]\nfolder = \"" << broker.folder().path() << "\"\n"
        << "[mqtt]\nport = " << broker.settings("cloud").port << "\nlongest_pause = \"300ms\"\n"
        << "[[token]]\nname = \"boot\"\nrole = \"admin\"\nfile = \"admin.token\"\n";
    WATTLE_CHECK(command({"init"}) == 0);
    std::ifstream(path("admin.token")) >> token;
    start();
  }
  ~CloudSite() { kill(SIGKILL); }

  std::string path(std::string_view name) const { return folder.path(name); }

  /// Runs wattle-cloud with these words to its end: its exit code. Its output is in `output`.
  int command(std::vector<std::string> words) {
    words.insert(words.end(), {"--config", path("cloud.toml")});
    const auto pid = spawn(words, path("command.out"));
    int status = 0;
    ::waitpid(pid, &status, 0);
    std::ifstream file(path("command.out"));
    output.assign(std::istreambuf_iterator<char>(file), {});
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void start() {
    WATTLE_CHECK(pid_ < 0);
    pid_ = spawn({"--config", path("cloud.toml")}, path("cloud.log"));
    for (int tries = 0; tries < 500 && !hears(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    WATTLE_CHECK(get("/api/v1/health").status == 200);
  }
  /// Its exit code, or minus the signal.
  int kill(int signal) {
    if (pid_ < 0) return 0;
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  Answer get(const std::string& target) { return send("GET", target, {}, {}); }
  Answer post(const std::string& target, const std::string& body, const std::string& key = {}) {
    return send("POST", target, body, key);
  }
  Answer put(const std::string& target, const std::string& body) { return send("PUT", target, body, {}); }
  Answer recharge(int room, const std::string& amount, const std::string& key) {
    return post("/api/v1/rooms/" + std::to_string(room) + "/recharges", R"({"amount":")" + amount + R"(","channel":"cash"})",
                key);
  }
  Answer send(const std::string& method, const std::string& target, const std::string& body, const std::string& key) {
    std::string head =
        method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + token + "\r\n";
    if (!key.empty()) head += "Idempotency-Key: " + key + "\r\n";
    if (method != "GET") head += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return talk(head + "\r\n" + body);
  }
  /// Bytes as they are; the whole answer.
  Answer talk(const std::string& bytes) const {
    constexpr int wait_ms = 10'000;
    Wire wire(port_);
    wire.send(bytes);
    while (wire.read(wait_ms)) {
    }
    Answer answer;
    const auto end = wire.text.find("\r\n\r\n");
    if (end == std::string::npos || !wire.text.starts_with("HTTP/1.1 ")) return answer;
    answer.status = std::stoi(wire.text.substr(9, 3));
    answer.text = wire.text.substr(end + 4);
    boost::system::error_code not_json;
    const auto begin = std::chrono::steady_clock::now();
    answer.body = boost::json::parse(answer.text, not_json);
    answer.parse_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    return answer;
  }
  std::uint64_t counted(const std::string& series) {
    const auto text = get("/metrics").text;
    const auto at = text.find('\n' + series + ' ');
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + series.size() + 2));
  }
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }

  Folder folder;
  Broker broker;
  std::string token;
  std::string output;

 private:
  /// It answers, and has subscribed: what is published from now on, it hears.
  bool hears() {
    const auto health = get("/api/v1/health");
    return health.status == 200 && health.body.at("broker").as_bool();
  }
  pid_t spawn(const std::vector<std::string>& words, const std::string& log) const {
    std::vector<char*> arguments;
    std::string name = WATTLE_CLOUD;
    arguments.push_back(name.data());
    auto copies = words;
    for (auto& word : copies) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const auto environment = environment_();
    const auto pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | (words[0] == "--config" ? 0 : O_TRUNC), 0600);
      ::dup2(fd, 1);
      ::dup2(fd, 2);
      for (const auto& [variable, value] : environment) ::setenv(variable.c_str(), value.c_str(), 1);
      ::execv(WATTLE_CLOUD, arguments.data());
      ::_exit(127);
    }
    return pid;
  }

  std::function<Environment()> environment_;
  std::uint16_t port_;
  pid_t pid_ = -1;
};

class SystemEntropy final : public Entropy {
 public:
  std::uint64_t word() override { return random_u64(); }
};

inline Seed random_seed() {
  Seed seed{};
  fill_random(seed);
  return seed;
}

/// A box: claimed over HTTP, connected over TLS. Its books are in memory, or in the product's store.
class Box {
 public:
  Box(CloudSite& cloud, std::uint32_t slot, std::function<Now()> clock = read_clocks, std::unique_ptr<LedgerStore> file = {})
      : cloud_(cloud),
        clocks(std::move(clock)),
        signer(random_seed()),
        sealing(random_seed()),
        tls(*TlsKey::make()),
        file_(std::move(file)) {
    WATTLE_CHECK(cloud.command({"claim-code", "--edge", std::to_string(slot)}) == 0);
    code = cloud.output.substr(0, cloud.output.find('\n'));
    claimed = claim(code);
    if (claimed.status != 201) throw std::runtime_error("not claimed: " + claimed.text);
    const auto number = [&](const char* name) { return claimed.body.at(name).to_number<std::uint32_t>(); };
    holder = {{number("edge")}, {number("incarnation")}};
    WATTLE_CHECK(cloud::client_name(holder) == claimed.at("/client_name"));
    copy(from_hex(claimed.at("/cloud_signing_key")), cloud_signing.bytes);
    copy(from_hex(claimed.at("/cloud_sealing_key")), cloud_sealing.bytes);
    table_.put({{site, cloud_holder}, cloud::first_epoch, cloud::first_epoch}, cloud_signing,
               *sealing.seal_with(cloud_sealing));
    seal_ = *sealing.seal_with(cloud_sealing);
    engine = std::make_unique<edge::Engine>(edge::EngineConfig{site, holder, cloud_signing, {}, {}, 20'000, days(400)}, store(),
                                            crypto, signer, entropy_, clocks());
    connect();
  }

  Answer claim(const std::string& with) {
    const boost::json::object body = {{"claim_code", with},
                                      {"signing_key", to_hex(signer.key().bytes)},
                                      {"sealing_key", to_hex(sealing.key().bytes)},
                                      {"csr", *tls.request("a box")}};
    return cloud_.post("/api/v1/claims", boost::json::serialize(body));
  }
  /// Time passes for the box until the condition holds.
  template <class Condition>
  bool until(const Condition& condition, int limit_seconds = 20) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(limit_seconds);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      loop.run_one_for(std::chrono::milliseconds(20));
      loop.restart();
      if (engine->wake_up() <= clocks().tick) give(edge::Woke{});
    }
    return condition();
  }
  void give(const edge::Event& event) {
    for (auto& effect : engine->handle(event, clocks())) {
      if (auto* persist = std::get_if<edge::Persist>(&effect)) {
        WATTLE_CHECK((file_ ? file_->commit(persist->commit) : memory_.commit(persist->commit)).has_value());
        engine->committed();
      } else if (auto* send = std::get_if<edge::Send>(&effect)) {
        publish(claimed.at("/topic_up"), envelope(spoil ? spoil(send->bytes) : send->bytes));
      }
    }
  }
  Bytes envelope(ByteView body, Holder to = cloud_holder) {
    return envelope(body, {site, holder, to, cloud::first_epoch, cloud::first_epoch, 0}, signer);
  }
  Bytes envelope(ByteView body, const EnvelopeHeader& header, const Signer& with) const {
    Nonce nonce;
    fill_random(nonce.bytes);
    return seal_envelope(header, body, nonce, *seal_, with);
  }
  void publish(const std::string& topic, ByteView payload) {
    if (mqtt && mqtt->connected()) WATTLE_CHECK(mqtt->publish(topic, payload, 1).has_value());
  }
  const StoreReader& store() const { return file_ ? static_cast<const StoreReader&>(*file_) : memory_; }
  Money balance(RoomId room) const {
    const auto* state = engine->link().state().find(room);
    return state == nullptr ? Money{} : state->balance;
  }

  /// The same topic for another kind of message.
  std::string topic(const char* direction, std::string_view kind) const {
    const auto sync = claimed.at(direction);
    return sync.substr(0, sync.rfind('/') + 1) + std::string(kind);
  }
  void connect() {
    const auto name = claimed.at("/client_name");
    const auto file = [&](const std::string& end) { return cloud_.path(name + end); };
    WATTLE_CHECK(write_file(file(".crt"), claimed.at("/certificate"), FileAccess::everyone_reads).has_value());
    WATTLE_CHECK(write_file(file(".ca"), claimed.at("/ca"), FileAccess::everyone_reads).has_value());
    WATTLE_CHECK(write_file(file(".key"), tls.pem(), FileAccess::owner_only).has_value());
    auto settings = cloud_.broker.settings(name);
    settings.tls = {file(".ca"), file(".crt"), file(".key")};
    settings.subscriptions = {
        {claimed.at("/topic_down"), 0}, {topic("/topic_down", "readings"), 0}, {topic("/topic_down", "reads"), 0}};
    MqttHandlers handlers;
    handlers.connected = [this] { give(edge::Connected{}), connected(); };
    handlers.disconnected = [this](std::string_view) { give(edge::Disconnected{}), disconnected(); };
    handlers.message = [this](std::string_view to, ByteView payload) {
      auto opened = open_envelope(crypto, payload, {site, holder}, table_);
      WATTLE_CHECK(opened.has_value());
      if (to.ends_with("/readings")) return readings_received(opened->body);
      if (to.ends_with("/reads")) return read_asked(opened->body);
      give(edge::Received{std::move(opened->body)});
    };
    mqtt = std::make_unique<MqttClient>(loop, settings, handlers, 7, metrics);
    mqtt->start();
  }

  static constexpr SiteId site{1};
  CloudSite& cloud_;
  std::function<Now()> clocks;
  boost::asio::io_context loop;
  Metrics metrics;
  SodiumCrypto crypto;
  SodiumSigner signer;
  SodiumBox sealing;
  TlsKey tls;
  std::string code;
  Answer claimed;
  Holder holder;
  PublicKey cloud_signing;
  BoxKey cloud_sealing;
  std::unique_ptr<LedgerStore> file_;
  MemoryStore memory_;
  std::unique_ptr<edge::Engine> engine;
  std::unique_ptr<MqttClient> mqtt;
  std::function<Bytes(const Bytes&)> spoil;  // what the box says, on its way out
  std::function<void()> connected = [] {};
  std::function<void()> disconnected = [] {};
  std::function<void(ByteView)> readings_received = [](ByteView) {};
  std::function<void(ByteView)> read_asked = [](ByteView) {};

 private:
  static void copy(const Bytes& from, std::array<std::uint8_t, 32>& to) {
    WATTLE_CHECK(from.size() == to.size());
    std::copy(from.begin(), from.end(), to.begin());
  }
  SystemEntropy entropy_;
  KeyTable table_;
  std::unique_ptr<Seal> seal_;
};

}  // namespace wattle::test
