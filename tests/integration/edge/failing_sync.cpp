// Preloaded into a box: while the file that WATTLE_DISK_FAILS names is there, nothing can be made durable. While the same with
// ".full" is there, the disk has no room but that of the box's reserve.

#include <dlfcn.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace {

constexpr unsigned long reserve_bytes = 1UL << 20;  // as the tests set it

bool is_there(const std::string& file) { return ::access(file.c_str(), F_OK) == 0; }

/// The reserve has all that is left.
bool is_reserved(const std::string& fails) { return is_there(fails.substr(0, fails.rfind('/')) + "/data/reserve"); }

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

int sync_with(const char* name, int fd) {
  const char* fails = std::getenv("WATTLE_DISK_FAILS");
  if (fails != nullptr && is_there(fails)) {
    errno = EIO;
    return -1;
  }
  if (fails != nullptr && is_there(std::string(fails) + ".full") && is_reserved(fails)) {
    errno = ENOSPC;
    return -1;
  }
  return next<int (*)(int)>(name)(fd);
}

template <class Disk>
int ask_with(const char* name, const char* path, Disk* disk) {
  const int asked = next<int (*)(const char*, Disk*)>(name)(path, disk);
  const char* fails = std::getenv("WATTLE_DISK_FAILS");
  if (asked == 0 && fails != nullptr && is_there(std::string(fails) + ".full"))
    disk->f_bavail = is_reserved(fails) ? 0 : reserve_bytes / disk->f_frsize;
  return asked;
}

}  // namespace

extern "C" int fsync(int fd) { return sync_with("fsync", fd); }
extern "C" int fdatasync(int fd) { return sync_with("fdatasync", fd); }
extern "C" int statvfs(const char* path, struct statvfs* disk) noexcept { return ask_with("statvfs", path, disk); }
