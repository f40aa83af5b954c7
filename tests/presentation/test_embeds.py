import re

import discord
import pytest
from rich.cells import cell_len

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.queries import category_keys
from bot.presentation.board_sheets import make_sheet
from bot.presentation.embeds import make_embed, table
from bot.presentation.palette import Palette
from bot.presentation.sheets import Figure, FigureKind, Row, Section
from tests.odd_snapshots import ODD, boards_of
from tests.presentation.bodies import odd

CODE = """\
                    all within
1 Code Generation 4.0 % 32.4 %
  GPT-5.6 Luna 19.2 %
2 Debugging       2.3 % 18.4 %
  DeepSeek V4 Flash 07-31 11.2 %
3 File I/O        1.8 % 14.7 %
  DeepSeek V4 Flash 07-31 11.2 %
4 Shell Execution 1.4 % 11.4 %
  Gemini 3.7 Flash 16.1 %
5 Code Review     1.0 %  8.5 %
  GPT-5.6 Luna 11.2 %
6 Frontend & UI   0.9 %  7.4 %
  MiMo V2.5 18.4 %
7 Repo Scanning   0.5 %  4.1 %
  MiMo V2.5 14.9 %
8 DevOps & Config 0.2 %  1.6 %
  GPT-5.6 Luna 12.7 %
9 SQL & Database  0.2 %  1.5 %
  GPT-5.6 Luna 11.1 %"""

CLASSIFICATION_BY_TOKENS = """\
DeepSeek V4 Flash 07-31 7.3 %
GLM 5.3 Flash           7.3 %
GPT-5.6 Luna            6.8 %
DeepSeek V4 Flash 04-23 4.8 %
Gemini 2.5 Flash Lite   3.6 %
Gemini 2.5 Flash        2.2 %
GPT-OSS 120B            2.2 %
Gemini 3.1 Flash Lite   1.7 %
Solar Pro4              1.2 %
GPT-4o Mini             1.1 %"""

OVERVIEW = """\
Categories
1 General 54.4 %
2 Data    19.5 %
3 Agent   13.8 %
4 Code    12.2 %

Tasks
 1 Classification      23.1 %"""


def embed_of(board: Board, edition: Edition, *, age: int | None = None, picture: str | None = None) -> discord.Embed:
    """Lay a board out."""
    palette = Palette.of(category_keys(edition.snapshot.data))
    return make_embed(make_sheet(board, edition, age=age), palette, picture=picture)


def description_of(board: str, edition: Edition, *, age: int | None = None) -> str:
    """The text of a board, written as its text."""
    return embed_of(Board.parse(board), edition, age=age).description or ""


def blocks_of(description: str) -> list[str]:
    """The code blocks of a text."""
    return re.findall(r"```\n(.*?)\n```", description, flags=re.DOTALL)


class TestRowsOfTheSample:
    @pytest.mark.parametrize(
        ("board", "expected"), [("code", CODE), ("task:classification_tagging/tokens", CLASSIFICATION_BY_TOKENS)]
    )
    def test_rows_line_up(self, sample: Edition, board: str, expected: str) -> None:
        """Ranks, labels and figures are in columns, with the leader below each task."""
        assert [expected] == blocks_of(description_of(board, sample))

    def test_overview_has_two_rankings_with_headings(self, sample: Edition) -> None:
        """In one block, with the number of tasks left out."""
        [block] = blocks_of(description_of("overview", sample))
        assert block.startswith(OVERVIEW)
        assert block.endswith("\nand 19 more")

    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("overview", "**Share of classified requests, last 7 days**"),
            ("code", "**12.2 % of classified requests, last 7 days**"),
            ("code/tokens", "**37.3 % of classified tokens, last 7 days**"),
            ("task:code:general_impl/tokens", "**12.5 % of classified tokens (33.4 % of Code), last 7 days**"),
            ("model:stealth/ox-alpha", "**Its share of requests in 22 of 29 tasks, last 7 days**"),
        ],
    )
    def test_lead_says_metric_and_window(self, sample: Edition, board: str, expected: str) -> None:
        """In words, in the first line."""
        assert expected == description_of(board, sample).splitlines()[0]

    @pytest.mark.parametrize("board", ["task:code:general_impl", "model:stealth/ox-alpha/tokens"])
    def test_id_can_be_found(self, sample: Edition, board: str) -> None:
        """The tag or the id is below the lead, so that users can copy it."""
        subject = Board.parse(board).subject
        assert f"`{subject}`" == description_of(board, sample).splitlines()[1]


