#pragma once
// One JSON document to the cloud and its answer, over libcurl. It waits; whoever calls has nothing else to do yet.

#include <functional>
#include <string>

#include "edge/io/errors.hpp"
#include "shared/base/time.hpp"

namespace wattle::edge {

inline constexpr std::size_t http_answer_bytes_max = 64 * 1024;

struct HttpPost {
  std::string url;
  std::string body;
  std::string ca_file;  // empty: the system's authorities
  Duration connect_time = seconds(5);
  Duration whole_time = seconds(20);
  /// Asked now and then; true gives the attempt up.
  std::function<bool()> give_up = [] { return false; };
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// ClaimErrc::url unless https, or http to this very machine: keys and codes never cross a network in the clear.
Result<void> check_cloud_url(const std::string& url);
/// ClaimErrc::unreachable with libcurl's reason in `why`. Redirects are answers like any other; proxies are not used.
Result<HttpAnswer> http_post(const HttpPost& post, std::string& why);

}  // namespace wattle::edge
