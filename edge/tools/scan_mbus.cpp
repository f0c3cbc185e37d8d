// How a scan asks M-Bus: primary addresses, then numbers. Several who answer at once, in step and nearly alike, may look like
// one meter that there is not.

#include <algorithm>
#include <utility>

#include "edge/tools/scan.hpp"

namespace wattle::edge {
namespace {

constexpr std::size_t least_of_noise = 8;  // bytes beside a frame; fewer are no other meter
constexpr unsigned tries_at_garbled = 3;

}  // namespace

std::string Scan::number_told(const Fields& told) {
  const auto id = std::find_if(told.begin(), told.end(), [](const Field& f) { return f.name == "id"; });
  return id == told.end() ? std::string() : to_text(id->value);
}

/// Nothing unless one meter answers, whole and alone.
std::optional<Scan::Telegram> Scan::telegram_in(ByteView heard) {
  const auto frames = frames_on_line(Protocol::mbus, heard);
  const auto sound = std::find_if(frames.begin(), frames.end(), [](const LineFrame& f) { return f.size > 1; });
  if (sound == frames.end() || heard.size() >= sound->size + least_of_noise) return std::nullopt;
  const auto frame = heard.subspan(sound->offset, sound->size);
  const auto from = sound->address.empty() ? mbus::selected : sound->address.front();
  return Telegram{frame, number_told(told_in(Protocol::mbus, frame)), from};
}

void Scan::hear_mbus(Task task, ByteView heard) {
  const bool is_acknowledged = std::find(heard.begin(), heard.end(), 0xe5) != heard.end();
  if (!task.is_selected && is_acknowledged) {
    task.is_selected = true;
    return tasks_.push_front(std::move(task));
  }
  const bool was_selected = std::exchange(task.is_selected, false);
  if (task.search == Search::number) return hear_number(std::move(task), was_selected ? heard : ByteView{});
  if (task.search == Search::again) return hear_again(std::move(task), was_selected ? heard : ByteView{});
  if (!was_selected || heard.empty()) return task.wide ? unchecked(std::move(task), {}) : step(std::move(task));
  const auto told = telegram_in(heard);
  if (!told && task.search == Search::primaries && ++task.garbled < tries_at_garbled) return tasks_.push_front(std::move(task));
  task.garbled = 0;
  if (!task.wide) step(task);
  if (!told && task.search == Search::secondary) return narrow(task);
  if (!told) {
    crowded_.emplace_back(task.line, static_cast<std::uint8_t>(task.next));
    return found(task, std::to_string(task.next), {}, true);
  }
  if (task.search == Search::primaries) return confirm(std::move(task), *told);
  // Who has a primary address is found by its number too.
  if (!is_selected_by(pattern_of(task), told->number))
    return found(task, told->number.empty() ? pattern_of(task) : told->number, told->frame, false);
  if (told->number != pattern_of(task)) {
    if (task.wide) return unchecked(std::move(task), {});
    const bool is_crowded = std::count(crowded_.begin(), crowded_.end(), std::pair(task.line, told->from)) > 0;
    return is_crowded && is_known(task, told->number) ? narrow(task) : check(task, told->number);
  }
  by_number_.push_back({task.line, told->from, told->number});
  found(task, told->number, told->frame, false);
}

/// Whether there is one of this number: it is asked by it.
void Scan::confirm(Task task, const Telegram& told) {
  if (!is_number_of_one(Protocol::mbus, told.number) || !can_be_asked(Protocol::mbus, told.number))
    return found(task, std::to_string(task.next), told.frame, false);
  task.search = Search::number;
  task.pattern = told.number;
  task.before = Bytes(told.frame.begin(), told.frame.end());
  task.last = task.next;
  task.tries_left = settings_.quick ? 0 : 1;
  tasks_.push_front(std::move(task));
}

/// By its number. Who does not answer to that may be a meter that knows no numbers, or none at all: what the search by number
/// finds will tell.
void Scan::hear_number(Task task, ByteView heard) {
  const auto told = telegram_in(heard);
  const auto before = telegram_in(task.before);
  const bool is_it = told && told->number == task.pattern && (told->from == before->from || told->from == mbus::selected);
  if (!is_it) {
    crowded_.emplace_back(task.line, before->from);
    return doubts_.push_back(std::move(task));
  }
  // Its count of accesses is now another one than that of whoever has spoken in step with it.
  task.search = Search::again;
  tasks_.push_front(std::move(task));
}

void Scan::hear_again(Task task, ByteView heard) {
  const auto told = telegram_in(heard);
  if (!told && !heard.empty() && ++task.garbled < tries_at_garbled) return tasks_.push_front(std::move(task));
  const bool are_several = !heard.empty() && (!told || told->number != task.pattern);
  if (are_several) {
    crowded_.emplace_back(task.line, static_cast<std::uint8_t>(task.next));
    return found(task, std::to_string(task.next), {}, true);
  }
  know(task, task.pattern);
  found(task, std::to_string(task.next), task.before, false);
}

/// When all numbers of a line are known: others who answer from that address have spoken at once, and the number was nobody's.
void Scan::settle_doubts() {
  const auto is_searched = [&](const Task& doubt) {
    return std::any_of(tasks_.begin(), tasks_.end(),
                       [&](const Task& task) { return task.search == Search::secondary && task.line == doubt.line; });
  };
  const auto settled = std::stable_partition(doubts_.begin(), doubts_.end(), is_searched);
  std::vector<Task> ready(std::make_move_iterator(settled), std::make_move_iterator(doubts_.end()));
  doubts_.erase(settled, doubts_.end());
  for (const auto& doubt : ready) {
    const auto from = telegram_in(doubt.before)->from;
    const auto is_there = [&](const ByNumber& meter) {
      return meter.line == doubt.line && (meter.from == from || meter.from == mbus::selected);
    };
    const auto is_it = [&](const ByNumber& meter) { return is_there(meter) && meter.number == doubt.pattern; };
    if (std::any_of(by_number_.begin(), by_number_.end(), is_it)) continue;  // it is told already
    const bool are_several = std::any_of(by_number_.begin(), by_number_.end(), is_there);
    found(doubt, std::to_string(doubt.next), are_several ? ByteView{} : ByteView(doubt.before), are_several);
  }
}

}  // namespace wattle::edge
