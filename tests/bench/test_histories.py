"""Histories of years: how long their cards take when nothing is in memory, how large they are, and what memory they leave."""

import asyncio
import gc
import json
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import median

import pytest
import sqlalchemy as sa
from pytest_benchmark.fixture import BenchmarkFixture

from bot.app.drawing import opening_drawer
from bot.app.gallery import Gallery
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.past import WINDOW, Past
from bot.operations.sample import NEWER_FETCHED_AT, SampleMarket, load_snapshots
from bot.storage.archive import SnapshotArchive
from bot.storage.bodies import Encoding, pack
from bot.storage.database import Database, open_database
from bot.storage.schema import snapshots
from tests.bench.test_many_posts import watching_stalls

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
    """Seconds of each card by the days asked for, stalls in seconds, bytes of pictures, bytes that stayed in memory."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    stalls: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    left: int = 0


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


async def make_cards(folder: Path, days: int) -> Measured:
    """Make the cards of histories, of a year and of all days, each with an empty gallery."""
    measured = Measured({asked: [] for asked in SECONDS})
    async with open_database(f"sqlite:///{folder / 'rankings.db'}") as database, opening_drawer() as drawer:
        await fill(database, days)
        market, before = ArchiveMarket(database), 0
        for name in ("history:7:overview", *(f"history:{asked}:{about}" for asked in SECONDS for about in BOARDS)):
            board = Board.parse(name)
            with closing(Gallery(market, drawer=drawer)) as gallery:
                async with watching_stalls() as stalls:
                    begun = time.perf_counter()
                    card = await gallery.load_card(board)
                    took = time.perf_counter() - begun
            assert card.png is not None
            if board.days == 7:  # the first card starts the drawing process, and loads code
                before = resident()
                continue
            measured.seconds[board.days or 0].append(took)
            measured.stalls.append(max(stalls))
            measured.sizes.append(len(card.png))
        measured.left = resident() - before
    return measured


def test_histories_of_years_are_fast_and_leave_nothing(
    benchmark: BenchmarkFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A year takes at most 300 ms and five years 1 s, drawn; the event loop stays free, and memory is given back."""
    measured: list[Measured] = []
    days = FEW if benchmark.disabled else YEARS
    benchmark.pedantic(  # type: ignore[no-untyped-call]  # pytest-benchmark leaves it untyped
        lambda: measured.append(asyncio.run(make_cards(tmp_path, days))), rounds=1, iterations=1
    )
    (one,) = measured
    assert max(one.sizes) <= LARGEST
    if benchmark.disabled:
        return
    took = {asked: median(seconds) for asked, seconds in one.seconds.items()}
    with capsys.disabled():
        sys.stdout.write(
            f"\nhistories, cold: {', '.join(f'{asked} days {seconds * 1e3:.0f} ms' for asked, seconds in took.items())}, "
            f"loop stalled {max(one.stalls) * 1e3:.1f} ms at the most, pictures at the most {max(one.sizes) / 1e3:.1f} KB, "
            f"{one.left / 2**20:.1f} MiB stayed in memory\n"
        )
    assert dict.fromkeys(SECONDS, True) == {asked: took[asked] <= most for asked, most in SECONDS.items()}
    assert (True, True) == (max(one.stalls) <= STALL, one.left <= LEFT)
