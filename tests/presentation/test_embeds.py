import re
from dataclasses import replace

import discord
import pytest

from bot.market.boards import Board, Metric
from bot.market.editions import Edition
from bot.market.queries import category_keys
from bot.presentation.board_sheets import make_sheet
from bot.presentation.embeds import make_embed, row_lines
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.palette import Palette
from bot.presentation.sheets import Leader, Row, Section
from bot.presentation.text import units
from tests.odd_snapshots import HOSTILE, ODD, boards_of
from tests.presentation.bodies import odd
from tests.presentation.weeks import compared

CODE = """
1 **Code Generation** 4.0 %; GPT-5.6 Luna leads with 19.2 %
2 **Debugging** 2.3 %; DeepSeek V4 Flash 07-31 leads with 11.2 %
3 **File I/O** 1.8 %; DeepSeek V4 Flash 07-31 leads with 11.2 %
4 **Shell Execution** 1.4 %; Gemini 3.7 Flash leads with 16.1 %
5 **Code Review** 1.0 %; GPT-5.6 Luna leads with 11.2 %
6 **Frontend & UI** 0.9 %; MiMo V2.5 leads with 18.4 %
7 **Repo Scanning** 0.5 %; MiMo V2.5 leads with 14.9 %
8 **DevOps & Config** 0.2 %; GPT-5.6 Luna leads with 12.7 %
9 **SQL & Database** 0.2 %; GPT-5.6 Luna leads with 11.1 %"""

CLASSIFICATION_BY_TOKENS = """
**DeepSeek V4 Flash 07-31** 7.3 %
**GLM 5.3 Flash** 7.3 %
**GPT-5.6 Luna** 6.8 %
**DeepSeek V4 Flash 04-23** 4.8 %
**Gemini 2.5 Flash Lite** 3.6 %
**Gemini 2.5 Flash** 2.2 %
**GPT-OSS 120B** 2.2 %
**Gemini 3.1 Flash Lite** 1.7 %
**Solar Pro4** 1.2 %
**GPT-4o Mini** 1.1 %"""

OVERVIEW = """
__Categories__ **General** 54.4 %; **Data** 19.5 %; **Agent** 13.8 %; **Code** 12.2 %

__Tasks__
1 **Classification** 23.1 %"""

RANKED = re.compile(r"(?P<rank>\d+) \*\*(?P<label>.+)\*\* <?\d+\.\d %([,;] .*)?")


def embed_of(board: Board, edition: Edition, *, age: int | None = None, picture: str | None = None) -> discord.Embed:
    """Lay a board out."""
    palette = Palette.of(category_keys(edition.snapshot.data))
    return make_embed(make_sheet(board, edition, age=age), palette, picture=picture)


def description_of(board: str, edition: Edition, *, age: int | None = None) -> str:
    """The text of a board, written as its text."""
    return embed_of(Board.parse(board), edition, age=age).description or ""


def rows_of(description: str) -> str:
    """The rows below the explanation: all after the first empty line, with ordinary spaces."""
    return "".join(description.partition("\n\n")[1:]).removeprefix("\n").replace("\u00a0", " ")


