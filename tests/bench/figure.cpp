#include "tests/bench/figure.hpp"

#include <time.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

namespace wattle::bench {

namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Thousands apart where there are any, else three figures.
std::string in_words(double value) {
  char text[64];
  if (std::abs(value) < 1000) {
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
  }
  std::snprintf(text, sizeof text, "%.0f", value);
  std::string digits = text;
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace

double cpu_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
double wall_seconds() { return seconds_of(CLOCK_MONOTONIC); }

bool Figure::is_ok() const {
  if (!target) return true;
  const double reached = ratio.value_or(value);
  return at_most ? reached <= *target : reached >= *target;
}

std::string to_line(const Figure& figure) {
  std::string beside;
  if (figure.ratio && figure.baseline) beside = in_words(*figure.ratio) + " of " + in_words(*figure.baseline);
  std::string wanted;
  if (figure.target) wanted = (figure.at_most ? "at most " : "at least ") + in_words(*figure.target);
  char line[256];
  std::snprintf(line, sizeof line, "%-34s %12s %-12s %-22s %-20s %s", figure.name.c_str(), in_words(figure.value).c_str(),
                figure.unit.c_str(), beside.c_str(), wanted.c_str(),
                !figure.target   ? ""
                : figure.is_ok() ? "ok"
                                 : "MISSED");
  return line;
}

std::string to_json(const Figure& figure) {
  const auto number_or_null = [](const std::optional<double>& number) {
    return number ? boost::json::value(*number) : boost::json::value(nullptr);
  };
  return boost::json::serialize(boost::json::object{{"name", figure.name},
                                                    {"value", figure.value},
                                                    {"unit", figure.unit},
                                                    {"baseline", number_or_null(figure.baseline)},
                                                    {"ratio", number_or_null(figure.ratio)},
                                                    {"target", number_or_null(figure.target)},
                                                    {"ok", figure.is_ok()}});
}

}  // namespace wattle::bench
