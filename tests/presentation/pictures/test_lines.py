import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest

from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.models import SYNTHETIC
from bot.market.queries import category_keys
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import make_card
from bot.presentation.palette import Palette
from bot.presentation.pictures.lines import draw_lines
from bot.presentation.text import percent
from tests.odd_snapshots import HOSTILE, ODD, boards_of
from tests.presentation.bodies import odd
from tests.presentation.histories import (
    DAY,
    UNTIL,
    Bodies,
    Shares,
    drifting,
    edition_of,
    generated,
    synthetic,
    with_history,
)
from tests.presentation.pictures.reading import SVG, Box, Element, Picture, overlapping

Point = tuple[float, float]

BOARDS = [
    "history:40:overview",
    "history:40:code/tokens",
    "history:40:task:code:plan",
    "history:40:share:code:plan/tokens",
    "history:40:model:maker/model-3-20260401",
]
TOLERANCE = 0.11
"""Pixels: the coordinates of lines and of the grid are rounded to a tenth."""


def drawn(board: str, bodies: Bodies) -> Picture:
    """The picture of a history."""
    return draw(board, edition_of(bodies, board))


def draw(board: str, edition: Edition) -> Picture:
    """Draw the history of an edition."""
    sheet = make_sheet(Board.parse(board), edition, age=None)
    return Picture(draw_lines(sheet, Palette.of(category_keys(edition.snapshot.data)), {}))


def lines(picture: Picture, name: str = "line") -> list[dict[str, list[list[Point]]]]:
    """The runs of points of each line, and its dots, in pixels."""
    return [
        {node.get("data-says", ""): [_points(run) for run in re.findall(r"M[^M]+", node.attrib["d"])] for node in part}
        for part in picture.root.iter(f"{SVG}g")
        if part.get("data-part") == name
    ]


def lengths(picture: Picture, *, says: str = "line", name: str = "line") -> list[list[int]]:
    """How many points each run of each line has."""
    return [[len(run) for run in line.get(says, [])] for line in lines(picture, name)]


def _points(run: str) -> list[Point]:
    """Follow a move and relative steps, in whole tenths of a pixel."""
    numbers = [round(float(number) * 10) for number in re.findall(r"-?[\d.]+", run)]
    x, y = numbers[:2]
    found = [(x / 10, y / 10)]
    for across, down in zip(numbers[2::2], numbers[3::2], strict=True):
        x, y = x + across, y + down
        found.append((x / 10, y / 10))
    return found


def axes(picture: Picture) -> Box:
    """The plot, from its grid."""
    grid = [each.box for each in picture.elements if each.says == "grid"]
    return Box(grid[0].left, min(box.top for box in grid), grid[0].right, max(box.top for box in grid))


def highest_step(picture: Picture) -> float:
    """The share at the top of the plot."""
    return max(float(each.text.removesuffix(" %")) / 100 for each in picture.elements if each.says == "step")


def listed(board: Board, raw: bytes) -> dict[str, float]:
    """The shares of a board in a body, written plainly; the first of equal keys counts."""
    (about,), data = board.subjects, json.loads(raw)["data"]
    traffic, of_task = {"requests": ("usage_share", "tag_usage_share"), "tokens": ("token_share", "tag_token_share")}[
        board.metric
    ]
    found: dict[str, float] = {}
    if about.kind is BoardKind.OVERVIEW:
        pairs = [(one["key"], one[traffic]) for one in data["macro_categories"]]
    elif about.kind is BoardKind.MODEL:
        tasks = data["classifications"]
        pairs = [(one["tag"], each[of_task]) for one in tasks for each in one["models"] if each["id"] == about.subject]
    elif about.kind is BoardKind.TASK and not board.is_of_share:
        tasks = [one for one in data["classifications"] if one["tag"] == about.subject][:1]
        pairs = [(each["id"], each[of_task]) for one in tasks for each in one["models"]]
    else:
        own = [one["macro_category"] for one in data["classifications"] if one["tag"] == about.subject][:1]
        category = (own or [None])[0] if board.is_of_share else about.subject
        pairs = [(one["tag"], one[traffic]) for one in data["classifications"] if one["macro_category"] == category]
    for key, share in pairs:
        found.setdefault(key, share)
    return found


