#include "shared/io/metrics.hpp"

namespace wattle {
namespace {

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string label_text(const MetricLabels& labels) {
  if (labels.empty()) return {};
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ',';
    out += name + "=\"" + label_value(value) + '"';
  }
  return out + '}';
}

}  // namespace

template <class Value>
Value& Metrics::find(Families<Value>& families, std::string_view name, std::string_view help, const MetricLabels& labels) {
  const std::lock_guard guard(mutex_);
  auto family = families.find(name);
  if (family == families.end()) {
    family = families.emplace(std::string(name), Family<Value>{}).first;
    family->second.help = help;
  }
  auto& series = family->second.series;
  auto key = label_text(labels);
  if (series.size() >= series_limit && !series.contains(key)) key = R"({series="overflow"})";
  return series.try_emplace(std::move(key)).first->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const MetricLabels& labels) {
  return find(counters_, name, help, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const MetricLabels& labels) {
  return find(gauges_, name, help, labels);
}

template <class Value>
void Metrics::render(std::string& out, const Families<Value>& families, std::string_view type) {
  for (const auto& [name, family] : families) {
    out += "# HELP " + name + ' ' + family.help + "\n# TYPE " + name + ' ';
    out += type;
    out += '\n';
    for (const auto& [labels, value] : family.series) out += name + labels + ' ' + std::to_string(value.value()) + '\n';
  }
}

std::string Metrics::prometheus_text() const {
  const std::lock_guard guard(mutex_);
  std::string out;
  render(out, counters_, "counter");
  render(out, gauges_, "gauge");
  return out;
}

}  // namespace wattle
