#include <algorithm>
#include <numeric>
#include <utility>

#include "edge/tools/scan.hpp"
#include "edge/tools/water_address.hpp"
#include "shared/base/check.hpp"

namespace wattle::edge {
namespace {

constexpr std::uint64_t pairs = 99;
constexpr std::uint64_t digits = 9;
constexpr std::size_t least_answer = 8;  // bytes; fewer are noise, not meters that speak at once
constexpr unsigned garbled_tries = 3;    // before an answer that is never whole is told

std::string address_text(Protocol protocol, const Bytes& address) {
  if (address.size() == 1) return std::to_string(address.front());
  auto high_first = address;
  std::reverse(high_first.begin(), high_first.end());
  auto text = to_hex(high_first);
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  return protocol == Protocol::mbus ? std::string() : text;
}

/// The number that a meter gave when it was asked for it. A water meter gives it by answering from there; some repeat it.
std::optional<std::string> told_number(const Exchange& exchange, Carriage carriage, Protocol protocol, ByteView frame) {
  const auto received = receive(exchange, frame, Wire::quiet, carriage);
  const auto* answer = std::get_if<MeterAnswer>(&received);
  const auto size = protocol == Protocol::cjt188 ? cjt188::Address{}.bytes.size() : dlt645::Address{}.bytes.size();
  if (answer == nullptr || answer->data.size() < size) return std::nullopt;
  return address_text(protocol, Bytes(answer->data.begin(), answer->data.begin() + static_cast<std::ptrdiff_t>(size)));
}

}  // namespace

std::optional<ScanQuestion> Scan::next() {
  WATTLE_CHECK(!asked_);
  skip_needless();
  if (tasks_.empty()) return std::nullopt;
  asked_ = std::move(tasks_.front());
  tasks_.pop_front();
  exchange_ = exchange_of(*asked_);
  carriage_ = {asked_->protocol == Protocol::modbus_tcp, static_cast<std::uint16_t>(carriage_.transaction + 1)};
  ++count_;
  const bool of_many = asked_->search == Search::one_address || asked_->search == Search::wildcard ||
                       (asked_->search == Search::secondary && asked_->is_selected);
  return ScanQuestion{asked_->line, exchange_, carriage_, timeout_of(*asked_, exchange_), of_many};
}

void Scan::answered(ByteView heard, Duration took) {
  WATTLE_CHECK(asked_);
  took_ = took;
  auto task = std::move(*asked_);
  asked_.reset();
  if (heard.empty() && task.tries_left > 0 && !task.is_selected) {
    --task.tries_left;
    return tasks_.push_front(std::move(task));
  }
  hear(std::move(task), heard);
  settle_doubts();
  const bool is_tried = !tasks_.empty() && tasks_.front().search == Search::profile;
  if (!is_tried) ready_ = found_.size();
}

void Scan::hear(Task task, ByteView heard) {
  switch (task.search) {
    case Search::one_address:
    case Search::wildcard: return hear_many(std::move(task), heard);
    case Search::numbers:
    case Search::units: return hear_one(std::move(task), heard);
    case Search::primaries:
    case Search::secondary:
    case Search::number:
    case Search::again: return hear_mbus(std::move(task), heard);
    case Search::profile: return hear_profile(std::move(task), heard);
  }
}

void Scan::skip_needless() {
  while (!tasks_.empty() && is_needless(tasks_.front())) {
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    step(std::move(task));
  }
}

/// To the task's next question, in front of all others.
void Scan::step(Task task) {
  task.is_selected = false;
  if (task.next >= task.last) return;
  ++task.next;
  tasks_.push_front(std::move(task));
}

void Scan::narrow(const Task& task) {
  Task narrower = task;
  narrower.pattern = pattern_of(task);
  if (!open_place(task.protocol, narrower.pattern)) return found(task, narrower.pattern, {}, true);
  narrower.narrows = true;
  narrower.within = Duration{took_.micros + scan_margin.micros};
  narrower.is_selected = false;
  narrower.next = 0;
  narrower.last = task.protocol == Protocol::mbus ? digits : pairs;
  tasks_.push_front(std::move(narrower));
}

/// Whether this address is really there.
void Scan::check(const Task& task, const std::string& address) {
  if (is_known(task, address)) return;
  Task alone = task;
  alone.wide = task.search == Search::one_address ? std::string() : pattern_of(task);
  if (task.search == Search::one_address) alone.search = Search::wildcard;
  alone.pattern = address;
  alone.narrows = alone.is_selected = false;
  alone.next = alone.last = 0;
  alone.tries_left = 1;
  tasks_.push_front(std::move(alone));
}

/// It is not: several have answered there. Or it is, and answers to that address no more than it answered from it; unless there
/// was something: several who told their numbers at once.
void Scan::unchecked(Task task, ByteView heard) {
  const bool are_several = task.search == Search::one_address && heard.size() >= least_answer;
  if (!task.before.empty() && !are_several) return found(task, task.pattern, task.before, false);
  if (are_several) {
    task.search = Search::wildcard;
    task.wide.reset();
    task.before.clear();
    return narrow(task);
  }
  task.pattern = *std::exchange(task.wide, std::nullopt);
  if (open_place(task.protocol, task.pattern)) narrow(task);
}

/// It is alone there, and answers from an address that stands for any. 1997 knows no question for the number: makers fill the
/// upper pairs of short ones.
void Scan::identify(const Task& task, const std::string& address, ByteView frame) {
  if (task.protocol == Protocol::dlt645_1997) return found(task, address, frame, false);
  if (!know(task, address + " asked")) return;
  Task own = task;
  own.search = Search::one_address;
  own.pattern = address;
  own.before = Bytes(frame.begin(), frame.end());
  own.wide = std::string();
  own.narrows = false;
  own.next = own.last = 0;
  own.tries_left = 1;
  tasks_.push_front(std::move(own));
}

/// Of one meter, whole.
void Scan::hear_meter(const Task& task, const std::string& address, ByteView frame) {
  if (!can_be_asked(task.protocol, address)) return found(task, address, frame, false);
  if (task.search == Search::wildcard) {
    if (address != pattern_of(task)) return check(task, address);
    return is_number_of_one(task.protocol, address) ? found(task, address, frame, false) : identify(task, address, frame);
  }
  auto number = address;
  if (!is_number_of_one(task.protocol, number))
    number = told_number(exchange_, carriage_, task.protocol, frame).value_or(number);
  if (is_number_of_one(task.protocol, number) && can_be_asked(task.protocol, number)) return check(task, number);
  found(task, address, task.before.empty() ? frame : ByteView(task.before), false);
}

void Scan::hear_many(Task task, ByteView heard) {
  if (!task.wide) step(task);
  auto frames = frames_on_line(task.protocol, heard);
  auto understood = std::accumulate(frames.begin(), frames.end(), std::size_t{0},
                                    [](std::size_t sum, const LineFrame& frame) { return sum + frame.size; });
  std::erase_if(frames, [&](const LineFrame& f) { return f.from != modbus::Side::meter || !is_asked(exchange_, f.address); });
  const auto is_nameless = [&](const LineFrame& frame) {
    const auto address = address_text(task.protocol, frame.address);
    return task.search == Search::wildcard && address == pattern_of(task) && !is_number_of_one(task.protocol, address);
  };
  const auto meters = frames.size();
  const bool are_nameless = std::count_if(frames.begin(), frames.end(), is_nameless) > 1;  // their numbers would collide
  if (are_nameless) std::erase_if(frames, is_nameless);
  for (const auto& frame : frames)
    hear_meter(task, address_text(task.protocol, frame.address), heard.subspan(frame.offset, frame.size));
  if (task.wide && meters == 0) return unchecked(std::move(task), heard);
  const bool is_garbled = heard.size() >= understood + least_answer || answer_heads(exchange_, heard).size() > meters;
  if (task.search == Search::wildcard && (are_nameless || is_garbled)) narrow(task);
}

void Scan::hear_one(Task task, ByteView heard) {
  const auto received = receive(exchange_, heard, Wire::quiet, carriage_);
  const auto* bad = std::get_if<Bad>(&received);
  const bool is_refusal_heard = bad != nullptr && bad->error.category() == meter_category() &&
                                is_refusal(static_cast<MeterErrc>(bad->error.value())) && bad->error != exception_errc(0x0b) &&
                                bad->error != exception_errc(0x0a);
  const bool answers = bad == nullptr || is_refusal_heard;
  const bool is_garbled = !answers && !answer_heads(exchange_, heard).empty();
  if (is_garbled && ++task.garbled < garbled_tries) return tasks_.push_front(std::move(task));
  task.garbled = 0;
  step(task);
  if (!answers && !task.before.empty()) return found(task, std::to_string(task.next), task.before, false);
  if (!answers && !is_garbled) return;
  auto address = std::to_string(task.next);
  ByteView frame = heard;
  for (const auto& sound : frames_on_line(task.protocol, heard)) {
    if (sound.from == modbus::Side::master || !is_asked(exchange_, sound.address)) continue;
    frame = heard.subspan(sound.offset, sound.size);
    address = address_text(task.protocol, sound.address);
  }
  if (is_refusal_heard && task.search == Search::units && task.function == modbus::Function::read_holding) {
    // Somebody is there. What it has to tell may be in the other registers.
    task.function = modbus::Function::read_input;
    task.last = task.next;
    task.before = Bytes(frame.begin(), frame.end());
    return tasks_.push_front(std::move(task));
  }
  found(task, address, is_garbled ? ByteView{} : frame, is_garbled);
}

/// What a meter told of itself, without what belongs to the frame alone.
Fields Scan::told_in(Protocol protocol, ByteView frame) {
  static constexpr std::string_view of_frame[] = {"protocol", "from",    "address", "unit",      "control",
                                                  "command",  "di",      "item",    "type",      "kind",
                                                  "function", "refused", "serial",  "byte_count"};
  auto caught = frames_in(protocol, frame, {modbus::Side::meter, nullptr});
  auto fields = std::move(caught.front().described.fields);
  std::erase_if(fields, [](const Field& field) {
    return std::find(std::begin(of_frame), std::end(of_frame), field.name) != std::end(of_frame);
  });
  return fields;
}

bool Scan::is_known(const Task& task, const std::string& address) const {
  return known_.contains({task.line.baud, task.line.parity, task.protocol, address});
}
bool Scan::know(const Task& task, const std::string& address) {
  return known_.insert({task.line.baud, task.line.parity, task.protocol, address}).second;
}

void Scan::found(const Task& task, const std::string& address, ByteView frame, bool is_garbled) {
  // Who was heard once may turn out to be several.
  if (!know(task, address + (is_garbled ? " garbled" : ""))) return;
  FoundMeter meter{.protocol = task.protocol, .line = task.line, .address = address};
  if (!frame.empty()) meter.told = told_in(task.protocol, frame);
  if (task.function == modbus::Function::read_input)  // the same number, another register
    for (auto& field : meter.told) field.name = "input_" + field.name;
  meter.is_garbled = is_garbled;
  found_.push_back(std::move(meter));
  if (settings_.quick) std::erase_if(tasks_, [&](const Task& other) { return other.line != task.line; });
  if (!is_garbled) try_profiles(task, address);
}

void Scan::try_profiles(const Task& task, const std::string& address) {
  const bool is_secondary = task.search == Search::secondary;
  for (const auto& profile : settings_.profiles) {
    if (!speaks(*profile, task.protocol)) continue;
    const auto* bus = std::get_if<mbus::Model>(&profile->protocol);
    if (bus != nullptr && bus->by_number && !is_secondary) {  // who has a primary address has a number too
      const auto number = number_told(found_.back().told);
      if (is_number_of_one(Protocol::mbus, number) && can_be_asked(Protocol::mbus, number))
        try_profile(task, address, profile, std::stoull(number));
      continue;
    }
    if (bus != nullptr && !bus->by_number && is_secondary) continue;
    if (std::holds_alternative<cjt188::Model>(profile->protocol)) {
      if (const auto water = with_maker(*profile, address))
        try_profile(task, address, std::make_shared<const MeterProfile>(water->profile), water->number);
      continue;
    }
    if (address.empty() || address.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto number = std::stoull(address);
    if (is_address(*profile, number, task.protocol == Protocol::modbus_tcp)) try_profile(task, address, profile, number);
  }
}

void Scan::try_profile(const Task& task, const std::string& address, std::shared_ptr<const MeterProfile> profile,
                       std::uint64_t number) {
  Task trial{.search = Search::profile, .protocol = task.protocol, .line = task.line};
  trial.profile = std::move(profile);
  trial.place = {number, MeterId{number}, {}};
  trial.pattern = address;
  tasks_.push_front(std::move(trial));
}

void Scan::hear_profile(Task task, ByteView heard) {
  auto received = receive(exchange_, heard, Wire::quiet, carriage_);
  auto* answer = std::get_if<MeterAnswer>(&received);
  if (heard.empty() || answer == nullptr) return;
  task.answers.push_back(std::move(*answer));
  if (profile_exchange(task)) return tasks_.push_front(std::move(task));
  if (!decode_reading(*task.profile, task.place, Depth::full, task.answers)) return;
  for (auto& meter : found_)
    if (meter.protocol == task.protocol && meter.line == task.line && meter.address == task.pattern)
      meter.profiles.push_back(task.profile->model);
}

std::vector<FoundMeter> Scan::take_found() {
  const auto ready = found_.begin() + static_cast<std::ptrdiff_t>(ready_);
  std::vector<FoundMeter> out(std::make_move_iterator(found_.begin()), std::make_move_iterator(ready));
  found_.erase(found_.begin(), ready);
  ready_ = 0;
  return out;
}

ScanProgress Scan::progress() const {
  ScanProgress out{.line = {}, .protocol = {}, .asked = count_, .remains = {}};
  const auto& front = asked_ ? *asked_ : tasks_.empty() ? Task{} : tasks_.front();
  out.line = front.line;
  out.protocol = front.protocol;
  for (const auto& task : tasks_) {
    const auto left = static_cast<std::int64_t>(task.last - task.next) + 1 + task.tries_left;
    out.remains.micros += left * (timeout_of(task, exchange_of(task)).micros + settings_.pause.micros);
  }
  return out;
}

}  // namespace wattle::edge
