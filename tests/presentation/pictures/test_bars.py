import json
import re
from dataclasses import replace
from datetime import date

import pytest

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import Snapshot, TaskClassificationData
from bot.market.queries import category_keys, tag_share, traffic_share
from bot.presentation.board_sheets import make_sheet
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.palette import FALLEN, GROUND, NEW, RISEN, Palette
from bot.presentation.pictures.fonts import Glyph
from bot.presentation.text import percent
from tests.odd_snapshots import HOSTILE, ODD, boards_of, category, model, snapshot_of, task
from tests.presentation.bodies import odd
from tests.presentation.pictures.reading import Picture, draw, overlapping, picture_of
from tests.presentation.test_palette import contrast
from tests.presentation.weeks import alone, compared

PHONE, DESKTOP = 330, (400, 300)
"""Pixels of an embed's picture: its width on a phone, and the most of both on a desktop."""

HOSTILE_TO_XML = (
    "<script>alert(1)</script>",
    '"><image href="http://evil.example/x.png"/>',
    "' onload='x",
    "&entity; &#60;b&#62; &lt;",
    "]]><!-- --> <?xml?> <![CDATA[",
    "xlink:href=http://evil.example <use/> <style>@import</style>",
    "\x00\x01\x0b\x1f\x7f\x85\ufffe\uffff",
    "url(#x) data:image/png;base64,AAAA",
)
ATTRIBUTES = {
    "xmlns", "width", "height", "viewBox", "font-family", "font-size", "font-weight", "fill", "fill-rule",
    "x", "y", "rx", "d", "text-anchor", "data-says", "data-part",
}  # fmt: skip

SAMPLE_BOARDS = ["overview", "overview/tokens", "code", "general/tokens", "task:math", "model:stealth/ox-alpha"]


def figures_in(picture: Picture) -> list[str]:
    """All shares in all texts."""
    return [figure for text in picture.texts for figure in re.findall(r"<?\d+\.\d %", text)]


def as_of(picture: Picture) -> date:
    """The day that the picture names."""
    (source,) = (text for text in picture.texts if text.startswith("Source:"))
    return date.fromisoformat(source[-11:-1])


