"""Scenarios: plans, faults and crashes drawn at random, and how a scenario runs."""

import asyncio
import enum
import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from tests.faults.launch import LEASE
from tests.faults.mishaps import POST_FAULTS, REFUSALS, SEARCH_FAULTS
from tests.faults.results import Results, check_posts
from tests.faults.sandbox import JUST_NOW, LONG_AGO, WITHOUT_HISTORY, ChannelPlan, Sandbox, open_sandbox
from tests.wire.faults import Fault
from tests.wire.process import BotProcess
from tests.wire.world import EVERYDAY

FAST = {"FAULTS_FAST": "1"}
POSTS = "/channels/*/messages"


CRASH_POINTS = ("before commit", "after commit", "before request", "at request", "after request", "at search")
DOWNTIMES = tuple(timedelta(seconds=seconds) for seconds in (2, 40, 600, 7200))
CLOCK_ERRORS = tuple(timedelta(minutes=minutes) for minutes in (0, 0, 0, -2, 2, -180, 180))
MOST_COMMITS = 32
PLANS = 10

BOARDS = (
    "overview",
    "digest",
    "movers:all:7",
    "history:30:task:code:debugging/tokens",
    "compare:task:code:debugging|task:code:general_impl|task:code:file_read_write|task:code:shell_execution",
)
"""What the plans post; the last one is too long for a `custom_id`."""


class Kind(enum.Enum):
    """What a scenario is about, beside its faults."""

    CRASHES = "one crash after another"
    RACE = "two processes at once, one of which may crash"
    BACKUP = "a backup made while posting, restored after all is posted"
    MODERATOR = "a moderator who deletes all posts after a crash"


@dataclass(frozen=True)
class PlanFaults:
    """A plan, with the faults that hit its posts and the searches for them."""

    is_late: bool
    may_read: bool
    post_faults: tuple[str, ...]
    search_faults: tuple[str, ...]
    refusal: str | None


@dataclass(frozen=True)
class Run:
    """One run of the bot: where it crashes, if at all, and what happens before the next run."""

    crash_at: str | None = None
    number: int = 0
    downtime: timedelta = timedelta(0)
    clock_error: timedelta = timedelta(0)


@dataclass(frozen=True)
class Scenario:
    """Everything that happens in a scenario, drawn before it starts."""

    seed: int
    kind: Kind
    plans: tuple[PlanFaults, ...]
    runs: tuple[Run, ...]
    moment: int
    """How many posts are accepted before the backup is made."""

    def __str__(self) -> str:
        lines = [f"seed {self.seed}: {self.kind.value}", *map(str, self.runs)]
        return "\n  ".join(lines + [f"plan {number}: {faults}" for number, faults in enumerate(self.plans, 1)])


def draw_scenario(seed: int) -> Scenario:
    """Draw a scenario; the same seed gives the same scenario."""
    rng = random.Random(seed)
    kind = rng.choices(tuple(Kind), (7, 1, 1, 1))[0]
    crashes = {Kind.CRASHES: rng.choice((0, 1, 1, 1, 2)), Kind.BACKUP: 0}.get(kind, 1)
    runs = tuple(_draw_run(rng, kind) for _ in range(crashes))
    return Scenario(seed, kind, tuple(_draw_plan(rng) for _ in range(PLANS)), runs, rng.randint(0, PLANS - 1))


def _draw_run(rng: random.Random, kind: Kind) -> Run:
    crash_at, number = rng.choice(CRASH_POINTS), rng.randint(1, MOST_COMMITS)
    if kind is not Kind.CRASHES:
        return Run(crash_at, number)
    return Run(crash_at, number, rng.choice(DOWNTIMES), rng.choice(CLOCK_ERRORS))


def _draw_plan(rng: random.Random) -> PlanFaults:
    return PlanFaults(
        is_late=rng.random() < 0.4,
        may_read=rng.random() < 0.8,
        post_faults=tuple(rng.choices(sorted(POST_FAULTS), k=rng.choice((0, 1, 1, 2)))),
        search_faults=tuple(rng.choices(sorted(SEARCH_FAULTS), k=rng.choice((0, 0, 1)))),
        refusal=rng.choice(sorted(REFUSALS)) if rng.random() < 0.05 else None,
    )


