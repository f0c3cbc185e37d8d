#include "cloud/gateway/read_demands.hpp"

#include "shared/io/clock.hpp"

namespace wattle::cloud {

bool ReadDemands::wait(Holder box, std::uint64_t id, Done done) {
  if (waiting_.size() >= read_demands_max || waiting_.contains(id)) return false;
  auto timer = std::make_unique<boost::asio::steady_timer>(loop_);
  timer->expires_after(to_chrono(patience_));
  timer->async_wait([this, id](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    const auto late = waiting_.extract(id);
    if (!late.empty()) late.mapped().done(std::nullopt);
  });
  waiting_.emplace(id, Waiting{box, std::move(done), std::move(timer)});
  return true;
}

bool ReadDemands::answered(Holder from, const ReadAnswer& answer) {
  const auto at = waiting_.find(answer.id);
  if (at == waiting_.end() || at->second.box != from) return false;
  const auto done = std::move(at->second.done);
  waiting_.erase(at);
  done(answer);
  return true;
}

}  // namespace wattle::cloud
