"""Histories of years: how long their cards take when nothing is in memory, how large they are, and what memory they leave."""

import asyncio
import gc
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from pytest_benchmark.fixture import BenchmarkFixture

from bot.app.drawing import opening_drawer
from bot.app.gallery import Drawer, Gallery
from bot.garbage import collect_seldom, ignore_present_objects
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.past import WINDOW, Past
from bot.operations.sample import NEWER_FETCHED_AT, SampleMarket, load_snapshots
from bot.storage.archive import SnapshotArchive
from bot.storage.bodies import Encoding, pack
from bot.storage.database import Database, open_database
from bot.storage.schema import snapshots
from tests.bench.test_many_posts import watching_stalls

ROUNDS = 3
YEARS, YEAR, FEW = 1826, 365, 14
"""Days: five years, one, and as many as are enough to see that the measurement works."""

BOARDS = ("overview", "code", "task:code:debugging/tokens", "share:math", "model:openai/gpt-5.6-luna-20260709")
SECONDS = {YEAR: 0.3, 1825: 1.0}
"""The most that a card may take, from the archive to its picture."""

STALL = 0.01
LARGEST = 45_000
"""Bytes of a picture."""

LEFT = 12 * 2**20
"""Bytes that may stay in memory after the first cards: code that was loaded, and the cards."""


@dataclass
class Measured:
    """The shortest time of each card and the shortest of its longest stalls, in seconds; and bytes.

    Other work on the machine can only make them longer. `left` stayed in memory.
    """

    seconds: dict[Board, float] = field(default_factory=dict)
    stalls: dict[Board, float] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    left: int = 0

    def longest(self, days: int) -> float:
        """The longest time of a card of so many days."""
        return max(took for board, took in self.seconds.items() if board.days == days)


class ArchiveMarket(SampleMarket):
    """The sample's newest edition, with an archive behind it."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._archive_s_past = Past(SnapshotArchive(database))

    async def load_past(self, board: Board, edition: Edition) -> Edition:
        return await self._archive_s_past.load_for(board, edition)


async def fill(database: Database, days: int) -> None:
    """Archive so many days: the real answer, whose shares drift, is the size of a real one."""
    answer, random, until = json.loads(load_snapshots()[-1].body), Random(5), load_snapshots()[-1].as_of
    rows = []
    for number in range(days):
        as_of = until - timedelta(days=days - 1 - number)
        for entry in _entries(answer):
            for name in [name for name in entry if name.endswith("_share")]:
                entry[name] = round(min(1, max(0, entry[name] + random.choice((0, 0.001, -0.001, 0.003, -0.003)))), 3)
        rows.append(_row(json.dumps(answer).encode(), as_of))
    async with database.transaction() as connection:
        await connection.execute(sa.insert(snapshots), rows)


def _entries(answer: dict[str, dict[str, list[dict[str, float]]]]) -> list[dict[str, float]]:
    data = answer["data"]
    tasks: list[dict[str, float]] = data["classifications"]
    models = [model for task in tasks for model in task["models"]]  # type: ignore[attr-defined]  # a list
    return [*data["macro_categories"], *tasks, *models]


def _row(body: bytes, as_of: date) -> dict[str, object]:
    instants = dict.fromkeys(("fetched_at", "checked_at"), NEWER_FETCHED_AT)
    about = {"window": WINDOW, "as_of": as_of, "sha256": sha256(body).hexdigest(), "body": pack(body)}
    return {**about, **instants, "encoding": Encoding.ZLIB, "fetched_at_known": True}


def resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


async def make_cards(folder: Path, days: int, *, rounds: int) -> Measured:
    """Make the cards of histories, of a year and of all days, each with an empty gallery."""
    measured, boards = Measured(), [Board.parse(f"history:{days}:{about}") for days in SECONDS for about in BOARDS]
    async with open_database(f"sqlite:///{folder / 'rankings.db'}") as database, opening_drawer() as drawer:
        await fill(database, days)
        market = ArchiveMarket(database)
        await make_card(Board.parse("history:7:overview"), market, drawer, measured=Measured())  # loads the code
        before = resident()
        for board in boards * rounds:
            await make_card(board, market, drawer, measured=measured)
        measured.left = resident() - before
    return measured


async def make_card(board: Board, market: ArchiveMarket, drawer: Drawer, *, measured: Measured) -> None:
    """Make a card with an empty gallery, and add its times to what was measured."""
    with closing(Gallery(market, drawer=drawer)) as gallery:
        async with watching_stalls() as stalls:
            begun = time.perf_counter()
            card = await gallery.load_card(board)
            took = time.perf_counter() - begun
    assert card.png is not None
    measured.seconds[board] = min(took, measured.seconds.get(board, took))
    measured.stalls[board] = min(max(stalls), measured.stalls.get(board, math.inf))
    measured.sizes.append(len(card.png))


@pytest.fixture
def collector_of_the_bot() -> Iterator[None]:
    """Let the garbage collector run as seldom as in the bot, and not look at the tests' own objects."""
    usual = gc.get_threshold()
    gc.collect()
    collect_seldom()
    ignore_present_objects()
    yield
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("collector_of_the_bot")
def test_histories_of_years_are_fast_and_leave_nothing(
    benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A year takes at most 300 ms and five years 1 s, drawn; the event loop stays free, and memory is given back."""
    measured: list[Measured] = []
    days, rounds = (FEW, 1) if benchmark.disabled else (YEARS, ROUNDS)
    benchmark.pedantic(  # type: ignore[no-untyped-call]  # pytest-benchmark leaves it untyped
        lambda: measured.append(asyncio.run(make_cards(tmp_path, days, rounds=rounds))), rounds=1, iterations=1
    )
    (one,) = measured
    assert max(one.sizes) <= LARGEST
    if benchmark.disabled:
        return
    took = {asked: one.longest(asked) for asked in SECONDS}
    stall = max(one.stalls.values())
    with capsys.disabled():
        sys.stdout.write(
            f"\nhistories, cold: {', '.join(f'{asked} days {seconds * 1e3:.0f} ms' for asked, seconds in took.items())}, "
            f"loop stalled {stall * 1e3:.1f} ms at the most, pictures at the most {max(one.sizes) / 1e3:.1f} KB, "
            f"{one.left / 2**20:.1f} MiB stayed in memory\n"
        )
    assert [True] * len(SECONDS) == [took[asked] <= most for asked, most in SECONDS.items()]
    assert (True, True) == (stall <= STALL, one.left <= LEFT)
