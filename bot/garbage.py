"""How often Python's garbage collector runs. Each run looks at all objects of a generation, and the bot waits for it."""

import gc

THRESHOLD = 50_000
"""So many more containers than freed ones start a collection of the youngest; Python's own value is 700.

A message leaves a few hundred, nearly all without cycles, so Python frees them without the collector.
"""


def collect_seldom() -> None:
    """Collect garbage seldom from now on."""
    gc.set_threshold(THRESHOLD)


def ignore_present_objects() -> None:
    """Never look again at the objects that exist now: after the start, these are modules, which live until the end."""
    gc.freeze()
