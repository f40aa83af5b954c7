"""A board: which ranking, and by which metric. A board converts to a short text and back."""

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
        """The other of the two metrics."""
        return Metric.TOKENS if self is Metric.REQUESTS else Metric.REQUESTS


class BoardKind(StrEnum):
    """Which ranking a board is."""

    OVERVIEW = "overview"
    CATEGORY = "category"
    TASK = "task"
    MODEL = "model"
    UNKNOWN = "unknown"
    """A text that this version cannot read: from a later version, or a typing error."""


_WITH_SUBJECT = {BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL}
# Boards of later versions: this version reads them as unknown boards, not as categories.
_OF_LATER_VERSIONS = {"movers", "history", "compare", "digest"}
_RESERVED = {BoardKind.OVERVIEW, *_WITH_SUBJECT, *_OF_LATER_VERSIONS}
_GRAMMAR = re.compile(r"(?P<name>.+)/(?P<metric>requests|tokens)", re.DOTALL)


@dataclass(frozen=True)
class Board:
    """One ranking: its kind, its subject (a category's key, a task's tag, a model's id) and its metric.

    Examples of its text: `overview/requests`, `code/tokens`, `task:code:debugging/requests`,
    `model:openai/gpt-4o-mini/tokens`. A category whose key reads as another board is `category:KEY/…`.
    An unknown board keeps its whole text as its subject.
    """

    kind: BoardKind
    subject: str = ""
    metric: Metric = Metric.REQUESTS

    def __str__(self) -> str:
        """The board's text, which parse() reads back."""
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
        """The text for a `custom_id`, an option or a choice; a long text has a short key, which an edition resolves."""
        return key_of(str(self))

    @property
    def is_known(self) -> bool:
        """Whether this version knows this kind of board."""
        return self.kind is not BoardKind.UNKNOWN

    @classmethod
    def parse(cls, text: str) -> "Board":
        """Read a board's text. Without a metric, it is by requests; any unreadable text gives an unknown board."""
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
        """Return the board; raise UnknownBoardError if this version does not know it."""
        if not self.is_known:
            raise UnknownBoardError(self.subject)
        return self

    def by(self, metric: Metric) -> "Board":
        """The same ranking by the given metric; an unknown board stays as it is."""
        return replace(self, metric=metric) if self.is_known else self


def _is_reserved(key: str) -> bool:
    return key in _RESERVED or ":" in key or "/" in key
