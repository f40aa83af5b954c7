"""Boards of comparisons, and what they have to show, computed plainly from a snapshot."""

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import TaskClassificationData
from bot.presentation.text import percent

NUMBERS = (2, 3, 4)


def comparisons_of(edition: Edition) -> Iterator[Board]:
    """Two, three and four models, and as many tasks, if the edition has so many, by both metrics."""
    for kind, found in ((BoardKind.MODEL, edition.models), (BoardKind.TASK, edition.tasks)):
        subjects = [Board(kind, key) for key in dict.fromkeys(one.key for one in found)]
        for number in NUMBERS:
            chosen = list(islice(subjects[:: max(1, len(subjects) // 5)], number))
            if len(chosen) == number:
                yield from (Board.comparison(chosen, metric=metric) for metric in Metric)


def shares_beside(board: Board, data: TaskClassificationData, key: str) -> list[float | None]:
    """The shares of what is compared in the row with a key, None where a task does not list the model."""
    shares: list[float | None] = []
    for about in board.subjects:
        tag, model_id = (key, about.subject) if about.kind is BoardKind.MODEL else (about.subject, key)
        (task,) = (one for one in data.classifications if one.tag == tag)
        listed = {one.id: one for one in task.models}
        by_metric = {Metric.REQUESTS: "tag_usage_share", Metric.TOKENS: "tag_token_share"}[board.metric]
        shares.append(getattr(listed[model_id], by_metric) if model_id in listed else None)
    return shares


def texts_beside(shares: Sequence[float | None], *, absent: str) -> list[str]:
    """The shares as people read them."""
    return [absent if share is None else percent(share) for share in shares]
