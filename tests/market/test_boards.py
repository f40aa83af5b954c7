import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import UnknownBoardError
from bot.market.boards import ALL_MODELS, ALL_TASKS, PERIODS, Board, BoardKind, Metric
from bot.market.keys import is_shortened
from bot.presentation.error_texts import error_sentence

CODE = Board(BoardKind.CATEGORY, "code")
DEBUGGING = Board(BoardKind.TASK, "code:debugging")
LUNA = Board(BoardKind.MODEL, "openai/gpt-5.6-luna-20260709")
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
        (Board(BoardKind.DIGEST, metric=Metric.TOKENS), "digest/tokens"),
        (Board.movers(), "movers:all:7/requests"),
        (Board.movers(ALL_MODELS, days=28, metric=Metric.TOKENS), "movers:models:28/tokens"),
        (Board.movers(CODE, days=14), "movers:code:14/requests"),
        (Board.movers(Board(BoardKind.CATEGORY, "all")), "movers:category:all:7/requests"),
        (Board.movers(Board(BoardKind.CATEGORY, "models")), "movers:category:models:7/requests"),
        (Board.movers(Board(BoardKind.CATEGORY, "task")), "movers:category:task:7/requests"),
        (Board.movers(DEBUGGING), "movers:task:code:debugging:7/requests"),
        (Board.movers(Board(BoardKind.TASK, "x:28"), days=14), "movers:task:x:28:14/requests"),
        (Board.history(Board(BoardKind.OVERVIEW)), "history:90:overview/requests"),
        (Board.history(CODE, days=7, metric=Metric.TOKENS), "history:7:code/tokens"),
        (Board.history(DEBUGGING, days=1825), "history:1825:task:code:debugging/requests"),
        (Board.history(DEBUGGING, of_share=True), "history:90:share:code:debugging/requests"),
        (Board.history(LUNA, days=365), "history:365:model:openai/gpt-5.6-luna-20260709/requests"),
        (
            Board.comparison([Board(BoardKind.MODEL, "a/x:free"), Board(BoardKind.MODEL, "b/100%|y")]),
            "compare:model:a/x:free|model:b/100%25%7Cy/requests",
        ),
        (
            Board.comparison([DEBUGGING, Board(BoardKind.TASK, "math")], metric=Metric.TOKENS),
            "compare:task:code:debugging|task:math/tokens",
        ),
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
@example("compare:" * 600 + "a")
@example("movers:" * 620 + "all" + ":7" * 620)
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


@pytest.mark.parametrize(
    "text",
    [
        "movers:all:8/requests",
        "movers:all/requests",
        "movers:7/tokens",
        "movers::7",
        "movers:overview:7",
        "movers:model:openai/gpt-4o-mini:7",
        "movers:category:code:7",
        "movers:code/tokens:7/requests",
        "history",
        "history:code",
        "history:6:code",
        "history:1826:code",
        "history:07:code",
        "history:30:",
        "history:30:digest",
        "history:30:movers:all:7",
        "history:30:category:code",
        "compare:model:a",
        "compare:model:a|model:a",
        "compare:model:a|task:b",
        "compare:code|agent",
        "compare:model:a|model:b|model:c|model:d|model:e",
        "compare:model:a|model:%62",
        "digest:all",
    ],
)
def test_a_text_that_only_resembles_a_board_is_unknown(text: str) -> None:
    """A later version may give it a meaning; each board has one text."""
    board = Board.parse(text)
    assert (False, text) == (board.is_known, str(board))


def test_movers_alone_means_all_tasks_within_a_week() -> None:
    """As a person would write it."""
    assert [Board.movers(), Board.movers(metric=Metric.TOKENS)] == [Board.parse("movers"), Board.parse("movers/tokens")]


def test_boards_that_are_about_others_name_them() -> None:
    """By their own metric."""
    tokens = Metric.TOKENS
    for board in (
        Board.movers(CODE, metric=tokens),
        Board.movers(DEBUGGING, days=28, metric=tokens),
        Board.history(LUNA, metric=tokens),
        Board.history(DEBUGGING, metric=tokens, of_share=True),
        Board.comparison([LUNA, Board(BoardKind.MODEL, "100%|x")], metric=tokens),
    ):
        assert str(board) == str(Board.parse(str(board)))
        assert {tokens} == {about.metric for about in board.subjects}
    assert (CODE, DEBUGGING) == (Board.movers(CODE).subjects + Board.movers(DEBUGGING).subjects)
    assert (DEBUGGING,) == Board.history(DEBUGGING, of_share=True).subjects
    assert (LUNA, Board(BoardKind.MODEL, "100%|x")) == Board.comparison(
        [LUNA, Board(BoardKind.MODEL, "100%|x")]
    ).subjects
    assert () == Board.movers().subjects + Board.movers(ALL_MODELS).subjects + DEBUGGING.subjects


@settings(deadline=None, max_examples=200)
@given(first=st.text(), second=st.text(), days=st.sampled_from(PERIODS), metric=st.sampled_from(Metric))
@example("", "|", 7, Metric.REQUESTS)
@example("%7C", "x:14", 7, Metric.REQUESTS)
@example("maker/tokens", "a/requests", 28, Metric.REQUESTS)
def test_boards_about_any_subject_are_written_and_read_back(first: str, second: str, days: int, metric: Metric) -> None:
    """Whatever the source calls its tasks, categories and models."""
    task, other = Board(BoardKind.TASK, first), Board(BoardKind.TASK, second)
    category = Board(BoardKind.CATEGORY, first or ALL_TASKS)
    made = [
        Board.movers(task, days=days, metric=metric),
        Board.movers(category, days=days, metric=metric),
        Board.history(task, days=days, metric=metric),
        Board.history(task, days=days, metric=metric, of_share=True),
        Board.history(category, days=days, metric=metric),
        Board.history(Board(BoardKind.MODEL, second), days=days, metric=metric),
        *([Board.comparison([task, other], metric=metric)] if first != second else []),
    ]
    assert [(task.by(metric),), (task.by(metric),)] == [made[0].subjects, made[3].subjects]

    assert made == [Board.parse(str(board)) for board in made]


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
