#include "shared/meter/parts.hpp"

#include "shared/base/check.hpp"

namespace wattle {
namespace {

bool is_refused(const Bad& bad) {
  return bad.error.category() == meter_category() && is_refusal(static_cast<MeterErrc>(bad.error.value()));
}

}  // namespace

bool JoinedAnswer::take(Received said) {
  auto* part = std::get_if<MeterAnswer>(&said);
  auto* before = whole_ ? std::get_if<MeterAnswer>(&*whole_) : nullptr;
  ++parts_;
  if (part == nullptr || before == nullptr) {
    const auto* bad = std::get_if<Bad>(&said);
    const bool is_all_it_has = before != nullptr && bad != nullptr && is_refused(*bad);
    if (!is_all_it_has) whole_ = std::move(said);
  } else {
    before->data.insert(before->data.end(), part->data.begin(), part->data.end());
    before->more = part->more;
  }
  const auto* ask = std::get_if<dlt645::Request>(&first_.ask);
  const auto* joined = std::get_if<MeterAnswer>(&*whole_);
  const bool goes_on = ask != nullptr && part != nullptr && joined != nullptr && joined->more;
  if (!goes_on || joined->data.size() >= ask->needs || parts_ >= answer_parts_max) return false;
  now_ = {dlt645::read_more(*ask, static_cast<std::uint8_t>(parts_))};
  return true;
}

Received JoinedAnswer::whole() && {
  WATTLE_CHECK(whole_);
  return *std::move(whole_);
}

}  // namespace wattle
