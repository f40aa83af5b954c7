"""A play: plans, faults and crashes drawn at random, and how it is played."""

import asyncio
import enum
import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.faults.launch import LEASE
from tests.faults.mishaps import LOOK_FAULTS, POST_FAULTS, REFUSALS
from tests.faults.stage import JUST_NOW, LONG_AGO, WITHOUT_HISTORY, Part, Stage, open_stage
from tests.faults.verdict import Verdict, judge
from tests.wire.faults import Fault
from tests.wire.process import BotProcess
from tests.wire.world import EVERYDAY

HURRY = {"FAULTS_HURRY": "1"}
POSTS = "/channels/*/messages"


DEATHS = ("before commit", "after commit", "before request", "at request", "after request", "at look")
DOWNTIMES = tuple(timedelta(seconds=seconds) for seconds in (2, 40, 600, 7200))
CLOCK_ERRORS = tuple(timedelta(minutes=minutes) for minutes in (0, 0, 0, -2, 2, -180, 180))
MOST_COMMITS = 32
PLANS = 10


class Plot(enum.Enum):
    """What a play is about, beside its faults."""

    CRASHES = "crashes, one after the other"
    RACE = "two processes at once, of which one may crash"
    BACKUP = "a backup in the middle of posting, restored when all is posted"
    MODERATOR = "a moderator who deletes what a crash has left"


@dataclass(frozen=True)
class Cast:
    """A plan, with what is to happen to its posts and to the looks for them."""

    is_late: bool
    may_read: bool
    post_faults: tuple[str, ...]
    look_faults: tuple[str, ...]
    refusal: str | None


@dataclass(frozen=True)
class Life:
    """A process: how it dies, if it does, and what comes before the next one."""

    death: str | None = None
    number: int = 0
    downtime: timedelta = timedelta(0)
    clock_error: timedelta = timedelta(0)


@dataclass(frozen=True)
class Script:
    """All that happens in a play; what is random in it is drawn beforehand."""

    seed: int
    plot: Plot
    casts: tuple[Cast, ...]
    lives: tuple[Life, ...]
    moment: int
    """The post at which the backup is made."""

    def __str__(self) -> str:
        told = [f"seed {self.seed}: {self.plot.value}", *map(str, self.lives)]
        return "\n  ".join(told + [f"plan {number}: {cast}" for number, cast in enumerate(self.casts, 1)])


def write_script(seed: int) -> Script:
    """Draw a script; the same seed gives the same."""
    rng = random.Random(seed)
    plot = rng.choices(tuple(Plot), (7, 1, 1, 1))[0]
    deaths = {Plot.CRASHES: rng.choice((0, 1, 1, 1, 2)), Plot.BACKUP: 0}.get(plot, 1)
    lives = tuple(_draw_life(rng, plot) for _ in range(deaths))
    return Script(seed, plot, tuple(_draw_cast(rng) for _ in range(PLANS)), lives, rng.randint(0, PLANS - 1))


def _draw_life(rng: random.Random, plot: Plot) -> Life:
    death, number = rng.choice(DEATHS), rng.randint(1, MOST_COMMITS)
    if plot is not Plot.CRASHES:
        return Life(death, number)
    return Life(death, number, rng.choice(DOWNTIMES), rng.choice(CLOCK_ERRORS))


def _draw_cast(rng: random.Random) -> Cast:
    return Cast(
        is_late=rng.random() < 0.4,
        may_read=rng.random() < 0.8,
        post_faults=tuple(rng.choices(sorted(POST_FAULTS), k=rng.choice((0, 1, 1, 2)))),
        look_faults=tuple(rng.choices(sorted(LOOK_FAULTS), k=rng.choice((0, 0, 1)))),
        refusal=rng.choice(sorted(REFUSALS)) if rng.random() < 0.05 else None,
    )


