"""What Discord's answer to a post means for its plan, and how patiently to ask again."""

import enum
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from bot.autopost.remarks import Problem, ProblemCode, Result, ResultCode

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for a message that was to be created; no status means no answer (reset, time-out)."""

    status: int | None = None  # of HTTP
    code: int | None = None  # Discord's own, from the JSON body
    message_id: int | None = None
    retry_after: timedelta = timedelta(0)
    in_doubt: bool = False  # an earlier request of the same attempt may have been taken
    is_page: bool = False  # not Discord's JSON: a page of what stands in front of Discord


NO_ANSWER = Answer()


class Place(enum.Enum):
    """What a plan needs to exist."""

    CHANNEL = "channel"
    SERVER = "server"

    @property
    def missing(self) -> Problem:
        """What is noted while Discord says that it is gone and that may pass."""
        return Problem(ProblemCode.CHANNEL_MISSING if self is Place.CHANNEL else ProblemCode.SERVER_MISSING)

    @property
    def gone(self) -> Problem:
        """What is noted once the plan has ended for it."""
        return Problem(ProblemCode.CHANNEL_GONE if self is Place.CHANNEL else ProblemCode.SERVER_GONE)


SHOWN_BY_PERMISSIONS = frozenset(
    {
        ProblemCode.NO_ACCESS,
        ProblemCode.NO_PERMISSION,
        ProblemCode.CHANNEL_MISSING,
        ProblemCode.SERVER_MISSING,
    }
)
"""The problems that can be seen without posting."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is in the channel."""

    message_id: int


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The message was delivered before and has been deleted since: it counts as sent."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The place is said not to exist; the plan ends only if that is confirmed again and again."""

    place: Place


@dataclass(frozen=True, slots=True)
class Paused:
    """The plan waits for the server's moderators; it is tried again and never deleted."""

    reason: ProblemCode


@dataclass(frozen=True, slots=True)
class OurFault:
    """The request was malformed: it is logged and not repeated; the plan goes on with its next instant."""

    status: int
    code: int | None

    @property
    def result(self) -> Result:
        """What is noted of it."""
        return Result(ResultCode.MALFORMED, {"status": self.status, "code": self.code})


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """The bot's token is said not to be valid: if that is confirmed, all posting rests until it is."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Send the same message with the same nonce, after at least this long and the backoff on top."""

    after: timedelta = timedelta(0)


Outcome = Sent | AlreadyThere | Missing | Paused | OurFault | Unauthorized | TryAgain

# Codes of answers below 500, whatever their status. 10008 to a message that was to be created says that its
# nonce is known: the message was made and then deleted. 40333 comes from the network in front of Discord, 40004
# and 130000 say that Discord itself is in trouble.
_BY_CODE: dict[int, Outcome] = {
    10003: Missing(Place.CHANNEL),
    10004: Missing(Place.SERVER),
    10008: AlreadyThere(),
    40004: TryAgain(),
    40333: TryAgain(),
    50001: Paused(ProblemCode.NO_ACCESS),
    50008: Paused(ProblemCode.WRONG_CHANNEL),
    50013: Paused(ProblemCode.NO_PERMISSION),
    50024: Paused(ProblemCode.WRONG_CHANNEL),
    50083: Paused(ProblemCode.ARCHIVED),
    130000: TryAgain(),
    160005: Paused(ProblemCode.LOCKED),
    200000: Paused(ProblemCode.BLOCKED),
    200001: Paused(ProblemCode.BLOCKED),
}


def outcome(answer: Answer) -> Outcome:
    """What follows from Discord's answer to a message that was to be created."""
    status = answer.status
    if status is None or status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TryAgain(answer.retry_after)
    if status < HTTPStatus.BAD_REQUEST:
        # Accepted, but the answer could not be read: the nonce makes a second request harmless.
        return TryAgain() if answer.message_id is None else Sent(answer.message_id)
    if answer.is_page:
        return TryAgain(answer.retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorized()
    if not answer.code:
        return TryAgain(answer.retry_after)  # where Discord refuses, it names a code
    return _BY_CODE.get(answer.code) or _unknown(status, answer.code)


_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


def _unknown(status: int, code: int) -> Outcome:
    """A refusal of no known meaning."""
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return Paused(ProblemCode.REFUSED)
    return OurFault(status, code)


def backoff(attempt: int, *, jitter: float) -> timedelta:
    """How long to wait after so many failed attempts (from 1), with a random `jitter` of 0 to 1 ("full jitter")."""
    doublings = min(max(attempt, 1) - 1, 16)  # far beyond the longest already
    longest: timedelta = min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
    return longest * jitter
