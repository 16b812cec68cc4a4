"""What this process asks of the operating system and of Python for the sake of its calls."""

import ctypes
import gc
import os
import sys

_M_ARENA_MAX = -8
"""mallopt(3)."""
ARENAS = 2
"""glibc gives each thread a heap of its own and returns little of it; with the threads of five
engines that is 130 MB (955 -> 823 MB after two calls)."""


def limit_threads() -> None:
    """Keeps BLAS and OpenMP on one thread unless the operator says otherwise (ADR 0009).

    To be called before numpy is imported.
    """
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def limit_heaps() -> None:
    """Limits the number of heaps, where the C library is glibc; elsewhere does nothing."""
    _ask_glibc("mallopt", _M_ARENA_MAX, ARENAS)


def settle() -> None:
    """Takes what is loaded out of garbage collection, and gives back what loading it took.

    It stays, and to look through it again and again would stop every call for a tenth of a second.
    The heaps it was loaded through keep 35 MB they no longer need; to return them takes 2 ms.
    """
    gc.collect()
    gc.freeze()
    _ask_glibc("malloc_trim", 0)


def unsettle() -> None:
    """Gives what `settle` took out of it back to garbage collection: it is not needed any more.

    A process that answers for one tenant after another would keep them all, 200 MB each.
    """
    gc.unfreeze()


def _ask_glibc(function: str, *numbers: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    try:
        ask = getattr(ctypes.CDLL(None), function)
    except (OSError, AttributeError):  # another C library, such as musl
        return
    ask(*numbers)
