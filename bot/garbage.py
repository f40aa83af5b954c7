"""How often Python's garbage collector runs, and what the allocator keeps.

Each run of the collector looks at all objects of a generation, and the bot waits for it.
"""

import ctypes
import gc
from contextlib import suppress

THRESHOLD = 50_000
"""So many more containers than freed ones start a collection of the youngest; Python's own value is 700.

A message leaves a few hundred, nearly all without cycles, so Python frees them without the collector.
"""


TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""glibc's numbers for two parameters of mallopt(3)."""

KEPT_FREE = 65_536
"""Bytes of freed memory that the allocator may keep. glibc's own value grows to 64 MB."""


def give_memory_back() -> None:
    """Let the allocator give freed memory back to the system sooner, where it is glibc's."""
    with suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(TRIM_THRESHOLD, KEPT_FREE)
        mallopt(MMAP_THRESHOLD, KEPT_FREE)


def collect_seldom() -> None:
    """Collect garbage seldom from now on."""
    gc.set_threshold(THRESHOLD)


def ignore_present_objects() -> None:
    """Never look again at the objects that exist now: after the start, these are modules, which live until the end."""
    gc.freeze()
