// Preloaded into a box: while the file that WATTLE_DISK_FAILS names is there, nothing can be made durable.

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

int sync_with(const char* name, int fd) {
  const char* file = std::getenv("WATTLE_DISK_FAILS");
  if (file != nullptr && ::access(file, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name))(fd);
}

}  // namespace

extern "C" int fsync(int fd) { return sync_with("fsync", fd); }
extern "C" int fdatasync(int fd) { return sync_with("fdatasync", fd); }
