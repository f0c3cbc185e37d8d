#include "shared/io/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "shared/io/errors.hpp"

namespace wattle {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const Descriptor fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.get() >= 0 && ::fsync(fd.get()) == 0;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return WATTLE_FAIL(IoErrc::open_failed);
  std::string content;
  char part[4096];
  while (true) {
    const auto n = ::read(fd.get(), part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return WATTLE_FAIL(IoErrc::read_failed);
    if (n == 0) return content;
    if (content.size() + static_cast<std::size_t>(n) > limit) return WATTLE_FAIL(IoErrc::file_too_large);
    content.append(part, static_cast<std::size_t>(n));
  }
}

Result<void> write_file(const std::string& path, std::string_view content, FileAccess access) {
  const auto beside = path + ".new";
  const mode_t mode = access == FileAccess::owner_only ? 0600 : 0644;
  ::unlink(beside.c_str());  // left by a crash, perhaps with other rights
  {
    const Descriptor fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (fd.get() < 0) return WATTLE_FAIL(IoErrc::open_failed);
    if (!write_all(fd.get(), content) || ::fsync(fd.get()) != 0) {
      ::unlink(beside.c_str());
      return WATTLE_FAIL(IoErrc::write_failed);
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0 || !sync_folder_of(path)) return WATTLE_FAIL(IoErrc::write_failed);
  return {};
}

}  // namespace wattle
