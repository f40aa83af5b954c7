"""Editions with a history, from the bodies of days."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.histories import History, first_day, point_reader
from bot.market.models import Snapshot
from tests.fakes.answers import answer, body, category, model, task
from tests.fakes.archives import archived_days, newest_revisions

Bodies = Mapping[date, bytes]
Shares = Sequence[float | None]

FETCHED_AT = datetime(2026, 12, 1, tzinfo=UTC)
UNTIL = date(2026, 9, 7)
DAY = timedelta(days=1)


def generated(seed: int, *, days: int = 40) -> Bodies:
    """The bodies of generated days, each in its newest revision."""
    return {day: snapshot.body for day, snapshot in newest_revisions(archived_days(seed, days=days)).items()}


def drifting(shares: Mapping[str, Shares], *, missing: Collection[int] = ()) -> Bodies:
    """Days that end at UNTIL with one task, whose models have these shares; None: it is not listed that day.

    `missing` are the numbers of the days without data.
    """
    count = len(next(iter(shares.values())))
    bodies = {}
    for number in (number for number in range(count) if number not in missing):
        listed = {name: row[number] for name, row in shares.items()}
        models = [model(name, share, share) for name, share in listed.items() if share is not None]
        as_of = UNTIL - (count - 1 - number) * DAY
        bodies[as_of] = body(answer(as_of, tasks=[task("code:x", models=models)], categories=[category("code")]))
    return bodies


def synthetic(bodies: Bodies) -> Bodies:
    """The same days, which say that they are synthetic."""
    return {day: json.dumps(json.loads(raw) | {"synthetic": True}).encode() for day, raw in bodies.items()}


def edition_of(bodies: Bodies, board: Board | str) -> Edition:
    """The edition of the newest day, with the history that the board needs."""
    asked = Board.parse(board) if isinstance(board, str) else board
    until = max(bodies)
    since, read = first_day(asked, until), point_reader(asked)
    points = [(day, read(bodies[day])) for day in sorted(bodies) if day >= since]
    edition = Edition(Snapshot.parse(bodies[until], fetched_at=FETCHED_AT))
    return replace(edition, history=History(since, until, points))


def with_history(edition: Edition, board: Board) -> Edition:
    """An edition with its only day as the history."""
    day, read = edition.snapshot.as_of, point_reader(board)
    points = [(day, read(edition.snapshot.body))]
    return replace(edition, history=History(first_day(board, day), day, points))
