"""Every error that the project raises on purpose; each carries one sentence for its user.

RankingsBotError
├── SettingsError               a setting is missing or malformed
├── BoardError                  what was asked for cannot be shown
│   ├── UnknownBoardError       no such board
│   └── UnknownSubjectError     no such category, task or model; it names the nearest
├── OpenRouterError             the source did not give an answer that can be used
│   ├── UnsupportedWindowError  refused before a request is spent
│   ├── APIStatusError          an answer with an error status
│   │   ├── BadRequestError             400
│   │   ├── UnauthorizedError           401
│   │   ├── TooManyRequestsError        429, with the time to wait
│   │   ├── InternalServerError         500
│   │   └── APIError                    any other
│   ├── RequestTimeoutError     no answer in time
│   ├── UnreachableError        no connection
│   └── InvalidResponseError    an answer that is not what the description says
├── PlanError                   a daily post cannot be planned as asked
├── QuotaSpentError             the ledger has no request left for now
├── StorageError                the database cannot be used
└── DiscordUnreachableError     no connection to Discord
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

LONGEST_ECHO = 60
"""How many characters of what somebody typed are repeated to them."""


def _echo(typed: str) -> str:
    return typed if len(typed) <= LONGEST_ECHO else f"{typed[:LONGEST_ECHO]}…"


class RankingsBotError(Exception):
    """An error whose message is one sentence that tells the user what to do."""

    @property
    def sentence(self) -> str:
        """The sentence for the user."""
        return str(self)


class SettingsError(RankingsBotError):
    """A setting is missing or malformed; the sentence names it."""


class BoardError(RankingsBotError):
    """What was asked for cannot be shown."""


class UnknownBoardError(BoardError):
    """The text names no board."""

    def __init__(self, typed: str) -> None:
        """Repeat what was typed, and say what can be."""
        super().__init__(
            f"“{_echo(typed)}” is no board: write overview, code, data, agent, general, task:TAG or model:ID, "
            "and /requests or /tokens behind it if you like."
        )


class UnknownSubjectError(BoardError):
    """The text names no category, task or model, or more than one."""

    def __init__(self, kind: str, typed: str, nearest: Sequence[str]) -> None:
        """Name what was typed and the nearest that exist, in the words that the user may type."""
        self.nearest = tuple(nearest)
        hint = f"The nearest: {'; '.join(self.nearest)}." if self.nearest else "Pick one from the list."
        super().__init__(f"There is no {kind} called “{_echo(typed)}” in this snapshot. {hint}")


class OpenRouterError(RankingsBotError):
    """OpenRouter did not give an answer that can be used."""


class UnsupportedWindowError(OpenRouterError):
    """The window is not one that the endpoint serves."""


class APIStatusError(OpenRouterError):
    """OpenRouter answered with an error status."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the HTTP status; `message` is the sentence."""
        self.status = status
        super().__init__(message)


class BadRequestError(APIStatusError):
    """400: OpenRouter did not understand the request."""


class UnauthorizedError(APIStatusError):
    """401: OpenRouter does not accept the key."""


class TooManyRequestsError(APIStatusError):
    """429: the quota of the key or the account is spent."""

    def __init__(self, status: int, message: str, *, retry_after: timedelta | None = None) -> None:
        """Keep how long OpenRouter asks to wait, if it says so."""
        self.retry_after = retry_after
        super().__init__(status, message)


class InternalServerError(APIStatusError):
    """500: OpenRouter failed."""


class APIError(APIStatusError):
    """Any other 4XX or 5XX."""


class RequestTimeoutError(OpenRouterError):
    """OpenRouter did not answer in time."""


class UnreachableError(OpenRouterError):
    """No connection to OpenRouter."""


class InvalidResponseError(OpenRouterError):
    """OpenRouter answered something that is not what its description says."""


class PlanError(RankingsBotError):
    """A daily post cannot be planned as asked; the sentence says what to do instead."""


class QuotaSpentError(RankingsBotError):
    """The ledger allows no request for now."""

    def __init__(self, until: datetime) -> None:
        """Keep the instant (aware UTC) from which the next request is allowed."""
        self.until = until
        super().__init__("There is no data yet and OpenRouter is asked again soon. Try again in a few minutes.")


class StorageError(RankingsBotError):
    """The database cannot be opened, read or written."""


class DiscordUnreachableError(RankingsBotError):
    """No connection to Discord."""
