"""The title of a board."""

from collections.abc import Callable, Mapping

from bot.market.boards import ALL_MODELS, Board, BoardKind
from bot.market.editions import Edition
from bot.market.queries import category_label, find_task, task_label
from bot.presentation.text import in_a_row, plural


def board_title(board: Board, edition: Edition) -> str:
    """The title of a board: the name of its subject, or its key if the edition does not have the subject."""
    return TITLES[board.kind](board, edition)


def _overview(_: Board, __: Edition) -> str:
    return "What models are used for"


def _category(board: Board, edition: Edition) -> str:
    return category_label(edition.snapshot.data, board.subject)


def _task(board: Board, edition: Edition) -> str:
    snapshots = [edition.snapshot, *([edition.earlier] if edition.earlier else [])]
    found = (find_task(each.data, board.subject) for each in snapshots)
    return next((task_label(task) for task in found if task), board.subject)


def _model(board: Board, edition: Edition) -> str:
    return edition.model_names.get(board.subject, board.subject)


def _movers(board: Board, edition: Edition) -> str:
    if board.subjects:
        return f"What moved in {board_title(board.subjects[0], edition)}"
    return "Which models moved" if board.subject == ALL_MODELS else "What moved"


def _history(board: Board, edition: Edition) -> str:
    (about,) = board.subjects
    title = "Categories" if about.kind is BoardKind.OVERVIEW else board_title(about, edition)
    shown = f"{title}, its share" if board.is_of_share else title
    return f"{shown}, {plural(board.days or 0, 'day')}"


def _comparison(board: Board, edition: Edition) -> str:
    return in_a_row([board_title(about, edition) for about in board.subjects])


def _digest(_: Board, __: Edition) -> str:
    return "What changed"


def _unknown(board: Board, _: Edition) -> str:
    return board.subject


TITLES: Mapping[BoardKind, Callable[[Board, Edition], str]] = {
    BoardKind.OVERVIEW: _overview,
    BoardKind.CATEGORY: _category,
    BoardKind.TASK: _task,
    BoardKind.MODEL: _model,
    BoardKind.MOVERS: _movers,
    BoardKind.HISTORY: _history,
    BoardKind.COMPARE: _comparison,
    BoardKind.DIGEST: _digest,
    BoardKind.UNKNOWN: _unknown,
}