class TestFrame:
    def test_every_embed_links_and_cites_its_source(self, sample: Edition) -> None:
        """With the verbatim citation and the licence that OpenRouter asks for."""
        for board in boards_of(sample, most=5):
            embed = embed_of(board, sample)
            assert "https://openrouter.ai/rankings" == embed.url
            expected = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."
            assert expected == embed.footer.text

    def test_embed_has_the_colour_of_its_category(self, sample: Edition) -> None:
        """A task has the colour of its category, an overview is neutral."""
        colours = [str(embed_of(Board.parse(text), sample).colour) for text in ("code", "task:math", "overview")]
        assert ["#56b4e9", "#cc79a7", "#999999"] == colours

    def test_picture_is_the_attachment(self, sample: Edition) -> None:
        """By its file name; without a picture there is no image."""
        assert "attachment://a.png" == embed_of(Board.parse("code"), sample, picture="a.png").image.url
        assert embed_of(Board.parse("code"), sample).image.url is None

    def test_age_is_said_above_the_figures(self, sample: Edition) -> None:
        """Only if the data is old."""
        text = description_of("code", sample, age=3)
        assert "**This data is 3 days old: newer data has not arrived.**" == text.splitlines()[1]
        assert "old" not in description_of("code", sample)

    def test_an_empty_board_has_its_reason_and_no_block(self, sample: Edition) -> None:
        """Nothing looks like a ranking."""
        text = description_of("task:gone", sample)
        assert [] == blocks_of(text)
        assert text.endswith("This data has no such task. It may have been renamed or removed.")


class TestOddSnapshots:
    @pytest.mark.parametrize("name", ODD)
    def test_no_line_wraps_and_no_block_breaks(self, name: str) -> None:
        """Every line of a block fits a phone, and no text of the source ends the block."""
        edition = odd(name)
        for board in boards_of(edition, most=2):
            description = embed_of(board, edition).description or ""
            blocks = blocks_of(description)
            assert 35 >= max((cell_len(line) for block in blocks for line in block.splitlines()), default=0)
            assert 2 * len(blocks) == description.count("```")

    @pytest.mark.parametrize("board", ["task:" + "x" * 150 + "A" + "x" * 149, "task:Look Alike", "code"])
    @pytest.mark.parametrize("name", ["nearly_alike", "looking_alike"])
    def test_no_two_rows_look_alike(self, name: str, board: str) -> None:
        """Even if their labels differ very little, or only in characters that cannot be shown."""
        sheet = make_sheet(Board.parse(board), odd(name), age=None)
        for section in sheet.sections:
            labels = [line for line in table(section) if re.match(r"\s*\d+ .* %$", line)]
            assert len(section.rows) == len(labels) == len({label.lstrip(" 0123456789") for label in labels})

    def test_nameless_things_are_called_so(self) -> None:
        """They have the placeholder “(no name)”."""
        assert "(no name)" in description_of("overview", odd("empty_texts"))
        assert "(no name)" == embed_of(Board.parse("task:"), odd("empty_texts")).title


def test_ranks_are_right_aligned_and_may_be_missing() -> None:
    """Without ranks, the labels begin at the left edge."""
    ranked = Section("", tuple(Row(rank, "A", "a", (Figure(FigureKind.TASK, 0.5),), "code") for rank in (9, 10)))
    unranked = Section("", (Row(None, "A", "a", (Figure(FigureKind.TASK, 0.0004),), "code"),), left_out=3)
    assert [" 9 A 50.0 %", "10 A 50.0 %"] == table(ranked, 13)
    assert ["A <0.1 %", "and 3 more"] == table(unranked, 12)


def test_rows_may_have_different_figures() -> None:
    """Each is in the column of its kind, below its heading."""
    share, within = Figure(FigureKind.ALL, 0.5), Figure(FigureKind.WITHIN, 0.25)
    section = Section("", (Row(1, "A", "a", (share,), "code"), Row(2, "B", "b", (share, within), "code")))
    assert ["       all within", "1 A 50.0 %       ", "2 B 50.0 % 25.0 %"] == table(section)
