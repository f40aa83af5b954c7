"""A board: which ranking is asked for, and by which metric. It writes itself as a text and reads itself back."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.errors import UnknownBoardError
from bot.market.keys import key_of


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
    UNKNOWN = "unknown"
    """A text that this version cannot read: one of a later version, or a typing error."""


_WITH_SUBJECT = {BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL}
# Boards of later versions: to this one they are unknown, and not categories without tasks.
_OF_LATER_VERSIONS = {"movers", "history", "compare", "digest"}
_RESERVED = {BoardKind.OVERVIEW, *_WITH_SUBJECT, *_OF_LATER_VERSIONS}
_GRAMMAR = re.compile(r"(?P<name>.+)/(?P<metric>requests|tokens)", re.DOTALL)


@dataclass(frozen=True)
class Board:
    """One ranking: its kind, its subject (a category's key, a task's tag, a model's id) and its metric.

    Written as `overview/requests`, `code/tokens`, `task:code:debugging/requests`,
    `model:openai/gpt-4o-mini/tokens`; a category whose key would read as something else is `category:KEY/…`.
    An unknown board has its whole text as its subject, and writes it unchanged.
    """

    kind: BoardKind
    subject: str = ""
    metric: Metric = Metric.REQUESTS

    def __str__(self) -> str:
        """Write the board's text."""
        return f"{self.name}/{self.metric}" if self.is_known else self.subject

    @property
    def name(self) -> str:
        """The board's text without its metric; an unknown board's whole text."""
        if self.kind is BoardKind.OVERVIEW:
            return self.kind
        if self.kind is BoardKind.UNKNOWN:
            return self.subject
        if self.kind is BoardKind.CATEGORY and self.subject and not _is_reserved(self.subject):
            return self.subject
        return f"{self.kind}:{self.subject}"

    @property
    def key(self) -> str:
        """What a `custom_id`, an option or a choice carries: the text, or a short key that an edition resolves."""
        return key_of(str(self))

    @property
    def is_known(self) -> bool:
        """Whether this version can show it."""
        return self.kind is not BoardKind.UNKNOWN

    @classmethod
    def parse(cls, text: str) -> "Board":
        """Read a board's text; without a metric it is by requests. A text that is none gives an unknown board."""
        written = _GRAMMAR.fullmatch(text)
        name = written["name"] if written else text
        metric = Metric(written["metric"]) if written else Metric.REQUESTS
        kind, colon, subject = name.partition(":")
        if name == BoardKind.OVERVIEW:
            return cls(BoardKind.OVERVIEW, metric=metric)
        if colon and kind in _WITH_SUBJECT:
            return cls(BoardKind(kind), subject, metric)
        if not name or _is_reserved(name):
            return cls(BoardKind.UNKNOWN, text)
        return cls(BoardKind.CATEGORY, name, metric)

    def ensure_known(self) -> "Board":
        """The board itself, to be shown; raise UnknownBoardError."""
        if not self.is_known:
            raise UnknownBoardError(self.subject)
        return self

    def by(self, metric: Metric) -> "Board":
        """The same ranking by another metric; an unknown board has none that could be changed."""
        return replace(self, metric=metric) if self.is_known else self


def _is_reserved(key: str) -> bool:
    return key in _RESERVED or ":" in key or "/" in key
