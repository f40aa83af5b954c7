"""Histories: the shares that a board showed on each archived day, read from the bodies of the answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any

from pydantic_core import from_json

from bot.market.boards import Board, BoardKind, Metric

Shares = Mapping[str, float]
"""Shares (fractions 0–1) by the key of a category, the tag of a task, or the id of a model."""

TRAFFIC_FIELDS: Mapping[Metric, str] = {Metric.REQUESTS: "usage_share", Metric.TOKENS: "token_share"}
TASK_FIELDS: Mapping[Metric, str] = {Metric.REQUESTS: "tag_usage_share", Metric.TOKENS: "tag_token_share"}
"""OpenRouter's names for the shares of all traffic, and of a task."""


@dataclass(frozen=True)
class Point:
    """What a board showed on one day; `is_synthetic` if the answer says that it is not OpenRouter's."""

    shares: Shares
    is_synthetic: bool = False


@dataclass(frozen=True)
class History:
    """The shares on each archived day from `since` to `until` (both included), oldest first; other days are gaps."""

    since: date
    until: date
    points: Sequence[tuple[date, Point]]

    @property
    def is_synthetic(self) -> bool:
        """Whether any of its days is not OpenRouter's."""
        return any(point.is_synthetic for _, point in self.points)

    @property
    def missing(self) -> int:
        """How many days between the first and the last archived one have no data."""
        if not self.points:
            return 0
        first, last = self.points[0][0], self.points[-1][0]
        return (last - first).days + 1 - len(self.points)

    @cached_property
    def series(self) -> Mapping[str, Sequence[tuple[date, float]]]:
        """The share of each key on the days on which it has one, oldest first."""
        found: dict[str, list[tuple[date, float]]] = {}
        for day, point in self.points:
            for key, share in point.shares.items():
                found.setdefault(key, []).append((day, share))
        return found


def first_day(board: Board, until: date) -> date:
    """The first day of a history that ends at `until`."""
    return until - timedelta(days=min((board.days or 1) - 1, until.toordinal() - 1))


def point_reader(board: Board) -> Callable[[bytes], Point]:
    """Make what reads a point of a history from the body of an answer; it raises ValueError.

    It does not validate the whole answer, so that years of days can be read at once. Malformed entries are left out.
    """
    (about,) = board.subjects
    readers: Mapping[BoardKind, Callable[[Any, Board], Iterator[tuple[str, float]]]] = {
        BoardKind.OVERVIEW: _categories,
        BoardKind.CATEGORY: _tasks,
        BoardKind.TASK: _tasks_beside if board.is_of_share else _models,
        BoardKind.MODEL: _placements,
    }
    return partial(_read, pick=readers[about.kind], about=about)


def _read(body: bytes, *, pick: Callable[[Any, Board], Iterator[tuple[str, float]]], about: Board) -> Point:
    answer = from_json(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
        raise ValueError("the answer has no data")  # noqa: TRY004 - a wrong body is a wrong value
    shares: dict[str, float] = {}
    for key, share in pick(answer["data"], about):
        shares.setdefault(key, share)
    return Point(shares, is_synthetic=answer.get("synthetic") is True)


def _categories(data: Any, about: Board) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - unvalidated JSON
    return _shares(_entries(data, "macro_categories"), "key", TRAFFIC_FIELDS[about.metric])


def _tasks(data: Any, about: Board) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - unvalidated JSON
    tasks = [task for task in _entries(data, "classifications") if task.get("macro_category") == about.subject]
    return _shares(tasks, "tag", TRAFFIC_FIELDS[about.metric])


def _tasks_beside(data: Any, about: Board) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - unvalidated JSON
    """The task, and the others of its category."""
    own = [task for task in _entries(data, "classifications") if task.get("tag") == about.subject]
    category = own[0].get("macro_category") if own else None
    return _tasks(data, Board(BoardKind.CATEGORY, str(category), about.metric)) if own else iter(())


def _models(data: Any, about: Board) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - unvalidated JSON
    task = next((task for task in _entries(data, "classifications") if task.get("tag") == about.subject), {})
    return _shares(_entries(task, "models"), "id", TASK_FIELDS[about.metric])


def _placements(data: Any, about: Board) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - unvalidated JSON
    for task in _entries(data, "classifications"):
        models = [model for model in _entries(task, "models") if model.get("id") == about.subject]
        for _, share in _shares(models, "id", TASK_FIELDS[about.metric]):
            if isinstance(task.get("tag"), str):
                yield task["tag"], share


def _entries(parent: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401 - unvalidated JSON
    entries = parent.get(name)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _shares(entries: list[dict[str, Any]], key: str, share: str) -> Iterator[tuple[str, float]]:
    for entry in entries:
        named, value = entry.get(key), entry.get(share)
        if isinstance(value, bool) or not isinstance(value, float | int):
            continue
        if isinstance(named, str) and 0 <= value <= 1:
            yield named, float(value)
