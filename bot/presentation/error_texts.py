"""The sentences that users read when something goes wrong, one for each code, made of an error's parameters."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.errors import ErrorCode, RankingsBotError
from bot.presentation.remark_texts import unreadable_in_words

LONGEST_ECHO = 60
"""How many characters of what somebody typed are repeated to them."""
MOST_ZONES = 2
"""How many zones of one place a sentence names."""

SENTENCES: Mapping[ErrorCode, str] = {
    ErrorCode.FAILED: "That did not work. Try again in a few minutes.",
    ErrorCode.UNEXPECTED: (
        "Something went wrong on the bot's side. If it happens again, report the number {incident}."
    ),
    ErrorCode.WRONG_SETTINGS: "The bot is not set up correctly. Tell whoever runs it.",
    ErrorCode.RANKINGS_UNAVAILABLE: "The rankings cannot be loaded right now. Try again in a few minutes.",
    ErrorCode.RANKINGS_NEED_OPERATOR: (
        "The rankings cannot be loaded until whoever runs this bot has mended it. Tell them, please."
    ),
    ErrorCode.NO_DATA_YET: "There is no data yet and OpenRouter is asked again soon. Try again in a few minutes.",
    ErrorCode.DATABASE_UNAVAILABLE: "My database does not answer right now. Try again in a few minutes.",
    ErrorCode.DISCORD_UNAVAILABLE: "Discord does not answer me right now. Try again in a few minutes.",
    ErrorCode.OUTDATED_COMMAND: (
        "This command has changed, so reload Discord (Ctrl-R, or restart the app) and try again."
    ),
    ErrorCode.SERVERS_ONLY: "This works in servers only.",
    ErrorCode.MANAGERS_ONLY: "This is for who may manage the server: you lack the permission Manage Server.",
    ErrorCode.UNKNOWN_BOARD: (
        "“{typed}” is no board: write overview, code, data, agent, general, task:TAG or model:ID, "
        "and /requests or /tokens behind it if you like."
    ),
    ErrorCode.UNKNOWN_SUBJECT: "There is no {kind} called “{typed}” in this snapshot. The nearest: {nearest}.",
    ErrorCode.UNKNOWN_SUBJECT_UNLIKE_ANY: (
        "There is no {kind} called “{typed}” in this snapshot. Pick one from the list."
    ),
    ErrorCode.BOARD_GONE: (
        "The newest data no longer has the ranking that this leads to. Ask for another with /rankings overview."
    ),
    ErrorCode.NO_SUCH_DAY: "There is no data of {as_of}: choose another day.",
    ErrorCode.UNREADABLE_TIME: "Type the time like 09:30, 9am or 9:30 pm.",
    ErrorCode.UNREADABLE_DAYS: "Type every day, weekdays or one weekday such as Monday.",
    ErrorCode.UNKNOWN_PLACE: "Type a city and pick its time zone from the list: {zones}.",
    ErrorCode.AMBIGUOUS_PLACE: "{place} can be {meanings}: pick one from the list.",
    ErrorCode.CHANNEL_TAKES_NO_POSTS: (
        "A {channel_kind} channel takes no daily posts: pick a text or announcement channel, or a thread."
    ),
    ErrorCode.CHANNEL_HIDDEN: ("I cannot see that channel: invite me to this server and give me View Channel there."),
    ErrorCode.NOT_ANNOUNCEMENT_CHANNEL: (
        "Only posts in an announcement channel can be published: leave publish out, or pick one."
    ),
    ErrorCode.MENTIONS_EVERYONE: "I mention no @everyone: pick a role that people chose, or leave mention out.",
    ErrorCode.MEMBER_LACKS_PERMISSIONS: (
        "In that channel you lack: {permissions}. Ask somebody who has that there to add it."
    ),
    ErrorCode.BOT_LACKS_PERMISSIONS: "In that channel I lack: {permissions}. Give me that there and ask again.",
    ErrorCode.PLAN_EXISTS: "This board is posted to that channel already: see /autopost list.",
    ErrorCode.TOO_MANY_PLANS: ("This server has {most_plans} autoposts, the most there can be: remove one first."),
    ErrorCode.NO_SUCH_PLAN: "This server has no such autopost: pick one from the list.",
    ErrorCode.PLAN_HAS_ENDED: "This autopost has ended: it posts nothing until you use /autopost resume.",
    ErrorCode.UNREADABLE_PLAN: "I cannot use this autopost: {why}. Wait for an update of the bot, or remove it.",
}

_WORD = re.compile(r"[\w.&'-]+")
_PERMISSIONS = {
    "mention_everyone": "Mention All Roles",
    "read_messages": "View Channel",
    "send_messages_in_threads": "Send Messages in Threads",
}
"""Discord's own words for permissions that discord.py calls otherwise."""


def error_sentence(error: RankingsBotError) -> str:
    """The sentence for the user; it names no setting, address, driver or key."""
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
"""How a parameter is put into words; those that are not here are words already."""