class TestTruth:
    """Every figure in a picture is in the snapshot of the day that the picture names."""

    @pytest.mark.parametrize("metric", Metric)
    def test_overview(self, sample: Edition, metric: Metric) -> None:
        """Categories and tasks have their shares of all traffic, tasks their leaders, and there is no other figure."""
        data, picture = sample.snapshot.data, picture_of(f"overview/{metric}", sample)
        expected = {entry.label: percent(traffic_share(entry, metric)) for entry in data.macro_categories}
        assert expected == {row["label"]: row["share"] for row in picture.rows("category")}
        tasks = {entry.display_name: percent(traffic_share(entry, metric)) for entry in data.classifications}
        assert all(tasks[row["label"]] == row["share"] for row in picture.rows())
        assert data.as_of == as_of(picture)
        for row in picture.rows():
            (found,) = (entry for entry in data.classifications if entry.display_name == row["label"])
            leader = max(found.models, key=lambda one: one.tag_usage_share)
            expected_aside = (sample.model_names[leader.id], percent(tag_share(leader, metric)))
            assert expected_aside == (row["aside"], row["aside share"])
        assert len(expected) + 2 * len(picture.rows()) == len(figures_in(picture))

    @pytest.mark.parametrize("metric", Metric)
    def test_categories(self, sample: Edition, metric: Metric) -> None:
        """Each task has its share of all traffic, and beside it the model that leads by requests, with its share."""
        data = sample.snapshot.data
        for key in category_keys(data):
            picture = picture_of(f"{key}/{metric}", sample)
            for row in picture.rows():
                (found,) = (entry for entry in data.classifications if entry.display_name == row["label"])
                leader = max(found.models, key=lambda one: one.tag_usage_share)
                assert (key, percent(traffic_share(found, metric))) == (found.macro_category, row["share"])
                assert (sample.model_names[leader.id], percent(tag_share(leader, metric))) == (
                    row["aside"],
                    row["aside share"],
                )
            (whole,) = (entry for entry in data.macro_categories if entry.key == key)
            assert percent(traffic_share(whole, metric)) == figures_in(picture)[0]
            assert 1 + 2 * len(picture.rows()) == len(figures_in(picture))

    @pytest.mark.parametrize("metric", Metric)
    def test_tasks(self, sample: Edition, metric: Metric) -> None:
        """Each model has its share of the task."""
        for found in sample.snapshot.data.classifications:
            picture = picture_of(Board(BoardKind.TASK, found.tag, metric), sample)
            shares = {sample.model_names[one.id]: percent(tag_share(one, metric)) for one in found.models}
            assert shares == {row["label"]: row["share"] for row in picture.rows()}
            assert 2 + len(shares) == len(figures_in(picture))

    @pytest.mark.parametrize("metric", Metric)
    def test_models(self, sample: Edition, metric: Metric) -> None:
        """Each task has the model's share of it, and its rank among the models, which the source sorts by requests."""
        data = sample.snapshot.data
        for board in boards_of(sample):
            if board.kind is BoardKind.MODEL and board.metric is metric:
                picture = picture_of(board, sample)
                for row in picture.rows():
                    assert _place_of(data, board, row["label"]) == (row["note"], row["share"])
                assert len(picture.rows()) == len(figures_in(picture))

    @pytest.mark.parametrize("board", SAMPLE_BOARDS)
    def test_bars_are_as_long_as_their_shares(self, sample: Edition, board: str) -> None:
        """All bars start at one line, and the longest fills its track."""
        rows = make_sheet(Board.parse(board), sample, age=None).pictured
        parts = picture_of(board, sample).parts("row")
        bars = [next(each.box for each in part if each.says == "bar") for part in parts]
        tracks = [next(each.box for each in part if each.says == "track") for part in parts]
        whole = tracks[0].right - tracks[0].left
        expected = [max(2, whole * row.figures[0].value / rows[0].figures[0].value) for row in rows]
        assert expected == pytest.approx([bar.right - bar.left for bar in bars], abs=0.1)
        assert {tracks[0].left} == {box.left for box in [*bars, *tracks]}

    @pytest.mark.parametrize("board", SAMPLE_BOARDS)
    def test_colours_are_those_of_the_categories(self, sample: Edition, board: str) -> None:
        """Each category has one colour on every board."""
        rows = make_sheet(Board.parse(board), sample, age=None).pictured
        palette = Palette.of(category_keys(sample.snapshot.data))
        parts = picture_of(board, sample).parts("row")
        expected = [palette.colour(row.macro_category) for row in rows]
        assert expected == [next(each.colour for each in part if each.says == "bar") for part in parts]

    def test_changes(self) -> None:
        """Each row's change is the difference of its shares in the two answers that the picture names."""
        edition, seen = compared(), set()
        assert edition.earlier is not None
        for board in boards_of(edition, most=6):
            sheet = make_sheet(board, edition, age=None)
            picture = draw(sheet, edition)
            assert (edition.snapshot.as_of, edition.earlier.as_of) == (as_of(picture), compared_with(picture))
            parts = [*picture.parts("category"), *picture.parts("row")]
            rows = [*sheet.summarized, *sheet.pictured]
            assert len(rows) == len(parts)
            for row, part in zip(rows, parts, strict=True):
                now, before = (shares_of(each.data, board, row.key) for each in (edition.snapshot, edition.earlier))
                expected = [direction(before, now)] if before != now else ["="]
                told = [each.says if each.name == "path" else each.text for each in part if each.says in TELLING]
                assert sorted([*expected, *([points_between(before, now)] if expected[0] in SHAPES else [])]) == sorted(
                    told
                )
                seen |= set(expected)
        assert {"rising", "falling", "=", "new"} == seen

    def test_new_leaders_are_marked(self) -> None:
        """Beside a task, and on its own board behind the name; nobody leads by tokens, or without an earlier answer."""
        edition = compared()
        assert edition.earlier is not None
        before, now = (
            {task.tag: task.models[0].id for task in each.data.classifications}
            for each in (edition.earlier, edition.snapshot)
        )
        for board in boards_of(edition, most=9):
            sheet = make_sheet(board, edition, age=None)
            marked = [bool(row.get("aside news") or row.get("news")) for row in draw(sheet, edition).rows()]
            if board.kind is BoardKind.TASK:
                is_first = [row.key == now[board.subject] for row in sheet.pictured]
                is_new = board.metric is Metric.REQUESTS and now[board.subject] != before[board.subject]
                expected = [is_new and first for first in is_first]
            else:
                expected = [row.leader is not None and now[row.key] != before[row.key] for row in sheet.pictured]
            assert expected == marked
        unmarked = [picture_of(board, alone()).rows() for board in ("overview", "code", "task:code:debugging")]
        assert not any({"news", "aside news"} & set(row) for rows in unmarked for row in rows)

    def test_changes_have_a_shape_and_a_date(self, sample: Edition) -> None:
        """Up, down and unchanged, in points since a day; a new task has no change."""
        sheet = make_sheet(Board.parse("code"), sample, age=None)
        changes = {"Debugging": 0.0123, "File I/O": -0.002, "Shell Execution": 0.0}
        rows = tuple(
            replace(row, figures=(*row.figures, Figure(FigureKind.CHANGE, changes[row.label])))
            if row.label in changes
            else row
            for row in sheet.sections[0].rows
        )
        changed = replace(sheet, sections=(replace(sheet.sections[0], rows=rows),), compared_with="2026-08-24")
        picture = draw(changed, sample)
        told = {
            next(each.text for each in part if each.says == "label"): [
                (each.says, each.text, each.colour) for each in part if each.says in {"change", "rising", "falling"}
            ]
            for part in picture.parts("row")
        }
        assert [("change", "1.2", RISEN), ("rising", "", RISEN)] == told["Debugging"]
        assert [("change", "0.2", FALLEN), ("falling", "", FALLEN)] == told["File I/O"]
        assert ["="] == [text for _, text, _ in told["Shell Execution"]]
        assert [] == told["Code Generation"]
        assert "Changes in points since 2026-08-24 are computed." in picture.texts
        assert [] == overlapping(picture.elements)


