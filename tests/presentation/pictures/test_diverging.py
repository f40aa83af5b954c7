"""The pictures of movers and of the digest: every figure is computed from the two answers that they name."""

import re
from collections.abc import Iterator

import pytest

from bot.market.boards import ALL_MODELS, Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.presentation.cards import make_card
from bot.presentation.palette import FALLEN, RISEN
from bot.presentation.pictures.canvas import Drawing
from bot.presentation.pictures.frame import HIGHEST, WIDTH
from tests.fakes.answers import category, model, snapshot, task
from tests.market.plain_movements import Moved, plain_categories, plain_models, plain_tasks, raw, tasks_by_tag
from tests.presentation.pictures.reading import Picture, overlapping
from tests.presentation.pictures.test_bars import assert_inside, assert_legible
from tests.presentation.test_movers import odd_cards, pairs_of
from tests.presentation.weeks import compared

BOARDS = [
    "movers",
    "movers/tokens",
    "movers:models:7",
    "movers:task:math:7",
    "movers:agent:7",
    "digest",
    "digest/tokens",
]


def picture_of(board: str | Board, edition: Edition) -> Picture:
    """Draw a board."""
    card = make_card(Board.parse(board) if isinstance(board, str) else board, edition, age=None)
    assert card.picture is not None
    return Picture(Drawing(card.picture.svg, card.picture.missing))


def percent(share: float) -> str:
    """A share as it is written."""
    thousandths = round(1000 * share)
    return f"{thousandths / 10} %" if thousandths else "<0.1 %"


def written(moved: Moved, place: str = "") -> tuple[str, str, str]:
    """The shares, the change and the direction of a movement, computed from the raw answers."""
    _, earlier, share, _, _, change, word = moved
    assert earlier is not None
    assert share is not None
    assert change is not None
    shares = f"{percent(earlier).removesuffix(' %')} to {percent(share)}{place}"
    return (
        shares,
        str(abs(change * 1000) / 10).removesuffix(".0") if change > 99 else f"{abs(round(change * 1000)) / 10}",
        word,
    )


def drawn(picture: Picture) -> list[tuple[str, str, str]]:
    """The shares, the change and the direction of each row; the sign, the side and the colour agree."""
    found = []
    for part in picture.parts("row"):
        told = {each.says: each for each in part}
        word = "rose" if "rising" in told else "fell"
        line = next(each for each in picture.elements if each.says == "line").box
        bar = told["bar"]
        assert (word == "rose", RISEN if word == "rose" else FALLEN) == (bar.box.left >= line.right - 0.1, bar.colour)
        assert (word == "fell") == (bar.box.right <= line.left + 0.1)
        found.append((told["shares"].text, told["change"].text, word))
    return found


def largest(moved: list[Moved], word: str) -> list[Moved]:
    """Those that rose or fell, the largest first, ties in order."""
    return sorted((one for one in moved if one[6] == word), key=lambda one: -abs(one[5] or 0))


def assert_true(picture: Picture, moved: list[Moved], places: dict[int, str] | None = None) -> None:
    """The rows are the largest rises, then the largest falls."""
    rows = drawn(picture)
    for word in ("rose", "fell"):
        shown = [row for row in rows if row[2] == word]
        expected = [written(one, (places or {}).get(id(one), "")) for one in largest(moved, word)]
        assert expected[: len(shown)] == shown
        assert bool(expected) == bool(shown)


def data_pairs() -> Iterator[tuple[Edition, Metric]]:
    """The two real answers, and some days of generated archives."""
    editions = [compared(), *(next(iter(pairs_of(seed))) for seed in range(4))]
    yield from ((edition, metric) for edition in editions for metric in Metric)


