"""The controls under a card, laid out as values: each carries the key of the board that it leads to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from bot.market.boards import ALL_TASKS, PERIODS, Board, BoardKind
from bot.market.editions import Edition
from bot.market.models import TaskClassificationData
from bot.market.queries import (
    category_keys,
    category_label,
    find_task,
    placements,
    task_label,
    top_models,
    top_tasks,
)
from bot.market.search import Candidate
from bot.presentation.text import clip_apart, plain

LONGEST_LABEL = 100
MOST_OPTIONS = 25

SELECT_ID = r"(?s)board:(?P<slot>category|task|model):(?P<board>.+)"
BUTTON_PREFIX = "board:show:"
BUTTON_ID = rf"(?s){BUTTON_PREFIX}(?P<board>.+)"
POST_BUTTON_PREFIX = "post:"
POST_BUTTON_ID = rf"{POST_BUTTON_PREFIX}(?P<nonce>[0-9a-f]+)"
_DAY_AND_BOARD = r"(?P<as_of>\d{4}-\d\d-\d\d):(?P<board>.+)"
DATA_ID = rf"(?s)csv:{_DAY_AND_BOARD}"
GUIDE_ID = rf"(?s)how:{_DAY_AND_BOARD}"
LENGTHS = {BoardKind.MOVERS: PERIODS, BoardKind.HISTORY: (30, 90, 365)}
MOST_LENGTHS = 2
DATA_LABEL = "data"
GUIDE_LABEL = "How to read this"

_plain = partial(plain, limit=LONGEST_LABEL)


@dataclass(frozen=True)
class Option:
    """One choice: the board that it leads to, and its texts."""

    board: Board
    label: str
    description: str | None = None
    chosen: bool = False


@dataclass(frozen=True)
class Select:
    """A menu of boards."""

    custom_id: str
    placeholder: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Button:
    """A button of a card, and the board that it leads to, if any."""

    custom_id: str
    label: str
    board: Board | None = None


@dataclass(frozen=True)
class Controls:
    """The controls under a card: one row for each menu, and one for all buttons."""

    selects: tuple[Select, ...]
    buttons: tuple[Button, ...]

    def marked(self, nonce: str) -> "Controls":
        """The same, but the button that explains the card carries the nonce of a post."""
        marked = Button(post_button_id(nonce), GUIDE_LABEL)
        return replace(self, buttons=(*(one for one in self.buttons if one.label != GUIDE_LABEL), marked))


@dataclass(frozen=True)
class Shown:
    """What a card shows, read from its controls: the key of its board, and the day of its data if they contain it."""

    key: str
    as_of: date | None


def make_controls(board: Board, edition: Edition) -> Controls:
    """Lay out the menus that lead on from a board, and the buttons: the other metric, time, the data, the guide."""
    data = edition.snapshot.data
    menus = (
        _select("category", board, _categories(board, data)),
        _select("task", board, _tasks(board, data)),
        _select("model", board, _models(board, edition)),
    )
    shown = f"{data.as_of.isoformat()}:{board.key}"
    buttons = (
        _leading_to(board.by(board.metric.other), f"by {board.metric.other}"),
        *_through_time(board),
        Button(f"csv:{shown}", DATA_LABEL),
        Button(f"how:{shown}", GUIDE_LABEL),
    )
    return Controls(tuple(menu for menu in menus if menu is not None), buttons)


def category_menu_id(board: Board) -> str:
    """The `custom_id` of the menu that every card has: it tells which board a message shows."""
    return _menu_id("category", board)


def post_button_id(nonce: str) -> str:
    """The `custom_id` of the button that every autopost has: it identifies the post and explains its card."""
    return f"{POST_BUTTON_PREFIX}{nonce}"


def read_shown(custom_ids: Iterable[str]) -> Shown | None:
    """Read what a card shows from the `custom_id`s of its controls. Those of older versions do not contain the day."""
    ids = list(custom_ids)
    for pattern in (DATA_ID, GUIDE_ID, SELECT_ID):
        for said in filter(None, (re.fullmatch(pattern, custom_id) for custom_id in ids)):
            return Shown(said["board"], _day(said.groupdict().get("as_of")))
    return None


def offers(found: Sequence[Candidate]) -> list[tuple[str, str]]:
    """The first candidates as choices: the name to read, and the value to send, which cannot be blank."""
    carried = [one for one in found if one.key.strip()][:MOST_OPTIONS]
    names = clip_apart([candidate.label for candidate in carried], LONGEST_LABEL // 2, sanitize=_plain)
    return [(name, candidate.value) for name, candidate in zip(names, carried, strict=True)]


def _leading_to(board: Board, label: str) -> Button:
    return Button(f"{BUTTON_PREFIX}{board.key}", label, board)


def _through_time(board: Board) -> Iterator[Button]:
    """Other periods of movers, other lengths of a history, or the history of what a board shows."""
    if board.kind is BoardKind.MOVERS or board.kind is BoardKind.HISTORY:
        others = [days for days in LENGTHS[board.kind] if days != board.days][:MOST_LENGTHS]
        yield from (_leading_to(replace(board, days=days), f"{days} days") for days in others)
    elif board.kind in {BoardKind.OVERVIEW, BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL}:
        yield _leading_to(Board.history(board, metric=board.metric), "history")


def _about(board: Board) -> Board:
    """The board that movers or a history are about, an overview if that is everything; other boards themselves."""
    if board.kind in {BoardKind.MOVERS, BoardKind.HISTORY}:
        return next(iter(board.subjects), Board(BoardKind.OVERVIEW, metric=board.metric))
    return board


def _like(board: Board, about: Board) -> Board:
    """The board of the same kind about something else."""
    if board.kind is BoardKind.MOVERS:
        return Board.movers(
            ALL_TASKS if about.kind is BoardKind.OVERVIEW else about, days=board.days or 0, metric=board.metric
        )
    if board.kind is BoardKind.HISTORY:
        return Board.history(about, days=board.days or 0, metric=board.metric)
    return about


def _categories(board: Board, data: TaskClassificationData) -> list[Option]:
    overview = Board(BoardKind.OVERVIEW, metric=board.metric)
    boards = [overview, *(Board(BoardKind.CATEGORY, key, board.metric) for key in category_keys(data))]
    labels = ["Overview", *(category_label(data, key) for key in category_keys(data))]
    return [_option(board, about, label) for about, label in zip(boards, labels, strict=True)]


def _tasks(board: Board, data: TaskClassificationData) -> list[Option]:
    """The tasks that a board leads to: its category's, its siblings, its model's, or the top tasks overall."""
    about = _about(board)
    if about.kind is BoardKind.MODEL:
        tasks = [placement.task for placement in placements(data, about.subject, board.metric)]
    else:
        own = find_task(data, about.subject) if about.kind is BoardKind.TASK else None
        category = about.subject if about.kind is BoardKind.CATEGORY else own.macro_category if own else None
        tasks = [ranked.entry for ranked in top_tasks(data, board.metric, category=category)]
    return [
        _option(board, Board(BoardKind.TASK, task.tag, board.metric), task_label(task), description=task.tag)
        for task in tasks
    ]


def _models(board: Board, edition: Edition) -> list[Option]:
    """The models of a task. The description of each is its id, so that users can always find it."""
    if board.kind not in {BoardKind.TASK, BoardKind.HISTORY}:
        return []
    about = _about(board)
    task = find_task(edition.snapshot.data, about.subject) if about.kind is BoardKind.TASK else None
    ids = [ranked.entry.id for ranked in top_models(task, board.metric)] if task else []
    return [
        _option(
            board,
            Board(BoardKind.MODEL, model_id, board.metric),
            edition.model_names[model_id],
            description=model_id,
        )
        for model_id in ids
    ]


def _option(board: Board, about: Board, label: str, *, description: str | None = None) -> Option:
    to = _like(board, about)
    return Option(to, label, description, chosen=to == board)


def _select(slot: str, board: Board, options: Iterable[Option]) -> Select | None:
    """Make a menu of as many options as Discord allows; None if there are no options."""
    unique: dict[Board, Option] = {}
    for option in options:
        unique.setdefault(option.board, option)
    carried = _with_the_chosen_one(list(unique.values()))
    if not carried:
        return None
    labels = clip_apart([option.label for option in carried], LONGEST_LABEL // 2, sanitize=_plain)
    return Select(
        _menu_id(slot, board),
        slot.capitalize(),
        tuple(
            Option(option.board, label, _plain(option.description) if option.description else None, option.chosen)
            for option, label in zip(carried, labels, strict=True)
        ),
    )


def _menu_id(slot: str, board: Board) -> str:
    """Name a menu by the board that is shown, so that each card has its own."""
    return f"board:{slot}:{board.key}"


def _with_the_chosen_one(options: Sequence[Option]) -> list[Option]:
    """Keep as many options as fit, the chosen one among them."""
    first = list(options[:MOST_OPTIONS])
    beyond = [option for option in options[MOST_OPTIONS:] if option.chosen]
    return [*first[: MOST_OPTIONS - len(beyond)], *beyond]


def _day(text: str | None) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text) if text else None
    return None
