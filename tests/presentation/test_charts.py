from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.models import Snapshot
from bot.market.queries import category_keys
from bot.operations.sample import SampleMarket
from bot.presentation.board_sheets import make_sheet
from bot.presentation.charts import BAR_LEFT, BAR_RIGHT, GROUND, HEADER, draw
from bot.presentation.palette import Palette
from tests.odd_snapshots import ODD, boards_of, category, model, snapshot_of, task
from tests.presentation.bodies import odd

Pixels = NDArray[np.int16]

SAMPLE_BOARDS = ["overview", "code", "code/tokens", "task:math", "model:stealth/ox-alpha"]
THINNEST_BAR = 10
ALIKE = 24
"""The most that a colour may be off in total, because a picture has only 64 colours."""
SEEN = 150
"""The least that a pixel is off in total where the letter differs."""


def drawn(board: str | Board, edition: Edition, **changes: str) -> bytes:
    """Draw a board, written as its text, with changes to its sheet."""
    asked = Board.parse(board) if isinstance(board, str) else board
    sheet = make_sheet(asked, edition, age=None)
    return draw(replace(sheet, **changes), Palette.of(category_keys(edition.snapshot.data)))  # type: ignore[arg-type]  # texts


@cache
def of_sample(board: str) -> Pixels:
    """Draw and decode a board of the sample, once."""
    return pixels_of(drawn(board, SampleMarket().find_edition()))


def pixels_of(png: bytes) -> Pixels:
    """Decode a picture: rows of pixels of red, green and blue."""
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"), dtype=np.int16)


def is_colour(pixels: Pixels, colour: str) -> NDArray[np.bool_]:
    """Tell which pixels are of a colour, `#rrggbb`."""
    wanted = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], dtype=np.int16)
    return np.asarray(np.abs(pixels - wanted).sum(axis=-1) <= ALIKE)


def bars(pixels: Pixels) -> Iterator[tuple[str, int]]:
    """Give the colour and the length of each bar, from top to bottom."""
    base = [tuple(map(int, pixel)) for pixel in pixels[HEADER - 20 :, BAR_LEFT + 1]]
    start = 0
    for place in range(1, len(base) + 1):
        if place < len(base) and base[place] == base[start]:
            continue
        colour = "#{:02x}{:02x}{:02x}".format(*base[start])
        line = is_colour(pixels[HEADER - 20 + (start + place) // 2], colour)
        if place - start >= THINNEST_BAR and not is_colour(np.array(base[start], dtype=np.int16), GROUND):
            yield colour, int(np.argmin(line[BAR_LEFT:]))
        start = place


def labelled(*labels: str) -> Snapshot:
    """A snapshot of tasks with these labels."""
    return snapshot_of([task(f"code:{n}", label) for n, label in enumerate(labels)], [category("code", "Code")])


def of_label(label: str) -> Pixels:
    """Draw and decode a board of one task with this label."""
    return pixels_of(drawn("code", Edition(labelled(label))))


def right_end_of(pixels: Pixels) -> int:
    """Find where the label of the first row ends."""
    label = pixels[HEADER : HEADER + 41, : BAR_LEFT - 4]
    return int(np.flatnonzero(~is_colour(label, GROUND).all(axis=0)).max())


class TestFile:
    @pytest.mark.parametrize("board", SAMPLE_BOARDS)
    def test_picture_is_small_and_fits_discord(self, sample: Edition, board: str) -> None:
        """An 800-pixel PNG, twice as wide as Discord shows it, in a shape that Discord shows large, with few bytes."""
        png = drawn(board, sample)
        picture = Image.open(BytesIO(png))
        assert ("PNG", 800) == (picture.format, picture.width)
        assert picture.height <= 640
        assert len(png) < 60_000

    def test_largest_picture_is_small_too(self) -> None:
        """Whatever the labels are."""
        assert all(len(drawn("overview", odd(name))) < 100_000 for name in ("hostile_texts", "ties"))

    def test_same_sheet_gives_the_same_picture_in_any_thread(self, sample: Edition) -> None:
        """It is drawn without an event loop and without a display."""
        with ThreadPoolExecutor(1) as executor:
            assert drawn("code", sample) == executor.submit(drawn, "code", sample).result()


class TestBars:
    @pytest.mark.parametrize("board", SAMPLE_BOARDS)
    def test_lengths_are_proportional_to_the_shares(self, sample: Edition, board: str) -> None:
        """All bars start at one line, and the largest share has the longest bar."""
        rows = make_sheet(Board.parse(board), sample, age=None).pictured
        lengths = [length for _, length in bars(of_sample(board))]
        expected = [(BAR_RIGHT - BAR_LEFT) * row.figures[0].value / rows[0].figures[0].value for row in rows]
        assert expected == pytest.approx(lengths, abs=1.5)

    @pytest.mark.parametrize("board", SAMPLE_BOARDS)
    def test_colours_are_those_of_the_categories(self, sample: Edition, board: str) -> None:
        """Each category has one colour on every board."""
        rows = make_sheet(Board.parse(board), sample, age=None).pictured
        palette = Palette.of(category_keys(sample.snapshot.data))
        for row, (colour, _) in zip(rows, bars(of_sample(board)), strict=True):
            shown = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], dtype=np.int16)
            assert is_colour(shown, palette.colour(row.macro_category))

    def test_shares_of_zero_have_a_sliver(self) -> None:
        """The sliver shows only where the bar would be."""
        lengths = [length for _, length in bars(pixels_of(drawn("code", odd("zero_shares"))))]
        assert [2, 2, 2] == lengths


