#include "shared/io/line_socket.hpp"

#include <sys/stat.h>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle {

TEST_CASE("a line socket answers lines, is the user's own, and goes away") {
  const test::Folder folder;
  const auto path = folder.path("control");
  {
    boost::asio::io_context loop(1);
    LineSocket control(loop, path, [](std::string_view line) { return "heard " + std::string(line) + "\n"; });
    REQUIRE_FALSE(control.open());
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    std::thread server([&] { loop.run(); });
    boost::asio::io_context here;
    boost::asio::local::stream_protocol::socket peer(here);
    peer.connect(path);
    boost::asio::write(peer, boost::asio::buffer(std::string("one\ntwo\n")));
    std::string reply;
    boost::asio::read_until(peer, boost::asio::dynamic_buffer(reply), "heard two\n");
    CHECK(reply == "heard one\nheard two\n");
    boost::asio::write(peer, boost::asio::buffer(std::string(2 * socket_line_bytes_max, 'x')));
    boost::system::error_code gone;
    reply.clear();
    boost::asio::read_until(peer, boost::asio::dynamic_buffer(reply), '\n', gone);
    CHECK(gone);
    boost::asio::post(loop, [&] { control.stop(); });
    server.join();
  }
  CHECK_FALSE(std::filesystem::exists(path));
  boost::asio::io_context loop(1);
  LineSocket too_long(loop, std::string(200, 'x'), {});
  CHECK(too_long.open());
}

}  // namespace wattle
