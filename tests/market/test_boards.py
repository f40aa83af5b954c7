import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import UnknownBoardError
from bot.market.boards import Board, BoardKind, Metric
from bot.market.keys import is_shortened
from bot.presentation.error_texts import error_sentence

KINDS_WITH_SUBJECT = (BoardKind.CATEGORY, BoardKind.TASK, BoardKind.MODEL)


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
        (Board(BoardKind.CATEGORY, "unknown"), "unknown/requests"),
        (Board(BoardKind.CATEGORY, "~0123456789abcdef01234567"), "~0123456789abcdef01234567/requests"),
    ],
    ids=str,
)
def test_text_of_a_board(board: Board, text: str) -> None:
    """Buttons, database rows and command lines contain these texts, so they must not change."""
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
    """As a person would write it."""
    assert board == Board.parse(text)


@settings(deadline=None, max_examples=300)
@given(kind=st.sampled_from(KINDS_WITH_SUBJECT), subject=st.text(), metric=st.sampled_from(Metric))
@example(BoardKind.CATEGORY, "", Metric.REQUESTS)
@example(BoardKind.CATEGORY, "code/tokens", Metric.REQUESTS)
@example(BoardKind.TASK, "a/tokens", Metric.REQUESTS)
@example(BoardKind.MODEL, "/requests\n", Metric.TOKENS)
def test_any_subject_is_written_and_read_back(kind: BoardKind, subject: str, metric: Metric) -> None:
    """Whatever the source calls its tasks, categories and models."""
    board = Board(kind, subject, metric)

    assert board == Board.parse(str(board))


@settings(deadline=None, max_examples=200)
@given(text=st.text())
@example("movers:7/tokens")
@example("\ud800:")
def test_any_text_is_a_board(text: str) -> None:
    """Parsing never raises, and the board's text reads back as the same board."""
    board = Board.parse(text)
    assert board == Board.parse(str(board))
    assert board.is_known or text == str(board) == str(board.by(board.metric.other))
    assert str(board) == board.key or is_shortened(board.key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/requests",
        "task",
        "unknown:x",
        "model/tokens",
        "category",
        "code/spend",
        "planet:mars",
        "a/b",
        "overview:x",
        ":",
        "/",
    ],
)
def test_unknown_board_is_refused_when_it_is_needed(text: str) -> None:
    """The sentence repeats the text and lists the valid forms."""
    board = Board.parse(text)
    with pytest.raises(UnknownBoardError) as refused:
        board.ensure_known()

    assert error_sentence(refused.value).startswith(f"“{text}” is not a board. Use overview, code")


@pytest.mark.parametrize("word", ["movers", "history", "compare", "digest"])
@pytest.mark.parametrize("behind", ["", "/requests", "/tokens", ":code/requests"])
def test_a_board_of_a_later_version_is_unknown_to_this_one(word: str, behind: str) -> None:
    """After a downgrade a database may contain one: it must not read as a category."""
    board = Board.parse(f"{word}{behind}")
    assert (False, f"{word}{behind}") == (board.is_known, str(board))

    category = Board(BoardKind.CATEGORY, word)
    assert (f"category:{word}/requests", category) == (str(category), Board.parse(str(category)))


def test_a_long_text_has_a_short_stable_key() -> None:
    """Up to 85 UTF-16 units the key is the text; existing controls contain both."""
    fits = Board(BoardKind.MODEL, "🦙" * 36, Metric.TOKENS)
    texts = [str(fits), f"{fits}s", "model:" + "m" * 300 + "/requests", "history:" + "h" * 300 + "/tokens"]
    keys = [Board.parse(text).key for text in texts]

    short = ["~d48c12b963ddccb1a9438406", "~ce5584b1eab9164a54e99dbb", "~12be8ce69473fd5bbc015812"]
    assert [str(fits), *short] == keys


def test_the_metric_is_switched_and_back() -> None:
    """The same ranking by the other metric."""
    board = Board(BoardKind.TASK, "code:debugging")

    assert Board(BoardKind.TASK, "code:debugging", Metric.TOKENS) == board.by(board.metric.other)
    assert board == board.by(board.metric.other.other)


def test_two_boards_never_share_a_text() -> None:
    """They differ in kind, subject or metric."""
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
