"""What users read when something goes wrong: one sentence for each code, filled with the error's values."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from bot.autopost.codes import Unreadable, UnreadableCode
from bot.errors import (
    BoardError,
    BoardGoneError,
    DiscordUnreachableError,
    ErrorCode,
    NoSuchDayError,
    OpenRouterError,
    PlanError,
    QuotaSpentError,
    RankingsBotError,
    SettingsError,
    StorageError,
    UnauthorizedError,
    UnknownBoardError,
    UnknownSubjectError,
    UserError,
)
from bot.market.boards import BoardKind
from bot.presentation.error_texts import SENTENCES, error_sentence

ROOT = Path(__file__).parents[2]
NOT_RAISED_FROM = {"bot/presentation/error_texts.py"}

LA = (
    ("Los Angeles", ("America/Los_Angeles",)),
    ("Canada", ("America/Toronto", "America/Halifax", "America/Regina")),
    ("Germany", ("Europe/Berlin", "Europe/Busingen")),
)
SAID = {
    RankingsBotError("A secret."): "That did not work. Try again in a few minutes.",
    UserError(ErrorCode.UNEXPECTED, incident="0a1b2c3d"): (
        "Something went wrong on the bot's side. If it happens again, report the number 0a1b2c3d."
    ),
    SettingsError("A secret."): "The bot is not set up correctly. Tell whoever runs it.",
    OpenRouterError("A secret."): "The rankings cannot be loaded right now. Try again in a few minutes.",
    UnauthorizedError(401, "A secret."): (
        "The rankings cannot be loaded until whoever runs this bot fixes it. Please tell them."
    ),
    QuotaSpentError(datetime(2026, 9, 1, tzinfo=UTC)): (
        "There is no data yet. I will ask OpenRouter again soon, so try again in a few minutes."
    ),
    StorageError("A secret."): "My database is not responding. Try again in a few minutes.",
    DiscordUnreachableError("A secret."): "Discord is not responding to me. Try again in a few minutes.",
    UserError(ErrorCode.OUTDATED_COMMAND): (
        "This command has changed. Reload Discord (Ctrl-R, or restart the app) and try again."
    ),
    UserError(ErrorCode.SERVERS_ONLY): "This only works in a server. Use the command there.",
    UserError(ErrorCode.MANAGERS_ONLY): (
        "This requires the Manage Server permission. Ask an admin of this server for it."
    ),
    UnknownBoardError("planet:mars"): (
        "“planet:mars” is not a board. Use overview, code, data, agent, general, task:TAG, model:ID, digest, "
        "movers:all:7, history:90:BOARD or compare:BOARD|BOARD, with /requests or /tokens after it if you like."
    ),
    UnknownSubjectError(BoardKind.TASK, "{typed}", ["Debugging (Code)", "Chess; {kind}"]): (
        "There is no task called “{typed}” in the data. Try one of these: Debugging (Code); Chess; {kind}."
    ),
    UnknownSubjectError("fruit", "apple", []): (
        "There is no fruit called “apple” in the data. Pick one from the list."
    ),
    BoardGoneError(): ("The newest data no longer has this ranking. Find another with /rankings overview."),
    BoardError(ErrorCode.COMPARED_TWICE): (
        "That compares something with itself. Choose different models, or different tasks."
    ),
    BoardError(ErrorCode.COMPARED_KINDS_DIFFER): "A comparison is of models or of tasks. Choose all of one kind.",
    NoSuchDayError(date(2026, 9, 1)): "There is no data for 2026-09-01. Choose another day.",
    PlanError(ErrorCode.UNREADABLE_TIME): "Type a time like 09:30, 9am or 9:30 pm.",
    PlanError(ErrorCode.UNREADABLE_DAYS): "Type “every day”, “weekdays” or a day such as “Monday”.",
    PlanError(ErrorCode.UNKNOWN_PLACE, zones=("Europe/Berlin", "Europe/Paris", "UTC")): (
        "Type a city and pick its time zone from the list, such as Europe/Berlin or Europe/Paris or UTC."
    ),
    PlanError(ErrorCode.AMBIGUOUS_PLACE, place=" <**La Paz**> ", meanings=LA): (
        "La Paz can mean Los Angeles (America/Los_Angeles), Canada (America/Toronto and others) "
        "or Germany (Europe/Berlin or Europe/Busingen). Pick one from the list."
    ),
    PlanError(ErrorCode.CHANNEL_TAKES_NO_POSTS, channel_kind="stage_voice"): (
        "I cannot post daily to a stage voice channel. Pick a text or announcement channel, or a thread."
    ),
    PlanError(ErrorCode.CHANNEL_HIDDEN): (
        "I cannot see that channel. Invite me to this server, and give me View Channel in that channel."
    ),
    PlanError(ErrorCode.NOT_ANNOUNCEMENT_CHANNEL): (
        "Only posts in an announcement channel can be published. Pick such a channel, or leave out publish."
    ),
    PlanError(ErrorCode.MENTIONS_EVERYONE): ("I do not mention @everyone. Pick another role, or leave out mention."),
    PlanError(ErrorCode.MEMBER_LACKS_PERMISSIONS, permissions=("mention_everyone", "send_messages")): (
        "You lack these permissions in that channel: Mention All Roles, Send Messages. Ask somebody who has them to add the autopost."
    ),
    PlanError(ErrorCode.BOT_LACKS_PERMISSIONS, permissions=("read_messages", "send_messages_in_threads")): (
        "I lack these permissions in that channel: View Channel, Send Messages in Threads. Give them to me and try again."
    ),
    PlanError(ErrorCode.PLAN_EXISTS): "This board is already posted to that channel. See /autopost list.",
    PlanError(ErrorCode.TOO_MANY_PLANS, most_plans=25): (
        "This server already has 25 autoposts, which is the limit. Remove one first."
    ),
    PlanError(ErrorCode.NO_SUCH_PLAN): "This server has no such autopost. Pick one from the list.",
    PlanError(
        ErrorCode.PLAN_HAS_ENDED
    ): "This autopost has ended and posts nothing. Use /autopost resume to restart it.",
    PlanError(ErrorCode.UNREADABLE_PLAN, why=Unreadable(UnreadableCode.DAYS, "x")): (
        "I cannot use this autopost: I do not know the days “x”. Wait until the bot is updated, or remove it."
    ),
}


@cache
def raised() -> dict[ErrorCode, set[frozenset[str]]]:
    """The names of the parameters with which the program raises each code: one set for each different call."""
    found: dict[ErrorCode, set[frozenset[str]]] = {}
    for code, keywords in uses():
        found.setdefault(code, set()).add(frozenset(keyword.arg or "**" for keyword in keywords))
    return found


def uses() -> Iterator[tuple[ErrorCode, list[ast.keyword]]]:
    """Every use of a code in the program, with the keywords of the call that makes an error of it."""
    for path in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]):
        if path.relative_to(ROOT).as_posix() in NOT_RAISED_FROM:
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        made = {id(node.args[0]): node.keywords for node in nodes if isinstance(node, ast.Call) and node.args}
        for node in nodes:
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "ErrorCode":
                yield ErrorCode[node.attr], made.get(id(node), [])


@pytest.mark.parametrize("code", ErrorCode)
def test_each_code_has_a_sentence_that_names_what_is_raised_with_it(code: ErrorCode) -> None:
    """It names exactly the values that the program passes, and each code is raised somewhere."""
    named = frozenset(field for _, field, _, _ in Formatter().parse(SENTENCES[code]) if field is not None)

    assert {named} == raised().get(code)


def test_codes_are_raised_with_values_and_never_with_words() -> None:
    """So that a sentence can be translated as a whole."""
    texts = [
        (code, ast.unparse(keyword.value))
        for code, keywords in uses()
        for keyword in keywords
        if isinstance(keyword.value, ast.Constant | ast.JoinedStr)
    ]
    assert [] == texts


@pytest.mark.parametrize(("error", "sentence"), SAID.items(), ids=lambda part: getattr(part, "code", ""))
def test_error_is_told_in_one_sentence_that_says_what_to_do(error: RankingsBotError, sentence: str) -> None:
    """Word for word, without the operator's text."""
    assert sentence == error_sentence(error)


def test_sentence_of_every_code_is_shown_here() -> None:
    """A new code needs its line above."""
    assert list(ErrorCode) == [error.code for error in SAID]


@pytest.mark.parametrize("error", SAID, ids=lambda error: error.code)
def test_parameters_of_an_error_stay_as_they_are(error: RankingsBotError) -> None:
    """They cannot be set, because several readers may use one error."""
    with pytest.raises(TypeError):
        error.parameters["typed"] = "another"  # type: ignore[index]  # the test shows that it cannot be set


@pytest.mark.parametrize(
    ("typed", "echo"), [("x" * 60, "x" * 60), ("x" * 61, "x" * 60 + "…"), ("{kind} %s {0", "{kind} %s {0"), ("", "")]
)
def test_what_was_typed_is_repeated_up_to_sixty_characters(typed: str, echo: str) -> None:
    """Braces and percent signs in it have no meaning."""
    assert error_sentence(UnknownBoardError(typed)).startswith(f"“{echo}” is not a board. ")
