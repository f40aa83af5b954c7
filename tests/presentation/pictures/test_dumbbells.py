"""Pictures of comparisons: read from the SVG, and checked against the snapshot."""

import re
from collections.abc import Sequence

import pytest

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.presentation.board_sheets import make_sheet
from bot.presentation.palette import COMPARED, FAINT_INK, GROUND
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.frame import HIGHEST, WIDTH
from bot.presentation.pictures.signs import MARKERS
from tests.odd_snapshots import ODD, model, snapshot_of, task
from tests.presentation.bodies import odd
from tests.presentation.comparisons import comparisons_of, shares_beside, texts_beside
from tests.presentation.pictures.reading import Element, Picture, draw, overlapping, picture_of
from tests.presentation.test_palette import contrast
from tests.presentation.weeks import alone

PHONE = 330
LUNA, FLASH = "openai/gpt-5.6-luna-20260709", "deepseek/deepseek-v4-flash-20260731"
TWO_MODELS = f"compare:model:{LUNA}|model:{FLASH}"
DRAWN_ON_EACH_OTHER = {"track", "span", "halo", "mark"}


def elements_of(part: Sequence[Element], says: str) -> list[Element]:
    """The elements with a meaning."""
    return [each for each in part if each.says == says]


def middle(element: Element) -> float:
    """The middle of an element, across."""
    return (element.box.left + element.box.right) / 2


def touching(picture: Picture) -> list[tuple[str, str]]:
    """What overlaps, except marks with each other and with their tracks."""
    allowed = [each for each in picture.elements if each.says in DRAWN_ON_EACH_OTHER]
    inside = set(overlapping(allowed))
    return [pair for pair in overlapping(picture.elements) if pair not in inside]


class TestTruth:
    def test_each_row_has_the_shares_of_the_snapshot(self) -> None:
        """In the columns of what is compared; a dash where a task does not list the model, and no mark."""
        edition = alone()
        for board in comparisons_of(edition):
            sheet = make_sheet(board, edition, age=None)
            parts = draw(sheet, edition).parts("row")
            assert len(sheet.pictured) == len(parts) > 0
            longest = max(
                share
                for row in sheet.pictured
                for share in shares_beside(board, edition.snapshot.data, row.key)
                if share
            )
            for row, part in zip(sheet.pictured, parts, strict=True):
                shares = shares_beside(board, edition.snapshot.data, row.key)
                written = elements_of(part, "share")
                assert texts_beside(shares, absent="–") == [each.text for each in written]
                assert [row.label] == [each.text for each in elements_of(part, "label")]
                self.check_marks(part, shares, longest=longest)
                colours = [FAINT_INK if share is None else COMPARED[place] for place, share in enumerate(shares)]
                assert colours == [each.colour for each in written]

    def check_marks(self, part: Sequence[Element], shares: Sequence[float | None], *, longest: float) -> None:
        """Each listed share has its mark where it belongs, and the line reaches from the smallest to the largest."""
        listed = [(place, share) for place, share in enumerate(shares) if share is not None]
        marks = elements_of(part, "mark")
        assert [COMPARED[place] for place, _ in listed] == [mark.colour for mark in marks]
        (track,), (span,) = elements_of(part, "track"), elements_of(part, "span")
        (halo, *_) = elements_of(part, "halo")
        inset, room = 8, track.box.right - track.box.left
        assert GROUND == halo.colour
        expected = [track.box.left + inset + share / longest * (room - 2 * inset) for _, share in listed]
        assert expected == pytest.approx([middle(mark) for mark in marks], abs=0.2)
        assert (min(expected), max(expected)) == pytest.approx((span.box.left, span.box.right), abs=0.2)

    def test_the_one_ahead_is_bold(self) -> None:
        """By requests, the largest share of each row of models, or all that are equal."""
        edition = alone()
        for board in comparisons_of(edition):
            if board.metric is Metric.REQUESTS and board.subjects[0].kind is BoardKind.MODEL:
                sheet = make_sheet(board, edition, age=None)
                for row, part in zip(sheet.pictured, draw(sheet, edition).parts("row"), strict=True):
                    shares = shares_beside(board, edition.snapshot.data, row.key)
                    largest = max(share for share in shares if share is not None)
                    bold = [each.weight == str(int(Weight.BOLD)) for each in elements_of(part, "share")]
                    assert [share == largest for share in shares] == bold

    def test_legend_says_who_is_ahead_where(self) -> None:
        """In how many of all tasks that list one of them, counted from the snapshot."""
        edition = alone()
        board = Board.parse(TWO_MODELS)
        rows = [
            shares_beside(board, edition.snapshot.data, entry.tag) for entry in edition.snapshot.data.classifications
        ]
        pairs = [[share or 0.0 for share in shares] for shares in rows if shares != [None, None]]
        won = [sum(a > b for a, b in pairs), sum(b > a for a, b in pairs)]
        assert [
            {"name": edition.model_names[model_id], "result": f"ahead in {count} of {len(pairs)} tasks"}
            for model_id, count in zip((LUNA, FLASH), won, strict=True)
        ] == picture_of(board, edition).rows("legend")

    def test_legend_of_tasks_says_which_model_leads_each(self) -> None:
        """With its share, by the board's metric; by tokens it does not say that the model leads."""
        edition = alone()
        for metric, verb in ((Metric.REQUESTS, "leads with"), (Metric.TOKENS, "has")):
            board = Board.parse(f"compare:task:translation|task:code:debugging/{metric}")
            said = {row["name"]: row["result"] for row in picture_of(board, edition).rows("legend")}
            for about, name in zip(board.subjects, ("Translation", "Debugging"), strict=True):
                (entry,) = (one for one in edition.snapshot.data.classifications if one.tag == about.subject)
                leader = entry.models[0]
                (share,) = texts_beside(
                    shares_beside(Board.comparison([about], metric=metric), edition.snapshot.data, leader.id), absent=""
                )
                assert f"{edition.model_names[leader.id]} {verb} {share}" == said[name]

    def test_each_of_four_has_its_own_colour_and_shape(self) -> None:
        """In the legend, above its column, and in the rows."""
        picture = picture_of(next(board for board in comparisons_of(alone()) if len(board.subjects) == 4), alone())
        keys = [each for each in picture.elements if each.says == "key"]
        heads = [each for each in picture.elements if each.says == "head"]
        assert list(COMPARED) == [key.colour for key in keys] == [head.colour for head in heads]
        assert 4 == len(set(MARKERS)) == len(set(COMPARED))
        assert sorted(middle(head) for head in heads) == [middle(head) for head in heads]
        assert all(contrast(colour, GROUND) >= 4.5 for colour in COMPARED)