async def run_scenario(scenario: Scenario, directory: Path, *, url: str | None = None) -> Results:
    """Run a scenario to its end, and check all posts."""
    async with open_sandbox(directory, url=url) as sandbox:
        boards = cycle(BOARDS)
        added = [(faults, await _add_plan(sandbox, faults, next(boards))) for faults in scenario.plans]
        refused = [plan for faults, plan in added if faults.refusal]
        match scenario.kind:
            case Kind.RACE:
                await run_side_by_side(sandbox, make_process(sandbox, scenario.runs[0]), make_process(sandbox, Run()))
            case Kind.BACKUP:
                await run_backup(sandbox, scenario.moment)
            case Kind.MODERATOR:
                await run_moderator(sandbox, scenario.runs[0])
            case Kind.CRASHES:
                await run_crashes(sandbox, scenario.runs)
        results = await check_posts(sandbox, refused=refused)
    if results.complaints:
        results.complaints.append(str(scenario))
    return results


async def run_crashes(sandbox: Sandbox, runs: Iterable[Run]) -> None:
    """Run one process after the other; the last has the right clock and finishes."""
    for run in runs:
        await run_bot(sandbox, run)
        sandbox.clock.advance(run.downtime)
        sandbox.clock.set_error(run.clock_error)
    await run_bot(sandbox, Run())
    if sandbox.clock.bot_now() < sandbox.clock():
        sandbox.clock.set_error(timedelta(0))
        await run_bot(sandbox, Run())


async def run_side_by_side(sandbox: Sandbox, one: BotProcess, other: BotProcess) -> None:
    """Run two processes at once; if one crashes, the other does all the work."""
    async with one, other:
        await sandbox.wait_settled(one, other)
        await asyncio.gather(one.terminate(), other.terminate())
    sandbox.note_exit(one)
    sandbox.note_exit(other)


async def run_backup(sandbox: Sandbox, moment: int) -> None:
    """Make an online backup after `moment` posts, and restore it an hour after all are posted."""
    backup = sandbox.directory / "backup.db"
    sandbox.discord.arm("POST", POSTS, Fault.on_accepted(lambda _: copy(sandbox.file, backup)), after=moment)
    await run_bot(sandbox, Run())
    sandbox.clock.advance(timedelta(hours=1))
    if backup.exists():
        restore(sandbox.file, backup)
    await run_bot(sandbox, Run())


async def run_moderator(sandbox: Sandbox, run: Run) -> None:
    """Crash, delete everything that was posted, and start the next process soon after."""
    await run_bot(sandbox, run)
    for plan in sandbox.plans:
        for message in sandbox.posts_of(plan):
            sandbox.delete(message)
    await run_bot(sandbox, Run())


async def run_bot(sandbox: Sandbox, run: Run) -> None:
    """Run the bot until it crashes, or until nothing is left to do."""
    async with make_process(sandbox, run) as process:
        await sandbox.wait_settled(process)
        await process.terminate()
    sandbox.note_exit(process)
    sandbox.discord.faults.disarm_watchers()
    if run.crash_at is not None:  # the next process would only wait for this
        sandbox.clock.advance(timedelta(seconds=LEASE))


def make_process(sandbox: Sandbox, run: Run) -> BotProcess:
    """Make a process that crashes as scripted by the scenario."""
    moment, place = (run.crash_at or "never commit").split()
    if place == "commit":
        return sandbox.bot(crash=f"{moment} {run.number}", **FAST)
    process = sandbox.bot(**FAST)

    def kill(_: object) -> None:
        process.kill()

    fault = {
        "before request": Fault.on_request(kill, accept=False),
        "at request": Fault.on_request(kill),
        "after request": Fault.on_accepted(kill, answer=False),
        "at search": Fault.on_request(kill),
    }[run.crash_at or ""]
    sandbox.discord.arm("GET" if place == "search" else "POST", POSTS, fault, after=run.number % PLANS)
    return process


def copy(source: Path, target: Path) -> None:
    """Make an online backup, as SQLite's manual recommends, while the bot is running."""
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as backup:
        database.backup(backup)


def restore(target: Path, backup: Path) -> None:
    """Replace a database that is not in use by a backup."""
    for path in target.parent.glob(f"{target.name}*"):
        path.unlink()
    backup.rename(target)


async def _add_plan(sandbox: Sandbox, faults: PlanFaults, board: str) -> ChannelPlan:
    (plan,) = await sandbox.add_plans(
        1,
        board=board,
        schedule=LONG_AGO if faults.is_late else JUST_NOW,
        permissions=EVERYDAY if faults.may_read else WITHOUT_HISTORY,
    )
    path = f"/channels/{plan.channel.id}/messages"
    for name in faults.post_faults:
        sandbox.discord.arm("POST", path, POST_FAULTS[name](sandbox.clock))
    for name in faults.search_faults:
        sandbox.discord.arm("GET", path, SEARCH_FAULTS[name](sandbox.clock))
    if faults.refusal:
        sandbox.discord.arm("POST", path, REFUSALS[faults.refusal](sandbox.clock), count=None)
    return plan
