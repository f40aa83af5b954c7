"""What a history reads from the bodies of the answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.market.boards import Board, Metric
from bot.market.histories import History, Point, first_day, point_reader
from bot.market.queries import category_keys, tag_share, traffic_share
from tests.fakes.answers import answer, body, category, model, task
from tests.fakes.archives import MODELS, archived_days

DAY = date(2026, 8, 31)
TASKS = [
    task("code:debugging", 0.3, 0.4, models=[model("a/one", 0.5, 0.6), model("a/two", 0.1, 0.2)]),
    task("code:writing", 0.2, 0.1, models=[model("a/two", 0.7, 0.8)]),
    task("math", 0.05, 0.06, macro_category="general", models=[]),
]
CATEGORIES = [category("code", 0.5, 0.6), category("general", 0.05, 0.06)]


def read(board: str, written: Mapping[str, Any] | bytes) -> dict[str, float]:
    """The shares of a board in an answer."""
    raw = written if isinstance(written, bytes) else body(written)
    return dict(point_reader(Board.parse(board))(raw).shares)


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        ("history:30:overview", {"code": 0.5, "general": 0.05}),
        ("history:30:overview/tokens", {"code": 0.6, "general": 0.06}),
        ("history:30:code", {"code:debugging": 0.3, "code:writing": 0.2}),
        ("history:30:code/tokens", {"code:debugging": 0.4, "code:writing": 0.1}),
        ("history:30:task:code:debugging", {"a/one": 0.5, "a/two": 0.1}),
        ("history:30:task:code:debugging/tokens", {"a/one": 0.6, "a/two": 0.2}),
        ("history:30:share:code:debugging", {"code:debugging": 0.3, "code:writing": 0.2}),
        ("history:30:share:math/tokens", {"math": 0.06}),
        ("history:30:model:a/two", {"code:debugging": 0.1, "code:writing": 0.7}),
        ("history:30:model:a/two/tokens", {"code:debugging": 0.2, "code:writing": 0.8}),
        ("history:30:task:math", {}),
        ("history:30:task:gone", {}),
        ("history:30:share:gone", {}),
        ("history:30:nothing", {}),
        ("history:30:model:no/body", {}),
    ],
)
def test_each_kind_of_board_has_its_shares(board: str, expected: dict[str, float]) -> None:
    """They are by key, in the order of the source."""
    found = read(board, answer(DAY, tasks=TASKS, categories=CATEGORIES))
    assert list(expected.items()) == list(found.items())


@pytest.mark.parametrize("metric", Metric)
def test_points_equal_the_validated_snapshot(metric: Metric) -> None:
    """For every category, task and model of generated answers, the first of equal keys counts."""
    for snapshot in archived_days(3, days=12):
        tasks = list(reversed(snapshot.data.classifications))
        categories = {each.key: traffic_share(each, metric) for each in reversed(snapshot.data.macro_categories)}
        boards = {"overview": categories}
        for key in category_keys(snapshot.data):
            boards[key] = {one.tag: traffic_share(one, metric) for one in tasks if one.macro_category == key}
        for one in tasks:
            boards[f"task:{one.tag}"] = {each.id: tag_share(each, metric) for each in reversed(one.models)}
            boards[f"share:{one.tag}"] = boards[one.macro_category]
        for name in MODELS:
            placed = [(one, each) for one in tasks for each in reversed(one.models) if each.id == name]
            boards[f"model:{name}"] = {one.tag: tag_share(each, metric) for one, each in placed}
        for name, expected in boards.items():
            assert expected == read(f"history:30:{name}/{metric}", snapshot.body), name


MALFORMED: list[object] = [
    None,
    1,
    "text",
    [],
    {},
    {"tag": "x"},
    {"tag": None, "usage_share": 0.1, "macro_category": "code"},
    {"tag": ["x"], "usage_share": 0.1, "macro_category": "code"},
    {"tag": "x", "usage_share": "0.1", "macro_category": "code"},
    {"tag": "x", "usage_share": None, "macro_category": "code"},
    {"tag": "x", "usage_share": True, "macro_category": "code"},
    {"tag": "x", "usage_share": -0.1, "macro_category": "code"},
    {"tag": "x", "usage_share": 1.1, "macro_category": "code"},
    {"tag": "x", "usage_share": float("nan"), "macro_category": "code"},
    {"tag": "x", "usage_share": float("inf"), "macro_category": "code"},
    {"tag": "x", "usage_share": 10**400, "macro_category": "code"},
    {"tag": "x", "usage_share": 0.1, "macro_category": {"key": "code"}},
]


@pytest.mark.parametrize("malformed", MALFORMED)
def test_malformed_entry_is_left_out(malformed: Any) -> None:
    """The entries around it are read."""
    written = answer(DAY, tasks=[TASKS[0], malformed, TASKS[1]], categories=CATEGORIES)
    assert {"code:debugging": 0.3, "code:writing": 0.2} == read("history:30:code", written)


@pytest.mark.parametrize(
    "models", [None, 1, "models", {}, [None, [], 1, {"id": 1}, {"id": "x", "tag_usage_share": "1"}]]
)
def test_task_with_malformed_models_has_none(models: Any) -> None:
    """Both for the task and for a model."""
    written = answer(DAY, tasks=[task("code:debugging", models=models)])
    assert {} == read("history:30:task:code:debugging", written) == read("history:30:model:x", written)


@pytest.mark.parametrize("entries", [None, 1, "x", {}, {"0": {}}])
@pytest.mark.parametrize("board", ["overview", "code", "task:code:debugging", "share:code:debugging", "model:a/one"])
def test_without_lists_there_are_no_shares(board: str, entries: Any) -> None:
    """The other days of the history remain."""
    written = answer(DAY, classifications=entries, macro_categories=entries)
    assert {} == read(f"history:30:{board}", written)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nothing",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"1",
        b'"data"',
        b"{}",
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": {"macro_categories": [',
        b"[" * 100_000,
    ],
)
def test_body_that_is_no_answer_is_refused(raw: bytes) -> None:
    """The archive then takes the day's next revision."""
    with pytest.raises(ValueError):  # noqa: PT011 - what pydantic says differs
        read("history:30:overview", raw)


