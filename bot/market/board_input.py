"""Finds the board that people mean by names: of a category, a task, a model, or of several to compare."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.errors import BoardError, ErrorCode, UnknownSubjectError
from bot.market.boards import ALL_MODELS, ALL_TASKS, MOST_COMPARED, Board, BoardKind, Metric
from bot.market.editions import OVERVIEW, Edition
from bot.market.keys import key_of
from bot.market.search import Candidate, find_meant, resolve

ALL = (Candidate(ALL_TASKS, "All tasks"), Candidate(ALL_MODELS, "All models", ("models",)))
WEEKLY = "weekly, on Monday"
"""Suggests when to post a digest."""

SHARE_LABEL = "{label}, its share of all traffic"
_VERSUS = re.compile(r" (?:vs\.?|versus) ", re.IGNORECASE)
_BY_METRIC = re.compile(r"(?P<name>.+?)(?:/|,?\s+by\s+)(?P<metric>requests|tokens)", re.IGNORECASE | re.DOTALL)


LONGEST_COMPARED = 500
"""How many characters of names to compare are read."""


def _on_one_line(typed: str) -> str:
    return " ".join(typed[:LONGEST_COMPARED].split())


def categories(edition: Edition) -> Sequence[Candidate]:
    """The categories, to be found by key or label."""
    return [Candidate(key, label) for key, label in edition.category_labels.items()]


def subjects(edition: Edition, kinds: Iterable[BoardKind]) -> list[Candidate]:
    """Boards of these kinds by their names without a metric, to be found by any name of their subject.

    The name of a category means the category, not each of its tasks.
    """
    found: Mapping[BoardKind, Sequence[Candidate]] = {
        BoardKind.OVERVIEW: (OVERVIEW,),
        BoardKind.CATEGORY: [_named(BoardKind.CATEGORY, one) for one in categories(edition)],
        BoardKind.TASK: [_named(BoardKind.TASK, replace(one, aliases=one.aliases[:1])) for one in edition.tasks],
        BoardKind.MODEL: [_named(BoardKind.MODEL, one) for one in edition.known_models],
    }
    return [candidate for kind in kinds for candidate in found[kind]]


def movable(edition: Edition) -> list[Candidate]:
    """What movers can be of: all tasks, all models, a category, a task."""
    found = subjects(edition, (BoardKind.CATEGORY, BoardKind.TASK))
    return [*ALL, *(replace(one, key=Board.movers(Board.parse(one.key)).subject) for one in found)]


def with_history(edition: Edition) -> list[Candidate]:
    """What has a history: the categories, the tasks of one, a task's models or its own share, a model's tasks."""
    known = subjects(edition, (BoardKind.OVERVIEW, BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL))
    shares = [
        Candidate(
            Board.history(Board(BoardKind.TASK, task.key), of_share=True).subject, SHARE_LABEL.format(label=task.label)
        )
        for task in edition.tasks
    ]
    return [*known, *shares]


def comparable(edition: Edition, *, like: str | None = None) -> list[Candidate]:
    """Models and tasks; with `like`, what was chosen before, only those of its kind."""
    kinds: tuple[BoardKind, ...] = (BoardKind.MODEL, BoardKind.TASK)
    if like:
        with suppress(UnknownSubjectError):
            kinds = (Board.parse(resolve(comparable(edition), like, kind="board").key).kind,)
    return subjects(edition, kinds)


def postable(edition: Edition, typed: str = "") -> list[Candidate]:
    """All boards by both metrics, the broadest first; the digest is said to suit a weekly post.

    If names with “vs” between them are typed, the comparison that they mean.
    """
    compared = _as_typed(typed.strip(), edition)
    if compared:
        return compared
    each = len(Metric)
    digests = [replace(digest, label=f"{digest.label} ({WEEKLY})") for digest in edition.boards_over_time[:each]]
    return [*edition.boards[:each], *digests, *edition.boards[each:], *edition.boards_over_time[each:]]


def read_movers(typed: str | None, edition: Edition, *, days: int, metric: Metric) -> Board:
    """Find what movers are asked for, all tasks by default; raise UnknownSubjectError."""
    found = resolve(movable(edition), typed, kind="board").key if typed else ALL_TASKS
    everything = {candidate.key for candidate in ALL}
    return Board.movers(found if found in everything else Board.parse(found), days=days, metric=metric)


def read_history(typed: str, edition: Edition, *, days: int, metric: Metric) -> Board:
    """Find whose history is asked for; raise UnknownSubjectError."""
    return replace(Board.parse(f"{BoardKind.HISTORY}:{days}:{_resolve_history(typed, edition)}"), metric=metric)


def read_comparison(typed: Sequence[str], edition: Edition, *, metric: Metric) -> Board:
    """Find what to compare; raise UnknownSubjectError, or BoardError if they differ in kind or one comes twice."""
    first, *others = typed
    found = [Board.parse(resolve(comparable(edition), first, kind="board").key)]
    for one in others:
        found.append(Board.parse(_resolve_beside(one, found[0], edition)))
    return _comparison(found[:MOST_COMPARED], metric=metric)


def read_board(typed: str, edition: Edition) -> Board:
    """Find the board that a text means, by requests unless the text names tokens.

    It may be a board's text, any name of a board, or names of models or tasks with “vs” between them.
    Raise UnknownSubjectError or BoardError.
    """
    written = Board.parse(typed)
    if written.kind in {BoardKind.MOVERS, BoardKind.HISTORY, BoardKind.COMPARE, BoardKind.DIGEST}:
        return resolve_board(written, edition)
    compared = _VERSUS.split(_on_one_line(typed))
    if 1 < len(compared) <= MOST_COMPARED:
        *others, last = compared
        said = _BY_METRIC.fullmatch(last)
        metric = Metric(said["metric"].lower()) if said else Metric.REQUESTS
        return read_comparison([*others, said["name"] if said else last], edition, metric=metric)
    by_requests = [board for board in edition.boards if board.key.endswith(f"/{Metric.REQUESTS}")]
    for known in (by_requests, edition.boards, edition.boards_over_time):
        found = find_meant(known, typed)
        if found is not None:
            return Board.parse(found.key)
    return Board.parse(resolve([*edition.boards, *edition.boards_over_time], typed, kind="board").key)


def resolve_board(written: Board, edition: Edition) -> Board:
    """Find the subjects of a board by their keys or names; raise UnknownBoardError or UnknownSubjectError."""
    board = written.ensure_known()
    known: Mapping[BoardKind, Sequence[Candidate]] = {
        BoardKind.CATEGORY: categories(edition),
        BoardKind.TASK: edition.tasks,
        BoardKind.MODEL: edition.known_models,
    }
    if board.kind in known:
        return replace(board, subject=resolve(known[board.kind], board.subject, kind=board.kind).key)
    about = [resolve_board(one, edition) for one in board.subjects]
    if board.kind is BoardKind.COMPARE:
        return _comparison(about, metric=board.metric)
    if board.kind is BoardKind.MOVERS and about:
        return Board.movers(about[0], days=board.days or 0, metric=board.metric)
    if board.kind is BoardKind.HISTORY:
        return Board.history(about[0], days=board.days or 0, metric=board.metric, of_share=board.is_of_share)
    return board


def _comparison(found: Sequence[Board], *, metric: Metric) -> Board:
    """Compare boards; raise BoardError if one comes twice."""
    if len(set(found)) < len(found):
        raise BoardError(ErrorCode.COMPARED_TWICE)
    return Board.comparison(found, metric=metric)


def _resolve_history(typed: str, edition: Edition) -> str:
    plain = subjects(edition, (BoardKind.OVERVIEW, BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL))
    with suppress(UnknownSubjectError):
        return resolve(plain, typed, kind="board").key
    return resolve(with_history(edition), typed, kind="board").key


def _resolve_beside(typed: str, first: Board, edition: Edition) -> str:
    """Find one of the same kind; raise BoardError if it is of the other kind."""
    try:
        return resolve(subjects(edition, (first.kind,)), typed, kind=first.kind).key
    except UnknownSubjectError:
        with suppress(UnknownSubjectError):
            resolve(comparable(edition), typed, kind="board")
            raise BoardError(ErrorCode.COMPARED_KINDS_DIFFER) from None
        raise


def _as_typed(typed: str, edition: Edition) -> list[Candidate]:
    """The comparison that a text means, to be chosen by the text itself; none if it means none, or is too long a value.

    By both metrics, if the text does not name one.
    """
    found = []
    for value in (typed, f"{typed}/{Metric.TOKENS}") if _VERSUS.search(_on_one_line(typed)) else ():
        with suppress(BoardError):
            board = read_board(value, edition)
            labels = [_label(about, edition) for about in board.subjects]
            if key_of(value) == value and board.kind is BoardKind.COMPARE:
                found.append(Candidate(value, f"{' vs '.join(labels)}, by {board.metric}", (typed,)))
    return found


def _label(about: Board, edition: Edition) -> str:
    named = edition.known_models if about.kind is BoardKind.MODEL else edition.tasks
    return next(one.label for one in named if one.key == about.subject)


def _named(kind: BoardKind, candidate: Candidate) -> Candidate:
    """A subject as a board. The name of a task's category, its last alias, means the category here."""
    return Candidate(Board(kind, candidate.key).name, candidate.label, (candidate.key, *candidate.aliases[:1]))
