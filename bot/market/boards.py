"""A board: which ranking is asked for, and by which metric. It writes itself as a text and reads itself back."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.errors import UnknownBoardError


class Metric(StrEnum):
    """What a share is a share of."""

    REQUESTS = "requests"
    TOKENS = "tokens"

    @property
    def other(self) -> "Metric":
        """The metric that this one can be switched to."""
        return Metric.TOKENS if self is Metric.REQUESTS else Metric.REQUESTS


class BoardKind(StrEnum):
    """Which ranking a board is."""

    OVERVIEW = "overview"
    CATEGORY = "category"
    TASK = "task"
    MODEL = "model"


_WITH_SUBJECT = frozenset(BoardKind) - {BoardKind.OVERVIEW}
# Boards of later versions: to this one they are unknown, and not categories without tasks.
_OF_LATER_VERSIONS = {"movers", "history", "compare", "digest"}
_RESERVED = frozenset(BoardKind) | _OF_LATER_VERSIONS
_GRAMMAR = re.compile(r"(?P<name>.+)/(?P<metric>requests|tokens)", re.DOTALL)


@dataclass(frozen=True)
class Board:
    """One ranking: its kind, its subject (a category's key, a task's tag, a model's id) and its metric.

    Written as `overview/requests`, `code/tokens`, `task:code:debugging/requests`,
    `model:openai/gpt-4o-mini/tokens`; a category whose key would read as something else is `category:KEY/…`.
    """

    kind: BoardKind
    subject: str = ""
    metric: Metric = Metric.REQUESTS

    def __str__(self) -> str:
        return f"{self.name}/{self.metric}"

    @property
    def name(self) -> str:
        """The board's text without its metric."""
        if self.kind is BoardKind.OVERVIEW:
            return self.kind
        if self.kind is BoardKind.CATEGORY and self.subject and not _reads_as_something_else(self.subject):
            return self.subject
        return f"{self.kind}:{self.subject}"

    @classmethod
    def parse(cls, text: str) -> "Board":
        """Read a board's text; without a metric it is by requests. Raise UnknownBoardError."""
        written = _GRAMMAR.fullmatch(text)
        name = written["name"] if written else text
        metric = Metric(written["metric"]) if written else Metric.REQUESTS
        kind, colon, subject = name.partition(":")
        if name == BoardKind.OVERVIEW:
            return cls(BoardKind.OVERVIEW, metric=metric)
        if colon and kind in _WITH_SUBJECT:
            return cls(BoardKind(kind), subject, metric)
        if not name or _reads_as_something_else(name):
            raise UnknownBoardError(text)
        return cls(BoardKind.CATEGORY, name, metric)

    def by(self, metric: Metric) -> "Board":
        """The same ranking by another metric."""
        return replace(self, metric=metric)


def _reads_as_something_else(key: str) -> bool:
    return key in _RESERVED or ":" in key or "/" in key
