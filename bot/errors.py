"""Every error that the project raises on purpose; each carries a sentence for the user and one for the operator.

RankingsBotError
├── SettingsError               a setting is missing or malformed
├── BoardError                  what was asked for cannot be shown
│   ├── UnknownBoardError       no such board
│   ├── BoardGoneError          a control leads to what the present data does not have
│   └── UnknownSubjectError     no such category, task or model; it names the nearest
├── OpenRouterError             the source did not give an answer that can be used
│   ├── UnsupportedWindowError  refused before a request is spent
│   ├── APIStatusError          an answer with an error status, and the time to wait if it says so
│   │   ├── BadRequestError             400
│   │   ├── UnauthorizedError           401
│   │   ├── TooManyRequestsError        429
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

NEEDS_OPERATOR = "The rankings cannot be loaded until whoever runs this bot has mended it. Tell them, please."


def _echo(typed: str) -> str:
    return typed if len(typed) <= LONGEST_ECHO else f"{typed[:LONGEST_ECHO]}…"


class RankingsBotError(Exception):
    """An error that tells the user what to do, and the operator what went wrong."""

    usual_sentence = "That did not work. Try again in a few minutes."
    """What the user reads where nothing more exact is said."""

    def __init__(self, sentence: str | None = None, *, operator: str | None = None) -> None:
        """Keep the sentence for the user, and the one for the operator if it is another."""
        self._sentence = sentence or self.usual_sentence
        super().__init__(operator or self._sentence)

    @property
    def sentence(self) -> str:
        """The sentence for the user: it names no setting, address, driver or key."""
        return self._sentence

    @property
    def operator_sentence(self) -> str:
        """The sentence for the log and the command line."""
        return str(self)


class SettingsError(RankingsBotError):
    """A setting is missing or malformed; the operator's sentence names it."""

    usual_sentence = "The bot is not set up correctly. Tell whoever runs it."

    def __init__(self, complaint: str) -> None:
        """Keep the complaint for the operator."""
        super().__init__(operator=complaint)


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


class BoardGoneError(BoardError):
    """A control with a short key leads to a board that the present edition does not have."""

    usual_sentence = (
        "The newest data no longer has the ranking that this leads to. Ask for another with /rankings overview."
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

    usual_sentence = "The rankings cannot be loaded right now. Try again in a few minutes."


class UnsupportedWindowError(OpenRouterError):
    """The window is not one that the endpoint serves."""


class APIStatusError(OpenRouterError):
    """OpenRouter answered with an error status."""

    def __init__(
        self,
        status: int,
        sentence: str | None = None,
        *,
        operator: str | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        """Keep the HTTP status, and how long OpenRouter asks to wait, if it says so."""
        self.status = status
        self.retry_after = retry_after
        super().__init__(sentence, operator=operator)


class BadRequestError(APIStatusError):
    """400: OpenRouter did not understand the request."""

    usual_sentence = NEEDS_OPERATOR


class UnauthorizedError(APIStatusError):
    """401: OpenRouter does not accept the key."""

    usual_sentence = NEEDS_OPERATOR


class TooManyRequestsError(APIStatusError):
    """429: the quota of the key or the account is spent."""


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
        super().__init__(
            "There is no data yet and OpenRouter is asked again soon. Try again in a few minutes.",
            operator=f"OpenRouter is not asked before {until:%Y-%m-%d %H:%M:%S} UTC: it wants a pause, or its quota is spared.",
        )


class StorageError(RankingsBotError):
    """The database cannot be opened, read or written."""

    usual_sentence = "My database does not answer right now. Try again in a few minutes."


class DiscordUnreachableError(RankingsBotError):
    """No connection to Discord."""

    usual_sentence = "Discord does not answer me right now. Try again in a few minutes."