def test_first_of_two_entries_with_one_key_counts() -> None:
    """As on cards; so does the first of two tasks with one tag."""
    twice = [task("code:x", 0.3, models=[model("a/b", 0.2), model("a/b", 0.1)]), task("code:x", 0.1)]
    written = answer(DAY, tasks=twice, categories=[category("code", 0.3), category("code", 0.2)])
    assert {"code": 0.3} == read("history:30:overview", written)
    assert {"code:x": 0.3} == read("history:30:code", written) == read("history:30:share:code:x", written)
    assert {"a/b": 0.2} == read("history:30:task:code:x", written)
    assert {"code:x": 0.2} == read("history:30:model:a/b", written)


@pytest.mark.parametrize("key", ["@everyone", "", "\x00", "代码", "a" * 300, "__proto__"])
def test_keys_stay_as_they_are(key: str) -> None:
    """Whatever they are, cards make them harmless."""
    written = answer(DAY, categories=[category(key, 0.5)])
    assert {key: 0.5} == read("history:30:overview", written)


@pytest.mark.parametrize(
    ("said", "expected"), [(True, True), (False, False), ("true", False), (1, False), (None, False)]
)
def test_answer_can_say_that_it_is_synthetic(said: object, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Only by `true`; one such day makes the history synthetic."""
    point = point_reader(Board.parse("history:30:overview"))(body(answer(DAY) | {"synthetic": said}))
    assert expected == point.is_synthetic == History(DAY, DAY, [(DAY, Point({})), (DAY, point)]).is_synthetic


@pytest.mark.parametrize(("days", "missing"), [([], 0), ([1], 0), ([1, 2, 3], 0), ([1, 3], 1), ([1, 2, 6, 9], 5)])
def test_missing_days_are_between_the_archived_ones(days: list[int], missing: int) -> None:
    """Days before the first archived one are not missing."""
    points = [(date(2026, 8, day), Point({})) for day in days]
    assert missing == History(date(2026, 7, 1), DAY, points).missing


def test_series_has_each_key_on_its_days() -> None:
    """A day without the key is not in its series."""
    days = [date(2026, 8, day) for day in (1, 2, 4)]
    points = [
        (days[0], Point({"a": 0.1, "b": 0.2})),
        (days[1], Point({"b": 0.3})),
        (days[2], Point({"b": 0, "a": 0.4})),
    ]
    expected = {"a": [(days[0], 0.1), (days[2], 0.4)], "b": [(days[0], 0.2), (days[1], 0.3), (days[2], 0)]}
    assert expected == History(days[0], days[2], points).series


@pytest.mark.parametrize(
    ("days", "until", "expected"),
    [(7, DAY, date(2026, 8, 25)), (365, DAY, date(2025, 9, 1)), (1825, date(1, 1, 5), date.min)],
)
def test_history_ends_at_the_newest_day(days: int, until: date, expected: date) -> None:
    """It has as many days as were asked for, both ends included."""
    assert expected == first_day(Board.parse(f"history:{days}:overview"), until)
