"""How often the garbage collector runs in the bot, in a process of its own because that holds for a whole process."""

import subprocess
import sys

START = """
import gc, weakref
from bot.garbage import collect_seldom, ignore_present_objects
class Node: pass
collect_seldom()
modules = [[number] for number in range(100_000)]
ignore_present_objects()
"""


def said(program: str) -> str:
    """What a process prints that starts as the bot does."""
    return subprocess.run(
        [sys.executable, "-c", START + program], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_what_the_start_made_is_not_looked_at_again() -> None:
    """A full collection sees only what was made since."""
    assert "True" == said("print(gc.get_freeze_count() > 100_000 > len(gc.get_objects()))")


def test_burst_of_messages_starts_few_collections() -> None:
    """400 at once, with 300 containers each that live as long as the burst: two or three, where Python has 170."""
    count = "print(sum(each['collections'] for each in gc.get_stats()) - before <= 3)"
    assert "True" == said(
        f"before = sum(each['collections'] for each in gc.get_stats())\nmessages = [[[] for _ in range(300)] for _ in range(400)]\n{count}"
    )


def test_garbage_in_cycles_is_still_collected() -> None:
    """It is freed while the process goes on."""
    made = "node = Node(); node.itself = node; gone = weakref.ref(node); del node"
    assert "True" == said(f"{made}\nothers = [[] for _ in range(200_000)]\nprint(gone() is None)")
