"""The sentences that users read when something goes wrong: one for each code, filled with the error's parameters."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.errors import ErrorCode, RankingsBotError
from bot.presentation.code_texts import unreadable_in_words

LONGEST_ECHO = 60
"""The most characters of a user's input that a sentence repeats."""
MOST_ZONES = 2
"""The most zones of one place that a sentence names."""

SENTENCES: Mapping[ErrorCode, str] = {
    ErrorCode.FAILED: "That did not work. Try again in a few minutes.",
    ErrorCode.UNEXPECTED: (
        "Something went wrong on the bot's side. If it happens again, report the number {incident}."
    ),
    ErrorCode.WRONG_SETTINGS: "The bot is not set up correctly. Tell whoever runs it.",
    ErrorCode.RANKINGS_UNAVAILABLE: "The rankings cannot be loaded right now. Try again in a few minutes.",
    ErrorCode.RANKINGS_NEED_OPERATOR: (
        "The rankings cannot be loaded until whoever runs this bot fixes it. Please tell them."
    ),
    ErrorCode.NO_DATA_YET: "There is no data yet. I will ask OpenRouter again soon, so try again in a few minutes.",
    ErrorCode.DATABASE_UNAVAILABLE: "My database is not responding. Try again in a few minutes.",
    ErrorCode.DISCORD_UNAVAILABLE: "Discord is not responding to me. Try again in a few minutes.",
    ErrorCode.OUTDATED_COMMAND: (
        "This command has changed. Reload Discord (Ctrl-R, or restart the app) and try again."
    ),
    ErrorCode.SERVERS_ONLY: "This only works in a server. Use the command there.",
    ErrorCode.MANAGERS_ONLY: "This requires the Manage Server permission. Ask an admin of this server for it.",
    ErrorCode.UNKNOWN_BOARD: (
        "“{typed}” is not a board. Use overview, code, data, agent, general, task:TAG, model:ID, digest, "
        "movers:all:7, history:90:BOARD or compare:BOARD|BOARD, with /requests or /tokens after it if you like."
    ),
    ErrorCode.UNKNOWN_SUBJECT: "There is no {kind} called “{typed}” in the data. Try one of these: {nearest}.",
    ErrorCode.UNKNOWN_SUBJECT_UNLIKE_ANY: "There is no {kind} called “{typed}” in the data. Pick one from the list.",
    ErrorCode.BOARD_GONE: "The newest data no longer has this ranking. Find another with /rankings overview.",
    ErrorCode.COMPARED_TWICE: "That compares something with itself. Choose different models, or different tasks.",
    ErrorCode.COMPARED_KINDS_DIFFER: "A comparison is of models or of tasks. Choose all of one kind.",
    ErrorCode.NO_SUCH_DAY: "There is no data for {as_of}. Choose another day.",
    ErrorCode.UNREADABLE_TIME: "Type a time like 09:30, 9am or 9:30 pm.",
    ErrorCode.UNREADABLE_DAYS: "Type “every day”, “weekdays” or a day such as “Monday”.",
    ErrorCode.UNKNOWN_PLACE: "Type a city and pick its time zone from the list, such as {zones}.",
    ErrorCode.AMBIGUOUS_PLACE: "{place} can mean {meanings}. Pick one from the list.",
    ErrorCode.CHANNEL_TAKES_NO_POSTS: (
        "I cannot post daily to a {channel_kind} channel. Pick a text or announcement channel, or a thread."
    ),
    ErrorCode.CHANNEL_HIDDEN: (
        "I cannot see that channel. Invite me to this server, and give me View Channel in that channel."
    ),
    ErrorCode.NOT_ANNOUNCEMENT_CHANNEL: (
        "Only posts in an announcement channel can be published. Pick such a channel, or leave out publish."
    ),
    ErrorCode.MENTIONS_EVERYONE: "I do not mention @everyone. Pick another role, or leave out mention.",
    ErrorCode.MEMBER_LACKS_PERMISSIONS: (
        "You lack these permissions in that channel: {permissions}. Ask somebody who has them to add the autopost."
    ),
    ErrorCode.BOT_LACKS_PERMISSIONS: (
        "I lack these permissions in that channel: {permissions}. Give them to me and try again."
    ),
    ErrorCode.PLAN_EXISTS: "This board is already posted to that channel. See /autopost list.",
    ErrorCode.TOO_MANY_PLANS: "This server already has {most_plans} autoposts, which is the limit. Remove one first.",
    ErrorCode.NO_SUCH_PLAN: "This server has no such autopost. Pick one from the list.",
    ErrorCode.PLAN_HAS_ENDED: "This autopost has ended and posts nothing. Use /autopost resume to restart it.",
    ErrorCode.UNREADABLE_PLAN: "I cannot use this autopost: {why}. Wait until the bot is updated, or remove it.",
}

_WORD = re.compile(r"[\w.&'-]+")
_PERMISSIONS = {
    "mention_everyone": "Mention All Roles",
    "read_messages": "View Channel",
    "send_messages_in_threads": "Send Messages in Threads",
}
"""Discord's names of permissions for which discord.py has other names."""


def error_sentence(error: RankingsBotError) -> str:
    """The sentence for the user. It names no setting, address, driver or key."""
    words = {name: _IN_WORDS.get(name, str)(value) for name, value in error.parameters.items()}
    return SENTENCES[error.code].format(**words)


def _echo(typed: str) -> str:
    return typed if len(typed) <= LONGEST_ECHO else f"{typed[:LONGEST_ECHO]}…"


def _words_alone(typed: str) -> str:
    return " ".join(_WORD.findall(typed))


def _channel_kind(name: str) -> str:
    return name.replace("_", " ")


def _permissions(names: Sequence[str]) -> str:
    return ", ".join(_PERMISSIONS.get(name, name.replace("_", " ").title()) for name in names)


def _meanings(meanings: Sequence[tuple[str, Sequence[str]]]) -> str:
    *others, last = [f"{label} ({_zones(zones)})" for label, zones in meanings]
    return f"{', '.join(others)} or {last}"


def _zones(zones: Sequence[str]) -> str:
    return " or ".join(zones) if len(zones) <= MOST_ZONES else f"{zones[0]} and others"


_IN_WORDS: Mapping[str, Callable[[Any], str]] = {
    "typed": _echo,
    "nearest": "; ".join,
    "zones": " or ".join,
    "place": _words_alone,
    "meanings": _meanings,
    "channel_kind": _channel_kind,
    "permissions": _permissions,
    "why": unreadable_in_words,
}
"""How each parameter is put into words. Parameters that are not listed here are words already."""
