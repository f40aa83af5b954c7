"""A board: which ranking, and by which metric. A board converts to a short text and back."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote

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
    MOVERS = "movers"
    HISTORY = "history"
    COMPARE = "compare"
    DIGEST = "digest"
    UNKNOWN = "unknown"
    """A text that this version cannot read: from a later version, or a typing error."""


ALL_TASKS = "all"
ALL_MODELS = "models"
PERIODS = (7, 14, 28)
"""Days between the two snapshots of a board of movers."""

LEAST_DAYS, MOST_DAYS = 7, 1825
"""The limits of a history."""

USUAL_DAYS = 90
FEWEST_COMPARED, MOST_COMPARED = 2, 4

_SHARE = "share:"
_WITH_SUBJECT = {BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL}
_RESERVED = set(BoardKind) - {BoardKind.UNKNOWN}
_GRAMMAR = re.compile(r"(?P<name>.+)/(?P<metric>requests|tokens)", re.DOTALL)
_MOVERS = re.compile(rf"(?P<subject>.+):(?P<days>{'|'.join(map(str, PERIODS))})", re.DOTALL)
_HISTORY = re.compile(r"(?P<days>[1-9][0-9]{0,3}):(?P<subject>.+)", re.DOTALL | re.ASCII)


@dataclass(frozen=True)
class Board:
    """One ranking: its kind, its subject, its metric, and for movers and histories a number of days.

    The subject is a category's key, a task's tag or a model's id. Boards that are about other boards have those boards'
    names as their subject. Examples of a board's text:

    - `overview/requests`, `code/tokens`, `task:code:debugging/requests`, `model:openai/gpt-4o-mini/tokens`, `digest/tokens`
    - `movers:all:7/requests`, `movers:models:14/tokens`, `movers:code:28/requests`, `movers:task:code:debugging:7/requests`
    - `history:90:overview/requests`, `history:365:task:code:debugging/tokens`, `history:30:share:code:debugging/requests`
    - `compare:model:openai/gpt-4o-mini|model:x-ai/grok-4/requests`, `compare:task:math|task:science/tokens`

    A category whose key reads as another board is `category:KEY/…`. An unknown board keeps its whole text as its subject.
    """

    kind: BoardKind
    subject: str = ""
    metric: Metric = Metric.REQUESTS
    days: int | None = None

    def __str__(self) -> str:
        """The board's text, which parse() reads back."""
        return f"{self.name}/{self.metric}" if self.is_known else self.subject

    @property
    def name(self) -> str:
        """The board's text without its metric; an unknown board's whole text."""
        match self.kind:
            case BoardKind.OVERVIEW | BoardKind.DIGEST:
                return self.kind
            case BoardKind.UNKNOWN:
                return self.subject
            case BoardKind.MOVERS:
                return f"{self.kind}:{self.subject}:{self.days}"
            case BoardKind.HISTORY:
                return f"{self.kind}:{self.days}:{self.subject}"
            case BoardKind.CATEGORY if self.subject and not _is_reserved(self.subject):
                return self.subject
        return f"{self.kind}:{self.subject}"

    @property
    def key(self) -> str:
        """The text for a `custom_id`, an option or a choice; a long text has a short key, which has to be looked up."""
        return key_of(str(self))

    @property
    def is_known(self) -> bool:
        """Whether this version knows this kind of board."""
        return self.kind is not BoardKind.UNKNOWN

    @property
    def subjects(self) -> tuple["Board", ...]:
        """The boards that movers, a history or a comparison are about; none for movers of all tasks or models."""
        if self.kind is BoardKind.COMPARE:
            return tuple(_parse_plain(unquote(name), self.metric) for name in self.subject.split("|"))
        if self.kind is BoardKind.HISTORY and self.is_of_share:
            return (Board(BoardKind.TASK, self.subject.removeprefix(_SHARE), self.metric),)
        is_about_one = self.kind in {BoardKind.MOVERS, BoardKind.HISTORY} and self.subject not in _EVERYTHING
        return (_parse_plain(self.subject, self.metric),) if is_about_one else ()

    @property
    def is_of_share(self) -> bool:
        """Whether a history shows a task's own share rather than its models'."""
        return self.kind is BoardKind.HISTORY and self.subject.startswith(_SHARE)

    @classmethod
    def movers(
        cls, of: "Board | str" = ALL_TASKS, *, days: int = PERIODS[0], metric: Metric = Metric.REQUESTS
    ) -> "Board":
        """What moved within `days` (one of PERIODS): all tasks, all models, a category's tasks, or a task's models."""
        if isinstance(of, Board):
            of = f"{of.kind}:{of.subject}" if of.name in _EVERYTHING else of.name
        return cls(BoardKind.MOVERS, of, metric, days)

    @classmethod
    def history(
        cls, of: "Board", *, days: int = USUAL_DAYS, metric: Metric = Metric.REQUESTS, of_share: bool = False
    ) -> "Board":
        """What a board showed on each of the last `days` (7–1825); of a task, its models or its own share."""
        return cls(BoardKind.HISTORY, f"{_SHARE}{of.subject}" if of_share else of.name, metric, days)

    @classmethod
    def comparison(cls, boards: Sequence["Board"], *, metric: Metric = Metric.REQUESTS) -> "Board":
        """Two to four models, or as many tasks, side by side."""
        names = (board.name.replace("%", "%25").replace("|", "%7C") for board in boards)
        return cls(BoardKind.COMPARE, "|".join(names), metric)

    @classmethod
    def parse(cls, text: str) -> "Board":
        """Read a board's text. Without a metric, it is by requests; any unreadable text gives an unknown board.

        `movers` alone means all tasks over the shortest period.
        """
        written = _GRAMMAR.fullmatch(text)
        name = written["name"] if written else text
        metric = Metric(written["metric"]) if written else Metric.REQUESTS
        kind, colon, rest = name.partition(":")
        if name == BoardKind.DIGEST:
            return cls(BoardKind.DIGEST, metric=metric)
        if name == BoardKind.MOVERS:
            return cls.movers(metric=metric)
        if colon and kind in _ABOUT_BOARDS:
            return _ABOUT_BOARDS[kind](rest, metric) or cls(BoardKind.UNKNOWN, text)
        found = _parse_plain(name, metric)
        return found if found.is_known else cls(BoardKind.UNKNOWN, text)

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


