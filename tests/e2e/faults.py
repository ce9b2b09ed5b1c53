"""What can go wrong under a workspace: processes stopped or slowed at a sync, disks full or read-only.

Two small libraries (tests/tools/slow_sync.c, full_disk.c) are compiled when first asked for and preloaded
into the binary. Disks are file systems in memory, where the tests may mount them.
"""

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import shop

TOOLS = shop.ROOT / "tests/tools"


@functools.cache
def _folder():
    return tempfile.TemporaryDirectory(prefix="coterie-faults-")


@functools.cache
def library(name):
    """The path of tests/tools/NAME.c as a library to preload."""
    path = Path(_folder().name) / f"{name}.so"
    subprocess.run([os.environ.get("CC") or "cc", "-shared", "-fPIC", "-O2", "-o", path, TOOLS / f"{name}.c",
                    "-ldl"], check=True)
    return str(path)


def slow(stop=0, ms=0, fd=-1):
    """Environment of a process that stops itself at a point of its commits, or is slow at all of them."""
    return {"LD_PRELOAD": library("slow_sync"), "SLOW_SYNC_STOP": str(stop), "SLOW_SYNC_MS": str(ms),
            "SLOW_SYNC_FD": str(fd)}


def points(*arguments):
    """The letters of the points that a command passes which nothing disturbs."""
    with tempfile.TemporaryFile() as letters:
        done = shop.run(*arguments, env=slow(fd=letters.fileno()), pass_fds=[letters.fileno()])
        assert done.exit_code == 0, done.stderr
        letters.seek(0)
        return letters.read().decode()


def is_stopped(process):
    """Waits until the process stops itself (true) or ends."""
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return process.poll() is None


def full(folder, room, fd=-1):
    """Environment of a process that may write so many bytes under the folder."""
    out = {"LD_PRELOAD": library("full_disk"), "FULL_DISK_FOLDER": str(Path(folder).resolve()),
           "FULL_DISK_ROOM": str(room)}
    return out if fd < 0 else {**out, "FULL_DISK_FD": str(fd)}


def bytes_written(folder, *arguments):
    """How much a command that succeeds writes under the folder, in all."""
    with tempfile.TemporaryFile() as count:
        done = shop.run(*arguments, env=full(folder, 1 << 62, count.fileno()), pass_fds=[count.fileno()])
        assert done.exit_code == 0, done.stderr
        count.seek(0)
        return int(count.read())


@functools.cache
def can_mount():
    with tempfile.TemporaryDirectory() as folder:
        try:
            with disk(Path(folder), 1 << 20):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def can_unshare():
    """Whether an ordinary person may mount in a name space of their own."""
    return shutil.which("unshare") and subprocess.run(["unshare", "-rm", "true"], check=False,
                                                      capture_output=True).returncode == 0


@contextlib.contextmanager
def disk(folder, size_bytes):
    """A file system in memory on the folder."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", folder], check=True,
                   capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def set_read_only(folder, read_only):
    subprocess.run(["mount", "-o", f"remount,{'ro' if read_only else 'rw'}", folder], check=True)


def fill(folder, room_bytes):
    """Fills the disk of the folder until so many bytes are free; returns the file to delete."""
    path = folder / "filler"
    disk = os.statvfs(folder)
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - room_bytes)
    return path
