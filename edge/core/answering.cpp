// The cloud's requests, each answered exactly once, in the same commit as the slices that it closes.

#include "edge/core/engine.hpp"

namespace wattle::edge {

namespace {
constexpr std::int64_t fen_micros = 10'000;  // what a provider can pay
}

void Engine::answer_requests() {
  const auto requests = link_.state().requests();  // answering changes the state's own
  for (const auto& [number, request] : requests) {
    if (!may_mint()) return;
    const auto* room = link_.state().find(request.room);
    const bool here = room != nullptr && room->open && room->opening == request.opening;
    if (request.kind != Kind::close_request && request.kind != Kind::release_request)
      answer_nothing(number, request, AnswerReason::not_understood);
    else if (request.cancelled)
      answer_nothing(number, request, AnswerReason::cancelled);
    else if (!here)
      answer_nothing(number, request, AnswerReason::room_not_here);
    else if (!is_read(request.room))
      continue;  // at the next reading
    else if (request.kind == Kind::close_request)
      answer_close(number, request);
    else
      answer_release(number, request);
  }
}

bool Engine::answer_nothing(std::uint64_t number, const RequestState& request, AnswerReason reason) {
  auto made = entry(Kind::answer, request.room);
  made.cause = Place{link_.holder(), Direction::down, number};
  set_detail(made, Answer{request.id, reason});
  return mint(std::move(made)).has_value();
}

bool Engine::answer_release(std::uint64_t number, const RequestState& request) {
  if (!close_slices(request.room)) return false;
  const auto holder = link_.holder();
  const bool of_room = request.allow == Utility::none;
  const auto from = of_room ? room_pocket(request.room, holder) : allow_pocket(request.room, request.allow, holder);
  Money released = min(request.at_most, link_.state().balance(from));
  if (of_room) released.micros -= released.micros % fen_micros;
  if (released.micros <= 0) return answer_nothing(number, request, AnswerReason::nothing_left);
  auto made = entry(Kind::answer, request.room);
  made.cause = Place{holder, Direction::down, number};
  made.lines.push_back({from, transit_pocket(request.id, request.allow), released, false});
  set_detail(made, Answer{request.id, AnswerReason::released});
  return mint(std::move(made)).has_value();
}

bool Engine::answer_close(std::uint64_t number, const RequestState& request) {
  if (!close_slices(request.room)) return false;
  const auto holder = link_.holder();
  const auto& room = *link_.state().find(request.room);
  for (const auto& circuit : room.circuits)  // the next stay will be charged for what this one has used
    if (has_no_price(circuit)) raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::price_unknown), request.room);
  auto made = entry(Kind::close, request.room);
  made.cause = Place{holder, Direction::down, number};
  if (room.balance.micros > 0)
    made.lines.push_back({room_pocket(request.room, holder), transit_pocket(request.id), room.balance, false});
  for (const auto& [utility, money] : room.allow)
    if (money.micros > 0)
      made.lines.push_back({allow_pocket(request.room, utility, holder), transit_pocket(request.id, utility), money, false});
  set_detail(made, Close{request.id, room.opening, room.circuits});
  for (const auto& circuit : room.circuits) accruals_.erase(circuit.circuit);
  opened_.erase(request.room);
  const auto opening = room.opening;  // the state is another once it is minted
  if (!mint(std::move(made))) return false;
  if (ends_stay(number)) note_ended(request.room, opening);
  return true;
}

/// The request to close leads nowhere.
bool Engine::ends_stay(std::uint64_t number) const {
  const auto record = link_.down().at(number);
  const auto asked = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  const auto detail = asked ? detail_of<CloseRequest>(*asked) : std::nullopt;
  return detail && detail->destination == EdgeId{};
}

/// Money that reached a room after it had left goes on at once, each sort by itself.
void Engine::forward_leftovers() {
  const auto rooms = link_.state().rooms();
  for (const auto& [id, room] : rooms) {
    if (room.open || !may_mint()) continue;
    const auto forward = [&](const Pocket& from, Money amount) {
      if (amount.micros <= 0) return;
      const auto transit = entropy_->uid();
      auto made = entry(Kind::forward, id);
      made.outside = OutsideId("forward/" + to_hex(transit));
      made.lines.push_back({from, transit_pocket(transit, from.utility), amount, false});
      set_detail(made, Credit{room.opening});
      mint(std::move(made));
    };
    forward(room_pocket(id, link_.holder()), room.balance);
    for (const auto& [utility, money] : room.allow) forward(allow_pocket(id, utility, link_.holder()), money);
  }
}

}  // namespace wattle::edge