class TestRowsOfTheSample:
    @pytest.mark.parametrize(
        ("board", "expected"), [("code", CODE), ("task:classification_tagging/tokens", CLASSIFICATION_BY_TOKENS)]
    )
    def test_rows_are_lines_of_words(self, sample: Edition, board: str, expected: str) -> None:
        """Rank, name, share and leader; without a code block, so that lines wrap by themselves."""
        assert f"{expected}\n\nChanges will show from 2026-09-07 on." == rows_of(description_of(board, sample))

    def test_changes_are_said_in_words(self) -> None:
        """Up, down, unchanged and new, and who now leads; at the end, since when, and that they are computed."""
        code = rows_of(description_of("code", compared())).splitlines()
        assert "1 **Code Generation** 4.8 %, up 0.8 points; GPT-5.6 Luna leads with 25.9 %" == code[1]
        assert "2 **Debugging** 2.3 %, unchanged; GPT-5.6 Luna now leads with 19.5 %" == code[2]
        assert "4 **Shell Execution** 1.2 %, down 0.2 points; DeepSeek V4 Flash 07-31 now leads with 12.9 %" == code[4]
        assert ["", "Changes in points since 2026-08-31 are computed."] == code[-2:]
        debugging = rows_of(description_of("task:code:debugging", compared())).splitlines()
        assert "1 **GPT-5.6 Luna** 19.5 %, up 10.8 points, now leads" == debugging[1]
        assert "4 **MiniMax M3 (free)** 4.5 %, new" == debugging[4]

    def test_new_leaders_by_tokens(self) -> None:
        """The model with the most requests is new, but nobody leads by tokens."""
        code = rows_of(description_of("code/tokens", compared()))
        assert "**Debugging** 7.4 %, down 0.3 points; GPT-5.6 Luna (new) has 19.6 %" in code
        assert "lead" not in code + rows_of(description_of("task:code:debugging/tokens", compared()))

    def test_nobody_leads_by_tokens(self, sample: Edition) -> None:
        """The data does not say who is first by tokens, so the model with the most requests has no “leads”."""
        lines = rows_of(description_of("code/tokens", sample)).splitlines()
        assert "1 **Code Generation** 12.5 %; GPT-5.6 Luna has 21.6 %" == lines[1]
        explained = "the model with the most requests, and its share of the task's tokens."
        assert explained in description_of("code/tokens", sample)

    def test_overview_has_two_rankings_with_headings(self, sample: Edition) -> None:
        """Five tasks, because the picture has more, and the number of tasks left out."""
        rows = rows_of(description_of("overview", sample))
        assert rows.startswith(OVERVIEW)
        assert ["5 **Data Transformation** 5.6 %; GLM 5.3 Flash leads with 21.8 %", "and 24 more"] == rows.splitlines()[
            -4:-2
        ]
        assert 12 == len(rows.splitlines())

    def test_figures_are_explained_above_them(self, sample: Edition) -> None:
        """One sentence explains all figures of a line; the share within the category is not among them."""
        lines = description_of("code", sample).splitlines()
        expected = "Each task's share of all classified requests; its leader's share of the task's requests."
        assert expected == lines[1]
        assert "32.4" not in "\n".join(lines)

    def test_figure_and_its_unit_stay_on_one_line(self, sample: Edition) -> None:
        """Even on the narrowest phone."""
        assert "4.0\u00a0%" in description_of("code", sample)
        assert "with 19.2\u00a0%" in description_of("code", sample)
        assert ", up\u00a00.8\u00a0points;" in description_of("code", compared())
        assert ", down\u00a00.2\u00a0points;" in description_of("code", compared())

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

    def test_an_empty_board_has_its_reason_and_no_rows(self, sample: Edition) -> None:
        """Nothing looks like a ranking."""
        text = description_of("task:gone", sample)
        assert "" == rows_of(text)
        assert text.endswith("This data has no such task. It may have been renamed or removed.")