class TestTruth:
    """Every line maps back to the archived bodies, and every number is one of theirs or computed from them."""

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("board", BOARDS)
    def test_lines_are_the_archived_shares(self, board: str, seed: int) -> None:
        """Each point of each line, to a tenth of a pixel, on its day; and days without a point have no share."""
        bodies = generated(seed)
        picture, plot = drawn(board, bodies), axes(drawn(board, bodies))
        first, last = min(bodies), max(bodies)
        series: dict[str, dict[date, float]] = {}
        for day, raw in bodies.items():
            for key, share in listed(Board.parse(board), raw).items():
                series.setdefault(key, {})[day] = share
        expected = [
            [
                (
                    plot.left + (day - first) / (last - first) * (plot.right - plot.left),
                    plot.bottom - share / highest_step(picture) * (plot.bottom - plot.top),
                )
                for day, share in sorted(days.items())
            ]
            for days in series.values()
        ]
        found = [_places(line) for name in ("line", "grey line") for line in lines(picture, name)]
        assert found
        for points in found:
            assert any(_alike(points, one) for one in expected)

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("board", BOARDS)
    def test_numbers_are_the_archived_shares(self, board: str, seed: int) -> None:
        """On labels, in the embed and in the alt text; changes are of the first and the last day."""
        bodies = generated(seed)
        asked, edition = Board.parse(board), edition_of(bodies, board)
        shares = {day: listed(asked, raw) for day, raw in sorted(bodies.items())}
        card = make_card(asked, edition, age=None)
        for row in card.sheet.rows:
            of_row = [(day, found[row.key]) for day, found in shares.items() if row.key in found]
            (first, earlier), (last, share) = of_row[0], of_row[-1]
            said = f"{percent(share)}"
            if first == min(bodies) and last == max(bodies) and (last - first).days >= 7:
                points = round((share - earlier) * 100, 1)
                said += f", {'up' if points > 0 else 'down'} {abs(points)} points" if points else ", unchanged"
            if last != max(bodies):
                said += f", on {last.day} {last:%b}"
            if (last - first).days >= 7:
                said += f", from {percent(earlier)} on {first.day} {first:%b}"
            description = (card.embed.description or "").replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")
            assert f"**{row.label}** {said}\n" in f"{description}\n"
            values = [value for _, value in of_row]
            extremes = f"lowest {percent(min(values))}, highest {percent(max(values))}"
            assert card.picture
            assert len(values) == 1 or extremes in card.picture.alt_text
        labels = Picture(draw_lines(make_sheet(asked, edition, age=None), Palette({}), {})).rows("label")
        assert {row.figures[0].text for row in card.sheet.rows} == {row["share"].partition(" on ")[0] for row in labels}

    def test_every_named_line_ends_at_its_share(self) -> None:
        """The four with the largest share on the last day, from the top down, with different shapes and colours."""
        shares = {f"a/{name}": [0.1, 0.05 + number / 100] for number, name in enumerate("abcdef")}
        picture = drawn("history:7:task:code:x", drifting(shares))
        assert ["F", "E", "D", "C"] == [row["label"] for row in picture.rows("label")]
        assert ["10.0 %", "9.0 %", "8.0 %", "7.0 %"] == [row["share"] for row in picture.rows("label")]
        outlines = [node for node in picture.root.iter(f"{SVG}path") if node.get("data-says") == "end"]
        shapes = {re.sub(r"M[\d. ]+", "", node.attrib["d"]) for node in outlines}
        colours = {node.attrib["fill"] for node in outlines}
        assert (4, 4, 2) == (len(shapes), len(colours), len(lines(picture, "grey line")))

    def test_dates_below_are_the_first_the_middle_and_the_last(self) -> None:
        """With the year if the history spans two."""
        assert ["1 Sep", "4 Sep", "7 Sep"] == _days(drawn("history:7:task:code:x", drifting({"a/b": [0.1] * 7})))
        long = drifting({"a/b": [0.1] * 300})
        assert ["12 Nov 2025", "10 Apr 2026", "7 Sep 2026"] == _days(drawn("history:365:task:code:x", long))
        assert ["7 Sep"] == _days(drawn("history:7:task:code:x", drifting({"a/b": [0.1]})))


