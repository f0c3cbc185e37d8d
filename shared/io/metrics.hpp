#pragma once
// Counters and gauges, and their Prometheus text (exposition format 0.0.4). A series is made once and kept by reference; its
// updates are lock-free. Names and labels come from our own code, never from the network.

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wattle {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Metrics {
 public:
  static constexpr std::size_t series_limit = 10'000;  // for each name; what comes beyond shares one series "overflow"

  /// The series stays valid as long as the registry.
  Counter& counter(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  std::string prometheus_text() const;

 private:
  template <class Value>
  struct Family {
    std::string help;
    std::map<std::string, Value> series;  // by rendered labels
  };
  template <class Value>
  using Families = std::map<std::string, Family<Value>, std::less<>>;

  template <class Value>
  Value& find(Families<Value>& families, std::string_view name, std::string_view help, const MetricLabels& labels);
  template <class Value>
  static void render(std::string& out, const Families<Value>& families, std::string_view type);

  mutable std::mutex mutex_;
  Families<Counter> counters_;
  Families<Gauge> gauges_;
};

}  // namespace wattle
