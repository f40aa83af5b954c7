"""The real process beside a bare bot: memory, the start, and a warm `/rankings code`, alone and 400 at once.

Both are real processes at the same stand-in for Discord. The bare bot sends the same embed, controls and file. Other work
on the machine disturbs both, so what counts is the median of the ratios of measurements that follow each other.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.real_run import WITHOUT_CLICK, World, open_world
from tests.wire.gateway import GatewayConnection
from tests.wire.interactions import InteractionAnswer
from tests.wire.process import BotProcess

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "aiosqlite",
    "cachetools",
    "discord.ext.commands",
    "httpx",
    "orjson",
    "pydantic_settings",
    "sqlalchemy.ext.asyncio",
)
"""The libraries that the bot loads with an SQLite database."""

TICK = os.sysconf("SC_CLK_TCK")
START, IDLE, WITH_PICTURES = 0.9, 90, 115
"""The most seconds until the first answer, and the most MiB."""

LATENCY, CPU, RATE = 1.03, 1.05, 0.95
"""The bounds of a warm command, as a ratio to the bare bot's."""

AT_ONCE = 400
ROUNDS = 12


@dataclass(frozen=True)
class Running:
    """A process that is connected."""

    process: BotProcess
    connection: GatewayConnection

    def cpu(self) -> float:
        """The seconds of CPU that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


@dataclass
class Ratios:
    """The bot's measurements divided by the bare bot's, one for each round."""

    latency: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    cpu_at_once: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        """The medians."""
        return (
            f"latency {median(self.latency):.3f}, CPU {median(self.cpu):.3f}; {AT_ONCE} at once: "
            f"rate {median(self.rate):.3f}, CPU {median(self.cpu_at_once):.3f}"
        )


def bot_of(world: World) -> BotProcess:
    """The bot."""
    return world.start()


def bare_bot_of(world: World, *libraries: str) -> BotProcess:
    """A bare bot, which has nothing but discord.py and these libraries."""
    return BotProcess(
        str(world.directory),
        *libraries,
        discord=world.discord,
        directory=world.directory,
        environment={"PYTHONPATH": f"{WITHOUT_CLICK}{os.pathsep}{ROOT}"},
        module="tests.bench.bare_bot",
    )


def bare_bot_with_libraries_of(world: World) -> BotProcess:
    """A bare bot with the bot's libraries."""
    return bare_bot_of(world, *LIBRARIES)


@asynccontextmanager
async def running(world: World, process: BotProcess) -> AsyncIterator[Running]:
    """Run a process; it is connected."""
    number = world.discord.gateway.ready_total + 1
    async with process:
        yield Running(process, await world.discord.wait_connected(number))


async def begin(world: World, one: Running) -> InteractionAnswer:
    """Send `/rankings code` to a process."""
    payload = world.discord.slash_command("rankings", "code", user=world.user, channel=world.channel)
    return await world.discord.begin(payload, to=one.connection)


async def answered(world: World, one: Running) -> InteractionAnswer:
    """The complete answer of a process to `/rankings code`."""
    return await world.discord.settled(await begin(world, one))


async def fill(world: World) -> None:
    """Have the bot save its data and draw its usual cards, and save what it answers, for the bare bot."""
    async with running(world, bot_of(world)) as one:
        await world.discord.wait_registered()
        await answered(world, one)
        await until_warm(world, one)
        answer = await answered(world, one)
    world.directory.joinpath("message.json").write_text(json.dumps(answer.data), encoding="utf-8")
    world.directory.joinpath("picture.png").write_bytes(answer.files[0].data)


async def until_warm(world: World, one: Running) -> None:
    """Wait until the card that is drawn last is ready: that by tokens of the last category."""
    for board in ("overview", "code", "data", "agent", "general"):
        payload = world.discord.slash_command(
            "rankings", board, user=world.user, channel=world.channel, options={"metric": "tokens"}
        )
        await world.discord.interact(payload, to=one.connection)


async def start(world: World, make: Callable[[World], BotProcess]) -> tuple[float, float, float]:
    """Start a process; return the seconds to its first answer, and its MiB: alone, and with its children."""
    began = time.perf_counter()
    async with running(world, make(world)) as one:
        answer = await answered(world, one)
        seconds = time.perf_counter() - began
        assert answer.message.embeds
        if make is bot_of:
            await until_warm(world, one)
        return seconds, one.process.own_rss_mib(), one.process.rss_mib()


def assert_same_message(one: InteractionAnswer, other: InteractionAnswer) -> None:
    """Both answers have the same embed, the same file, and the same kinds of controls."""
    assert one.data["embeds"] == other.data["embeds"]
    assert one.files[0].data == other.files[0].data
    controls = [
        [[item["type"] for item in row["components"]] for row in answer.data["components"]] for answer in (one, other)
    ]
    assert controls[0] == controls[1]