def _days(picture: Picture) -> list[str]:
    return [each.text for each in picture.elements if each.says == "day"]


def _places(line: Mapping[str, list[list[Point]]]) -> list[Point]:
    """All places of a line; a dot is a run that ends where it starts."""
    runs = [*line.get("line", []), *(run[:1] for run in line.get("dots", []))]
    return sorted(place for run in runs for place in run)


def _alike(one: Sequence[Point], other: Sequence[Point]) -> bool:
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(abs(a[0] - b[0]) + abs(a[1] - b[1]) <= 2 * TOLERANCE for a, b in pairs)


class TestGaps:
    """A missing day is never drawn over."""

    @pytest.mark.parametrize(
        ("missing", "runs", "dots"),
        [((), [10], 0), ((4,), [4, 5], 0), ((3, 4, 5), [3, 4], 0), ((1, 3, 4), [5], 2), ((2, 7), [2, 4, 2], 0)],
    )
    def test_day_without_data_is_a_gap(self, missing: tuple[int, ...], runs: list[int], dots: int) -> None:
        """A day between two gaps is a dot, which is wider than the line."""
        picture = drawn(
            "history:10:task:code:x", drifting({"a/b": [0.1 + n / 100 for n in range(10)]}, missing=missing)
        )
        assert [runs] == lengths(picture)
        assert [2] * dots == lengths(picture, says="dots")[0]
        texts = " ".join(picture.texts)
        expected = {0: "7-day window.", 1: "1 day without data is a gap", 2: "2 days without data are gaps"}
        assert expected.get(len(missing), f"{len(missing)} days without data are gaps") in texts

    def test_day_on_which_a_model_is_not_listed_is_a_gap_too(self) -> None:
        """The card says why."""
        shares: dict[str, Shares] = {"a/b": [0.1, 0.2, None, 0.3, 0.2], "a/c": [0.3, 0.3, 0.3, 0.3, 0.3]}
        picture = drawn("history:7:task:code:x", drifting(shares))
        assert [[2, 2], [5]] == sorted(lengths(picture))
        assert "A line breaks on days on which it is not listed." in " ".join(picture.texts)

    def test_model_that_is_no_longer_listed_is_a_grey_line_that_ends(self) -> None:
        """It has no label, though its share was the highest."""
        shares: dict[str, Shares] = {"a/gone": [0.5, 0.5, 0.5, None, None], "a/c": [0.3, 0.3, 0.3, 0.3, 0.3]}
        picture = drawn("history:7:task:code:x", drifting(shares))
        ((run,),) = (line["line"] for line in lines(picture, "grey line"))
        plot = axes(picture)
        assert plot.left + (plot.right - plot.left) / 2 == pytest.approx(run[-1][0], abs=0.1)
        assert ["C"] == [row["label"] for row in picture.rows("label")]

    def test_few_grey_lines_are_drawn(self) -> None:
        """Those with the highest shares; how many there are is said."""
        shares = {f"a/{number}": [0.01 * number] * 3 for number in range(1, 21)}
        picture = drawn("history:7:task:code:x", drifting(shares))
        assert (4, 6) == (len(lines(picture)), len(lines(picture, "grey line")))
        assert "In grey: the highest 6 of 16 more." in " ".join(picture.texts)

    def test_years_have_a_point_a_day(self) -> None:
        """In steps of a tenth of a pixel, so that the picture stays small."""
        count = 1825
        days = [0.2 + (number * 37 % 100) / 1000 for number in range(count)]
        picture = drawn("history:1825:task:code:x", drifting({"a/b": days}))
        assert [[count]] == lengths(picture)
        assert len(picture.svg) < 25_000


def assert_well_made(picture: Picture) -> None:
    """Nothing leaves the picture, no texts overlap, texts are legible, and no label is on the plot."""
    texts = [each for each in picture.elements if each.name == "text"]
    assert [] == overlapping(texts)
    assert (800, True) == (picture.width, picture.height <= 760)
    for each in picture.elements:
        assert 20 <= each.box.left <= each.box.right <= picture.width - 20, each
        assert 10 <= each.box.top <= each.box.bottom <= picture.height - 10, each
    assert all(each.size >= (28 if each.says == "label" else 20) for each in texts)
    plot = axes(picture)
    assert all(each.box.left > plot.right for each in texts if each.says in {"label", "share"})
    assert all(_is_inside(each, plot) for each in picture.elements if each.says in {"line", "dots"})


