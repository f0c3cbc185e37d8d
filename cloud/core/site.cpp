#include "cloud/core/site.hpp"

#include <algorithm>

#include "cloud/core/box.hpp"
#include "cloud/core/rows.hpp"
#include "shared/base/check.hpp"
#include "shared/ledger/line.hpp"

namespace wattle::cloud {

namespace {

std::pair<std::string, EdgeId> setting_key(const ConfigOrder& config) {
  return {config.key, circuit_of(config) ? every_slot : config.slot};
}

}  // namespace

Site::Site(SiteConfig config, const StoreReader& store, const Crypto& crypto, const Signer& signer, Entropy& entropy, Now now)
    : config_(config),
      store_(&store),
      crypto_(&crypto),
      signer_(&signer),
      entropy_(&entropy),
      own_({config.site, cloud_holder, Direction::site}, store, crypto),
      now_(now) {
  load();
  note_before();
}

Site::~Site() = default;

void Site::add_box(const BoxRow& row) {
  boxes_[row.holder] = row;
  if (row.unheard) heard_before_.erase(row.holder);
  auto& box = links_[row.holder];
  if (box) return;
  box = std::make_unique<Box>(config_.site, row, *store_, *crypto_, *signer_, *entropy_);
  for (const auto& setting : settings_) want_setting(setting, row.holder);
  if (connected_) box->session.connect(now_);
}

void Site::put_box(const BoxRow& row) {
  boxes_[row.holder] = row;
  commit_.push_back(PutRow{Table::site, box_key(row.holder), to_bytes(row)});
}

const Link* Site::link(Holder holder) const {
  const auto at = links_.find(holder);
  return at == links_.end() ? nullptr : &at->second->link;
}

Link& Site::link_of(Holder holder) { return links_.at(holder)->link; }
Session& Site::session_of(Holder holder) { return links_.at(holder)->session; }

std::optional<Holder> Site::holder_of(EdgeId slot) const {
  for (const auto& [holder, box] : links_)
    if (holder.edge == slot && !box->link.row().fenced) return holder;
  return std::nullopt;
}

void Site::committed() {
  own_.committed();
  for (const auto& [holder, box] : links_) box->link.committed();
}

Effects Site::handle(const Event& event, Now now) {
  now_ = now;  // catch_up may have raised an alarm since the last one
  std::visit([this](const auto& happened) { on(happened); }, event);
  // A message that changed nothing makes nothing possible that was not before.
  const bool may_be_idle = std::holds_alternative<Received>(event) || std::holds_alternative<Woke>(event);
  if (!may_be_idle || !commit_.empty()) look_again_ = true;
  return finish();
}

Effects Site::finish() {
  if (index_stale_) rebuild_index();
  if (look_again_) {
    const auto before = commit_.size();
    mint_wanted();
    look_again_ = commit_.size() != before;  // what was minted may have made more possible
    if (!look_again_) see_to_lacking();
  }
  call_providers();
  due_.clear();
  due_refunds_.clear();
  Effects effects;
  if (!commit_.empty()) effects.push_back(Persist{std::exchange(commit_, {})});
  for (auto& effect : outcome_) effects.push_back(std::move(effect));
  outcome_.clear();
  for (const auto& [holder, box] : links_)
    for (auto& message : box->session.produce(now_))
      effects.push_back(Send{holder, std::move(message.bytes), message.rests_on, message.status});
  return effects;
}

Tick Site::wake_up() const {
  Tick next = never;
  for (const auto& [holder, box] : links_) next = std::min(next, box->session.wake_up());
  if (has_unlisted_fence()) next = std::min(next, listing_due_);
  return is_settled() ? std::min(next, calls_due_) : next;  // nobody is called before that
}

void Site::raise(Alarm alarm, Holder link, std::uint64_t count) { outcome_.push_back(Raise{alarm, link, count}); }

Entry Site::entry(Kind kind, std::optional<RoomId> room, OutsideId outside) const {
  Entry entry;
  entry.kind = kind;
  entry.room = room;
  entry.outside = outside;
  entry.time = now_.wall;
  return entry;
}

std::optional<Place> Site::mint(Holder holder, Entry entry) {
  if (index_.has(entry.outside)) return std::nullopt;
  auto& link = link_of(holder);
  const auto place = link.mint(entry, commit_);
  if (!place) return std::nullopt;
  entry.stream = link.down().id();
  entry.number = place->number;
  count(entry);
  return *place;
}

Place Site::mint_own(Entry entry) {
  for (const auto& line : entry.lines) WATTLE_CHECK(check_line(line, Direction::site, cloud_holder).has_value());
  entry.stream = own_.id();
  entry.number = own_.head().number + 1;
  own_.push(encode(entry), std::nullopt, commit_);
  index_.count(entry);
  return entry.place();
}

bool Site::may_mint(Holder holder) const {
  const auto at = links_.find(holder);
  if (at == links_.end() || boxes_.at(holder).unheard) return false;
  const auto& link = at->second->link;
  return !link.row().asking && !link.row().fenced && link.down().head().number > 0;
}

/// Where money for this opening of the room may be written now.
std::optional<Holder> Site::payable(RoomId id, std::uint32_t opening) const {
  const auto* room = index_.room(id);
  if (room == nullptr || room->has_hole() || room->opening() != opening) return std::nullopt;
  const auto at = room->open_at();
  if (!at || !may_mint(*at) || index_.is_closing(id, *at)) return std::nullopt;
  return at;
}

/// This opening has ended: no money of it may reach whoever is in the room now.
bool Site::has_passed(RoomId id, std::uint32_t opening) const {
  const auto* room = index_.room(id);
  if (room == nullptr || room->has_hole()) return false;
  if (opening < room->opening()) return true;
  const auto* close = room->open_at() ? nullptr : room->unclaimed();
  return close != nullptr && opening == close->close.opening && index_.destination(close->close.id) == EdgeId{};
}

void Site::on(const Connected&) {
  connected_ = true;
  for (const auto& [holder, box] : links_) box->session.connect(now_);
}

void Site::on(const Disconnected&) {
  connected_ = false;
  for (const auto& [holder, box] : links_) box->session.disconnect();
}

void Site::on(const Received& received) {
  if (!links_.contains(received.from)) return;
  auto& link = link_of(received.from);
  const auto up_before = link.up().head().number;
  const auto heard = session_of(received.from).receive(received.bytes, now_, commit_);
  take_in(received.from, heard, up_before);
}

/// What a message changed: entries to count, a copy taken back, a restore noticed.
void Site::take_in(Holder from, const Heard& heard, std::uint64_t up_before) {
  auto& link = link_of(from);
  if (heard.entries > 0) count_from(link.up(), up_before);
  const auto& settlement = link.state().settlement();
  if (settlement.number > up_before && !settlement.agrees) raise(Alarm::settlement_differs, from, settlement.number);
  if (heard.taken_back && heard.taken_back->outcome == TakeBack::done) {
    index_stale_ = true;
    raise(Alarm::own_entries_forgotten, from, heard.taken_back->dropped.size());
  }
  if (heard.taken_back && heard.taken_back->outcome == TakeBack::refused)
    raise(Alarm::copy_refused, from, static_cast<std::uint64_t>(heard.taken_back->error));
  if (heard.error) outcome_.push_back(Refused{from, *heard.error});
  if (heard.error && stops(*heard.error)) raise(Alarm::stream_stopped, from, static_cast<std::uint64_t>(*heard.error));
  if ((heard.forgot_own || heard.forgot_theirs) && may_tell_of_another(from)) note_rollback();
  hear(from, heard);
}

/// Stores an order once. False when it contradicts what was given before under the same id.
bool Site::accept(const Order& order, bool is_from_the_journal) {
  const auto id = id_of(order);
  const auto at = orders_.find(id);
  if (at != orders_.end()) return encode(at->second) == encode(order);
  orders_.emplace(id, order);
  const auto number = next_order(is_from_the_journal);
  commit_.push_back(PutRow{Table::order, order_key(number), encode(order)});
  file_order(id, number);
  open_order(id);
  return true;
}

std::uint64_t Site::next_order(bool is_from_the_journal) {
  if (!journal_after_) return ++last_order_;
  if (is_from_the_journal) return ++*journal_after_;
  last_order_ = std::max(last_order_, *journal_after_ + left_for_the_journal);
  return ++last_order_;
}

/// Those of which it tells something that one came before the other.
void Site::file_order(const OutsideId& id, std::uint64_t number) {
  const auto& order = orders_.at(id);
  if (const auto* release = std::get_if<Release>(&order); release != nullptr && release->request.to == ReleaseTo::subsidy)
    allowance_ends_[{release->room, release->request.allow}].emplace(number, id);
  if (const auto* grant = std::get_if<AllowanceGrant>(&order))
    allowance_grants_[{grant->room, grant->utility}].emplace(number, id);
  if (const auto* resolution = std::get_if<Resolution>(&order)) resolutions_[OutsideId(resolution->of)].emplace(number, id);
}

void Site::open_order(const OutsideId& id) {
  const auto& order = orders_.at(id);
  note_open(id, order);
  if (is_setting(order)) want_everywhere(id);
}

void Site::note_open(const OutsideId& id, const Order& order) {
  if (!is_setting(order)) {
    open_orders_.add(room_of(order), id);
    return;
  }
  settings_.insert(id);
  settings_changed_ = true;
  if (const auto* config = std::get_if<ConfigOrder>(&order)) {
    auto& newest = newest_settings_[setting_key(*config)];
    newest = std::max(newest, std::pair(config->number, config->id));
  }
  if (const auto circuit = circuit_of(order)) circuit_settings_[*circuit].insert(id);
}

/// Where a circuit is opened, there its settings are wanted too.
void Site::count(const Entry& entry) {
  index_.count(entry);
  const auto open = entry.kind == Kind::open ? detail_of<Open>(entry) : std::nullopt;
  if (!open) return;
  for (const auto& figures : open->circuits) {
    circuit_at_[figures.circuit].insert(entry.stream.link);
    for (const auto& id : circuit_settings_[figures.circuit]) want_setting(id, entry.stream.link);
  }
}

bool Site::has_opened(Holder holder, CircuitId circuit) const {
  const auto at = circuit_at_.find(circuit);
  return at != circuit_at_.end() && at->second.contains(holder);
}

/// Another order has set the same key of the same slot since; what is of a circuit is of no slot.
bool Site::is_superseded(const OutsideId& id) const {
  const auto* config = std::get_if<ConfigOrder>(&orders_.at(id));
  return config != nullptr && newest_settings_.at(setting_key(*config)) > std::pair(config->number, config->id);
}

/// The room whose entries tell when the order can be carried out.
RoomId Site::room_of(const Order& order) const {
  if (const auto* cancel = std::get_if<CancelOf>(&order)) {
    const auto taken_back = orders_.find(id_of(Move{cancel->id, {}, 0, {}}));  // a release has the same name
    return taken_back == orders_.end() ? any_room : room_of(taken_back->second);
  }
  return std::visit(
      [](const auto& wanted) {
        if constexpr (requires { wanted.room; })
          return wanted.room;
        else
          return any_room;
      },
      order);
}

RoomId Site::room_of_request(const Uid& id) const {
  const auto* request = index_.request(id);
  return request == nullptr ? any_room : request->room;
}

/// Where a link, or the site, may do now what it could not before, or the other way round, everything is looked at.
void Site::note_standing() {
  std::vector<std::uint8_t> standing{static_cast<std::uint8_t>(bills_missing_)};
  standing.reserve(links_.size() + 1);
  for (const auto& [holder, box] : links_) {
    const auto& row = box->link.row();
    const bool is_granted = box->link.down().head().number > 0;
    const unsigned bits = (boxes_.at(holder).unheard ? 1U : 0U) | (row.asking ? 2U : 0U) | (row.fenced ? 4U : 0U) |
                          (row.told ? 8U : 0U) | (is_granted ? 16U : 0U);
    standing.push_back(static_cast<std::uint8_t>(bits));
  }
  if (standing == standing_) return;
  standing_ = std::move(standing);
  due_.add_all();
}

void Site::want_everywhere(const OutsideId& id) {
  if (is_superseded(id)) return;
  for (const auto& [holder, box] : links_)
    if (!box->link.row().fenced) want_setting(id, holder);
}

/// Prices go to every box of the site, also to those that come later; configuration to whatever box holds its slot, and what
/// is of a circuit wherever the circuit is.
void Site::want_setting(const OutsideId& id, Holder holder) {
  const auto* config = std::get_if<ConfigOrder>(&orders_.at(id));
  const auto circuit = config == nullptr ? std::nullopt : circuit_of(*config);
  const auto at = circuit ? circuit_at_.find(*circuit) : circuit_at_.end();
  if (config == nullptr || config->slot == every_slot || config->slot == holder.edge ||
      (at != circuit_at_.end() && at->second.contains(holder)))
    settings_changed_ = open_settings_.emplace(id, holder).second || settings_changed_;
}

void Site::on(const Ordered& ordered) {
  const auto id = id_of(ordered.order);
  if (!is_valid(ordered.order)) {
    outcome_.push_back(AnswerOrder{id, OrderAnswer::refused});
    return;
  }
  const bool known = orders_.contains(id);
  if (const auto* resolution = std::get_if<Resolution>(&ordered.order);
      !known && resolution != nullptr && exceeds(*resolution)) {
    outcome_.push_back(AnswerOrder{id, OrderAnswer::refused});
    return;
  }
  if (!accept(ordered.order)) {
    raise(Alarm::order_contradicts);
    outcome_.push_back(AnswerOrder{id, OrderAnswer::contradicts});
    return;
  }
  // What no provider's bill shows is kept outside the database as well; again for a known one, since the first answer may have
  // been lost between the commit and the journal.
  if (!std::holds_alternative<Payment>(ordered.order)) outcome_.push_back(Journal{ordered.order});
  outcome_.push_back(AnswerOrder{id, known ? OrderAnswer::known : OrderAnswer::accepted});
}

void Site::on(const Woke&) {
  if (now_.tick >= listing_due_) list_fences();
}

void Site::on(const Claimed& claimed) {
  if (const auto at = boxes_.find(claimed.holder); at != boxes_.end() && at->second.key == claimed.key)
    outcome_.push_back(ListClaim{claimed.holder, claimed.key});  // asked again: the first answer was lost
  if (links_.contains(claimed.holder) || holder_of(claimed.holder.edge) || claimed.holder.is_cloud()) return;
  for (const auto& [holder, box] : links_)
    if (holder.edge == claimed.holder.edge && !box->link.row().told) return;  // the old one's fence cannot be restored yet
  const BoxRow row{claimed.holder, claimed.key, false, 1, 1};
  put_box(row);
  add_box(row);
  outcome_.push_back(ListClaim{claimed.holder, claimed.key});
}

void Site::on(const BackupsKept& kept) {
  const auto at = boxes_.find(kept.holder);
  if (at == boxes_.end()) return;
  auto row = at->second;
  row.keep_up_from = std::max(row.keep_up_from, kept.up_cursor);
  row.keep_down_from = std::max(row.keep_down_from, kept.down_agreed);
  put_box(row);
}

}  // namespace wattle::cloud
