"""What is noted about a plan or a post: codes with parameters, which presentation turns into sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Parameters = Mapping[str, str | int | None]


class ProblemCode(StrEnum):
    """What keeps a plan from posting, or all plans; the value is stored."""

    NO_ACCESS = "no_access"
    NO_PERMISSION = "no_permission"
    WRONG_CHANNEL = "wrong_channel"
    ARCHIVED = "archived"
    LOCKED = "locked"
    BLOCKED = "blocked"
    """By the server's AutoMod."""
    REFUSED = "refused"
    """Without a known reason."""
    CHANNEL_MISSING = "channel_missing"
    """Discord says so, and it is asked again before the plan ends."""
    SERVER_MISSING = "server_missing"
    CHANNEL_GONE = "channel_gone"
    """The plan has ended."""
    SERVER_GONE = "server_gone"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a code, of no secret
    UNKNOWN = "unknown"
    """Stored by a later version, or in words by an earlier one."""

    @classmethod
    def _missing_(cls, value: object) -> "ProblemCode":  # noqa: ARG003 - whatever it is
        return cls.UNKNOWN


class ResultCode(StrEnum):
    """What became of a plan's last instant, or of a post; the value is stored."""

    POSTED = "posted"
    NOT_PUBLISHED = "not_published"
    """It is in its channel, but Discord did not publish it."""
    UNSURE = "unsure"
    MISSED = "missed"
    NOTHING_NEW = "nothing_new"
    NOT_POSTED = "not_posted"
    MALFORMED = "malformed"
    """Discord took the request for malformed; parameters: `status` and `code`."""
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "ResultCode":  # noqa: ARG003 - whatever it is
        return cls.UNKNOWN


class UnreadableCode(StrEnum):
    """What this version cannot read of a stored plan."""

    BOARD = "board"
    DAYS = "days"
    TIMEZONE = "timezone"
    STATE = "state"
    TIMES = "times"


@dataclass(frozen=True)
class Unreadable:
    """Why a stored plan cannot be carried out, with the text that is stored."""

    code: UnreadableCode
    text: str = ""


@dataclass(frozen=True)
class Problem:
    """What keeps a plan from posting."""

    code: ProblemCode
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What became of an instant or of a post."""

    code: ResultCode
    parameters: Parameters = field(default_factory=dict)
