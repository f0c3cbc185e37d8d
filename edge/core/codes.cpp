// Offline codes: redeemed once a number, when the code is typed or when its issue arrives, whichever is first.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {

namespace {

/// Wrong tries of one hour, kept over a reboot. Row of Table::tries; the key is the room, 0 for the whole box.
struct WrongTries {
  std::int64_t hour = 0;
  int count = 0;
};
template <class F>
void fields(F& f, WrongTries& v) {
  f(v.hour), f(v.count);
}

constexpr RoomId whole_box{0};

}  // namespace

std::uint32_t Engine::code_epoch(RoomId room) const {
  const auto at = link_.state().config().find("code_epoch/" + std::to_string(room.value));
  if (at == link_.state().config().end()) return 0;
  return from_bytes<std::uint32_t>(at->second.value).value_or(0);
}

/// A clock set back does not unlock: only a later hour begins anew, or an hour of this process. Else a clock that had run
/// ahead, or one that stands in the past, would lock until the row's hour comes.
int Engine::wrong_tries(RoomId counted, std::int64_t hour) {
  const auto row = store_->row(Table::tries, to_bytes(counted));
  const auto tries = row ? from_bytes<WrongTries>(*row) : std::nullopt;
  if (!tries || tries->hour <= hour) {
    tries_ahead_since_.erase(counted);
    return tries && tries->hour == hour ? tries->count : 0;
  }
  const auto since = tries_ahead_since_.try_emplace(counted, now_.tick).first->second;
  return now_.tick - since < hours(1) ? tries->count : 0;
}

bool Engine::is_locked(RoomId room) {
  const auto hour = now_.wall.micros / hours(1).micros;
  return wrong_tries(room, hour) >= wrong_codes_per_hour_max || wrong_tries(whole_box, hour) >= wrong_codes_per_box_max;
}

void Engine::count_wrong_try(RoomId room) {
  const auto hour = now_.wall.micros / hours(1).micros;
  for (const auto counted : {room, whole_box}) {
    const WrongTries tries{hour, wrong_tries(counted, hour) + 1};
    commit_.push_back(PutRow{Table::tries, to_bytes(counted), to_bytes(tries)});
  }
}

void Engine::on(const CodeTyped& typed) {
  Money amount;
  const auto outcome = redeem_typed(typed, amount);
  if (outcome == CodeOutcome::not_a_code || outcome == CodeOutcome::used) count_wrong_try(typed.room);
  outcome_.push_back(CodeAnswered{typed.room, outcome, amount, position()});
}

CodeOutcome Engine::redeem_typed(const CodeTyped& typed, Money& amount) {
  const auto* room = link_.state().find(typed.room);
  if (room == nullptr || !room->open || !may_mint()) return CodeOutcome::room_not_here;
  if (is_locked(typed.room)) return CodeOutcome::locked;
  const auto epoch = code_epoch(typed.room);
  const CodePlace place{link_.holder(), typed.room, CodeEpoch{epoch}};
  const auto payload = read_code(*crypto_, config_.code_key, place, typed.digits);
  if (!payload) return CodeOutcome::not_a_code;
  const CodeName name{typed.room, epoch, payload->number};
  amount = yuan(payload->yuan);
  if (is_issued(name, amount)) {  // read, but not yet redeemed
    redeem_issues();
    return CodeOutcome::accepted;
  }
  if (link_.state().used_codes().contains(name)) return CodeOutcome::used;
  // What is honoured before its issue arrives stands below zero in `codes`; the grant limits how far.
  if (link_.state().codes_balance().micros - amount.micros < -link_.state().grant().codes_cap.micros)
    return CodeOutcome::cap_reached;
  auto made = entry(Kind::redeem, typed.room);
  set_detail(made, Redeem{name, amount});
  made.lines.push_back({codes_pocket(link_.holder()), room_pocket(typed.room, link_.holder()), amount, false});
  return mint(std::move(made)) ? CodeOutcome::accepted : CodeOutcome::used;
}

bool Engine::is_issued(const CodeName& name, Money amount) const {
  const auto& issues = link_.state().unredeemed();
  return std::any_of(issues.begin(), issues.end(),
                     [&](const auto& issue) { return issue.second.name == name && issue.second.amount == amount; });
}

void Engine::redeem_issues() {
  const auto issues = link_.state().unredeemed();
  for (const auto& [number, code] : issues) {
    if (!may_mint()) return;
    const auto* room = link_.state().find(code.name.room);
    const bool here = room != nullptr && room->open && room->opening == code.opening;
    auto made = entry(Kind::redeem, code.name.room);
    made.cause = Place{link_.holder(), Direction::down, number};
    set_detail(made, Redeem{code.name, code.amount});
    const auto to = here ? room_pocket(code.name.room, link_.holder()) : transit_pocket(entropy_->uid());
    made.lines.push_back({codes_pocket(link_.holder()), to, code.amount, false});
    mint(std::move(made));
  }
}

}  // namespace wattle::edge
