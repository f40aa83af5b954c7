"""Run the bot as `tests/wire/launch.py` does, by a clock that the test sets, and to its death at a commit.

FAULTS_CLOCK    a file that holds two numbers of seconds: by how much the clock is off, and the monotonic one
FAULTS_DEATH    `before 3` or `after 3`: kill the process right before or after its third commit to plans or posts
FAULTS_HURRY    set: wait for less long than in production, for an answer, for another process and after a failure,
                and post a picture that takes no time to draw
FAULTS_LARGEST  how large a file may become, in bytes, as on a full disk
"""

import itertools
import os
import resource
import runpy
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

OUTBOX = ("posts", "plans")

LEASE = 4.0
"""How long a process in a hurry leaves a post to another one, in seconds."""


def shift(place: int) -> float:
    """How many seconds one of the clocks is off, as the file says at this moment."""
    return float(Path(os.environ["FAULTS_CLOCK"]).read_text(encoding="ascii").split()[place])


def shift_clocks() -> None:
    """Put the test's clocks in the place of the machine's; nothing else of the bot is loaded yet."""
    import bot.clock

    bot.clock.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=shift(0))
    import bot.autopost.leases

    monotonic = SimpleNamespace(monotonic=lambda: time.monotonic() + shift(1))
    vars(bot.autopost.leases)["time"] = monotonic


def hurry() -> None:
    """Let the bot wait for less long than in production, as nobody wants to wait for it."""
    import bot.app.channels
    import bot.autopost.delivery
    import bot.autopost.outcome
    import bot.autopost.poster
    import bot.autopost.standstill
    import bot.running

    vars(bot.running)["opening_drawer"] = opening_fake_drawer  # drawing takes as long as all else together
    bot.app.channels.PATIENCE = timedelta(seconds=2)
    for module in (bot.autopost.leases, bot.autopost.delivery):
        vars(module)["LEASE"] = timedelta(seconds=LEASE)
    bot.autopost.delivery.STRAGGLING = timedelta(seconds=3)
    bot.autopost.outcome.FIRST_BACKOFF = timedelta(seconds=0.25)
    bot.autopost.standstill.FIRST_PAUSE = timedelta(seconds=0.25)
    bot.autopost.poster.A_BREATH = timedelta(seconds=1)
    bot.autopost.poster.AFTER_A_BREAKDOWN = timedelta(seconds=1)


@asynccontextmanager
async def opening_fake_drawer() -> AsyncIterator[Any]:
    """Draw nothing, in no time."""
    from tests.fakes.drawer import FakeDrawer

    yield FakeDrawer()


def watch_commits() -> None:
    """Say each commit to plans or posts, and die at the one that is named."""
    moment, _, number = os.environ.get("FAULTS_DEATH", "never 0").partition(" ")
    commit, count = sa.Connection._commit_impl, itertools.count(1)

    def commit_and_say(connection: sa.Connection) -> None:
        if not connection.info.pop("wrote", False):
            commit(connection)
            return
        is_due = next(count) == int(number)
        if is_due and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        commit(connection)
        if is_due and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        sys.stdout.write("committed\n")
        sys.stdout.flush()

    sa.event.listen(sa.Engine, "before_cursor_execute", note_writes)
    sa.event.listen(sa.Engine, "begin", forget_writes)
    setattr(sa.Connection, "_commit_impl", commit_and_say)  # noqa: B010 - a plain assignment is no method to mypy


def note_writes(connection: sa.Connection, _: object, statement: str, *__: object) -> None:
    """Remember that a transaction changes plans or posts."""
    verb, *words = statement.split()
    if verb in {"INSERT", "UPDATE", "DELETE"} and set(OUTBOX) & set(words[:2]):
        connection.info["wrote"] = True


def forget_writes(connection: sa.Connection) -> None:
    """A new transaction has changed nothing yet."""
    connection.info.pop("wrote", None)


if __name__ == "__main__":
    shift_clocks()
    watch_commits()
    if "FAULTS_HURRY" in os.environ:
        hurry()
    if "FAULTS_LARGEST" in os.environ:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["FAULTS_LARGEST"]), resource.RLIM_INFINITY))
    runpy.run_path(str(Path(__file__).parents[1] / "wire" / "launch.py"), run_name="__main__")