SHAPES = {"rising", "falling"}
TELLING = {"change", *SHAPES}


def compared_with(picture: Picture) -> date:
    """The earlier day that the picture names."""
    (said,) = re.findall(r"Changes in points since ([\d-]+) are computed\.", "\n".join(picture.texts))
    return date.fromisoformat(said)


def shares_of(data: TaskClassificationData, board: Board, key: str) -> int | None:
    """The share of a row in an answer, in thousandths; None if the answer does not list it."""
    if board.kind in {BoardKind.TASK, BoardKind.MODEL}:
        tag, model_id = (board.subject, key) if board.kind is BoardKind.TASK else (key, board.subject)
        listed = (one for each in data.classifications if each.tag == tag for one in each.models)
        found = [tag_share(one, board.metric) for one in listed if one.id == model_id]
    else:
        found = [traffic_share(one, board.metric) for one in data.classifications if one.tag == key]
        found += [traffic_share(one, board.metric) for one in data.macro_categories if one.key == key]
    return round(1000 * found[0]) if found else None


def direction(before: int | None, now: int | None) -> str:
    """The shape of a change, or that there is none to be drawn."""
    assert now is not None
    return "new" if before is None else "rising" if now > before else "falling"


def points_between(before: int | None, now: int | None) -> str:
    """The size of a change in points."""
    assert before is not None
    assert now is not None
    return f"{abs(now - before) / 10}"


