/* libdisk_faults.so, for LD_PRELOAD: disks that fail, fill up, or forget what was not synced when the power went.
 *
 * WATTLE_DISK_FAULTS names a control file, read anew at each operation, so that a test may change it under way:
 *
 *   under FOLDER            only files below it are meddled with; without this line none is
 *   fail write N ERROR      the Nth write (or truncation) returns ERROR: EIO or ENOSPC; writes nothing
 *   fail sync N ERROR       likewise fsync and fdatasync
 *   on                      after a `fail` line: all later ones fail too, as on a disk that has died
 *   undo FOLDER             what each write overwrites is kept there until the file is synced
 *
 * Counting begins when the process starts, and again when the file's text changes.
 *
 * Power cuts: kill -9 loses nothing that was written, since the kernel keeps it. Undo files make up for that: after the kill
 * `wattle-power-cut` takes every write back that no sync has confirmed, or some of them. A file's undo records are dropped
 * after its sync has returned, so a kill between the two takes back what nobody was told of. Not modelled: names of files
 * (created, renamed, removed ones stay so), memory maps (SQLite's -shm file, which every first opener rebuilds, is left out),
 * O_SYNC, and a kernel that forgets dirty pages after a failed sync (a store must refuse to go on then, and the test looks at
 * just that).
 *
 * An undo file is named after its file ('%' and '/' as %25 and %2F). A record: u64 offset, u64 size of the file before, u64
 * length, then so many old bytes; native byte order. A record cut short belongs to a write that never began.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { FILES_MAX = 1024, CONTROL_MAX = 2048, PATH_BYTES = 1024, WRITE = 0, SYNC = 1 };

struct Fault {
  unsigned long at;
  int error;
  int on;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char paths[FILES_MAX][PATH_BYTES];
static char control[CONTROL_MAX];
static char under[PATH_BYTES];
static char undo_folder[PATH_BYTES];
static struct Fault faults[2];
static unsigned long counts[2];

static int (*real_open)(const char*, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void*, size_t);
static ssize_t (*real_pwrite)(int, const void*, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char*);

/* At load; earlier if another library's beginning already opens files. */
__attribute__((constructor)) static void find_real(void) {
  if (real_unlink != NULL) return;
  *(void**)&real_open = dlsym(RTLD_NEXT, "open");
  *(void**)&real_close = dlsym(RTLD_NEXT, "close");
  *(void**)&real_write = dlsym(RTLD_NEXT, "write");
  *(void**)&real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  *(void**)&real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  *(void**)&real_fsync = dlsym(RTLD_NEXT, "fsync");
  *(void**)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  *(void**)&real_unlink = dlsym(RTLD_NEXT, "unlink");
}

static void fail_in_control(const char* line) {
  fprintf(stderr, "disk_faults: cannot read the control line \"%s\"\n", line);
  abort();
}

static void read_line(const char* line, struct Fault** last) {
  char kind[16], error[16];
  unsigned long at;
  if (sscanf(line, "under %1000s", under) == 1 || sscanf(line, "undo %1000s", undo_folder) == 1) return;
  if (strcmp(line, "on") == 0 && *last != NULL) {
    (*last)->on = 1;
    return;
  }
  if (sscanf(line, "fail %15s %lu %15s", kind, &at, error) != 3) fail_in_control(line);
  *last = &faults[strcmp(kind, "sync") == 0 ? SYNC : WRITE];
  **last = (struct Fault){at, strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO, 0};
}

static void read_control(void) {
  const char* name = getenv("WATTLE_DISK_FAULTS");
  if (name == NULL) return;
  char text[CONTROL_MAX] = "";
  const int file = real_open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const ssize_t size = read(file, text, sizeof text - 1);
  real_close(file);
  if (size < 0 || strcmp(text, control) == 0) return;
  memcpy(control, text, sizeof control);
  under[0] = undo_folder[0] = '\0';
  memset(faults, 0, sizeof faults);
  memset(counts, 0, sizeof counts);
  struct Fault* last = NULL;
  char* rest = NULL;
  for (char* line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) read_line(line, &last);
}

static int meddles_with(const char* path) {
  const size_t length = strlen(path);
  const int is_map = length > 4 && strcmp(path + length - 4, "-shm") == 0;
  return !is_map && under[0] != '\0' && strncmp(path, under, strlen(under)) == 0;
}

/* Is this operation, the next of its sort, to fail? */
static int fails(int fd, int what) {
  if (fd < 0 || fd >= FILES_MAX || paths[fd][0] == '\0' || !meddles_with(paths[fd])) return 0;
  const unsigned long count = ++counts[what];
  const struct Fault* fault = &faults[what];
  const int hit = fault->at != 0 && (count == fault->at || (fault->on && count > fault->at));
  if (hit) errno = fault->error;
  return hit;
}

