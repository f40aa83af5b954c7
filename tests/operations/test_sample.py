"""The sample: two real answers, and days that are made up from them for histories."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from bot.app.gallery import Gallery
from bot.app.prefetching import prefetch_cards
from bot.errors import NoSuchDayError
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.models import SYNTHETIC, Snapshot
from bot.market.queries import model_ids
from bot.operations.sample import SampleDays, SampleMarket, load_snapshots, synthetic_days
from bot.presentation.cards import make_card
from scripts import synthetic_days as script
from tests.wire.in_process import until

OLDER, NEWER = date(2026, 8, 31), date(2026, 9, 7)
DAY = timedelta(days=1)


def parse(body: bytes) -> Snapshot:
    """A body as the bot reads it."""
    return Snapshot.parse(body, fetched_at=datetime(2026, 9, 8, tzinfo=UTC))


@pytest.fixture(scope="module")
def synthetic() -> Sequence[Snapshot]:
    """The synthetic days, oldest first."""
    return [parse(body) for body in synthetic_days().values()]


class TestRealDays:
    def test_the_sample_is_what_it_says(self) -> None:
        """Two real answers, byte for byte."""
        expected = {
            OLDER: "3e39cf29aaa678ff4545afcab15af950c06e8c438177101e3ca5e86770b3f10d",
            NEWER: "25b6839ff4a0dfa74e864b8fff0a89f802b494a04278b2cad59449232878f0fd",
        }
        assert expected == {each.as_of: each.sha256 for each in load_snapshots()}
        assert {False} == {each.is_synthetic for each in load_snapshots()}

    async def test_both_days_are_served(self) -> None:
        """The newer is compared with the older, and the older with none; any other day is not there."""
        market = SampleMarket()
        older, newer = [await market.load_edition(as_of) for as_of in market.recent_days()]
        assert (newer, newer) == (market.find_edition(), await market.load_edition())
        assert (older.snapshot, None) == (newer.earlier, older.earlier)
        with pytest.raises(NoSuchDayError):
            await market.load_edition(NEWER - DAY)

    async def test_usual_cards_are_made_ahead(self) -> None:
        """Those of the newer day, once: after it no other edition comes."""
        market = SampleMarket()
        with closing(Gallery(market)) as gallery:
            prefetching = asyncio.create_task(prefetch_cards(gallery, market))
            boards = market.find_edition().usual_boards
            await until(lambda: all(gallery.find_card(board) for board in boards))
            assert not prefetching.done()
            prefetching.cancel()


class TestSyntheticDays:
    def test_they_fill_the_days_but_for_one_gap(self, synthetic: Sequence[Snapshot]) -> None:
        """Two months before the older answer, and the days between both; five days in a row are missing."""
        days = [each.as_of for each in synthetic]
        wanted = {OLDER - n * DAY for n in range(1, 61)} | {OLDER + n * DAY for n in range(1, 7)}
        missing = sorted(wanted - set(days))
        assert (sorted(days), 61) == (days, len(days))
        assert wanted > set(days)
        assert [missing[0] + n * DAY for n in range(5)] == missing

    def test_they_are_the_same_everywhere(self) -> None:
        """Byte for byte, by their seed."""
        expected = "c713da98f326c6e044a0bbd99472960c10f16b9b07bbdc3a171f73baa9b16262"
        assert expected == sha256(b"\n".join(synthetic_days().values())).hexdigest()

    def test_they_look_like_real_ones(self, synthetic: Sequence[Snapshot]) -> None:
        """Three decimals, ten models a task in the source's order, sums as in the real answers."""
        for snapshot in synthetic:
            data = snapshot.data
            assert not snapshot.left_out
            assert 29 == len(data.classifications)
            assert {10} == {len(task.models) for task in data.classifications}
            shares = [task.usage_share for task in data.classifications]
            assert sorted(shares, reverse=True) == shares
            assert all(round(share, 3) == share for share in shares)
            for total in (sum(shares), sum(task.token_share for task in data.classifications)):
                assert total == pytest.approx(1, abs=0.02)
            assert sum(each.usage_share for each in data.macro_categories) == pytest.approx(1, abs=0.02)

    def test_shares_change_a_little_each_day(self, synthetic: Sequence[Snapshot]) -> None:
        """And lead over to the real answers; models come and go."""
        days = sorted([*synthetic, *load_snapshots()], key=lambda each: each.as_of)
        for before, after in pairwise(days):
            earlier = {task.tag: task.usage_share for task in before.data.classifications}
            changes = [abs(task.usage_share - earlier[task.tag]) for task in after.data.classifications]
            assert 0 < max(changes) < 0.04
        listed = [set(model_ids(each.data)) for each in days]
        assert listed[-1] - listed[0]
        assert listed[0] - listed[-1]

    def test_no_model_is_listed_before_it_came(self, synthetic: Sequence[Snapshot]) -> None:
        """By the date in its id."""
        first = next(each.as_of for each in synthetic if "openai/gpt-5.6-luna-20260709" in model_ids(each.data))
        assert date(2026, 7, 9) <= first

    @pytest.mark.parametrize("board", ["overview", "code", "task:math"])
    def test_they_carry_no_citation(self, synthetic: Sequence[Snapshot], board: str) -> None:
        """Neither the source nor its licence is named on a card, and all of its parts say synthetic."""
        card = make_card(Board.parse(board), Edition(synthetic[0]), age=None)
        assert card.picture is not None
        for said in (card.embed.footer.text, card.picture.alt_text, card.picture.svg, card.sheet.citation):
            assert said is not None
            assert SYNTHETIC in unescape(said)
            assert not {"Source:", "CC BY"} & set(said.split(" "))
            assert "Licensed" not in said

    @pytest.mark.parametrize(("mark", "expected"), [(b"true", True), (b'"true"', False), (b"1", False), (b"{}", False)])
    def test_only_our_own_mark_counts(self, *, mark: bytes, expected: bool) -> None:
        """If OpenRouter ever sends a field of that name, its answer is read all the same."""
        body = load_snapshots()[0].body.replace(b'{"data"', b'{"synthetic":' + mark + b',"data"', 1)
        snapshot = parse(body)
        assert (expected, OLDER) == (snapshot.is_synthetic, snapshot.as_of)
        assert expected != snapshot.citation.startswith("Source: OpenRouter")

    def test_script_writes_one_file_a_day(self, tmp_path: Path) -> None:
        """They are named synthetic too."""
        script.main(str(tmp_path / "days"))
        written = {path.name: path.read_bytes() for path in tmp_path.glob("days/*")}
        assert {f"{day}.synthetic.json": body for day, body in synthetic_days().items()} == written


class TestSeries:
    async def test_it_has_the_synthetic_and_the_real_days(self) -> None:
        """Oldest first, as the caller reads them."""
        series = await SampleDays(load_snapshots()).load_series(date.min, date.max, parse)
        assert sorted([*synthetic_days(), OLDER, NEWER]) == [day for day, _ in series]
        assert [day for day, _ in series] == [snapshot.as_of for _, snapshot in series]
        assert [OLDER, NEWER] == [day for day, snapshot in series if not snapshot.is_synthetic]

    async def test_both_ends_are_included(self) -> None:
        """And no day outside of them is read."""
        read: list[bytes] = []
        series = await SampleDays(load_snapshots()).load_series(OLDER - DAY, OLDER + DAY, read.append)
        assert [OLDER - DAY, OLDER, OLDER + DAY] == [day for day, _ in series]
        assert 3 == len(read)