async def ask_in_turn(world: World, one: Running, number: int) -> tuple[float, float]:
    """Send this many commands, one after another; return the median of the seconds, and the seconds of CPU."""
    before, seconds = one.cpu(), []
    for _ in range(number):
        answer = await answered(world, one)
        assert answer.seconds is not None
        seconds.append(answer.seconds)
    return median(seconds), one.cpu() - before


async def ask_at_once(world: World, one: Running, number: int) -> tuple[float, float]:
    """Send this many commands at once; return the seconds to the last answer, and the seconds of CPU."""
    before, began = one.cpu(), time.perf_counter()
    answers = [await begin(world, one) for _ in range(number)]
    for answer in answers:
        await world.discord.settled(answer)
    return time.perf_counter() - began, one.cpu() - before


async def compare(world: World, *, rounds: int, in_turn: int, at_once: int) -> Ratios:
    """Measure both bots in turns."""
    ratios = Ratios()
    async with AsyncExitStack() as stack:
        bot, bare = [
            await stack.enter_async_context(running(world, make(world)))
            for make in (bot_of, bare_bot_with_libraries_of)
        ]
        await answered(world, bot)
        await until_warm(world, bot)
        assert_same_message(*[await answered(world, one) for one in (bot, bare)])
        for one in (bot, bare):
            await ask_in_turn(world, one, in_turn // 10)
        for number in range(rounds):
            pair = (bot, bare) if number % 2 else (bare, bot)
            turns = {one: await ask_in_turn(world, one, in_turn) for one in pair}
            bursts = {one: await ask_at_once(world, one, at_once) for one in pair}
            ratios.latency.append(turns[bot][0] / turns[bare][0])
            ratios.cpu.append(turns[bot][1] / max(turns[bare][1], 1 / TICK))
            ratios.rate.append(bursts[bare][0] / bursts[bot][0])
            ratios.cpu_at_once.append(bursts[bot][1] / max(bursts[bare][1], 1 / TICK))
            world.discord.requests.clear()
    return ratios


@pytest.fixture
def own_heap() -> Iterator[None]:
    """Keep the garbage collector of this process out of what is measured."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("own_heap")
def test_warm_command_costs_no_more_than_a_bare_bots(
    benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In latency, in CPU, and in the rate of 400 at once."""
    sizes = (
        {"rounds": 1, "in_turn": 10, "at_once": 10}
        if benchmark.disabled
        else {"rounds": ROUNDS, "in_turn": 300, "at_once": AT_ONCE}
    )

    async def measure() -> Ratios:
        async with open_world(tmp_path) as world:
            await fill(world)
            return await compare(world, **sizes)

    ratios = benchmark.pedantic(lambda: asyncio.run(measure()), rounds=1)  # type: ignore[no-untyped-call]  # it has no types
    if not benchmark.disabled:
        with capsys.disabled():
            sys.stdout.write(f"\na warm command beside a bare bot's: {ratios}\n")
        assert (median(ratios.latency) <= LATENCY, median(ratios.cpu) <= CPU, median(ratios.rate) >= RATE) == (
            True,
            True,
            True,
        )


@pytest.mark.usefixtures("own_heap")
def test_process_starts_soon_and_stays_small(
    benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the archive, beside a bare bot with and without the same libraries."""
    kinds = {"the bot": bot_of, "a bare bot": bare_bot_of, "with the same libraries": bare_bot_with_libraries_of}
    found: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in kinds}

    async def measure() -> None:
        async with open_world(tmp_path) as world:
            await fill(world)
            for _ in range(1 if benchmark.disabled else ROUNDS):
                for kind, make in list(kinds.items())[: 1 if benchmark.disabled else None]:
                    found[kind].append(await start(world, make))

    benchmark.pedantic(lambda: asyncio.run(measure()), rounds=1)  # type: ignore[no-untyped-call]  # it has no types
    if not benchmark.disabled:
        medians = {kind: [median(each) for each in zip(*rounds, strict=True)] for kind, rounds in found.items()}
        with capsys.disabled():
            for kind, (seconds, alone, together) in medians.items():
                sys.stdout.write(
                    f"\n{kind}: first answer after {seconds:.2f} s, {alone:.1f} MiB, "
                    f"with its drawing process {together:.1f} MiB"
                )
            sys.stdout.write("\n")
        seconds, alone, together = medians["the bot"]
        assert (seconds <= START, alone <= IDLE, together <= WITH_PICTURES) == (True, True, True)