static int undo_name(const char* path, char* name, size_t size) {
  if (undo_folder[0] == '\0') return 0;
  size_t at = (size_t)snprintf(name, size, "%s/", undo_folder);
  for (; *path != '\0' && at + 4 < size; ++path) {
    if (*path == '/')
      at += (size_t)snprintf(name + at, size - at, "%%2F");
    else if (*path == '%')
      at += (size_t)snprintf(name + at, size - at, "%%25");
    else
      name[at++] = *path;
  }
  name[at] = '\0';
  return *path == '\0';
}

/* Keeps what stands in [offset, offset + length) and how long the file is. */
static void keep_old(int fd, off_t offset, size_t length) {
  char name[PATH_BYTES * 2];
  struct stat now;
  if (fd < 0 || fd >= FILES_MAX || paths[fd][0] == '\0' || !meddles_with(paths[fd])) return;
  if (!undo_name(paths[fd], name, sizeof name) || fstat(fd, &now) != 0) return;
  uint64_t head[3] = {(uint64_t)offset, (uint64_t)now.st_size, 0};
  if (offset < now.st_size) head[2] = (uint64_t)(now.st_size - offset) < length ? (uint64_t)(now.st_size - offset) : length;
  char* record = malloc(sizeof head + head[2]);
  const int readable = real_open(paths[fd], O_RDONLY | O_CLOEXEC); /* fd itself may be write-only */
  const int undo = real_open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (record == NULL || readable < 0 || undo < 0) abort();
  memcpy(record, head, sizeof head);
  if (pread(readable, record + sizeof head, head[2], offset) != (ssize_t)head[2]) abort();
  if (real_write(undo, record, sizeof head + head[2]) != (ssize_t)(sizeof head + head[2])) abort();
  real_close(undo);
  real_close(readable);
  free(record);
}

static void forget_old(const char* path) {
  char name[PATH_BYTES * 2];
  if (path[0] != '\0' && meddles_with(path) && undo_name(path, name, sizeof name)) real_unlink(name);
}

static int note_open(int fd, const char* path) {
  if (fd < 0 || fd >= FILES_MAX) return fd;
  pthread_mutex_lock(&lock);
  read_control();
  if (realpath(path, paths[fd]) == NULL) paths[fd][0] = '\0';
  pthread_mutex_unlock(&lock);
  return fd;
}

static mode_t mode_argument(int flags, va_list arguments) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  find_real();
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return note_open(real_open(path, flags, mode), path);
}

int open64(const char* path, int flags, ...) {
  find_real();
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return note_open(real_open(path, flags, mode), path);
}

int close(int fd) {
  find_real();
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < FILES_MAX) paths[fd][0] = '\0';
  pthread_mutex_unlock(&lock);
  return real_close(fd);
}

/* Counts, fails or keeps; 0 when the caller may go on. */
static int before_write(int fd, off_t offset, size_t length) {
  find_real();
  pthread_mutex_lock(&lock);
  read_control();
  const int failed = fails(fd, WRITE);
  if (!failed) keep_old(fd, offset, length);
  pthread_mutex_unlock(&lock);
  return failed;
}

ssize_t write(int fd, const void* bytes, size_t length) {
  find_real();
  if (fd >= 0 && fd < FILES_MAX && paths[fd][0] != '\0') {
    const off_t offset = (fcntl(fd, F_GETFL) & O_APPEND) != 0 ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    if (before_write(fd, offset, length)) return -1;
  }
  return real_write(fd, bytes, length);
}

ssize_t pwrite(int fd, const void* bytes, size_t length, off_t offset) {
  return before_write(fd, offset, length) ? -1 : real_pwrite(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t length, off64_t offset) { return pwrite(fd, bytes, length, offset); }

int ftruncate(int fd, off_t size) {
  struct stat now;
  const size_t cut = fstat(fd, &now) == 0 && now.st_size > size ? (size_t)(now.st_size - size) : 0;
  return before_write(fd, size, cut) ? -1 : real_ftruncate(fd, size);
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

static int sync_by(int fd, int only_data) {
  find_real();
  pthread_mutex_lock(&lock);
  read_control();
  const int failed = fails(fd, SYNC);
  pthread_mutex_unlock(&lock);
  if (failed) return -1;
  const int result = only_data ? real_fdatasync(fd) : real_fsync(fd);
  pthread_mutex_lock(&lock);
  if (result == 0 && fd >= 0 && fd < FILES_MAX) forget_old(paths[fd]);
  pthread_mutex_unlock(&lock);
  return result;
}

int fsync(int fd) { return sync_by(fd, 0); }
int fdatasync(int fd) { return sync_by(fd, 1); }

int unlink(const char* path) {
  find_real();
  char whole[PATH_BYTES];
  if (realpath(path, whole) != NULL) {
    pthread_mutex_lock(&lock);
    forget_old(whole);
    pthread_mutex_unlock(&lock);
  }
  return real_unlink(path);
}