async def play(script: Script, directory: Path, *, url: str | None = None) -> Verdict:
    """Play a script to its end, and judge."""
    async with open_stage(directory, url=url) as stage:
        engaged = [(cast, await _engage(stage, cast)) for cast in script.casts]
        refused = [part for cast, part in engaged if cast.refusal]
        match script.plot:
            case Plot.RACE:
                await race(stage, start(stage, script.lives[0]), start(stage, Life()))
            case Plot.BACKUP:
                await back_up(stage, script.moment)
            case Plot.MODERATOR:
                await moderate(stage, script.lives[0])
            case Plot.CRASHES:
                await crash(stage, script.lives)
        verdict = await judge(stage, refused=refused)
    if verdict.complaints:
        verdict.complaints.append(str(script))
    return verdict


async def crash(stage: Stage, lives: Iterable[Life]) -> None:
    """One process after the other, the last of them with the right clock and to its end."""
    for life in lives:
        await live(stage, life)
        stage.time.let_pass(life.downtime)
        stage.time.be_wrong_by(life.clock_error)
    await live(stage, Life())
    if stage.time.of_the_bot() < stage.time():
        stage.time.be_wrong_by(timedelta(0))
        await live(stage, Life())


async def race(stage: Stage, one: BotProcess, other: BotProcess) -> None:
    """Two processes at once; the one that stays does all."""
    async with one, other:
        await stage.settle(one, other)
        await asyncio.gather(one.terminate(), other.terminate())
    stage.note_end(one)
    stage.note_end(other)


async def back_up(stage: Stage, moment: int) -> None:
    """SQLite's own backup after so many posts; restored an hour after all are posted."""
    backup = stage.directory / "backup.db"
    stage.discord.arm("POST", POSTS, Fault.on_accepted(lambda _: copy(stage.file, backup)), after=moment)
    await live(stage, Life())
    stage.time.let_pass(timedelta(hours=1))
    if backup.exists():
        restore(stage.file, backup)
    await live(stage, Life())


async def moderate(stage: Stage, life: Life) -> None:
    """A crash, and all that was posted is deleted before the next process comes, which is soon."""
    await live(stage, life)
    for part in stage.parts:
        for message in stage.posts_of(part):
            stage.delete(message)
    await live(stage, Life())


async def live(stage: Stage, life: Life) -> None:
    """Run the bot until it dies, or until nothing is left to do."""
    async with start(stage, life) as process:
        await stage.settle(process)
        await process.terminate()
    stage.note_end(process)
    stage.discord.faults.disarm_watchers()
    if life.death is not None:  # the next process would only wait for this
        stage.time.let_pass(timedelta(seconds=LEASE))


def start(stage: Stage, life: Life) -> BotProcess:
    """A process that will die as it is written."""
    moment, place = (life.death or "never commit").split()
    if place == "commit":
        return stage.bot(death=f"{moment} {life.number}", **HURRY)
    process = stage.bot(**HURRY)

    def die(_: object) -> None:
        process.kill()

    fault = {
        "before request": Fault.on_request(die, accept=False),
        "at request": Fault.on_request(die),
        "after request": Fault.on_accepted(die, answer=False),
        "at look": Fault.on_request(die),
    }[life.death or ""]
    stage.discord.arm("GET" if place == "look" else "POST", POSTS, fault, after=life.number % PLANS)
    return process


def copy(source: Path, target: Path) -> None:
    """Make a backup as the manual says, while the bot is at work."""
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as backup:
        database.backup(backup)


def restore(target: Path, backup: Path) -> None:
    """Put a backup in the place of a database that nobody uses."""
    for path in target.parent.glob(f"{target.name}*"):
        path.unlink()
    backup.rename(target)


async def _engage(stage: Stage, cast: Cast) -> Part:
    (part,) = await stage.add_parts(
        1,
        schedule=LONG_AGO if cast.is_late else JUST_NOW,
        permissions=EVERYDAY if cast.may_read else WITHOUT_HISTORY,
    )
    path = f"/channels/{part.channel.id}/messages"
    for name in cast.post_faults:
        stage.discord.arm("POST", path, POST_FAULTS[name](stage.time))
    for name in cast.look_faults:
        stage.discord.arm("GET", path, LOOK_FAULTS[name](stage.time))
    if cast.refusal:
        stage.discord.arm("POST", path, REFUSALS[cast.refusal](stage.time), count=None)
    return part
