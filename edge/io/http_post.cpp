#include "edge/io/http_post.hpp"

#include <curl/curl.h>

#include <memory>

#include "shared/base/check.hpp"

namespace wattle::edge {
namespace {

std::size_t take(char* data, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size * count > http_answer_bytes_max) return 0;  // ends the transfer
  body.append(data, size * count);
  return size * count;
}

int progress(void* post, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const HttpPost*>(post)->give_up() ? 1 : 0;
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

void set_up(CURL* curl, const HttpPost& post, curl_slist* headers, std::string& body, char* why) {
  const auto millis = [](Duration d) { return static_cast<long>(d.micros / 1000); };
  bool all = true;
  const auto set = [&](CURLoption option, auto value) { all = curl_easy_setopt(curl, option, value) == CURLE_OK && all; };
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_URL, post.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");  // or libcurl would look for one in the environment
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_CONNECTTIMEOUT_MS, millis(post.connect_time));
  set(CURLOPT_TIMEOUT_MS, millis(post.whole_time));
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_POSTFIELDSIZE, static_cast<long>(post.body.size()));
  set(CURLOPT_POSTFIELDS, post.body.c_str());
  set(CURLOPT_WRITEFUNCTION, &take);
  set(CURLOPT_WRITEDATA, &body);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &progress);
  set(CURLOPT_XFERINFODATA, const_cast<HttpPost*>(&post));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!post.ca_file.empty()) set(CURLOPT_CAINFO, post.ca_file.c_str());
  WATTLE_CHECK(all);
}

}  // namespace

Result<void> check_cloud_url(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return WATTLE_FAIL(ClaimErrc::url);
  const auto scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  const auto host = part_of(parsed.get(), CURLUPART_HOST);
  const bool here = host == "127.0.0.1" || host == "localhost" || host == "[::1]";
  if (scheme == "https" || (scheme == "http" && here)) return {};
  return WATTLE_FAIL(ClaimErrc::url);
}

Result<HttpAnswer> http_post(const HttpPost& post, std::string& why) {
  if (const auto checked = check_cloud_url(post.url); !checked) return checked.error();
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all);
  WATTLE_CHECK(curl != nullptr && headers != nullptr);
  HttpAnswer answer;
  char reason[CURL_ERROR_SIZE] = "";
  set_up(curl.get(), post, headers.get(), answer.body, reason);
  const auto code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    why = reason[0] != '\0' ? reason : curl_easy_strerror(code);
    return WATTLE_FAIL(ClaimErrc::unreachable);
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace wattle::edge
