import re
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import Snapshot
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import Card, alt_text, make_card
from bot.presentation.text import units
from tests.odd_snapshots import HOSTILE, ODD, boards_of, snapshots
from tests.presentation.bodies import assert_discord_takes, assert_discord_takes_every_way, odd

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."

ALT_TEXT_OF_CODE = (
    "Code. 12.2 % of classified requests, last 7 days. Code Generation 4.0 %; Debugging 2.3 %; File I/O 1.8 %; "
    "Shell Execution 1.4 %; Code Review 1.0 %; Frontend & UI 0.9 %; Repo Scanning 0.5 %; DevOps & Config 0.2 %; "
    f"SQL & Database 0.2 %. {CITATION}"
)


def card_of(board: str, edition: Edition) -> Card:
    """Make the card of a board, written as its text."""
    return make_card(Board.parse(board), edition, age=None)


class TestCardOfTheSample:
    def test_everything_says_the_same(self, sample: Edition) -> None:
        """Embed, picture and sheet are of one board, and the embed shows the picture."""
        card = card_of("code", sample)
        assert card.picture is not None
        assert ("Code", "Code", Board.parse("code")) == (card.embed.title, card.sheet.title, card.board)
        assert "code-requests-2026-08-31.png" == card.picture.filename
        assert "attachment://code-requests-2026-08-31.png" == card.embed.image.url
        assert card.picture.svg.startswith("<svg ")

    def test_alt_text_states_the_figures(self, sample: Edition) -> None:
        """Who does not see the picture hears what it shows, and from where."""
        assert ALT_TEXT_OF_CODE == alt_text(make_sheet(Board.parse("code"), sample, age=None))

    def test_alt_text_of_an_overview_names_the_categories_first(self, sample: Edition) -> None:
        """They stand first in the picture, too."""
        said = alt_text(make_sheet(Board.parse("overview"), sample, age=None))
        assert "last 7 days. General 54.4 %; Data 19.5 %; Agent 13.8 %; Code 12.2 %. Classification 23.1 %; " in said

    def test_an_empty_board_has_no_picture(self, sample: Edition) -> None:
        """There is nothing to draw, and nothing attached."""
        card = card_of("task:gone", sample)
        assert (None, None) == (card.picture, card.embed.image.url)

    def test_age_is_said(self, sample: Edition) -> None:
        """It stands in the text."""
        card = make_card(Board.parse("task:gone"), sample, age=3)
        assert "**This data is 3 days old: newer data has not arrived.**" in (card.embed.description or "")

    @pytest.mark.parametrize("board", ["overview", "task:math/tokens", "model:stealth/ox-alpha", "task:gone"])
    async def test_discord_takes_it_every_way(self, sample: Edition, board: str) -> None:
        """As an answer, as an edit and as a message."""
        assert_discord_takes_every_way(card_of(board, sample))

    async def test_discord_takes_every_card(self, sample: Edition) -> None:
        """Whichever board, by whichever metric; each with the citation, and with the metric and window in words."""
        for board in boards_of(sample, most=5):
            card = make_card(board, sample, age=3)
            assert_discord_takes(card)
            first = (card.embed.description or "").splitlines()[0]
            assert (True, True) == (board.metric in first, "last 7 days" in first)
            assert CITATION == card.embed.footer.text
            assert card.picture is None or card.picture.alt_text.endswith(CITATION)


class TestOddSnapshots:
    @pytest.mark.parametrize("name", ODD)
    async def test_discord_takes_every_card(self, name: str) -> None:
        """Whatever the labels, the ids and the shares are."""
        edition = odd(name)
        for board in boards_of(edition, most=2):
            assert_discord_takes(make_card(board, edition, age=3))

    async def test_discord_takes_every_hostile_subject(self) -> None:
        """As a category, as a task and as a model, in turn."""
        kinds = cycle([BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL])
        for kind, text in zip(kinds, HOSTILE, strict=False):
            assert_discord_takes(make_card(Board(kind, text), odd("hostile_texts"), age=None))

    @pytest.mark.parametrize("name", ODD)
    def test_alt_texts_have_all_figures_and_the_source(self, name: str) -> None:
        """However long the labels are, within Discord's 1024."""
        edition = odd(name)
        for board in boards_of(edition, most=2):
            sheet = make_sheet(board, edition, age=None)
            said = alt_text(sheet)
            assert units(said) <= 1024
            assert sum(row.figures[0].value >= 0.0005 for row in sheet.pictured) <= len(re.findall(r" \d+\.\d %", said))
            assert said.endswith(CITATION)

    @pytest.mark.parametrize("board", ["task:" + "x" * 150 + "A" + "x" * 149, "task:Look Alike"])
    @pytest.mark.parametrize("name", ["nearly_alike", "looking_alike"])
    def test_alt_texts_tell_models_apart(self, name: str, board: str) -> None:
        """What looks alike would sound alike."""
        sheet = make_sheet(Board.parse(board), odd(name), age=None)
        told = [figure.rpartition(" 1.0 %")[0] or figure for figure in alt_text(sheet).split("; ")]
        assert len(told) == len(set(told))

    @pytest.mark.parametrize("text", [*HOSTILE, "x" * 300])
    def test_file_names_are_plain(self, text: str) -> None:
        """Discord renames what is not, and the reference to it breaks."""
        picture = make_card(Board(BoardKind.TASK, text), odd("hostile_texts"), age=None).picture
        assert picture is None or re.fullmatch(r"[a-z0-9-]{1,72}\.png", picture.filename)


@settings(deadline=None, max_examples=25)
@given(snapshots(), st.sampled_from(Metric))
async def test_discord_takes_a_card_of_anything(snapshot: Snapshot, metric: Metric) -> None:
    """Of any snapshot that is valid by the source's own description."""
    edition = Edition(snapshot)
    for board in boards_of(edition, most=1)[::2]:
        assert_discord_takes(make_card(board.by(metric), edition, age=None))
