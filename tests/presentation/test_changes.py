from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import TaskClassificationData
from bot.presentation.alt_text import alt_text
from bot.presentation.board_sheets import make_sheet
from bot.presentation.figures import FigureKind
from bot.presentation.row_texts import changes_in_words
from bot.presentation.sheets import Mark, Row, Sheet
from bot.presentation.text import units
from tests.odd_snapshots import ODD, boards_of, category, model, snapshot_of, task
from tests.presentation.bodies import odd
from tests.presentation.weeks import EARLIER, NEWER, alone, compared

LUNA = "openai/gpt-5.6-luna-20260709"
FIELDS = {Metric.REQUESTS: "usage_share", Metric.TOKENS: "token_share"}


def sheet_of(board: str, edition: Edition) -> Sheet:
    """Answer a board with all rows."""
    return make_sheet(Board.parse(board), edition, age=None, is_whole=True)


def changes_of(sheet: Sheet) -> dict[str, str]:
    """The change or the mark of each row, as it is written, by key."""
    return {row.key: row.texts([FigureKind.CHANGE])[0] for row in sheet.rows}


def shares(data: TaskClassificationData, board: Board) -> Mapping[str, float]:
    """The share of each row of a board, by key, read from the answer itself."""
    field = FIELDS[board.metric]
    tasks, models = data.classifications, {one.tag: one.models for one in data.classifications}
    if board.kind is BoardKind.TASK:
        return {one.id: getattr(one, f"tag_{field}") for one in models.get(board.subject, [])}
    if board.kind is BoardKind.MODEL:
        listed = {tag: one for tag, all_of_it in models.items() for one in all_of_it if one.id == board.subject}
        return {tag: getattr(one, f"tag_{field}") for tag, one in listed.items()}
    categories = data.macro_categories if board.kind is BoardKind.OVERVIEW else []
    return {each.key: getattr(each, field) for each in categories} | {each.tag: getattr(each, field) for each in tasks}


def written(row: Row, earlier: Mapping[str, float], now: Mapping[str, float]) -> str:
    """The change of a row in thousandths, computed from the shares in two answers."""
    if row.key not in earlier:
        return "new"
    thousandths = round(1000 * now[row.key]) - round(1000 * earlier[row.key])
    sign = "▲ " if thousandths > 0 else "▼ "
    return f"{sign}{abs(thousandths) / 10}" if thousandths else "="


def test_each_change_is_the_difference_of_two_answers() -> None:
    """On every board and by both metrics; what the earlier answer does not list is new."""
    edition, seen = compared(), 0
    assert edition.earlier is not None
    for board in boards_of(edition):
        sheet = make_sheet(board, edition, age=None, is_whole=True)
        before, after = shares(edition.earlier.data, board), shares(edition.snapshot.data, board)
        assert {row.key: written(row, before, after) for row in sheet.rows} == changes_of(sheet)
        seen += len(sheet.rows)
    assert seen > 1000


@pytest.mark.parametrize(
    ("board", "key", "expected"),
    [
        ("overview", "code", "▲ 0.9"),
        ("overview", "roleplay_fiction", "▼ 1.8"),
        ("code", "code:general_impl", "▲ 0.8"),
        ("code", "code:debugging", "="),
        ("task:code:debugging", LUNA, "▲ 10.8"),
        (f"model:{LUNA}", "code:debugging", "▲ 10.8"),
    ],
)
def test_known_changes(board: str, key: str, expected: str) -> None:
    """As computed by hand from the two real answers."""
    assert expected == changes_of(sheet_of(board, compared()))[key]


def test_fourteen_tasks_have_a_new_leader() -> None:
    """Tool Dispatch and Debugging among them, by both metrics; Code Generation keeps its leader."""
    for metric in Metric:
        tasks = sheet_of(f"overview/{metric}", compared()).sections[1].rows
        new = {row.key for row in tasks if row.leader and row.leader.is_new}
        assert (14, True, False) == (
            len(new),
            {"code:debugging", "agent:tool_dispatch"} <= new,
            "code:general_impl" in new,
        )
        for row in tasks:
            first, *others = sheet_of(f"task:{row.key}/requests", compared()).rows
            assert (row.key in new, False) == (first.is_new_leader, any(one.is_new_leader for one in others))


def test_both_days_are_named() -> None:
    """The sheet names the day that it is compared with, and says that changes are computed."""
    sheet = sheet_of("code", compared())
    assert (NEWER, EARLIER, None) == (sheet.as_of, sheet.compared_with, sheet.changes_from)
    assert "Changes in points since 2026-08-31 are computed." == changes_in_words(sheet)


def test_without_an_earlier_snapshot_there_is_no_change() -> None:
    """No row has a change, a mark or a new leader, and the sheet says from which day on there will be changes."""
    for board in boards_of(alone()):
        sheet = make_sheet(board, alone(), age=None)
        assert {""} == set(changes_of(sheet).values())
        assert not any(row.is_new_leader or (row.leader and row.leader.is_new) for row in sheet.rows)
        assert (None, "2026-09-14") == (sheet.compared_with, sheet.changes_from)
    assert "Changes will show from 2026-09-14 on." == changes_in_words(sheet_of("code", alone()))


def test_what_the_earlier_snapshot_lacks_is_new() -> None:
    """A category, a task, the models of a new task, and a new model in an old task; no new task has a new leader."""
    old, new = task("code:old", models=[model("a/a", 0.3)]), task("new:new", macro_category="new")
    later = task("code:old", models=[model("a/b", 0.4), model("a/a", 0.2)])
    edition = Edition(
        snapshot_of([later, new], [category("code"), category("new")], as_of=EARLIER),
        snapshot_of([old], [category("code")], as_of="2026-08-24"),
    )
    assert {"code": "=", "new": "new", "code:old": "=", "new:new": "new"} == changes_of(sheet_of("overview", edition))
    assert {"a/b": "new", "a/a": "▼ 10.0"} == changes_of(sheet_of("task:code:old", edition))
    assert {"openai/gpt-4o-mini": "new"} == changes_of(sheet_of("task:new:new", edition))
    assert {"code:old": "new"} == changes_of(sheet_of("model:a/b", edition))
    assert {"code:old": True, "new:new": False} == {
        row.key: row.leader.is_new for row in sheet_of("overview", edition).rows if row.leader
    }
    assert {Mark.NEW} == {row.mark for row in sheet_of("new", edition).rows}


def test_share_within_the_category_has_no_change() -> None:
    """It is too coarse. It stands behind the change of the share of all traffic."""
    kinds = (FigureKind.ALL, FigureKind.CHANGE, FigureKind.WITHIN)
    assert kinds == sheet_of("code", compared()).sections[0].kinds


def pairs() -> Iterator[Edition]:
    """Each odd snapshot compared with the one before it."""
    snapshots = [odd(name).snapshot for name in ODD]
    for earlier, newer in zip(snapshots[-1:] + snapshots, snapshots, strict=False):
        yield Edition(newer, replace(earlier))


def test_odd_snapshots_can_be_compared() -> None:
    """Each row has a change or a mark, never both, and Discord takes the alt text of each."""
    for edition in pairs():
        for board in boards_of(edition, most=3):
            sheet = make_sheet(board, edition, age=300)
            assert all((row.change is None) == (row.mark is Mark.NEW) for row in sheet.rows)
            assert units(alt_text(sheet)) <= 1024
