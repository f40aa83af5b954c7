"""A play: plans, faults and crashes drawn at random, and how it is played."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.faults.stage import JUST_NOW, LONG_AGO, WITHOUT_HISTORY, Part, Stage, open_stage
from tests.faults.verdict import Verdict, judge
from tests.wire.exchange import Received
from tests.wire.faults import Fault, Outcome
from tests.wire.process import BotProcess
from tests.wire.world import EVERYDAY

PATIENCE = 2.0
LEASE = 4.0
QUICKLY = {"FAULTS_PATIENCE": str(PATIENCE), "FAULTS_LEASE": str(LEASE)}
"""The bot gives a request up sooner than in production, as nobody wants to wait for it."""

POSTS = "/channels/*/messages"


def late(seconds: float) -> Fault:
    """It happens after the client has given up."""

    async def step(_: Received, closing: asyncio.Event) -> Outcome:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), seconds)
        return None

    return Fault(before=step)


POST_FAULTS: dict[str, Callable[[], Fault]] = {
    "answer lost": Fault.lost_answer,
    "500 after acceptance": lambda: Fault.after_accept(500),
    "502 after acceptance": lambda: Fault.after_accept(502),
    "503 after acceptance": lambda: Fault.after_accept(503),
    "unreadable answer": lambda: Fault.after_accept(200, body=b"<html>"),
    "503": lambda: Fault.before_accept(503),
    "500": lambda: Fault.before_accept(500),
    "429": lambda: Fault.rate_limited(0.3),
    "429 everywhere": lambda: Fault.rate_limited(0.3, everywhere=True),
    "429 from a proxy": lambda: Fault.before_accept(429, headers={"Retry-After": "1"}),
    "reset": Fault.reset,
    "reset after acceptance": lambda: Fault.reset(accepted=True),
    "hang": Fault.hang,
    "hang after acceptance": lambda: Fault.hang(accepted=True),
    "slow": lambda: Fault.slow(0.5),
    "too slow": lambda: Fault.slow(PATIENCE + 1),
    "late": lambda: late(PATIENCE + 0.5),
}
LOOK_FAULTS: dict[str, Callable[[], Fault]] = {
    "503": lambda: Fault.before_accept(503),
    "429": lambda: Fault.rate_limited(0.3),
    "reset": Fault.reset,
    "hang": Fault.hang,
    "answer lost": Fault.lost_answer,
}
REFUSALS: dict[str, Callable[[], Fault]] = {
    "no permission": lambda: Fault.before_accept(403, 50013),
    "malformed": lambda: Fault.before_accept(400, 50035),
}
DEATHS = ("before commit", "after commit", "before request", "at request", "after request", "at look")
DOWNTIMES = tuple(map(timedelta, (0, 0, 0, 0), (2, 40, 600, 7200)))
CLOCK_ERRORS = tuple(timedelta(minutes=minutes) for minutes in (0, 0, 0, -2, 2, -180, 180))


@dataclass(frozen=True)
class Crash:
    """How a process ends, how long nothing runs, and by how much the next one's clock is wrong."""

    death: str
    number: int
    downtime: timedelta
    clock_error: timedelta


@dataclass(frozen=True)
class Script:
    """What goes wrong for each of the plans, in order, and to the processes, one after the other."""

    seed: int
    crashes: tuple[Crash, ...]
    casts: tuple["Cast", ...]


@dataclass(frozen=True)
class Cast:
    """A plan with what is to happen to its posts and to the looks for them."""

    is_late: bool
    may_read: bool
    post_faults: tuple[str, ...]
    look_faults: tuple[str, ...]
    refusal: str | None

    def __str__(self) -> str:
        words = ["late" if self.is_late else "in time", *([] if self.may_read else ["no history"])]
        return ", ".join([*words, *self.post_faults, *(f"look: {one}" for one in self.look_faults), self.refusal or ""])


def write_script(seed: int) -> Script:
    """Draw a script; the same seed gives the same."""
    rng = random.Random(seed)
    crashes = tuple(
        Crash(rng.choice(DEATHS), rng.randint(1, 26), rng.choice(DOWNTIMES), rng.choice(CLOCK_ERRORS))
        for _ in range(rng.choice((0, 1, 1, 1, 2)))
    )
    return Script(seed, crashes, tuple(_cast(rng) for _ in range(10)))


def _cast(rng: random.Random) -> Cast:
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
        refused = [part for cast in script.casts if (part := await _engage(stage, cast)) and cast.refusal]
        for crash in script.crashes:
            await _live_until(stage, crash)
            stage.time.let_pass(crash.downtime)
            stage.time.be_wrong_by(crash.clock_error)
        async with stage.bot(**QUICKLY) as process:
            await stage.settle(process, within=60)
            await process.terminate()
        verdict = judge(stage, refused=refused)
    verdict.complaints = [f"seed {script.seed}: {one}" for one in verdict.complaints]
    return verdict


async def _engage(stage: Stage, cast: Cast) -> Part:
    (part,) = await stage.add_parts(
        1,
        schedule=LONG_AGO if cast.is_late else JUST_NOW,
        permissions=EVERYDAY if cast.may_read else WITHOUT_HISTORY,
    )
    path = f"/channels/{part.channel.id}/messages"
    for name in cast.post_faults:
        stage.discord.arm("POST", path, POST_FAULTS[name]())
    for name in cast.look_faults:
        stage.discord.arm("GET", path, LOOK_FAULTS[name]())
    if cast.refusal:
        stage.discord.arm("POST", path, REFUSALS[cast.refusal](), count=None)
    return part


async def _live_until(stage: Stage, crash: Crash) -> None:
    """Run the bot until it dies as written, or until all is settled and there is nothing left to die at."""
    moment, place = crash.death.split()
    async with stage.bot(death=f"{moment} {crash.number}" if place == "commit" else None, **QUICKLY) as process:
        if place != "commit":
            _arm_death(stage, process, crash)
        with contextlib.suppress(EOFError):
            await stage.settle(process, within=60)
    stage.discord.faults.disarm_watchers()


def _arm_death(stage: Stage, process: BotProcess, crash: Crash) -> None:
    def die(_: object) -> None:
        process.kill()

    fault = {
        "before request": Fault.on_request(die, accept=False),
        "at request": Fault.on_request(die),
        "after request": Fault.on_accepted(die, answer=False),
        "at look": Fault.on_request(die),
    }[crash.death]
    stage.discord.arm("GET" if crash.death == "at look" else "POST", POSTS, fault, after=crash.number % 10)
