#include "shared/meter/line_watch.hpp"

#include <algorithm>

namespace wattle {
namespace {

using modbus::Side;

constexpr auto gateway_target_silent = exception_errc(0x0b);  // V1.1b3 chapter 7

bool is_meter_error(Error error) { return error && error.category() == meter_category(); }

/// A whole answer, or that the meter refuses: what was asked has been heard and understood.
bool is_answer(const Received& received) {
  if (std::holds_alternative<MeterAnswer>(received)) return true;
  const auto* bad = std::get_if<Bad>(&received);
  return bad != nullptr && is_meter_error(bad->error) && is_refusal(static_cast<MeterErrc>(bad->error.value()));
}

bool is_our_request(ByteView request, ByteView frame) {
  return request.size() >= frame.size() &&
         std::equal(frame.begin(), frame.end(), request.end() - static_cast<long>(frame.size()));
}

/// An order to one coil or register is answered by itself: one copy of it is the answer.
bool is_own_answer(const Exchange& exchange) {
  const auto* ask = std::get_if<ModbusAsk>(&exchange.ask);
  return ask != nullptr &&
         (ask->request.function == modbus::Function::write_coil || ask->request.function == modbus::Function::write_register);
}

/// Half-duplex adapters hear what they send.
Bytes without_echo(const Exchange& exchange, ByteView request, ByteView heard) {
  Bytes rest(heard.begin(), heard.end());
  auto echo = std::search(rest.begin(), rest.end(), request.begin(), request.end());
  if (echo == rest.end()) return rest;
  const auto behind = echo + static_cast<long>(request.size());
  if (is_own_answer(exchange) && std::search(behind, rest.end(), request.begin(), request.end()) == rest.end()) return rest;
  rest.erase(echo, behind);
  return rest;
}

/// Where the bytes do not tell, it is an answer if it is of the meter and function that were asked.
bool is_of_master(const LineFrame& frame, const Exchange& exchange, ByteView bytes) {
  if (frame.from != Side::either) return frame.from == Side::master;
  const auto* ask = std::get_if<ModbusAsk>(&exchange.ask);
  return ask == nullptr || bytes[0] != ask->unit || bytes[1] != static_cast<std::uint8_t>(ask->request.function);
}

bool runs_over(const Exchange& exchange, ByteView heard) {
  const auto heads = answer_heads(exchange, heard);
  return !heads.empty() && heard.size() > heads.front().offset + heads.front().size + overlong_slack;
}

/// Answers that have begun, whole or not. What looks like one within a sound frame is that frame's data.
std::size_t begun_answers(const Exchange& exchange, ByteView heard, const std::vector<LineFrame>& sound) {
  const auto heads = answer_heads(exchange, heard);
  const auto is_data = [&](const AnswerHead& head) {
    return std::any_of(sound.begin(), sound.end(), [&](const LineFrame& frame) {
      return frame.offset < head.offset && head.offset < frame.offset + frame.size;
    });
  };
  return heads.size() - static_cast<std::size_t>(std::count_if(heads.begin(), heads.end(), is_data));
}

LineFault fault_of(Error error) {
  if (!is_meter_error(error)) return LineFault::unfit;
  if (error == gateway_target_silent) return LineFault::silent;
  switch (static_cast<MeterErrc>(error.value())) {
    case MeterErrc::silence: return LineFault::silent;
    case MeterErrc::checksum:
    case MeterErrc::framing:
    case MeterErrc::end_mark:
    case MeterErrc::length: return LineFault::checksum;
    case MeterErrc::wrong_address: return LineFault::wrong_address;
    default: return LineFault::unfit;
  }
}

}  // namespace

const char* word(LineFault fault) {
  switch (fault) {
    case LineFault::silent: return "silent";
    case LineFault::checksum: return "checksum";
    case LineFault::wrong_address: return "wrong_address";
    case LineFault::collision: return "collision";
    case LineFault::foreign_master: return "foreign_master";
    case LineFault::unfit: return "unfit";
  }
  return "unknown";
}

std::vector<LineFaultChange> LineWatch::answered(const Exchange& exchange, Carriage carriage, ByteView heard, ByteView behind,
                                                 Tick now) {
  last_ = Question{exchange, carriage, request_bytes(exchange, carriage)};
  last_->was_heard = !heard.empty();
  auto changes = std::vector<LineFaultChange>();
  if (heard.empty()) {
    changes = note(LineFault::silent, now);
  } else {
    Bytes all(heard.begin(), heard.end());
    all.insert(all.end(), behind.begin(), behind.end());
    last_->was_answered = is_answer(receive(exchange, heard, Wire::quiet, carriage));
    changes = note(judge(*last_, all, now), now);
  }
  if (!heard.empty()) return changes;
  late_.push_back({exchange, now + late_answers_end});
  if (late_.size() > max_late_awaited) late_.pop_front();
  if (behind.empty()) return changes;
  const auto more = unasked(behind, now);
  changes.insert(changes.end(), more.begin(), more.end());
  return changes;
}

std::vector<LineFaultChange> LineWatch::unasked(ByteView heard, Tick now) { return note(judge_unasked(heard, now), now); }

std::optional<LineFault> LineWatch::judge(const Question& question, ByteView heard, Tick now) {
  const auto rest = without_echo(question.exchange, question.request, heard);
  if (rest.empty()) return LineFault::silent;
  const auto received = receive(question.exchange, rest, Wire::quiet, question.carriage);
  const bool answers = is_answer(received);
  const auto* bad = std::get_if<Bad>(&received);
  if (question.carriage.modbus_tcp) {
    if (answers && (bad == nullptr || bad->error != gateway_target_silent)) return std::nullopt;
    return fault_of(bad->error);
  }
  if (hears_foreign_master(question, rest, answers)) return LineFault::foreign_master;
  const auto frames = frames_on_line(protocol_of(question.exchange, {}), rest);
  std::size_t own = 0;
  std::vector<Bytes> strangers;
  for (const auto& frame : frames) {
    if (is_asked(question.exchange, frame.address))
      ++own;
    else if (!is_late(frame.address, now) && std::find(strangers.begin(), strangers.end(), frame.address) == strangers.end())
      strangers.push_back(frame.address);
  }
  own = std::max(own, begun_answers(question.exchange, rest, frames));
  const auto late = static_cast<std::size_t>(std::count_if(
      frames.begin(), frames.end(), [&](const LineFrame& frame) { return has_other_number(question, rest, frame); }));
  own -= std::min(own, late);
  if (answers) broken_.erase(request_bytes(question.exchange));
  const bool may_be_late = own > 1 && strangers.empty() && is_awaited(question.exchange, now);
  if (own + strangers.size() > 1) return may_be_late ? LineFault::unfit : LineFault::collision;
  if (late > 0) return LineFault::unfit;
  if (answers) return std::nullopt;
  return judge_bad(question, rest, bad != nullptr ? bad->error : WATTLE_FAIL(MeterErrc::framing));
}

/// An answer of the asked meter that carries its question's number, which is not this one's.
bool LineWatch::has_other_number(const Question& question, ByteView heard, const LineFrame& frame) {
  const auto received = receive(question.exchange, heard.subspan(frame.offset, frame.size), Wire::quiet, question.carriage);
  const auto* bad = std::get_if<Bad>(&received);
  return bad != nullptr && bad->error == MeterErrc::sequence;
}

std::optional<LineFault> LineWatch::judge_bad(const Question& question, ByteView heard, Error error) {
  const auto fault = fault_of(error);
  if (fault != LineFault::checksum) return fault;
  return runs_over(question.exchange, heard) || is_broken_alike(question.exchange, heard) ? LineFault::collision : fault;
}

bool LineWatch::hears_foreign_master(const Question& question, ByteView heard, bool is_answered) const {
  const auto own = protocol_of(question.exchange, question.carriage);
  for (const auto protocol : spoken_) {
    if (protocol != own && is_answered) continue;  // bytes of an answer make a frame of another protocol by chance
    for (const auto& frame : frames_on_line(protocol, heard)) {
      if (is_of_master(frame, question.exchange, heard.subspan(frame.offset, frame.size))) return true;
    }
  }
  return false;
}

bool LineWatch::is_late(const Bytes& address, Tick now) const {
  return std::any_of(late_.begin(), late_.end(),
                     [&](const Late& late) { return now < late.until && is_asked(late.exchange, address); });
}

bool LineWatch::is_awaited(const Exchange& exchange, Tick now) const {
  return std::any_of(late_.begin(), late_.end(),
                     [&](const Late& late) { return now < late.until && late.exchange == exchange; });
}

/// The head fits the question, the end is where it should be, and what lies between does not add up, again.
bool LineWatch::is_broken_alike(const Exchange& exchange, ByteView heard) {
  const auto heads = answer_heads(exchange, heard);
  if (heads.size() != 1 || heads.front().offset + heads.front().size != heard.size()) {
    broken_.erase(request_bytes(exchange));
    return false;
  }
  if (broken_.size() >= max_broken_remembered) broken_.clear();
  auto& broken = broken_[request_bytes(exchange)];
  const auto answer = heard.subspan(heads.front().offset);
  const bool is_same = std::equal(answer.begin(), answer.end(), broken.bytes.begin(), broken.bytes.end());
  broken.bytes.assign(answer.begin(), answer.end());
  return ++broken.running > broken_alike_at_most || is_same;
}

std::optional<LineFault> LineWatch::judge_unasked(ByteView heard, Tick now) const {
  std::optional<LineFault> worst;
  for (const auto protocol : spoken_) {
    const auto fault = judge_unasked(protocol, heard, now);
    if (fault == LineFault::foreign_master) return fault;
    if (fault) worst = fault;
  }
  return worst;
}

std::optional<LineFault> LineWatch::judge_unasked(Protocol protocol, ByteView heard, Tick now) const {
  std::optional<LineFault> fault;
  for (const auto& frame : frames_on_line(protocol, heard)) {
    const auto bytes = heard.subspan(frame.offset, frame.size);
    const bool is_ours = last_ && protocol == protocol_of(last_->exchange, last_->carriage);
    const bool is_echo = is_ours && is_our_request(last_->request, bytes) && !last_->was_heard;
    if (is_echo) continue;
    const bool is_master = is_ours ? is_of_master(frame, last_->exchange, bytes) : frame.from != Side::meter;
    if (is_master) return LineFault::foreign_master;
    const bool is_of_asked = is_ours && is_asked(last_->exchange, frame.address);
    if (is_late(frame.address, now) || (is_of_asked && !last_->was_answered))
      fault = LineFault::unfit;
    else if (is_of_asked && is_answer(receive(last_->exchange, bytes, Wire::quiet, last_->carriage)))
      return LineFault::collision;
    else
      fault = is_of_asked ? LineFault::unfit : LineFault::wrong_address;
  }
  return fault;
}

std::vector<LineFaultChange> LineWatch::note(std::optional<LineFault> fault, Tick now) {
  std::vector<LineFaultChange> changes;
  for (const auto each : all_line_faults) {
    auto& kind = kinds_[static_cast<std::size_t>(each)];
    if (each == fault) {
      if (!kind.is_on) kind.before = kind.count;
      ++kind.count;
      kind.last = now;
      if (!kind.is_on) changes.push_back({each, true, 1});
      kind.is_on = true;
    } else if (kind.is_on && kind.last + line_fault_over_after <= now) {
      kind.is_on = false;
      changes.push_back({each, false, kind.count - kind.before});
    }
  }
  return changes;
}

}  // namespace wattle
