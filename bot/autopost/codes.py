"""The problems and results of plans and posts, as codes with parameters; presentation turns them into sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Parameters = Mapping[str, str | int | None]


class ProblemCode(StrEnum):
    """What keeps one plan, or all plans, from posting; the value is stored."""

    NO_ACCESS = "no_access"
    NO_PERMISSION = "no_permission"
    WRONG_CHANNEL = "wrong_channel"
    ARCHIVED = "archived"
    LOCKED = "locked"
    BLOCKED = "blocked"
    """The server's AutoMod blocked the message."""
    REFUSED = "refused"
    """Discord refused the message with a code that this version does not know."""
    CHANNEL_MISSING = "channel_missing"
    """Discord says so; it is checked again before the plan ends."""
    SERVER_MISSING = "server_missing"
    CHANNEL_GONE = "channel_gone"
    """The plan has ended."""
    SERVER_GONE = "server_gone"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a code, of no secret
    UNKNOWN = "unknown"
    """A later version stored another code, or an earlier version stored a sentence that is not known."""

    @classmethod
    def _missing_(cls, value: object) -> "ProblemCode":  # noqa: ARG003 - every other value is unknown
        return cls.UNKNOWN


class ResultCode(StrEnum):
    """The result of a plan's last instant, or of a post; the value is stored."""

    POSTED = "posted"
    NOT_PUBLISHED = "not_published"
    """The post is in its channel, but Discord did not publish it."""
    UNSURE = "unsure"
    MISSED = "missed"
    NOTHING_NEW = "nothing_new"
    NOT_POSTED = "not_posted"
    MALFORMED = "malformed"
    """Discord called the request malformed; the parameters are `status` and `code`."""
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "ResultCode":  # noqa: ARG003 - every other value is unknown
        return cls.UNKNOWN


class UnreadableCode(StrEnum):
    """Which part of a stored plan this version cannot read."""

    BOARD = "board"
    DAYS = "days"
    TIMEZONE = "timezone"
    STATE = "state"
    TIMES = "times"


@dataclass(frozen=True)
class Unreadable:
    """Which part of a stored plan cannot be read, and its stored text."""

    code: UnreadableCode
    text: str = ""


@dataclass(frozen=True)
class Problem:
    """What keeps a plan from posting."""

    code: ProblemCode
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """The result of an instant or of a post."""

    code: ResultCode
    parameters: Parameters = field(default_factory=dict)