def _is_inside(each: Element, plot: Box) -> bool:
    across = plot.left - 0.2 <= each.box.left and each.box.right <= plot.right + 0.2
    return across and plot.top - 0.2 <= each.box.top and each.box.bottom <= plot.bottom + 0.2


class TestShape:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("board", BOARDS)
    def test_generated_histories(self, board: str, seed: int) -> None:
        """With gaps, ties and renamed tasks."""
        assert_well_made(drawn(board, generated(seed)))

    @pytest.mark.parametrize("name", ODD)
    def test_odd_snapshots(self, name: str) -> None:
        """One day of them."""
        for about in boards_of(odd(name), most=3):
            board = Board.history(about, metric=about.metric)
            edition = with_history(odd(name), board)
            if make_sheet(board, edition, age=None).chart:
                assert_well_made(draw(str(board), edition))

    @pytest.mark.parametrize("ends", [[0.1, 0.1, 0.1, 0.1], [0, 0, 0, 0], [0.5, 0.001, 0, 0], [1, 1, 0, 0], [0.3] * 4])
    def test_labels_of_near_ends_are_spread(self, ends: list[float]) -> None:
        """In the order of their ends, with a line that leads there."""
        shares = {f"a/model-{name}": [0.1, end] for name, end in zip("abcd", ends, strict=True)}
        picture = drawn("history:7:task:code:x", drifting(shares))
        assert_well_made(picture)
        tops = [each.box.top for part in picture.parts("label") for each in part if each.says == "label"]
        assert all(after - before > 60 for before, after in pairwise(tops))

    def test_long_names_are_clipped_apart(self) -> None:
        """The plot keeps half of the picture."""
        shares = {f"a/{'n' * 60}{end}": [0.1, 0.2] for end in "abcd"}
        picture = drawn("history:7:task:code:x", drifting(shares))
        plot = axes(picture)
        assert 4 == len({row["label"] for row in picture.rows("label")})
        assert plot.right - plot.left > 0.45 * picture.width
        assert_well_made(picture)

    def test_hostile_names_stay_text(self) -> None:
        """They add no element and no attribute."""
        shares = {f"a/{text}<g onload='x'>": [0.1, 0.2] for text in HOSTILE[:8]}
        picture = drawn("history:7:task:code:x", drifting(shares))
        assert {"svg", "g", "rect", "path", "text"} >= {node.tag.rpartition("}")[2] for node in picture.root.iter()}
        assert not any(name.startswith("on") for node in picture.root.iter() for name in node.attrib)


class TestSynthetic:
    BODIES = synthetic(drifting({"a/b": [0.1 + n / 100 for n in range(10)]}))

    def test_picture_says_so_instead_of_a_source(self) -> None:
        """In a colour that is seen."""
        picture = drawn("history:10:task:code:x", self.BODIES)
        (label,) = (each for each in picture.elements if each.text == SYNTHETIC)
        assert "#ffd166" == label.colour
        assert not re.search(r"Source|rankings|CC BY", picture.svg)

    def test_one_synthetic_day_is_enough(self) -> None:
        """Real days beside it do not cite OpenRouter either."""
        real = drifting({"a/b": [0.1] * 3})
        day = UNTIL - timedelta(days=1)
        picture = drawn("history:10:task:code:x", {**real, day: synthetic(real)[day]})
        assert SYNTHETIC in picture.texts

    def test_real_days_cite_their_source(self) -> None:
        """As every picture."""
        picture = drawn("history:10:task:code:x", drifting({"a/b": [0.1] * 3}))
        assert f"Source: OpenRouter (openrouter.ai/rankings), as of {UNTIL}." in picture.texts
        assert SYNTHETIC not in picture.texts


def test_day_is_one_long() -> None:
    """The tests' days follow each other."""
    assert [UNTIL - DAY, UNTIL] == sorted(drifting({"a/b": [0.1, 0.2]}))
