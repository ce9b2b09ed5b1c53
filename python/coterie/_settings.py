"""How many threads and how much memory a call may use: one setting for the whole package."""

import os

_threads = None
_memory = 4 << 30


def set_threads(n):
    """Threads of every call from now on; None: as many as the process may use. Results do not depend on it."""
    global _threads
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        raise ValueError(f"threads must be a whole number of at least 1, or None, not {n!r}")
    _threads = n


def get_threads():
    """Threads that a call uses."""
    return _threads if _threads is not None else len(os.sched_getaffinity(0))


def set_memory(n_bytes):
    """Bytes that a call may reserve; beyond, it raises MemoryError before it takes them. 4 GiB unless set."""
    global _memory
    if isinstance(n_bytes, bool) or not isinstance(n_bytes, int) or n_bytes < 1:
        raise ValueError(f"memory must be a number of bytes, not {n_bytes!r}")
    _memory = n_bytes


def get_memory():
    """Bytes that a call may reserve."""
    return _memory
