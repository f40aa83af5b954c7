"""What Discord's answer to a request means for a post and its plan, and how long to wait before the next attempt."""

import enum
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from bot.autopost.codes import Problem, ProblemCode, Result, ResultCode

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Discord's answer to a request; without a status there was no answer (connection reset, time-out)."""

    status: int | None = None  # of HTTP
    code: int | None = None  # Discord's own, from the JSON body
    message_id: int | None = None
    retry_after: timedelta = timedelta(0)
    in_doubt: bool = False  # an earlier request of the same attempt may have been accepted
    is_page: bool = False  # not Discord's JSON, but a page from a proxy in front of Discord


NO_ANSWER = Answer()


class Place(enum.Enum):
    """What a plan posts to; the plan cannot go on without it."""

    CHANNEL = "channel"
    SERVER = "server"

    @property
    def missing(self) -> Problem:
        """The problem while Discord says that the place does not exist, which may be temporary."""
        return Problem(ProblemCode.CHANNEL_MISSING if self is Place.CHANNEL else ProblemCode.SERVER_MISSING)

    @property
    def gone(self) -> Problem:
        """The problem once the plan has ended because the place is gone."""
        return Problem(ProblemCode.CHANNEL_GONE if self is Place.CHANNEL else ProblemCode.SERVER_GONE)


SHOWN_BY_PERMISSIONS = frozenset(
    {
        ProblemCode.NO_ACCESS,
        ProblemCode.NO_PERMISSION,
        ProblemCode.CHANNEL_MISSING,
        ProblemCode.SERVER_MISSING,
    }
)
"""The problems that a check of permissions reveals, without posting."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is in the channel."""

    message_id: int


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The message was delivered before and has been deleted since; it counts as sent."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Discord says that the place does not exist; the plan ends only after three such findings."""

    place: Place


@dataclass(frozen=True, slots=True)
class NeedsModerator:
    """The server's moderators have to fix something; the plan stays active and is tried again.

    It ends only if the bot has lost access for 30 days and is found to have been kicked.
    """

    reason: ProblemCode


@dataclass(frozen=True, slots=True)
class OurFault:
    """The request was malformed: it is logged and not repeated, and the plan goes on with its next instant."""

    status: int
    code: int | None

    @property
    def result(self) -> Result:
        """The result that is stored for the post."""
        return Result(ResultCode.MALFORMED, {"status": self.status, "code": self.code})


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """Discord refused the bot's token; once that is confirmed, all posting stops until the token is accepted."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Make the same request again (a message with the same nonce), after `after` or the backoff, whichever is longer."""

    after: timedelta = timedelta(0)


Outcome = Sent | AlreadyThere | Missing | NeedsModerator | OurFault | Unauthorized | TryAgain

# Discord's codes in answers with a status from 400 to 499. 10008 in answer to a new message says that its nonce is
# known: the message was created and then deleted. 40333 comes from the network in front of Discord. 40004 and 130000
# mean that Discord itself has a problem.
_BY_CODE: dict[int, Outcome] = {
    10003: Missing(Place.CHANNEL),
    10004: Missing(Place.SERVER),
    10008: AlreadyThere(),
    40004: TryAgain(),
    40333: TryAgain(),
    50001: NeedsModerator(ProblemCode.NO_ACCESS),
    50008: NeedsModerator(ProblemCode.WRONG_CHANNEL),
    50013: NeedsModerator(ProblemCode.NO_PERMISSION),
    50024: NeedsModerator(ProblemCode.WRONG_CHANNEL),
    50083: NeedsModerator(ProblemCode.ARCHIVED),
    130000: TryAgain(),
    160005: NeedsModerator(ProblemCode.LOCKED),
    200000: NeedsModerator(ProblemCode.BLOCKED),
    200001: NeedsModerator(ProblemCode.BLOCKED),
}


def outcome(answer: Answer) -> Outcome:
    """What an answer of Discord means. A success without a message id means TryAgain."""
    status = answer.status
    if status is None or status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TryAgain(answer.retry_after)
    if status < HTTPStatus.BAD_REQUEST:
        # Accepted, but the answer holds no message: the nonce makes a second request harmless.
        return TryAgain() if answer.message_id is None else Sent(answer.message_id)
    if answer.is_page:
        return TryAgain(answer.retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorized()
    if not answer.code:
        return TryAgain(answer.retry_after)  # a refusal by Discord itself always has a code
    return _BY_CODE.get(answer.code) or _unknown(status, answer.code)


_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


def _unknown(status: int, code: int) -> Outcome:
    """What a refusal with an unknown code means."""
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return NeedsModerator(ProblemCode.REFUSED)
    return OurFault(status, code)


def backoff(attempt: int, *, jitter: float) -> timedelta:
    """How long to wait after `attempt` failed attempts: `jitter` (random, 0 to 1) times 1 s, 2 s, 4 s … up to 10 min."""
    doublings = min(max(attempt, 1) - 1, 16)  # 16 already exceeds the longest backoff
    longest: timedelta = min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
    return longest * jitter