def _place_of(data: TaskClassificationData, board: Board, label: str) -> tuple[str, str]:
    (found,) = (entry for entry in data.classifications if entry.display_name == label)
    place = [one.id for one in found.models].index(board.subject)
    return f"rank {place + 1}", percent(tag_share(found.models[place], board.metric))


class TestWords:
    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("overview", ["What models are used for", "Share of classified requests, last 7 days", "and 22 more"]),
            ("code/tokens", ["Code", "37.3 % of classified tokens, last 7 days"]),
            ("code/tokens", ["Beside: the model with the most requests, with its share of the task's tokens"]),
            ("task:math", ["Math", "Bars: share of this task's requests"]),
            ("model:stealth/ox-alpha", ["Ox Alpha"]),
        ],
    )
    def test_each_picture_says_what_it_shows(self, sample: Edition, board: str, expected: list[str]) -> None:
        """Title, metric and window in words, what the figures are, source, day and licence."""
        said = picture_of(board, sample).texts
        source = ["Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31.", "Licensed under CC BY 4.0."]
        assert [] == [text for text in [*expected, *source] if text not in said]

    def test_several_colours_have_names(self, sample: Edition) -> None:
        """An overview names them with their shares, a model in a legend; a single category needs no legend."""
        luna = picture_of("model:openai/gpt-5.6-luna-20260709", sample)
        named = {each.text for each in luna.elements if each.says == "category"}
        assert {"General", "Code", "Data", "Agent"} == named
        assert not any(each.says in {"category", "dot"} for each in picture_of("code", sample).elements)

    def test_tasks_without_models_have_no_leader(self) -> None:
        """Only the bars of the other tasks have a model beside them."""
        rows = picture_of("code", odd("no_models")).rows()
        assert {"None": None, "One": "GPT-4o Mini", "Nil": None} == {row["label"]: row.get("aside") for row in rows}


