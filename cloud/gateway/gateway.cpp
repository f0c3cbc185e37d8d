#include "cloud/gateway/gateway.hpp"

#include <filesystem>

#include "cloud/gateway/errors.hpp"
#include "cloud/gateway/journal_gaps.hpp"
#include "cloud/gateway/own_report.hpp"
#include "cloud/gateway/restorable.hpp"
#include "cloud/store/readings_sqlite.hpp"
#include "cloud/store/store.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/log.hpp"
#include "shared/store/folder.hpp"

namespace wattle::cloud {

std::uint64_t Gateway::SystemEntropy::word() { return random_u64(); }

Gateway::Gateway(boost::asio::io_context& loop, GatewaySettings settings, const SiteKeys& keys, Metrics& metrics)
    : loop_(loop),
      settings_(std::move(settings)),
      keys_(keys),
      metrics_(metrics),
      peers_(settings_.site.site, crypto_, keys_),
      read_demands_(loop),
      presence_(settings_.silence),
      watch_timer_(loop),
      heads_timer_(loop),
      archive_timer_(loop),
      readings_timer_(loop) {}

/// A backup that is being verified ends first: what it calls is here.
Gateway::~Gateway() { backups_.reset(); }

Result<std::unique_ptr<Gateway>> Gateway::open(boost::asio::io_context& loop, GatewaySettings settings, const SiteKeys& keys,
                                               Metrics& metrics) {
  std::unique_ptr<Gateway> gateway(new Gateway(loop, std::move(settings), keys, metrics));
  if (const auto read = gateway->read_files(); !read) return read.error();
  if (const auto begun = gateway->begin(); !begun) return begun.error();
  return gateway;
}

Result<void> Gateway::read_files() {
  auto store = open_store(settings_.store);
  if (!store) return store.error();
  store_ = *std::move(store);
  for (const auto& file : {settings_.lists, settings_.journal, settings_.heads})
    if (const auto folder = make_folder_of(file); !folder) return folder.error();
  auto lists = ListsFile::load(settings_.lists);
  if (!lists) return lists.error();
  lists_.emplace(*std::move(lists));
  for (const auto& restore : lists_->restores())
    settings_.backups.not_before = std::max(settings_.backups.not_before, restore.at);
  auto journal = JournalFile::open(settings_.journal, crypto_);
  if (!journal) return journal.error();
  journal_.emplace(*std::move(journal));
  if (const auto orders = journal_->unknown_orders(); orders > 0) {
    metrics_.counter("wattle_journal_unknown_orders_total", "Orders in the journal that only a newer program can read")
        .add(orders);
    log_event(LogLevel::warning, "cloud.journal.unknown_orders", {{"orders", orders}});
  }
  auto heads = HeadsFile::load(settings_.heads);
  if (!heads) return heads.error();
  heads_.emplace(*std::move(heads));
  // The list remembers what a restored database has forgotten.
  for (const auto& claim : lists_->claims()) claims_[claim.holder] = claim;
  for (const auto& claim : stored_claims(*store_)) claims_[claim.holder] = claim;
  for (const auto& [holder, claim] : claims_)
    if (const auto added = peers_.add(claim); !added) return added.error();
  return {};
}

Result<void> Gateway::begin() {
  auto lists = lists_->lists();
  lists.heads = heads_->heads();
  if (const auto allowed = may_go_on(*store_, settings_.site.site, *lists_); !allowed) return allowed.error();
  if (const auto resumed = try_again(); !resumed) return resumed.error();
  const bool marked = std::filesystem::exists(settings_.restored_mark);
  auto journaled = JournalFile::read(settings_.journal, crypto_);
  if (!journaled) return journaled.error();
  site_ = std::make_unique<Site>(settings_.site, *store_, crypto_, keys_.signer(), entropy_, read_clocks());
  const bool restored = marked || has_gone_back(*site_, *journaled);
  const auto added = close_gaps(*journal_, *site_);
  if (!added) return added.error();
  if (*added > 0) log_event(LogLevel::warning, "cloud.journal.completed", {{"lines", *added}});
  runner_ = std::make_unique<SiteRunner>(loop_, *site_, *store_,
                                         SiteRunner::Hooks{[this](const Effect& effect) { carry_out(effect); },
                                                           [this](const Commit& commit) { persisted(commit); }},
                                         metrics_);
  backups_ = std::make_unique<Backups>(loop_, settings_.backups, *store_,
                                       Backups::Hooks{[this](const std::string& path) { return observer_.copy_beside(path); },
                                                      [this](const std::string& path) { archive_fences(path); },
                                                      [this](const Error& error) { backup_failed(error); }});
  Commit rows;
  for (const auto& claim : lists_->claims()) rows.push_back(row_of(claim));
  runner_->take(site_->begin(lists, restored, read_clocks()), std::move(rows));
  runner_->flush();
  if (site_->is_settled())
    tell_refunds(*std::move(journaled));
  else
    read_bills();  // noticed before, but the process ended before they were read
  runner_->flush();
  if (runner_->has_failed()) return {};  // the restore is not noted, so the mark stays
  write_heads();
  std::error_code error;
  if (marked) std::filesystem::remove(settings_.restored_mark, error);
  return error ? Result<void>(error) : Result<void>();
}

/// What a program could not take may be right for this one, which may be newer: streams that stopped go on, and stop again if
/// not.
Result<void> Gateway::try_again() {
  Commit commit;
  for (const auto& [key, value] : store_->rows(Table::link)) {
    auto row = from_bytes<LinkRow>(value);
    if (!row || !row->stopped || !may_pass_later(row->stopped->reason)) continue;
    log_event(LogLevel::info, "cloud.stream.tried_again",
              {{"link", to_hex(key)}, {"code", word(row->stopped->reason)}, {"number", row->stopped->number}});
    row->stopped.reset();
    commit.push_back(PutRow{Table::link, key, to_bytes(*row)});
  }
  return commit.empty() ? Result<void>() : store_->commit(commit);
}

void Gateway::start(GatewayObserver observer) {
  observer_ = std::move(observer);
  take_readings(open_readings());
  connect();
  backups_->start();
  expect_boxes();
  watch();
}

void Gateway::stop(std::function<void()> done) {
  stopped_ = true;
  read_demands_.stop();
  backups_->stop();
  runner_->stop();
  write_heads();
  watch_timer_.cancel();
  heads_timer_.cancel();
  archive_timer_.cancel();
  readings_timer_.cancel();
  if (mqtt_)
    mqtt_->stop(std::move(done));
  else
    done();
}

void Gateway::connect() {
  MqttHandlers handlers;
  handlers.connected = [this] {
    log_event(LogLevel::info, "cloud.broker.connected");
    runner_->give(Connected{});
  };
  handlers.disconnected = [this](std::string_view reason) {
    log_event(LogLevel::warning, "cloud.broker.lost", {{"reason", reason}});
    runner_->give(Disconnected{});
  };
  handlers.message = [this](std::string_view topic, ByteView payload) { on_message(topic, payload); };
  mqtt_ = std::make_unique<MqttClient>(loop_, settings_.mqtt, std::move(handlers), random_u64(), metrics_);
  mqtt_->start();
}

void Gateway::on_message(std::string_view topic, ByteView payload) {
  auto message = peers_.open(topic, payload);
  if (!message) return refuse(message.error(), topic);
  note_heard(message->from);
  if (message->channel == Channel::report) return on_report(message->from, message->body);
  if (message->channel == Channel::readings) {
    if (readings_) readings_->give(message->from, std::move(message->body));
    return;
  }
  if (message->channel == Channel::reads) return on_read(message->from, message->body);
  metrics_.counter("wattle_gateway_messages_total", "Messages of boxes that reached the core").add();
  runner_->give(Received{message->from, std::move(message->body)});
}

void Gateway::refuse(const Error& error, std::string_view topic) {
  const auto code = error.message();
  metrics_.counter("wattle_gateway_refused_total", "Messages that were not taken, by the reason", {{"code", code}}).add();
  log_event(LogLevel::warning, "cloud.message.refused", {{"code", code}, {"topic", topic}});
}

void Gateway::on_report(Holder from, ByteView body) {
  auto report = read_report(body);
  if (!report) return refuse(report.error(), "report");
  if (const auto foreign = keep_own(*report, from, *site_); foreign > 0)
    metrics_.counter("wattle_gateway_foreign_reports_total", "Lines of reports about what is not open at their box")
        .add(foreign);
  const auto* link = site_->link(from);
  if (link == nullptr || link->row().fenced) return;
  relay_history_.take(from, report->rows);
  auto& settings = settings_reported_[from];
  settings = {report->settings.begin(), report->settings.end()};
  const auto now = wall_clock();
  for (auto& bus : report->buses) bus.received = now;
  for (auto& meter : report->meters) meter.received = now;
  wiring_reported_[from] = {std::move(report->buses), std::move(report->meters), report->pace, report->version};
  auto& recorded = recorded_reported_[from];
  recorded.clear();
  for (auto circuit : report->circuits) {
    circuit.received = wall_clock();
    if (circuit.room.value == 0) {
      recorded.insert_or_assign(circuit.circuit, circuit);
      continue;
    }
    auto& known = reports_[circuit.circuit];
    const bool changed = known.relay != circuit.relay || known.live_balance != circuit.live_balance ||
                         known.reason != circuit.reason || known.warning != circuit.warning || known.power != circuit.power ||
                         known.held != circuit.held || known.meter_refused != circuit.meter_refused ||
                         known.accept_refused != circuit.accept_refused ||
                         known.correction_refused != circuit.correction_refused;
    known = circuit;
    if (changed) observer_.circuit_changed(circuit);
  }
}

const WiringReported* Gateway::wiring_reported(Holder box) const {
  const auto at = wiring_reported_.find(box);
  return at == wiring_reported_.end() ? nullptr : &at->second;
}

std::optional<Bytes> Gateway::seal_secret(Holder to, ByteView secret) const {
  Nonce nonce;
  fill_random(nonce.bytes);
  return peers_.seal_secret_for(to, secret, nonce);
}

Result<std::unique_ptr<ReadingsStore>> Gateway::open_readings() const {
  auto store = SqliteReadings::open(settings_.readings, settings_.site.site, settings_.utc_offset);
  if (!store) return store.error();
  return std::unique_ptr<ReadingsStore>(*std::move(store));
}

/// History that cannot be kept stops nobody from paying: the boxes keep theirs, until a disk that came late or was full is
/// there. Beside the loop, since a file of an older version may take its time.
void Gateway::take_readings(Result<std::unique_ptr<ReadingsStore>> store) {
  if (stopped_) return;
  if (store) {
    if (readings_failed_) log_event(LogLevel::info, "cloud.readings.opened", {{"file", settings_.readings}});
    readings_ = std::make_unique<ReadingsIntake>(
        loop_, *std::move(store), ReadingsIntake::Settings{settings_.readings_keep},
        [this](Holder to, const Bytes& body) { acknowledge_readings(to, body); }, metrics_);
    return;
  }
  metrics_.counter("wattle_readings_failed_total", "Transactions of readings that failed; boxes send them again").add();
  if (readings_failed_ != store.error())
    log_event(LogLevel::error, "cloud.readings.failed", {{"why", store.error().message()}, {"file", settings_.readings}});
  readings_failed_ = store.error();
  readings_timer_.expires_after(to_chrono(settings_.readings_pause));
  readings_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    boost::asio::post(readings_opener_, [this] {
      auto opened = std::make_shared<Result<std::unique_ptr<ReadingsStore>>>(open_readings());
      boost::asio::post(loop_, [this, opened] { take_readings(std::move(*opened)); });
    });
  });
}

