"""What Discord's answer to a post means for its plan, and how patiently to ask again."""

import enum
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=10)
INVALID_LIMIT = 500
INVALID_WINDOW = timedelta(minutes=10)
INVALID_PAUSE = timedelta(minutes=10)
INVALID_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for a message that was to be created; no status means no answer (reset, time-out)."""

    status: int | None = None  # of HTTP
    code: int | None = None  # Discord's own, from the JSON body
    message_id: int | None = None
    retry_after: timedelta = timedelta(0)
    in_doubt: bool = False  # an earlier request of the same attempt may have been taken


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
        return f"{_PAUSE_SENTENCES[self]} I try again every day."


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


class EndReason(enum.Enum):
    """Why a plan can never post again; the value is the text that is stored."""

    NO_CHANNEL = "channel deleted"
    NO_SERVER = "server gone"

    @property
    def sentence(self) -> str:
        """What happened, for a server's moderators."""
        return _END_SENTENCES[self]


_END_SENTENCES = {
    EndReason.NO_CHANNEL: "The channel was deleted, so this autopost has ended.",
    EndReason.NO_SERVER: "I am no longer in the server, so this autopost has ended.",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is in the channel."""

    message_id: int


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The message was delivered before and has been deleted since: it counts as sent."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The plan ends; it is kept for a while so that a list can say why."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class Paused:
    """The plan waits for the server's moderators; it is tried again daily and never deleted."""

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
    """The bot's token is not valid: all posting stops and says so."""

    @property
    def sentence(self) -> str:
        """What happened, for whoever runs the bot."""
        return "Discord does not accept the bot's token: posting has stopped until DISCORD_TOKEN is a valid one."


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Send the same message with the same nonce, after at least this long and the backoff on top."""

    after: timedelta = timedelta(0)


Outcome = Sent | AlreadyThere | Ended | Paused | OurFault | Unauthorized | TryAgain

# Codes of answers below 500, whatever their status. 10008 to a message that was to be created says that its
# nonce is known: the message was made and then deleted. 40333 comes from the network in front of Discord, 40004
# and 130000 say that Discord itself is in trouble.
_BY_CODE: dict[int, Outcome] = {
    10003: Ended(EndReason.NO_CHANNEL),
    10004: Ended(EndReason.NO_SERVER),
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
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorized()
    if answer.code in _BY_CODE:
        return _BY_CODE[answer.code]
    return _unknown(status, answer.code)


_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


def _unknown(status: int, code: int | None) -> Outcome:
    """A refusal of no known meaning: tried a bounded number of times, shown in the list, nothing deleted."""
    if status == HTTPStatus.FORBIDDEN and not code:
        return TryAgain()  # Discord names a code when it refuses; a proxy in front of it does not
    if code and status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return Paused(PauseReason.REFUSED)
    return OurFault(status, code)


def backoff(attempt: int, *, jitter: float) -> timedelta:
    """How long to wait after so many failed attempts (from 1), with a random `jitter` of 0 to 1 ("full jitter")."""
    doublings = min(max(attempt, 1) - 1, 16)  # far beyond the longest already
    longest: timedelta = min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
    return longest * jitter


class InvalidAnswers:
    """Stops all posting for 10 min after more than 500 answers of 401, 403 or 429 in 10 min.

    Discord blocks the address of a host that gets 10,000 of them, and with it every command.
    """

    def __init__(self) -> None:
        self._noted: deque[datetime] = deque(maxlen=INVALID_LIMIT + 1)
        self._stopped: datetime | None = None

    def note(self, status: int | None, *, now: datetime) -> None:
        """Count an answer that came at `now` (aware UTC), if it is one of the invalid ones."""
        if status not in INVALID_STATUSES:
            return
        self._noted.append(now)
        # If the clock was set back, the oldest looks newer than now: within the window, so it still counts.
        if len(self._noted) > INVALID_LIMIT and now - self._noted[0] < INVALID_WINDOW:
            self._stopped = now
            self._noted.clear()

    def stopped_until(self, *, now: datetime) -> datetime | None:
        """When posting may go on (aware UTC), or None if it may at `now`."""
        if self._stopped is None:
            return None
        # After a clock was set back the pause begins anew, rather than last for as long as the clock moved.
        self._stopped = min(self._stopped, now)
        until = self._stopped + INVALID_PAUSE
        return until if now < until else None
