import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import UnknownBoardError
from bot.market.boards import Board, BoardKind, Metric
from bot.presentation.error_texts import error_sentence

KINDS_WITH_SUBJECT = [kind for kind in BoardKind if kind is not BoardKind.OVERVIEW]


@pytest.mark.parametrize(
    ("board", "text"),
    [
        (Board(BoardKind.OVERVIEW), "overview/requests"),
        (Board(BoardKind.OVERVIEW, metric=Metric.TOKENS), "overview/tokens"),
        (Board(BoardKind.CATEGORY, "code", Metric.TOKENS), "code/tokens"),
        (Board(BoardKind.CATEGORY, "a brand-new one"), "a brand-new one/requests"),
        (Board(BoardKind.CATEGORY, "task"), "category:task/requests"),
        (Board(BoardKind.CATEGORY, "overview"), "category:overview/requests"),
        (Board(BoardKind.CATEGORY, "movers"), "category:movers/requests"),
        (Board(BoardKind.CATEGORY, "a/b"), "category:a/b/requests"),
        (Board(BoardKind.CATEGORY, "task:x"), "category:task:x/requests"),
        (Board(BoardKind.TASK, "code:debugging"), "task:code:debugging/requests"),
        (Board(BoardKind.TASK, "math"), "task:math/requests"),
        (Board(BoardKind.MODEL, "openai/gpt-4o-mini", Metric.TOKENS), "model:openai/gpt-4o-mini/tokens"),
        (Board(BoardKind.MODEL, "x/y:free"), "model:x/y:free/requests"),
    ],
    ids=str,
)
def test_a_board_is_written_so(board: Board, text: str) -> None:
    """Buttons, database rows and command lines hold these texts: they stay."""
    assert text == str(board)
    assert board == Board.parse(text)


@pytest.mark.parametrize(
    ("text", "board"),
    [
        ("overview", Board(BoardKind.OVERVIEW)),
        ("code", Board(BoardKind.CATEGORY, "code")),
        ("category:code", Board(BoardKind.CATEGORY, "code")),
        ("task:code:debugging", Board(BoardKind.TASK, "code:debugging")),
        ("model:openai/gpt-4o-mini", Board(BoardKind.MODEL, "openai/gpt-4o-mini")),
    ],
)
def test_without_a_metric_it_is_by_requests(text: str, board: Board) -> None:
    """As a person writes it."""
    assert board == Board.parse(text)


@settings(deadline=None, max_examples=300)
@given(kind=st.sampled_from(KINDS_WITH_SUBJECT), subject=st.text(), metric=st.sampled_from(Metric))
@example(BoardKind.CATEGORY, "", Metric.REQUESTS)
@example(BoardKind.CATEGORY, "code/tokens", Metric.REQUESTS)
@example(BoardKind.TASK, "a/tokens", Metric.REQUESTS)
@example(BoardKind.MODEL, "/requests\n", Metric.TOKENS)
def test_any_subject_is_written_and_read_back(kind: BoardKind, subject: str, metric: Metric) -> None:
    """Whatever the source calls its tasks, categories and models one day."""
    board = Board(kind, subject, metric)

    assert board == Board.parse(str(board))


@settings(deadline=None, max_examples=200)
@given(text=st.text())
def test_any_text_is_a_board_or_refused(text: str) -> None:
    """What is read is written as a text that reads the same; nothing else is raised."""
    with contextlib.suppress(UnknownBoardError):
        board = Board.parse(text)
        assert board == Board.parse(str(board))


@pytest.mark.parametrize(
    "text",
    ["", "/requests", "task", "model/tokens", "category", "code/spend", "planet:mars", "a/b", "overview:x", ":", "/"],
)
def test_what_is_none_is_refused_with_the_forms_that_are(text: str) -> None:
    """The sentence repeats what was typed and says what may be."""
    with pytest.raises(UnknownBoardError) as refused:
        Board.parse(text)

    assert error_sentence(refused.value).startswith(f"“{text}” is no board: write overview, code")


@pytest.mark.parametrize("word", ["movers", "history", "compare", "digest"])
@pytest.mark.parametrize("behind", ["", "/requests", "/tokens", ":code/requests"])
def test_a_board_of_a_later_version_is_unknown_to_this_one(word: str, behind: str) -> None:
    """A database may hold it after a step back: it is refused, and no empty category is shown in its name."""
    with pytest.raises(UnknownBoardError):
        Board.parse(f"{word}{behind}")

    category = Board(BoardKind.CATEGORY, word)
    assert (f"category:{word}/requests", category) == (str(category), Board.parse(str(category)))


def test_the_metric_is_switched_and_back() -> None:
    """The same ranking, by the other share."""
    board = Board(BoardKind.TASK, "code:debugging")

    assert Board(BoardKind.TASK, "code:debugging", Metric.TOKENS) == board.by(board.metric.other)
    assert board == board.by(board.metric.other.other)


def test_two_boards_never_share_a_text() -> None:
    """Neither by their kind, nor by their subject, nor by their metric."""
    subjects = [
        "",
        "code",
        "overview",
        "task",
        "movers",
        "task:code",
        "category:code",
        "a/tokens",
        "code/requests",
        ":",
    ]
    boards = [Board(kind, subject, metric) for kind in KINDS_WITH_SUBJECT for subject in subjects for metric in Metric]
    boards += [Board(BoardKind.OVERVIEW, metric=metric) for metric in Metric]

    assert len(boards) == len({str(board) for board in boards})
