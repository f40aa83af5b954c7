"""What Discord's answer to a post means for its plan, and how patiently to ask again."""

import enum
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

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


class PauseReason(enum.Enum):
    """Why a plan cannot post for now; the value is the text that is stored."""

    NO_ACCESS = "no access"
    NO_PERMISSION = "no permission"
    WRONG_CHANNEL = "wrong channel"
    ARCHIVED = "archived thread"
    LOCKED = "locked thread"
    BLOCKED = "blocked by AutoMod"
    REFUSED = "refused"

    @property
    def sentence(self) -> str:
        """What is wrong and what puts it right, for a server's moderators."""
        return f"{_PAUSE_SENTENCES[self]} I try again by myself, and at once when you use /autopost."


_PAUSE_SENTENCES = {
    PauseReason.NO_ACCESS: "I cannot see the channel: give me View Channel there.",
    PauseReason.NO_PERMISSION: (
        "I am not allowed to post in the channel: give me Send Messages (in a thread: Send Messages in"
        " Threads), Embed Links and Attach Files there."
    ),
    PauseReason.WRONG_CHANNEL: "The channel is of a kind that takes no messages: choose a text channel.",
    PauseReason.ARCHIVED: "The thread is archived: open it again.",
    PauseReason.LOCKED: "The thread is locked: unlock it, or give me Manage Threads.",
    PauseReason.BLOCKED: "The server's AutoMod blocks the post: make an exception for me or for the channel.",
    PauseReason.REFUSED: "Discord refused the post without a reason I know.",
}


class Place(enum.Enum):
    """What a plan needs to exist."""

    CHANNEL = "channel"
    SERVER = "server"

    @property
    def suspicion(self) -> str:
        """What a server's moderators read while Discord says that it is gone and that may pass."""
        return _SUSPICIONS[self]

    @property
    def end(self) -> str:
        """What a server's moderators read once the plan has ended for it."""
        return _ENDS[self]


_SUSPICIONS = {
    Place.CHANNEL: "Discord says that the channel does not exist. I look again before this autopost ends.",
    Place.SERVER: "Discord says that I am not in this server. I look again before this autopost ends.",
}
_ENDS = {
    Place.CHANNEL: "The channel was deleted, so this autopost has ended. If it is back, use /autopost resume.",
    Place.SERVER: "I was no longer in the server, so this autopost has ended. Use /autopost resume to go on.",
}


def shows_in_permissions(problem: str) -> bool:
    """Whether what a problem's sentence says can be seen without posting."""
    reasons = (PauseReason.NO_ACCESS, PauseReason.NO_PERMISSION)
    return problem in {*(reason.sentence for reason in reasons), *(place.suspicion for place in Place)}


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

    reason: PauseReason


@dataclass(frozen=True, slots=True)
class OurFault:
    """The request was malformed: it is logged and not repeated; the plan goes on with its next instant."""

    status: int
    code: int | None

    @property
    def sentence(self) -> str:
        """What happened, for a server's moderators."""
        return "Discord did not take the post. The fault is mine and is logged; the next one comes as planned."


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
    50001: Paused(PauseReason.NO_ACCESS),
    50008: Paused(PauseReason.WRONG_CHANNEL),
    50013: Paused(PauseReason.NO_PERMISSION),
    50024: Paused(PauseReason.WRONG_CHANNEL),
    50083: Paused(PauseReason.ARCHIVED),
    130000: TryAgain(),
    160005: Paused(PauseReason.LOCKED),
    200000: Paused(PauseReason.BLOCKED),
    200001: Paused(PauseReason.BLOCKED),
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
        return Paused(PauseReason.REFUSED)
    return OurFault(status, code)


def backoff(attempt: int, *, jitter: float) -> timedelta:
    """How long to wait after so many failed attempts (from 1), with a random `jitter` of 0 to 1 ("full jitter")."""
    doublings = min(max(attempt, 1) - 1, 16)  # far beyond the longest already
    longest: timedelta = min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
    return longest * jitter