/// A message beside the sessions, which rests on no entry.
bool Gateway::send_beside(Holder to, ByteView body, std::string_view kind) {
  if (!is_connected()) return false;
  Nonce nonce;
  fill_random(nonce.bytes);
  constexpr std::uint64_t no_head = 0;
  const auto sealed = peers_.seal(to, body, no_head, nonce, kind);
  constexpr int qos_down = 0;
  if (sealed && mqtt_->publish(sealed->topic, sealed->payload, qos_down)) return true;
  metrics_.counter("wattle_gateway_unsent_total", "Messages that found no room; the session sends them again").add();
  return false;
}

/// Lost, it is asked for by sending again.
void Gateway::acknowledge_readings(Holder to, ByteView body) { send_beside(to, body, "readings"); }

/// A box that may be older is asked as it understands it: of rooms, and without the rest.
bool Gateway::read_now(Holder box, RoomId room, CircuitId circuit, ReadDemands::Done done) {
  const auto* reported = wiring_reported(box);
  const bool is_newer = reported != nullptr && reported->version >= report_of_demands;
  if (!is_newer && circuit.value != 0) return false;
  ReadQuestion question{random_u64(), room};
  if (is_newer) question.version = demand_version;
  if (circuit.value != 0) {
    question.room = {};
    question.circuit = circuit;
  }
  const bool is_whole_room = circuit.value == 0;
  const auto tell = [this, room, is_whole_room, done = std::move(done)](std::optional<ReadAnswer> answer) {
    if (answer && answer->status == ReadStatus::answered && is_whole_room) observer_.room_read(room, *answer);
    done(std::move(answer));
  };
  return read_demands_.wait(box, question.id, tell) &&
         (send_beside(box, encode(question), "reads") || (read_demands_.forget(question.id), false));
}

