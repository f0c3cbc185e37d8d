#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {

namespace {

/// What the cloud's clock showed when it wrote the newest entry that this box has.
Instant newest_time(const Log& down) {
  const auto record = down.at(down.head().number);
  const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  return entry ? entry->time : Instant{};
}

}  // namespace

Engine::Engine(EngineConfig config, const StoreReader& store, const Crypto& crypto, const Signer& signer, Entropy& entropy,
               Now booted)
    : config_(std::move(config)),
      store_(&store),
      crypto_(&crypto),
      entropy_(&entropy),
      link_(End::edge, config_.site, config_.holder, store, crypto, signer, config_.cloud_key),
      session_(link_, entropy, entropy.word()),
      now_(booted),
      booted_(booted.tick),
      unread_since_(booted.tick),
      clock_(newest_time(link_.down())),
      settings_(store),
      order_outcomes_(store),
      hours_(config_.utc_offset),
      trips_(store, booted.tick),
      relay_log_(store) {
  for (const auto& [version, plan] : link_.state().prices()) prices_read_[version] = std::nullopt;
  if (const auto row = store.row(Table::box, next_drop_key())) next_drop_ = from_bytes<NextDrop>(*row);
  note_openings();
  if (link_.row().asking) asking_since_ = booted.tick;
  load_control();
}

Effects Engine::handle(const Event& event, Now now) {
  now_ = now;
  minted_ = 0;
  outcome_.clear();
  look_at_hours(false);
  std::visit([this](const auto& happened) { on(happened); }, event);
  if (may_mint()) {
    redeem_issues();
    follow_settings();  // an order that came before a request is carried out before that is answered
    carry_out_orders();
    answer_requests();
    forward_leftovers();
    settle();
  }
  drop_old();
  Effects switches;
  decide_relays(switches);
  settle_rewired();
  Effects effects;
  if (!commit_.empty()) effects.push_back(Persist{std::exchange(commit_, {})});
  for (auto& relay : switches) effects.push_back(std::move(relay));
  for (auto& effect : outcome_) effects.push_back(std::move(effect));
  for (auto& message : session_.produce(now)) effects.push_back(Send{std::move(message.bytes), message.rests_on});
  return effects;
}

bool Engine::may_mint() const {
  return link_.state().granted() && !link_.row().fenced && minted_ < mints_per_event_max && may_rely();
}

/// On its own stream. After boot a box first waits for a status, since its disk may have lost what the cloud still knows, and
/// then for the copy of what it has lost. Where none will come, since nobody is there or the link is stopped until a person has
/// fenced it, the house goes on with what the box has.
bool Engine::may_rely() const {
  if (link_.row().asking && !link_.row().stopped) return is_alone();
  return heard_since_boot_ || now_.tick - booted_ >= patience_for_status;
}

bool Engine::is_alone() const {
  if (!asking_since_) return false;
  const auto heard = session_.heard_at();
  const Tick quiet_since = heard == never ? *asking_since_ : std::max(heard, *asking_since_);
  return now_.tick - quiet_since >= patience_for_status;
}

Tick Engine::wake_up() const {
  Tick next = std::min(session_.wake_up(), control_wake_up());
  const auto look_at = [&](Tick tick) {
    if (tick > now_.tick) next = std::min(next, tick);
  };
  if (!heard_since_boot_) look_at(booted_ + patience_for_status);
  if (asking_since_) look_at(*asking_since_ + patience_for_status);
  look_at(unread_since_ + patience_for_reading);
  for (const auto& [room, since] : opened_) look_at(since + patience_for_reading);
  return next;
}

Position Engine::position() const { return {link_.up().head().number, link_.down().head().number}; }

void Engine::raise(Alarm alarm, std::uint64_t count, RoomId room) { outcome_.push_back(Raise{alarm, count, room}); }

Entry Engine::entry(Kind kind, std::optional<RoomId> room) const {
  Entry entry;
  entry.kind = kind;
  entry.room = room;
  entry.time = now_.wall;
  return entry;
}

std::optional<Place> Engine::mint(Entry entry) {
  const auto place = link_.mint(std::move(entry), commit_);
  if (!place) {
    raise(Alarm::refused_event, static_cast<std::uint64_t>(place.error().value()));
    return std::nullopt;
  }
  ++minted_;
  return *place;
}

void Engine::on(const Connected&) { session_.connect(now_); }

void Engine::on(const Disconnected&) { session_.disconnect(); }

void Engine::on(const Received& received) {
  const bool was_asking = link_.row().asking;
  const auto heard = session_.receive(received.bytes, now_, commit_);
  if (heard.cloud_time) {
    clock_.hear(*heard.cloud_time, now_);
    look_at_hours(false);  // it may be another hour than the own clock said
  }
  if (heard.status && (heard.on_chain || heard.fenced)) heard_since_boot_ = true;
  if (heard.fenced && !link_.row().fenced) {
    link_.fence(heard.cursor, commit_);
    raise(Alarm::fenced);
  }
  if (link_.row().asking && (!was_asking || !asking_since_)) asking_since_ = now_.tick;
  if (!link_.row().asking) asking_since_.reset();
  if (was_asking && !link_.row().asking) settings_at_ = decided_at_ = {};  // what came meanwhile is read now, by the same heads
  note_openings();
  if (heard.error) outcome_.push_back(Refused{*heard.error});
  if (heard.error && stops(*heard.error)) raise(Alarm::stream_stopped, static_cast<std::uint64_t>(*heard.error));
  if (heard.taken_back) after_taking_back(*heard.taken_back);
  note_prices();
  forget_stale_accruals();
}

void Engine::on(const ConfigOverridden& overridden) {
  if (!may_mint()) return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::before_grant));
  override_register(overridden.key, overridden.value);
}

void Engine::override_register(const std::string& key, const Bytes& value) {
  if (!is_valid_register(key, value)) return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::detail));
  const auto at = link_.state().config().find(key);
  auto made = entry(Kind::override_config, std::nullopt);
  set_detail(made, ConfigSetting{key, at == link_.state().config().end() ? 0 : at->second.version, value});
  mint(std::move(made));
}

}  // namespace wattle::edge
