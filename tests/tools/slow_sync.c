// slow_sync: preloaded into the binary, it makes the moments of a commit long enough to aim at.
//
// Every call that makes a commit durable or visible (fsync, fdatasync, rename, renameat, unlink, unlinkat,
// remove, rmdir) has two points: just before it and just after it. At each point one byte, the call's letter,
// is written to the descriptor SLOW_SYNC_FD, and the thread sleeps SLOW_SYNC_MS milliseconds. At the point
// whose number (from 1) is SLOW_SYNC_STOP the whole process stops itself with SIGSTOP: whoever waits for that
// may kill it there, or let it go on with SIGCONT. Each of the three variables may be missing.
//
//     cc -shared -fPIC -O2 -o slow_sync.so slow_sync.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_long points;

static long number(const char* name, long otherwise) {
  const char* text = getenv(name);
  return text == NULL ? otherwise : atol(text);
}

static void point(char letter) {
  const long at = atomic_fetch_add(&points, 1) + 1;
  const long fd = number("SLOW_SYNC_FD", -1);
  if (fd >= 0 && write((int)fd, &letter, 1) != 1) abort();
  const long ms = number("SLOW_SYNC_MS", 0);
  if (ms > 0) nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
  if (at == number("SLOW_SYNC_STOP", 0)) raise(SIGSTOP);
}

#define SLOWED(name, letter, parameters, arguments)  \
  int name parameters {                              \
    int(*real) parameters = dlsym(RTLD_NEXT, #name); \
    point(letter);                                   \
    const int done = real arguments;                 \
    point(letter);                                   \
    return done;                                     \
  }

SLOWED(fsync, 's', (int fd), (fd))
SLOWED(fdatasync, 's', (int fd), (fd))
SLOWED(rename, 'r', (const char* from, const char* to), (from, to))
SLOWED(renameat, 'r', (int from_folder, const char* from, int to_folder, const char* to),
       (from_folder, from, to_folder, to))
SLOWED(unlink, 'u', (const char* path), (path))
SLOWED(unlinkat, 'u', (int folder, const char* path, int flags), (folder, path, flags))
SLOWED(remove, 'u', (const char* path), (path))
SLOWED(rmdir, 'u', (const char* path), (path))
