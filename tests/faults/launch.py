"""Run the bot as `tests/wire/launch.py` does, with a clock that the test sets, and crash it at a commit.

FAULTS_CLOCK    a file with two offsets in seconds: of the wall clock, and of the monotonic clock
FAULTS_CRASH    `before 3` or `after 3`: kill the process right before or after its third commit to plans or posts
FAULTS_FAST     set: use shorter time-outs, leases and pauses than in production, and a picture that takes no time
                to draw
FAULTS_LARGEST  the largest size of a file in bytes, as if the disk were full
"""

import itertools
import os
import resource
import runpy
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import sqlalchemy as sa

OUTBOX = ("posts", "plans")

LEASE = 4.0
"""How long a process leaves a post to another one when FAULTS_FAST is set, in seconds."""


def shift(place: int) -> float:
    """The offset of one of the clocks in seconds, as the file says at this moment."""
    return float(Path(os.environ["FAULTS_CLOCK"]).read_text(encoding="ascii").split()[place])


def shift_clocks() -> None:
    """Replace the machine's clocks by the test's, before anything else of the bot is loaded."""
    import bot.clock

    bot.clock.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=shift(0))
    import bot.autopost.leases

    monotonic = SimpleNamespace(monotonic=lambda: time.monotonic() + shift(1))
    vars(bot.autopost.leases)["time"] = monotonic


def speed_up() -> None:
    """Shorten time-outs, leases and pauses, so that the tests are fast."""
    import bot.app.channels
    import bot.autopost.delivery
    import bot.autopost.outcome
    import bot.autopost.poster
    import bot.autopost.token_check
    import bot.presentation.charts

    bot.presentation.charts.draw = lambda *_: b"\x89PNG"  # drawing it takes as long as all else together
    bot.app.channels.REQUEST_TIMEOUT = timedelta(seconds=2)
    for module in (bot.autopost.leases, bot.autopost.delivery):
        vars(module)["LEASE"] = timedelta(seconds=LEASE)
    bot.autopost.delivery.LATE_REQUEST_WINDOW = timedelta(seconds=3)
    bot.autopost.outcome.FIRST_BACKOFF = timedelta(seconds=0.25)
    bot.autopost.token_check.FIRST_PAUSE = timedelta(seconds=0.25)
    bot.autopost.poster.DATABASE_PAUSE = timedelta(seconds=1)
    bot.autopost.poster.RETRY_AFTER_ERROR = timedelta(seconds=1)


def watch_commits() -> None:
    """Print a line at each commit to plans or posts, and kill the process at the commit named by FAULTS_CRASH."""
    moment, _, number = os.environ.get("FAULTS_CRASH", "never 0").partition(" ")
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
    """Note that a transaction changes plans or posts."""
    verb, *words = statement.split()
    if verb in {"INSERT", "UPDATE", "DELETE"} and set(OUTBOX) & set(words[:2]):
        connection.info["wrote"] = True


def forget_writes(connection: sa.Connection) -> None:
    """Clear the note when a transaction begins."""
    connection.info.pop("wrote", None)


if __name__ == "__main__":
    shift_clocks()
    watch_commits()
    if "FAULTS_FAST" in os.environ:
        speed_up()
    if "FAULTS_LARGEST" in os.environ:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["FAULTS_LARGEST"]), resource.RLIM_INFINITY))
    runpy.run_path(str(Path(__file__).parents[1] / "wire" / "launch.py"), run_name="__main__")
