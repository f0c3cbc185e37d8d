// Power, voltage and current that do not belong together: whether they are asked for once more, and what is made of them then.

#include <algorithm>
#include <utility>

#include "edge/core/poll_plan.hpp"
#include "shared/meter/agreement.hpp"

namespace wattle::edge {

/// What was switched between two questions is over when the same are asked at once again.
bool PollPlan::asks_again(const Reading& reading, Tick now) {
  if (pending_.first) return false;
  auto& meter = *pending_.meter;
  std::vector<Circuit*> disagree;
  for (auto& circuit : meter.circuits)
    if (figures_disagree(*meter.is.profile, reading, circuit.index)) disagree.push_back(&circuit);
  const auto may_ask = [now](const Circuit* circuit) { return circuit->figures.may_ask_again(now); };
  if (std::none_of(disagree.begin(), disagree.end(), may_ask)) return false;
  for (auto* circuit : disagree) circuit->figures.asked_again(now);
  pending_ = {&meter, pending_.depth, false, {}, {}, FirstReading{reading, now, std::move(disagree)}, pending_.spent};
  return true;
}

/// Of two readings the second one judges what the first one had against it, and nothing else.
void PollPlan::judge_figures(Meter& meter, const Reading& reading, bool is_full, const std::optional<FirstReading>& first,
                             Polled& polled) {
  const auto is_judged = [&](const Circuit& circuit) {
    return !first || std::find(first->disagree.begin(), first->disagree.end(), &circuit) != first->disagree.end();
  };
  for (auto& circuit : meter.circuits) {
    circuit.disagrees = is_full && figures_disagree(*meter.is.profile, reading, circuit.index);
    if (!is_full || !is_judged(circuit)) continue;
    const auto news = circuit.figures.read(circuit.disagrees);
    if (!news) continue;
    if (*news)
      notice(polled, PollNotice::figures_disagree, circuit, WATTLE_FAIL(MeterErrc::disagree));
    else
      notice(polled, PollNotice::figures_agree, circuit);
  }
}

/// The meter was heard, and its register and relay are as good as any.
void PollPlan::take_first(Polled& polled) {
  auto& meter = *pending_.meter;
  meter.doubted.reset();  // of another moment than what comes next
  meter.doubts = 0;
  const auto first = *pending_.first;
  conclude(first.reading, first.at, polled);
}

}  // namespace wattle::edge