class TestTruth:
    """Every figure is computed from the two answers whose dates the picture names."""

    def test_rows(self) -> None:
        """Of all tasks, of all models and in a digest."""
        for edition, metric in data_pairs():
            assert edition.earlier is not None
            earlier, data = raw(edition.earlier), raw(edition.snapshot)
            tasks = plain_tasks(earlier, data, metric)
            for board in (Board.movers(metric=metric), Board(BoardKind.DIGEST, metric=metric)):
                picture = picture_of(board, edition)
                assert_true(picture, tasks)
                dates = f"{edition.earlier.as_of} to {edition.snapshot.as_of}, in points"
                assert any(dates in text for text in picture.texts)
                assert any(f"since {edition.earlier.as_of} are computed" in text for text in picture.texts)
            before, after = tasks_by_tag(earlier), tasks_by_tag(data)
            names = {tag: one["display_name"] for tag, one in {**before, **after}.items()}
            placed = [
                (one, f" in {names[tag]}")
                for tag in {**after, **before}
                for one in plain_models(before.get(tag), after.get(tag), metric)
            ]
            places = {id(one): place for one, place in placed}
            models = picture_of(Board.movers(ALL_MODELS, metric=metric), edition)
            assert_true(models, [one for one, _ in placed], places)

    def test_categories_of_a_digest(self) -> None:
        """Their shares and changes."""
        for edition, metric in data_pairs():
            assert edition.earlier is not None
            moved = plain_categories(raw(edition.earlier), raw(edition.snapshot), metric)
            expected = {
                (percent(share), "new" if change is None else f"{abs(round(change * 1000)) / 10}" if change else "=")
                for _, _, share, _, _, change, _ in moved
                if share is not None
            }
            parts = picture_of(Board(BoardKind.DIGEST, metric=metric), edition).rows("category")
            assert expected == {(part["share"], part["change"]) for part in parts}

    def test_mentions(self) -> None:
        """How many there are, and the first of them with the rest counted."""
        mentions = {part["heading"]: part["names"] for part in picture_of("digest", compared()).rows("mention")}
        assert {"New leaders (14)", "New models (10)", "Models no longer listed (3)"} == set(mentions)
        assert "Ox Alpha, Qwen3.5 397B A17B, Claude 4.5 Haiku" == mentions["Models no longer listed (3)"]
        assert "GPT-4.1 Mini, Claude Opus 5, Qwen3.5 Flash and 7 more" == mentions["New models (10)"]

    @pytest.mark.parametrize("board", BOARDS)
    def test_bars_are_as_long_as_their_changes(self, board: str) -> None:
        """In both directions by one scale."""
        parts = picture_of(board, compared()).parts("row")
        bars = [next(each.box for each in part if each.says == "bar") for part in parts]
        changes = [float(next(each.text for each in part if each.says == "change")) for part in parts]
        scale = (bars[0].right - bars[0].left) / changes[0]
        assert [max(2, change * scale) for change in changes] == pytest.approx(
            [bar.right - bar.left for bar in bars], abs=0.2
        )

    def test_what_is_left_out_is_counted(self) -> None:
        """All that moved is in the picture or counted."""
        picture = picture_of("movers", compared())
        (more,) = (text for text in picture.texts if re.fullmatch(r"and \d+ more", text))
        assert 11 + 9 == len(picture.parts("row")) + int(more.split()[1])


class TestLayout:
    @pytest.mark.parametrize("board", BOARDS)
    def test_everything_is_readable(self, board: str) -> None:
        """Nothing overlaps or leaves the picture, nothing is too small, and it fits an embed."""
        picture = picture_of(board, compared())
        assert [] == overlapping(picture.elements)
        assert_inside(picture)
        assert_legible(picture)
        assert (WIDTH, True) == (picture.width, picture.height <= HIGHEST)

    def test_odd_answers(self) -> None:
        """However long, hostile or alike the names are."""
        count = 0
        for card in odd_cards():
            if card.picture is not None:
                picture = Picture(Drawing(card.picture.svg, card.picture.missing))
                assert [] == overlapping(picture.elements)
                assert_inside(picture)
                assert picture.height <= HIGHEST
                count += 1
        assert count > 30

    @pytest.mark.parametrize(("before", "after", "words"), [(0.1, 0.3, ["rose"]), (0.3, 0.1, ["fell"]), (0.1, 0.1, [])])
    def test_one_row_or_none(self, before: float, after: float, words: list[str]) -> None:
        """Only a rise, only a fall, or only a new leader."""
        edition = Edition(
            snapshot("2026-08-31", tasks=[task("a", after, models=[model("a/x")])], categories=[category("code")]),
            snapshot("2026-08-24", tasks=[task("a", before, models=[model("a/y")])], categories=[category("code")]),
        )
        picture = picture_of("movers", edition)
        assert words == [word for _, _, word in drawn(picture)]
        assert ("No share moved by 0.1 points or more." in picture.texts) == (not words)
        assert ["X in A"] == [part["names"] for part in picture.rows("mention")]
        assert [] == overlapping(picture.elements)
        assert_inside(picture)