class TestTexts:
    @pytest.mark.parametrize(
        ("part", "changed", "top", "bottom"),
        [
            ("title", "Cede", 0, 60),
            ("lead", "13.3 % of classified requests, last 7 days", 60, 90),
            ("scale", "Bars: share of all classified tokens", 85, HEADER),
            ("citation", "Source: OpenRouter (openrouter.ai/rankings), as of 2026-09-01. Licensed under CC.", -60, -1),
        ],
    )
    def test_each_text_has_its_place(self, sample: Edition, *, part: str, changed: str, top: int, bottom: int) -> None:
        """Title, metric and window at the top, the citation and the licence at the foot."""
        before, after = of_sample("code"), pixels_of(drawn("code", sample, **{part: changed}))
        places = np.flatnonzero((np.abs(before - after).sum(axis=-1) > SEEN).any(axis=1))
        height = len(before)
        assert 0 < len(places)
        assert (top % height) <= places.min() <= places.max() <= (bottom % height)

    @pytest.mark.parametrize("label", ["W" * 300, "@" * 23, "漢" * 30, "Ж" * 23])
    def test_labels_end_before_the_bars(self, label: str) -> None:
        """However wide the letters are, the background shows between label and bar."""
        pixels = pixels_of(drawn("code", Edition(labelled(label, "A"))))
        assert is_colour(pixels[HEADER : HEADER + 60, BAR_LEFT - 6 : BAR_LEFT - 1], GROUND).all()

    @pytest.mark.parametrize("name", ODD)
    def test_nothing_runs_off_the_picture(self, name: str) -> None:
        """Every picture of an odd snapshot has bare edges and misses no glyph."""
        edition = odd(name)
        for board in [boards_of(edition)[0], boards_of(edition, most=1)[4]]:
            if make_sheet(board, edition, age=None).pictured:
                pixels = pixels_of(drawn(board, edition))
                edges = [pixels[:4], pixels[-4:], pixels[:, :8], pixels[:, -8:]]
                assert all(is_colour(edge, GROUND).all() for edge in edges)

    @pytest.mark.parametrize("label", ["$x^2$", "$\\frac{"])
    def test_labels_are_no_formulas(self, label: str) -> None:
        """Text that matplotlib would read as maths, or refuse, is drawn literally, with its dollar signs."""
        with_dollars, without = (of_label(text) for text in (label, label.replace("$", "")))
        assert right_end_of(with_dollars) > right_end_of(without)

    @pytest.mark.parametrize(("label", "expected"), [("代码生成", "□□□□"), ("a\U0001f9ff", "a□")])
    def test_characters_that_no_font_has_are_replaced(self, label: str, expected: str) -> None:
        """A box stands for each; a warning would be an error here."""
        assert (of_label(expected) == of_label(label)).all()

    def test_labels_that_cannot_be_drawn_are_told_apart(self) -> None:
        """Boxes alone would look alike."""
        models = [model("maker/代码"), model("maker/生成")]
        pixels = pixels_of(drawn("task:x", Edition(snapshot_of([task("x", models=models)]))))
        first, second = pixels[HEADER : HEADER + 41, 78:BAR_LEFT], pixels[HEADER + 41 : HEADER + 82, 78:BAR_LEFT]
        assert (first != second).any()

    @pytest.mark.parametrize("board", ["overview", "model:openai/gpt-4o-mini"])
    def test_legend_leaves_the_words_before_it_alone(self, board: str) -> None:
        """With five categories, the names get smaller to fit."""
        line = pixels_of(drawn(board, odd("new_categories")))[90 : HEADER - 8]
        is_coloured = (line.max(axis=-1) - line.min(axis=-1) > 60).any(axis=0)
        is_grey = ((line.min(axis=-1) > 110) & (line.max(axis=-1) - line.min(axis=-1) < 20)).any(axis=0)
        last_grey = np.flatnonzero(is_grey).max(initial=0)
        assert last_grey + 10 < np.flatnonzero(is_coloured).min()
