#pragma once
// A client that sends exactly the bytes it is told to, and a small server for it: what a browser would never do is done here.

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <string>
#include <thread>

#include "cloud/http/problem.hpp"
#include "cloud/http/server.hpp"
#include "shared/api/json.hpp"
#include "shared/api/money_text.hpp"
#include "shared/base/check.hpp"

namespace wattle::http::test {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    WATTLE_CHECK(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }

  /// False when the server no longer takes it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// Until the text holds the wanted, the server closes, or five seconds are over; leaves what was read in received().
  bool read_until(std::string_view wanted) {
    while (received_.find(wanted) == std::string::npos) {
      if (!read_once()) return false;
    }
    return true;
  }
  /// Everything until the server closes; false when it does not.
  bool read_to_end() {
    while (read_once()) {
    }
    return closed_;
  }
  std::string& received() { return received_; }
  std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (auto at = received_.find(text); at != std::string::npos; at = received_.find(text, at + 1)) ++n;
    return n;
  }

 private:
  bool read_once() {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, 5000) != 1) return false;
    char part[4096];
    const auto n = ::recv(fd_, part, sizeof part, 0);
    if (n <= 0) {
      closed_ = true;
      return false;
    }
    received_.append(part, static_cast<std::size_t>(n));
    return true;
  }
  int fd_;
  std::string received_;
  bool closed_ = false;
};

/// Runs in a thread of its own, with short times, so that tests of limits do not wait.
class TestServer {
 public:
  /// `request_time`: for a request's head, and for its body.
  explicit TestServer(Duration request_time = milliseconds(300), std::set<std::string> fronts = {})
      : work_(loop_.get_executor()),
        server_(loop_, settings(request_time, std::move(fronts)), Router(routes(), {feed()}), metrics_) {
    port_ = *server_.listen();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~TestServer() { stop(); }

  /// From asking to the end, in milliseconds.
  long stop() {
    if (!thread_.joinable()) return 0;
    const auto began = std::chrono::steady_clock::now();
    std::promise<void> done;
    boost::asio::post(loop_, [&] { server_.stop([&] { done.set_value(); }); });
    done.get_future().wait();
    work_.reset();
    thread_.join();
    for (auto& waiting : workers_) waiting.join();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  }
  std::uint16_t port() const { return port_; }
  std::uint64_t answers(unsigned status) {
    return metrics_.counter("wattle_http_answers_total", "", {{"status", std::to_string(status)}}).value();
  }
  std::uint64_t problems(const std::string& code) {
    return metrics_.counter("wattle_http_problems_total", "", {{"code", code}}).value();
  }
  std::uint64_t counted(const std::string& name) { return metrics_.counter(name, "").value(); }
  std::atomic<std::uint16_t> closed_with = 0;

 private:
  static HttpSettings settings(Duration request_time, std::set<std::string> fronts) {
    HttpSettings out;
    out.fronts = std::move(fronts);
    out.limits.connections = 8;
    out.limits.idle_time = milliseconds(600);
    out.limits.header_time = request_time;
    out.limits.body_time = {request_time.micros + milliseconds(100).micros};
    out.limits.handler_time = milliseconds(400);
    out.limits.drain_time = milliseconds(800);
    out.limits.socket_queue = 64;
    out.limits.socket_silence = seconds(5);
    return out;
  }

  /// As a recharge will be: strict JSON in, the answer later and from another thread.
  void recharge(const Request& request, Respond respond) {
    JsonBody body(request.body);
    const auto amount = body.root().amount("amount", yuan(10'000));
    const auto faults = body.finish();
    if (!faults.empty()) {
      std::vector<FieldProblem> fields;
      for (const auto& fault : faults) fields.push_back({json_code(fault.code), fault.field});
      return respond(problem(problems::bad_body, request.language, {}, fields));
    }
    workers_.emplace_back([respond, room = std::string(request.param("room")), amount] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      respond({201, "application/json", R"({"room":")" + room + R"(","amount":")" + money_text(amount) + "\"}", {}});
    });
  }

  std::vector<Route> routes() {
    const auto plain = [](std::string text) {
      return [text = std::move(text)](const Request& request, Respond respond) {
        respond({200, "text/plain", text + std::string(request.query_value("n")), {}});
      };
    };
    return {{Method::get, "/hello", plain("hello")},
            {Method::get, "/peer",
             [](const Request& request, Respond respond) {
               respond({200, "text/plain", "<" + request.peer + ">", {}});
             }},
            {Method::get, "/large", plain(std::string(1'000'000, 'x'))},
            {Method::get, "/lost", [](const Request&, const Respond&) {}},
            {Method::get, "/throws", [](const Request&, const Respond&) { throw std::runtime_error("on purpose"); }},
            {Method::get, "/slow",
             [this](const Request& request, Respond respond) {
               const int ms = std::stoi(std::string(request.query_value("ms")));
               workers_.emplace_back([respond, ms] {
                 std::this_thread::sleep_for(std::chrono::milliseconds(ms));
                 respond({200, "text/plain", "slow", {}});
               });
             }},
            {Method::post, "/rooms/{room}/recharges",
             [this](const Request& request, Respond respond) { recharge(request, std::move(respond)); }, 1000}};
  }

  WebSocketRoute feed() {
    WebSocketRoute out;
    out.path = "/feed";
    out.refuse = [](const Request& request) -> std::optional<Response> {
      if (request.query_value("ticket") == "good") return std::nullopt;
      return problem({401, "feed.bad_ticket", "The ticket is not good", "票据无效"}, request.language);
    };
    out.open = [this](const Request&, std::shared_ptr<WebSocket> socket) {
      WebSocketEvents events;
      events.message = [socket](std::string_view text) {
        if (text == "bye") return socket->close(close_policy, "asked");
        if (text != "flood") return static_cast<void>(socket->send(std::make_shared<std::string>(text)));
        const auto large = std::make_shared<std::string>(50'000, 'x');
        while (socket->send(large)) {
        }
      };
      events.closed = [this](std::uint16_t code) { closed_with = code; };
      return events;
    };
    return out;
  }

  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Metrics metrics_;
  std::vector<std::thread> workers_;
  Server server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace wattle::http::test
