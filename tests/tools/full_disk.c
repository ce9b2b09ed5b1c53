// full_disk: preloaded into the binary, it lets only so many bytes be written in one folder.
//
// Once FULL_DISK_ROOM bytes were written to regular files under FULL_DISK_FOLDER (an absolute path without
// links), every further byte fails with ENOSPC, as on a full disk: a write that fits in part is done in part.
// What is removed makes no room. When the process ends, the number of bytes it wrote there is written as text
// to the descriptor FULL_DISK_FD, if that is set.
//
//     cc -shared -fPIC -O2 -o full_disk.so full_disk.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long used;

static int is_on_disk(int fd) {
  const char* folder = getenv("FULL_DISK_FOLDER");
  struct stat info;
  char link[64], path[4096];
  if (folder == NULL || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  const size_t prefix = strlen(folder);
  return size > (ssize_t)prefix && strncmp(path, folder, prefix) == 0 && path[prefix] == '/';
}

// How many of the bytes may be written; -1 with errno when none.
static ssize_t take(int fd, size_t bytes) {
  if (bytes == 0 || !is_on_disk(fd)) return (ssize_t)bytes;
  const char* text = getenv("FULL_DISK_ROOM");
  const long room = text == NULL ? __LONG_MAX__ : atol(text);
  const long before = atomic_fetch_add(&used, (long)bytes);
  if (before + (long)bytes <= room) return (ssize_t)bytes;
  if (before < room) return room - before;
  errno = ENOSPC;
  return -1;
}

#define LIMITED(name, parameters, fd, bytes, ...)        \
  ssize_t name parameters {                              \
    ssize_t(*real) parameters = dlsym(RTLD_NEXT, #name); \
    const ssize_t allowed = take(fd, bytes);             \
    return allowed < 0 ? -1 : real(fd, __VA_ARGS__);     \
  }

LIMITED(write, (int fd, const void* data, size_t bytes), fd, bytes, data, (size_t)allowed)
LIMITED(pwrite, (int fd, const void* data, size_t bytes, off_t at), fd, bytes, data, (size_t)allowed, at)
LIMITED(pwrite64, (int fd, const void* data, size_t bytes, off64_t at), fd, bytes, data, (size_t)allowed, at)

// A part of several pieces is the first piece.
ssize_t writev(int fd, const struct iovec* pieces, int count) {
  ssize_t (*real)(int, const struct iovec*, int) = dlsym(RTLD_NEXT, "writev");
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += pieces[i].iov_len;
  const ssize_t allowed = take(fd, bytes);
  if (allowed == (ssize_t)bytes) return real(fd, pieces, count);
  if (allowed < 0) return -1;
  ssize_t (*real_write)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
  const size_t first = pieces[0].iov_len < (size_t)allowed ? pieces[0].iov_len : (size_t)allowed;
  return real_write(fd, pieces[0].iov_base, first);
}

// The C library writes its streams without calling write() by name.
size_t fwrite(const void* data, size_t size, size_t count, FILE* file) {
  size_t (*real)(const void*, size_t, size_t, FILE*) = dlsym(RTLD_NEXT, "fwrite");
  const ssize_t allowed = take(fileno(file), size * count);
  if (allowed == (ssize_t)(size * count)) return real(data, size, count, file);
  errno = ENOSPC;
  return 0;
}

__attribute__((destructor)) static void report(void) {
  const char* fd = getenv("FULL_DISK_FD");
  if (fd != NULL) dprintf(atoi(fd), "%ld\n", atomic_load(&used));
}
