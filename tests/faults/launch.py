"""Run the bot as `tests/wire/launch.py` does, by a clock that the test sets, and to its death at a commit.

FAULTS_CLOCK    a file that holds two numbers of seconds: by how much the clock is off, and the monotonic one
FAULTS_DEATH    `before 3` or `after 3`: kill the process right before or after its third commit to plans or posts
FAULTS_PATIENCE how long an answer of Discord's is waited for, in seconds
FAULTS_LEASE    how long a process has for an attempt before another one takes over, in seconds
FAULTS_LARGEST  how large a file may become, in bytes, as on a full disk
"""

import os
import resource
import runpy
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import sqlalchemy as sa

OUTBOX = ("posts", "plans")


def shift(place: int) -> float:
    """How many seconds one of the clocks is off, as the file says at this moment."""
    return float(Path(os.environ["FAULTS_CLOCK"]).read_text(encoding="ascii").split()[place])


def shift_clocks() -> None:
    """Put the test's clocks in the place of the machine's; nothing else of the bot is loaded yet."""
    import bot.clock

    bot.clock.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=shift(0))
    import bot.autopost.delivery

    monotonic = SimpleNamespace(monotonic=lambda: time.monotonic() + shift(1))
    bot.autopost.delivery.time = monotonic  # type: ignore[assignment]


def hurry() -> None:
    """Let the bot wait for less long than in production."""
    import bot.autopost.delivery
    import bot.channels

    if "FAULTS_PATIENCE" in os.environ:
        bot.channels.PATIENCE = timedelta(seconds=float(os.environ["FAULTS_PATIENCE"]))
    if "FAULTS_LEASE" in os.environ:
        bot.autopost.delivery.LEASE = timedelta(seconds=float(os.environ["FAULTS_LEASE"]))


def watch_commits(commit: Callable[[sa.Connection], None]) -> Callable[[sa.Connection], None]:
    """Say each commit to plans or posts, and die at the one that is named."""
    moment, _, number = os.environ.get("FAULTS_DEATH", "never 0").partition(" ")
    count = 0

    def die_at(now: str) -> None:
        if (now, count) == (moment, int(number)):
            os.kill(os.getpid(), signal.SIGKILL)

    def commit_and_say(connection: sa.Connection) -> None:
        nonlocal count
        if not connection.info.pop("wrote", False):
            return commit(connection)
        count += 1
        die_at("before")
        commit(connection)
        die_at("after")
        print("committed", flush=True)
        return None

    return commit_and_say


def note_writes(connection: sa.Connection, _: object, statement: str, *__: object) -> None:
    """Remember that a transaction changes plans or posts."""
    verb, *words = statement.split()
    if verb in {"INSERT", "UPDATE", "DELETE"} and set(OUTBOX) & set(words[:2]):
        connection.info["wrote"] = True


if __name__ == "__main__":
    shift_clocks()
    sa.event.listen(sa.Engine, "before_cursor_execute", note_writes)
    sa.event.listen(sa.Engine, "begin", lambda connection: connection.info.pop("wrote", None))
    sa.Connection._commit_impl = watch_commits(sa.Connection._commit_impl)  # type: ignore[method-assign]
    hurry()
    if "FAULTS_LARGEST" in os.environ:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["FAULTS_LARGEST"]),) * 2)
    runpy.run_path(str(Path(__file__).parents[1] / "wire" / "launch.py"), run_name="__main__")