class TestPlaces:
    @pytest.mark.parametrize("name", ODD)
    def test_nothing_overlaps_or_leaves_the_canvas(self, name: str) -> None:
        """On any board of any odd snapshot, and all texts can be read on a phone."""
        edition = odd(name)
        for board in boards_of(edition, most=len(HOSTILE)):
            sheet = make_sheet(board, edition, age=None)
            if sheet.rows:
                picture = draw(sheet, edition)
                assert [] == overlapping(picture.elements), board
                assert_inside(picture)
                assert_legible(picture)

    @pytest.mark.parametrize("name", ODD)
    def test_changes_have_room_too(self, name: str) -> None:
        """On boards of any odd snapshot in which everything fell and every task has a new leader."""
        edition = Edition(odd(name).snapshot, week_before(odd(name).snapshot))
        for board in boards_of(edition, most=2):
            sheet = make_sheet(board, edition, age=3)
            if sheet.rows:
                picture = draw(sheet, edition)
                assert [] == overlapping(picture.elements), board
                assert_inside(picture)
                assert_legible(picture)

    def test_texts_have_enough_contrast(self, sample: Edition) -> None:
        """WCAG requires 4.5 : 1 for text."""
        pictures = [picture_of(board, sample) for board in SAMPLE_BOARDS]
        colours = {each.colour for picture in pictures for each in picture.elements if each.name == "text"}
        assert min(contrast(colour, GROUND) for colour in colours | {RISEN, FALLEN, NEW}) >= 4.5

    @pytest.mark.parametrize("edition", [compared(), alone()], ids=["compared", "alone"])
    def test_shape_suits_an_embed(self, edition: Edition) -> None:
        """Every board of the newer answer can be read on a phone and on a desktop, which shows a high picture small."""
        for board in boards_of(edition, most=5):
            picture = draw(make_sheet(board, edition, age=3), edition)
            assert_legible(picture)
            assert [] == overlapping(picture.elements), board
            assert_inside(picture)

    def test_rows_have_more_air_where_there_are_few(self, sample: Edition) -> None:
        """A picture is as high as it has to be."""
        few, many = (picture_of(board, sample) for board in ("data", "code"))
        pitches = [part[1][0].box.top - part[0][0].box.top for part in (few.parts("row"), many.parts("row"))]
        assert pitches[0] > pitches[1]
        assert few.height < many.height / 2

    def test_long_title_has_two_lines(self) -> None:
        """It gets smaller first, and is clipped at last."""
        titles = ["A short one", "A longer one of forty-one characters....", "Words " * 10, "Words " * 50]
        lines = []
        for title in titles:
            picture = picture_of("task:x", Edition(snapshot_of([task("x", title)])))
            lines.append([each for each in picture.elements if each.says == "title"])
        sizes = [found[0].size for found in lines]
        assert [1, 1, 2, 2] == [len(found) for found in lines]
        assert sizes[0] > sizes[1] > sizes[2] == sizes[3]
        assert titles[2].strip() == " ".join(each.text for each in lines[2])
        assert lines[3][1].text.endswith("Wor…") or lines[3][1].text.endswith("Words…")

    def test_what_has_no_room_is_counted(self) -> None:
        """Rows beside the source, categories in the place of the last one."""
        edition = odd("new_categories")
        said = picture_of("overview", edition).texts
        assert {"and 3 more", "and 11 more"} < set(said)
        many = picture_of("model:openai/gpt-4o-mini", edition)
        assert "and 9 more" in many.texts

    def test_long_names_shrink_before_they_are_clipped(self) -> None:
        """Two names that differ only at the end still look different."""
        names = ["n" * 31, *(f"{'n' * 60}{end}" for end in "AB")]
        models = [model(f"a/{name}", 0.1) for name in names]
        short = picture_of("task:x", Edition(snapshot_of([task("x", models=[model("a/b")])])))
        long = picture_of("task:x", Edition(snapshot_of([task("x", models=models)])))
        sizes = [max(each.size for each in one.elements if each.says == "label") for one in (short, long)]
        labels = [row["label"] for row in long.rows()]
        assert sizes[0] > sizes[1] >= 28
        assert (3, True) == (len(set(labels)), "…" not in labels[0])


def week_before(snapshot: Snapshot) -> Snapshot:
    """The same tasks and models with other shares, and the models in the opposite order."""
    data = snapshot.data.model_dump(mode="json")
    for entry in [*data["classifications"], *data["macro_categories"]]:
        entry["usage_share"] = entry["token_share"] = 1 - entry["usage_share"] / 2
    for entry in data["classifications"]:
        entry["models"] = [one | {"tag_usage_share": 0.999} for one in reversed(entry["models"])]
    return Snapshot.parse(json.dumps({"data": data | {"as_of": "2026-08-24"}}).encode(), fetched_at=snapshot.fetched_at)


def assert_inside(picture: Picture) -> None:
    """Keep a margin on all sides."""
    for each in picture.elements:
        box = each.box
        assert box.left >= 20, each
        assert box.top >= 10, each
        assert box.right <= picture.width - 20, each
        assert box.bottom <= picture.height - 10, each


def assert_legible(picture: Picture) -> None:
    """On a phone and on a desktop, names and shares have 11 pixels or more; other text has 8 or more, or 7.5."""
    on_a_phone = PHONE / picture.width
    on_a_desktop = min(DESKTOP[0] / picture.width, DESKTOP[1] / picture.height)
    texts = [each for each in picture.elements if each.name == "text"]
    assert min(each.size for each in texts) * on_a_phone >= 8
    assert min(each.size for each in texts) * on_a_desktop >= 7.5
    names = [each.size for each in texts if each.says in {"label", "share"}]
    assert min(names) * min(on_a_phone, on_a_desktop) >= 11