class TestOddSnapshots:
    @pytest.mark.parametrize("name", ODD)
    def test_every_row_is_there_within_the_limit(self, name: str) -> None:
        """Long names are clipped, no row is lost, and no text of the source adds a line."""
        edition = odd(name)
        for board in boards_of(edition, most=2):
            sheet = make_sheet(board, edition, age=3)
            lines = (embed_of(board, edition, age=3).description or "").splitlines()
            has_categories = len(sheet.sections) > 1  # in one line, with a blank one before and a heading after
            around = 2 + bool(sheet.id) + len(sheet.notes) + 2 * bool(sheet.rows) + (3 if has_categories else 0)
            ranking = sheet.sections[-1] if sheet.sections else Section("", ())
            shown = ranking.rows[:5] if has_categories else ranking.rows
            assert around + bool(sheet.sections) + len(shown) + (ranking.count > len(shown)) == len(lines)
            assert units("\n".join(lines)) <= 4096

    def test_names_are_shortened_before_the_limit_is_broken(self) -> None:
        """Thirty rows of long names that need escapes fit, each with its figure."""
        rows = tuple(row_of(f"{'*_' * 40}{number}", rank=number, leader="`" * 90) for number in range(1, 31))
        sheet = replace(make_sheet(Board.parse("code"), odd("ties"), age=None), sections=(Section("", rows),))
        description = make_embed(sheet, Palette.of(()), picture=None).description or ""
        assert units(description) <= 4096
        assert 60 == description.count("50.0\u00a0%")

    @pytest.mark.parametrize("text", HOSTILE)
    def test_no_name_means_anything_to_discord(self, text: str) -> None:
        """As the name of a row or a leader, every mark is escaped: no mention, no link, no list."""
        section = Section("", (row_of(text, leader=text), row_of(text, rank=1)))
        for line in row_lines(section, metric=Metric.REQUESTS):
            label, _, said = line.removeprefix("1 ").removeprefix("**").partition("** ")
            for name in (label, said.partition("; ")[2].removesuffix("leads with 50.0\u00a0%")):
                assert "" == re.sub(r"\\[^a-zA-Z0-9\s]|[^\\*_~`|<>#\[\]:\n]", "", name)
            assert re.search(r"@(?!\u200b)|^\s*([-+>#]|\d+\.)\s", line) is None

    @pytest.mark.parametrize("board", ["task:" + "x" * 150 + "A" + "x" * 149, "task:Look Alike", "code"])
    @pytest.mark.parametrize("name", ["nearly_alike", "looking_alike"])
    def test_no_two_rows_look_alike(self, name: str, board: str) -> None:
        """Even if their labels differ very little, or only in characters that cannot be shown."""
        sheet = make_sheet(Board.parse(board), odd(name), age=None)
        for section in sheet.sections:
            said = [
                RANKED.fullmatch(line.replace("\u00a0", " ")) for line in row_lines(section, metric=Metric.REQUESTS)
            ]
            labels = [row["label"] for row in said if row]
            assert len(section.rows) == len(labels) == len(set(labels))

    def test_nameless_things_are_called_so(self) -> None:
        """They have the placeholder “(no name)”."""
        assert "(no name)" in description_of("overview", odd("empty_texts"))
        assert "(no name)" == embed_of(Board.parse("task:"), odd("empty_texts")).title


class TestRowLines:
    def lines(self, *rows: Row, left_out: int = 0) -> list[str]:
        """The lines of rows, with ordinary spaces."""
        section = Section("", rows, left_out)
        return [line.replace("\u00a0", " ") for line in row_lines(section, metric=Metric.REQUESTS)]

    def test_ranks_may_be_missing(self) -> None:
        """The last line counts the rows that are left out."""
        assert ["9 **A** 50.0 %", "**A** 50.0 %", "and 3 more"] == self.lines(row_of(rank=9), row_of(), left_out=3)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (0.008, "up 0.8 points"),
            (-0.121, "down 12.1 points"),
            (0.0, "unchanged"),
            (0.0004, "unchanged"),
            (-0.0004, "unchanged"),
        ],
    )
    def test_change_is_said_in_words(self, change: float, expected: str) -> None:
        """A row that has one says it after its share, in percentage points."""
        row = row_of(rank=1, more=(Figure(FigureKind.CHANGE, change),), leader="B")
        assert [f"1 **A** 50.0 %, {expected}; B leads with 50.0 %"] == self.lines(row)

    def test_rows_may_have_different_figures(self) -> None:
        """A detail is left out, and a row without a change says nothing about one."""
        within, change = Figure(FigureKind.WITHIN, 0.25), Figure(FigureKind.CHANGE, 0.01)
        lines = self.lines(row_of(rank=1, more=(within,)), row_of("B", rank=2, more=(within, change)))
        assert ["1 **A** 50.0 %", "2 **B** 50.0 %, up 1.0 points"] == lines


def row_of(label: str = "A", *, rank: int | None = None, more: tuple[Figure, ...] = (), leader: str = "") -> Row:
    """A row with a share of one half."""
    half = Figure(FigureKind.TASK, 0.5)
    return Row(rank, label, "a", (half, *more), "code", Leader(leader, "b", half) if leader else None)
