#include "edge/told_rows.hpp"

#include <algorithm>

#include "edge/report.hpp"

namespace wattle::edge {

void ToldRows::begin_anew() {
  const std::uint64_t most = report_rows_max - report_rows_again;
  told_ = log_->newest() - std::min(log_->newest(), most);
}

std::vector<RelayRow> ToldRows::next() {
  auto rows = log_->rows_after(told_ - std::min(told_, report_rows_again), report_rows_max);
  if (!rows.empty()) told_ = std::max(told_, rows.back().number);
  return rows;
}

}  // namespace wattle::edge