def _parse_plain(name: str, metric: Metric) -> Board:
    """Read the name of a board that is not about other boards; it may end like a metric, such as `model:maker/tokens`."""
    kind, colon, subject = name.partition(":")
    if name == BoardKind.OVERVIEW:
        return Board(BoardKind.OVERVIEW, metric=metric)
    if colon and kind in _WITH_SUBJECT:
        return Board(BoardKind(kind), subject, metric)
    if not name or _is_reserved(name):
        return Board(BoardKind.UNKNOWN, name)
    return Board(BoardKind.CATEGORY, name, metric)


def _parse_movers(rest: str, metric: Metric) -> Board | None:
    written = _MOVERS.fullmatch(rest)
    if written is None:
        return None
    days, subject = int(written["days"]), written["subject"]
    if subject in _EVERYTHING:
        return Board.movers(subject, days=days, metric=metric)
    about = _parse_plain(subject, metric)
    made = Board.movers(about, days=days, metric=metric)
    is_readable = about.kind in {BoardKind.CATEGORY, BoardKind.TASK} and made.subject == subject
    return made if is_readable else None


def _parse_history(rest: str, metric: Metric) -> Board | None:
    written = _HISTORY.fullmatch(rest)
    if written is None or not LEAST_DAYS <= int(written["days"]) <= MOST_DAYS:
        return None
    days, subject = int(written["days"]), written["subject"]
    if subject.startswith(_SHARE):
        task = Board(BoardKind.TASK, subject.removeprefix(_SHARE))
        return Board.history(task, days=days, metric=metric, of_share=True)
    about = _parse_plain(subject, metric)
    is_readable = about.kind in {BoardKind.OVERVIEW, *_WITH_SUBJECT} and about.name == subject
    return Board.history(about, days=days, metric=metric) if is_readable else None


def _parse_comparison(rest: str, metric: Metric) -> Board | None:
    about = [_parse_plain(unquote(name), metric) for name in rest.split("|")]
    kinds = {board.kind for board in about}
    made = Board.comparison(about, metric=metric)
    is_of_one_kind = len(kinds) == 1 and kinds <= {BoardKind.TASK, BoardKind.MODEL}
    is_readable = is_of_one_kind and len(set(about)) == len(about) and made.subject == rest
    return made if is_readable and FEWEST_COMPARED <= len(about) <= MOST_COMPARED else None


_EVERYTHING = {ALL_TASKS, ALL_MODELS}
_ABOUT_BOARDS: dict[str, Callable[[str, Metric], Board | None]] = {
    BoardKind.MOVERS: _parse_movers,
    BoardKind.HISTORY: _parse_history,
    BoardKind.COMPARE: _parse_comparison,
}
