#pragma once
// What is wrong with a line, judged by the bytes that are heard on it, counted, and told when it begins and when it is over.
// All of it is a best guess, for counters and for people: no value is taken or refused by it.
//
// What bytes can honestly tell:
//  - silent: nothing came but, at most, our own echo. A gateway's exception 0B (target silent) counts too.
//  - checksum: bytes came, and no frame among them is whole.
//  - wrong_address: one sound frame of a meter that was not asked.
//  - collision: meters spoke at once. Seen by two answers that have begun where one was asked for (of two meters, or of one
//    address twice, one cut into by the other or not), by an answer that goes on behind its end, or by answers of one meter
//    that begin and end as they should and fail in their checksum alone: twice the same bytes, or three times running. Noise
//    does not repeat itself, and spoils heads and lengths too.
//  - foreign_master: a request that is not ours, whether we wait or nobody does. Our own, heard once while we wait, is the echo
//  of
//    a half-duplex adapter.
//  - unfit: a sound frame of a meter that was asked, and no answer to the question: late, or of another function. CJ/T 188
//    numbers its questions, so that a late answer is seen also beside the right one.

#include <deque>
#include <map>
#include <optional>

#include "shared/base/time.hpp"
#include "shared/meter/line_frames.hpp"

namespace wattle {

enum class LineFault : std::uint8_t { silent, checksum, wrong_address, collision, foreign_master, unfit };
inline constexpr LineFault all_line_faults[] = {LineFault::silent,    LineFault::checksum,       LineFault::wrong_address,
                                                LineFault::collision, LineFault::foreign_master, LineFault::unfit};
inline constexpr std::size_t line_fault_kinds = std::size(all_line_faults);
/// "foreign_master": stable, for counters and logs.
const char* word(LineFault fault);

inline constexpr Duration line_fault_over_after = minutes(10);  // longer than a silent meter is left alone
inline constexpr Duration late_answers_end = seconds(5);   // after its question an answer is no longer taken for a late one
inline constexpr std::size_t max_late_awaited = 16;        // questions without an answer that are remembered
inline constexpr std::size_t max_broken_remembered = 256;  // meters whose last answer was broken
inline constexpr std::size_t overlong_slack = 4;           // bytes of noise behind an answer that are no second one
inline constexpr unsigned broken_alike_at_most = 2;        // answers running, bad in their checksum alone

struct LineFaultChange {
  LineFault fault{};
  bool begins = false;      // or is over
  std::uint64_t count = 0;  // since it began
};

class LineWatch {
 public:
  /// What the meters of the line speak.
  explicit LineWatch(std::vector<Protocol> spoken) : spoken_(std::move(spoken)) {}

  /// A question has had its time. `heard` is what the bus gave for it, empty for silence; `behind` what came after that, until
  /// the line was quiet.
  std::vector<LineFaultChange> answered(const Exchange& exchange, Carriage carriage, ByteView heard, ByteView behind, Tick now);
  /// Bytes from the time when nobody was asked. Noise in which no frame is counts as nothing: drivers make some when they let
  /// go.
  std::vector<LineFaultChange> unasked(ByteView heard, Tick now);

  struct Seen {
    std::uint64_t count = 0;
    Tick last;           // of a fault that was seen
    bool is_on = false;  // it is not over
  };
  Seen seen(LineFault fault) const {
    const auto& kind = kinds_[static_cast<std::size_t>(fault)];
    return {kind.count, kind.last, kind.is_on};
  }
  std::uint64_t count(LineFault fault) const { return seen(fault).count; }

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::uint64_t before = 0;  // it began
    bool is_on = false;
    Tick last;
  };
  struct Question {
    Exchange exchange;
    Carriage carriage;
    Bytes request;
    bool was_heard = false;  // something came, so that its echo is not to come any more
    bool was_answered = false;
  };
  struct Late {
    Exchange exchange;
    Tick until;
  };
  struct Broken {
    Bytes bytes;
    unsigned running = 0;
  };

  std::optional<LineFault> judge(const Question& question, ByteView heard, Tick now);
  static bool has_other_number(const Question& question, ByteView heard, const LineFrame& frame);
  std::optional<LineFault> judge_bad(const Question& question, ByteView heard, Error error);
  std::optional<LineFault> judge_unasked(ByteView heard, Tick now) const;
  std::optional<LineFault> judge_unasked(Protocol protocol, ByteView heard, Tick now) const;
  bool hears_foreign_master(const Question& question, ByteView heard, bool is_answered) const;
  bool is_late(const Bytes& address, Tick now) const;
  /// Whether the same question stayed without an answer just now.
  bool is_awaited(const Exchange& exchange, Tick now) const;
  bool is_broken_alike(const Exchange& exchange, ByteView heard);
  std::vector<LineFaultChange> note(std::optional<LineFault> fault, Tick now);

  std::vector<Protocol> spoken_;
  std::array<Kind, line_fault_kinds> kinds_;
  std::optional<Question> last_;
  std::deque<Late> late_;           // to silence
  std::map<Bytes, Broken> broken_;  // by the bytes that ask the meter
};

}  // namespace wattle