class TestForeignTexts:
    @pytest.mark.parametrize("text", HOSTILE_TO_XML)
    def test_foreign_text_stays_text(self, text: str) -> None:
        """As a label, category, tag or id, it adds no element, attribute, entity or link."""
        models = [model(f"a/{text}"), model(text)]
        edition = Edition(
            snapshot_of(
                [task(text, text, macro_category=text, models=models), task("b", macro_category="b")],
                [category(text, text), category("b")],
            )
        )
        for board in boards_of(edition):
            picture = picture_of(board, edition)
            nodes = list(picture.root.iter())
            assert {"svg", "g", "rect", "path", "text"} >= {node.tag.rpartition("}")[2] for node in nodes}
            assert ATTRIBUTES >= {name for node in nodes for name in node.attrib}
            assert not re.search(r"<[!?]", picture.svg)
            assert all(" ".join(said.split()) == said for said in picture.texts)

    def test_name_of_a_font_stays_text(self) -> None:
        """It comes from the host, and is escaped too."""
        family = '"><script/><x y="&'
        edition = Edition(snapshot_of([task("code:x", "א", models=[])]))
        picture = picture_of("code", edition, {"א": Glyph(family, 0.5)})
        assert {"svg", "g", "rect", "text"} == {node.tag.rpartition("}")[2] for node in picture.root.iter()}
        assert [family] == [node.attrib["font-family"] for node in picture.root.iter() if node.text == "א"]

    def test_escaped_text_keeps_its_characters(self) -> None:
        """An XML parser reads the original text."""
        label = "<b> & \"q\" 'a' ]]>"
        edition = Edition(snapshot_of([task("code:x", label)], [category("code", "Code")]))
        assert label == picture_of("code", edition).rows()[0]["label"]


class TestCharacters:
    def test_packaged_font_needs_no_other(self, sample: Edition) -> None:
        """It has Latin, Greek and Cyrillic."""
        edition = Edition(snapshot_of([task("code:x", "Naïve Ελληνικά Кириллица ≤ € — 1×2")]))
        assert frozenset() == picture_of("code", edition).missing == picture_of("overview", sample).missing

    def test_character_of_no_font_is_a_box(self) -> None:
        """There is one box for each, and the picture lists them."""
        edition = Edition(snapshot_of([task("code:x", "a 代码🧿", models=[])]))
        picture = picture_of("code", edition)
        boxes = [each for each in picture.elements if each.says == "box"]
        assert (3, frozenset("代码🧿")) == (len(boxes), picture.missing)
        assert all(each.box.right - each.box.left > 15 for each in boxes)

    def test_names_of_boxes_are_numbered(self) -> None:
        """Boxes alone would look alike."""
        models = [model("maker/代码"), model("maker/生成")]
        picture = picture_of("task:x", Edition(snapshot_of([task("x", models=models)])))
        assert ["", "…2"] == [row.get("label", "") for row in picture.rows()]

    def test_glyphs_of_the_host_are_written_in_their_font(self) -> None:
        """Each is in the font that has it, with that font's width; so are the spaces between its words."""
        glyphs = {each: Glyph("Some Hebrew", 0.5) for each in "שלום"}
        edition = Edition(snapshot_of([task("code:x", "a שלום שם b", models=[])]))
        picture = picture_of("code", edition, glyphs)
        runs = [
            (node.get("font-family"), node.text)
            for node in picture.root.iter()
            if node.get("data-says") == "label" and node.text
        ]
        assert [(None, "a"), ("Some Hebrew", "שלום שם"), (None, "b")] == runs
        assert [] == overlapping(picture.elements)
        assert frozenset() == picture.missing

    def test_invisible_characters_leave_no_box(self) -> None:
        """They are left out."""
        edition = Edition(snapshot_of([task("code:x", "a\ufe0f\u1160b", models=[])]))
        assert ("ab", frozenset()) == (
            picture_of("code", edition).rows()[0]["label"],
            picture_of("code", edition).missing,
        )