void Gateway::on_read(Holder from, ByteView body) {
  const auto answer = decode_read_answer(body);
  if (!answer) return refuse(answer.error(), "reads");
  if (!read_demands_.answered(from, *answer))
    metrics_.counter("wattle_gateway_late_reads_total", "Readings on demand that nobody waits for any more").add();
}

/// One that is away since before this process began is missed as well.
void Gateway::expect_boxes() {
  const auto now = monotonic_clock();
  for (const auto& [holder, row] : site_->boxes())
    if (!site_->link(holder)->row().fenced) presence_.expect(holder, now);
}

void Gateway::note_heard(Holder from) {
  if (!presence_.hear(from, read_clocks())) return;
  log_event(LogLevel::info, "cloud.edge.online", {{"edge", client_name(from)}});
  observer_.edge_changed(from, true);
}

/// Who has been silent for too long.
void Gateway::watch() {
  for (const auto holder : presence_.fallen_silent(monotonic_clock())) {
    log_event(LogLevel::warning, "cloud.edge.offline", {{"edge", client_name(holder)}});
    observer_.edge_changed(holder, false);
  }
  watch_timer_.expires_after(to_chrono(watch_every));
  watch_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) watch();
  });
}

bool Gateway::is_online(Holder holder) const { return presence_.is_online(holder, monotonic_clock()); }

}  // namespace wattle::cloud
