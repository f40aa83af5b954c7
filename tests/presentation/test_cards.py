import html
import re
from dataclasses import replace
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import Snapshot
from bot.market.queries import category_keys
from bot.presentation.alt_text import alt_text
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import Card, make_card
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.palette import Palette
from bot.presentation.pictures.bars import draw_bars
from bot.presentation.sheets import Leader
from bot.presentation.text import units
from tests.odd_snapshots import HOSTILE, ODD, boards_of, snapshots
from tests.presentation.bodies import assert_discord_takes, assert_discord_takes_every_way, odd
from tests.presentation.weeks import compared

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."

ALT_TEXT_OF_DATA = (
    "Data. 19.5 % of classified requests, last 7 days. Bars: share of all classified requests. "
    "1 Data Extraction 13.9 %, 71.4 % of Data, Gemini 2.5 Flash Lite leads with 9.0 %; "
    "2 Data Transformation 5.6 %, 28.6 % of Data, GLM 5.3 Flash leads with 21.8 %. "
    f"Changes will show from 2026-09-07 on. {CITATION}"
)


def card_of(board: str, edition: Edition) -> Card:
    """Make the card of a board, written as its text."""
    return make_card(Board.parse(board), edition, age=None)


class TestCardOfTheSample:
    def test_parts_of_a_card_match(self, sample: Edition) -> None:
        """Embed, picture and sheet show one board, and the embed shows the picture."""
        card = card_of("code", sample)
        assert card.picture is not None
        assert ("Code", "Code", Board.parse("code")) == (card.embed.title, card.sheet.title, card.board)
        assert "code-requests-2026-08-31.png" == card.picture.filename
        assert "attachment://code-requests-2026-08-31.png" == card.embed.image.url
        assert card.picture.svg.startswith("<svg ")

    def test_alt_text_states_the_figures(self, sample: Edition) -> None:
        """A screen reader reads the figures and the source."""
        assert ALT_TEXT_OF_DATA == alt_text(make_sheet(Board.parse("data"), sample, age=None))

    def test_alt_text_says_changes_in_words(self) -> None:
        """Up, down, unchanged and new in points since a day, and which leaders are new, with names that can be read."""
        code, debugging = (
            alt_text(make_sheet(Board.parse(board), compared(), age=None)) for board in ("code", "task:code:debugging")
        )
        for said in (
            "1 Code Generation 4.8 %, up 0.8 points, 36.8 % of Code, GPT-5.6 Luna leads with 25.9 %;",
            "2 Debugging 2.3 %, unchanged, 17.6 % of Code, GPT-5.6 Luna now leads with 19.5 %;",
            "4 Shell Execution 1.2 %, down 0.2 points, 9.1 % of Code, DeepSeek V4 Flash 07-31 now leads with 12.9 %;",
            "Changes in points since 2026-08-31 are computed. Source: OpenRouter",
        ):
            assert said in code
        assert "1 GPT-5.6 Luna 19.5 %, up 10.8 points, now leads;" in debugging
        assert "8 GLM 5.3 2.8 %, new;" in debugging

    @pytest.mark.parametrize(
        "said", ["Others may have more tokens.", "This data is 5 days old", "share of this task's tokens"]
    )
    def test_alt_text_and_picture_say_what_the_figures_are_not(self, sample: Edition, said: str) -> None:
        """People repost a picture without its card: a task by tokens, and old data, explain themselves."""
        sheet = make_sheet(Board.parse("task:code:debugging/tokens"), sample, age=5)
        palette = Palette.of(category_keys(sample.snapshot.data))
        assert said in alt_text(sheet)
        assert said in html.unescape(draw_bars(sheet, palette, {}).svg)

    def test_alt_text_leaves_out_leaders_before_figures(self, sample: Edition) -> None:
        """Long names are shortened first; every row keeps its figures, also a change."""
        sheet = make_sheet(Board.parse("code"), sample, age=None)
        change = Figure(FigureKind.CHANGE, -0.012)
        wide, figures = "a\u0301\u0302" * 40, (Figure(FigureKind.ALL, 1.0), Figure(FigureKind.WITHIN, 1.0), change)
        leader = Leader(wide, "b", figures[0])
        rows = tuple(replace(row, label=wide + row.label, figures=figures, leader=leader) for row in sheet.rows)
        said = alt_text(replace(sheet, sections=(replace(sheet.sections[0], rows=rows),)))
        assert (False, True) == ("leads" in said, units(said) <= 1024)
        assert 9 == len(re.findall(r"\d %, down 1\.2 points, \d+\.\d % of Code", said))

    def test_alt_text_of_an_overview_names_the_categories_first(self, sample: Edition) -> None:
        """They come first in the picture too."""
        said = alt_text(make_sheet(Board.parse("overview"), sample, age=None))
        categories = "1 General 54.4 %; 2 Data 19.5 %; 3 Agent 13.8 %; 4 Code 12.2 %"
        assert f"last 7 days. {categories}. 1 Classification 23.1 %, Gemini 2.5 Flash Lite leads with 8.9 %; " in said

    def test_an_empty_board_has_no_picture(self, sample: Edition) -> None:
        """There is nothing to draw, and nothing attached."""
        card = card_of("task:gone", sample)
        assert (None, None) == (card.picture, card.embed.image.url)

    def test_age_is_said(self, sample: Edition) -> None:
        """In the text."""
        card = make_card(Board.parse("task:gone"), sample, age=3)
        assert "**This data is 3 days old: newer data has not arrived.**" in (card.embed.description or "")

    @pytest.mark.parametrize("board", ["overview", "task:math/tokens", "model:stealth/ox-alpha", "task:gone"])
    async def test_discord_takes_it_every_way(self, sample: Edition, board: str) -> None:
        """As an answer, as an edit and as a message."""
        assert_discord_takes_every_way(card_of(board, sample))

    async def test_discord_takes_every_card(self, sample: Edition) -> None:
        """Of every board by every metric, with the citation, the metric and the window."""
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
        """Labels that look alike would sound alike."""
        sheet = make_sheet(Board.parse(board), odd(name), age=None)
        told = [figure.partition(" ")[2].rpartition(" 1.0 %")[0] or figure for figure in alt_text(sheet).split("; ")]
        assert len(told) == len(set(told))

    @pytest.mark.parametrize("text", [*HOSTILE, "x" * 300])
    def test_file_names_are_plain(self, text: str) -> None:
        """Discord would rename other files, and the embed's reference would break."""
        picture = make_card(Board(BoardKind.TASK, text), odd("hostile_texts"), age=None).picture
        assert picture is None or re.fullmatch(r"[a-z0-9-]{1,72}\.png", picture.filename)


@settings(deadline=None, max_examples=25)
@given(snapshots(), st.sampled_from(Metric))
async def test_discord_takes_a_card_of_anything(snapshot: Snapshot, metric: Metric) -> None:
    """Of any snapshot that is valid according to the source's own description."""
    edition = Edition(snapshot)
    for board in boards_of(edition, most=1)[::2]:
        assert_discord_takes(make_card(board.by(metric), edition, age=None))