class TestWords:
    def test_what_a_dash_means_is_said(self) -> None:
        """With the length of the lists; without it if they differ."""
        long, short = [model(f"x/{n}", 0.05) for n in range(9)], [model("x/0", 0.05)]
        for lists, said in (
            ({"one": long, "two": long}, "– means not in the top 10"),
            ({"one": long, "two": short}, "– means not listed"),
        ):
            tasks = [task(tag, models=[model(f"maker/{tag}", 0.1), *models]) for tag, models in lists.items()]
            edition = Edition(snapshot_of(tasks))
            picture = picture_of("compare:model:maker/one|model:maker/two", edition)
            assert f"Largest share first. {said}" in picture.texts

    def test_picture_says_that_others_may_have_more_tokens(self) -> None:
        """People repost it without the text."""
        said = "Models that are not listed may have more tokens."
        assert (False, True) == (
            said in picture_of(TWO_MODELS, alone()).texts,
            said in picture_of(f"{TWO_MODELS}/tokens", alone()).texts,
        )

    def test_title_is_short_and_the_legend_has_the_names(self) -> None:
        """Two to four models or tasks."""
        titles = {picture_of(board, alone()).texts[0] for board in comparisons_of(alone())}
        assert {
            f"{number} {what}"
            for number in ("Two", "Three", "Four")
            for what in ("models, task by task", "tasks, model by model")
        } == titles

    def test_no_change_and_no_date_of_an_earlier_answer(self) -> None:
        """A comparison is of one answer."""
        texts = picture_of(TWO_MODELS, alone()).texts
        assert not [text for text in texts if re.search("change", text, re.IGNORECASE)]


class TestShape:
    @pytest.mark.parametrize("name", ODD)
    def test_odd_snapshots_fit(self, name: str) -> None:
        """Within the size of all pictures, and nothing is drawn over a text."""
        edition = odd(name)
        for board in comparisons_of(edition):
            picture = draw(make_sheet(board, edition, age=3), edition)
            assert (WIDTH, True) == (picture.width, picture.height <= HIGHEST)
            assert all(each.box.right <= WIDTH - 20 for each in picture.elements)
            assert [] == touching(picture), board

    def test_long_names_cut_off_no_figure(self) -> None:
        """What the legend says of a task ends with its leader's share."""
        *_, board = comparisons_of(odd("long_labels"))
        results = [row["result"] for row in picture_of(board, odd("long_labels")).rows("legend")]
        assert 4 == len(results)
        assert all(result.endswith("10.0 %") and "…" in result for result in results)

    def test_everything_can_be_read_on_a_phone(self) -> None:
        """Names and shares have 11 pixels, other text 8."""
        for board in comparisons_of(alone()):
            picture = picture_of(board, alone())
            sizes = {each.says: each.size * PHONE / picture.width for each in picture.elements if each.name == "text"}
            assert min(sizes["label"], sizes["share"]) >= 11
            assert min(sizes.values()) >= 8
            assert [] == touching(picture)

    def test_marks_on_the_same_place_are_all_seen(self) -> None:
        """The later ones are smaller."""
        models = [model(f"m/{n}", 0.2) for n in range(4)]
        edition = Edition(snapshot_of([task("t", models=models)]))
        board = Board.comparison([Board(BoardKind.MODEL, one["id"]) for one in models])
        (part,) = picture_of(board, edition).parts("row")
        first, *others = [mark.box.right - mark.box.left for mark in elements_of(part, "mark")]
        assert 3 == len(others)
        assert max(others) <= 0.8 * first
