"""Every error that the project raises on purpose.

Each one carries a code with parameters, from which `bot.presentation.error_texts` makes the sentence for the user. It
also carries a sentence in English for the operator, which goes to the log and the command line.

RankingsBotError
├── UserError                   only the user can do something about it
│   ├── BoardError              this board cannot be shown
│   │   ├── UnknownBoardError   no such board
│   │   ├── BoardGoneError      a control leads to a board that the newest data no longer has
│   │   └── UnknownSubjectError no such category, task or model; lists the nearest
│   ├── NoSuchDayError          the archive has no data for that day
│   └── PlanError               this autopost cannot be saved or changed
├── SettingsError               a setting is missing or malformed
├── OpenRouterError             OpenRouter gave no usable answer
│   ├── UnsupportedWindowError  raised before any request is made
│   ├── APIStatusError          an answer with an error status, with its Retry-After
│   │   ├── BadRequestError             400
│   │   ├── UnauthorizedError           401
│   │   ├── TooManyRequestsError        429
│   │   ├── InternalServerError         500
│   │   └── APIError                    any other
│   ├── RequestTimeoutError     no answer in time
│   ├── UnreachableError        no connection
│   └── InvalidResponseError    an answer that does not match its documentation
├── QuotaSpentError             our own request limits allow no request now
├── StorageError                the database cannot be used
└── DiscordUnreachableError     no connection to Discord
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class ErrorCode(StrEnum):
    """What to tell a user. The docstring of a code lists its parameters."""

    FAILED = "failed"
    UNEXPECTED = "unexpected"
    """`incident`: the number that the log shows with the traceback."""
    WRONG_SETTINGS = "wrong_settings"

    RANKINGS_UNAVAILABLE = "rankings_unavailable"
    RANKINGS_NEED_OPERATOR = "rankings_need_operator"
    NO_DATA_YET = "no_data_yet"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DISCORD_UNAVAILABLE = "discord_unavailable"

    OUTDATED_COMMAND = "outdated_command"
    SERVERS_ONLY = "servers_only"
    MANAGERS_ONLY = "managers_only"

    UNKNOWN_BOARD = "unknown_board"
    """`typed`: what the user typed."""
    UNKNOWN_SUBJECT = "unknown_subject"
    """`kind` (category, task or model), `typed`, and `nearest`: the labels of the nearest subjects."""
    UNKNOWN_SUBJECT_UNLIKE_ANY = "unknown_subject_unlike_any"
    """`kind` and `typed`, if no subject is near."""
    BOARD_GONE = "board_gone"
    COMPARED_TWICE = "compared_twice"
    COMPARED_KINDS_DIFFER = "compared_kinds_differ"
    NO_SUCH_DAY = "no_such_day"
    """`as_of`, a UTC date."""

    UNREADABLE_TIME = "unreadable_time"
    UNREADABLE_DAYS = "unreadable_days"
    UNKNOWN_PLACE = "unknown_place"
    """`zones`: the IANA names of the nearest zones."""
    AMBIGUOUS_PLACE = "ambiguous_place"
    """`place` as typed, and its `meanings`: pairs of a label and the IANA names of its zones."""

    CHANNEL_TAKES_NO_POSTS = "channel_takes_no_posts"
    """`channel_kind`: discord.py's name for the type of the channel."""
    CHANNEL_HIDDEN = "channel_hidden"
    NOT_ANNOUNCEMENT_CHANNEL = "not_announcement_channel"
    MENTIONS_EVERYONE = "mentions_everyone"
    MEMBER_LACKS_PERMISSIONS = "member_lacks_permissions"
    """`permissions`, by discord.py's names."""
    BOT_LACKS_PERMISSIONS = "bot_lacks_permissions"
    """`permissions`, by discord.py's names."""

    PLAN_EXISTS = "plan_exists"
    TOO_MANY_PLANS = "too_many_plans"
    """`most_plans`: how many plans a server may have."""
    NO_SUCH_PLAN = "no_such_plan"
    PLAN_HAS_ENDED = "plan_has_ended"
    UNREADABLE_PLAN = "unreadable_plan"
    """`why`: the reason why this version cannot read it."""


class RankingsBotError(Exception):
    """An error with a code for the user. Its text is the operator's sentence."""

    code = ErrorCode.FAILED
    parameters: Mapping[str, object] = MappingProxyType({})
    """Plain values for the user's sentence; read-only."""

    def __init__(self, operator: str | None = None) -> None:
        """Keep the operator's sentence; the default is the code."""
        super().__init__(operator or str(self.code))

    @property
    def operator_sentence(self) -> str:
        """The sentence for the log and the command line."""
        return str(self)


class UserError(RankingsBotError):
    """An error that only the user is told. The operator has nothing to do, or the log says it already."""

    def __init__(self, code: ErrorCode, /, **parameters: object) -> None:
        """Keep the code and the values for its sentence."""
        self.code = code
        self.parameters = MappingProxyType(parameters)
        super().__init__(f"{code} {parameters}" if parameters else str(code))


class BoardError(UserError):
    """The board cannot be shown."""


class UnknownBoardError(BoardError):
    """The text is not a board."""

    def __init__(self, typed: str) -> None:
        """Keep what the user typed."""
        super().__init__(ErrorCode.UNKNOWN_BOARD, typed=typed)


class BoardGoneError(BoardError):
    """A control has a short key, and the newest edition has no board with that key."""

    def __init__(self) -> None:
        """Take no parameters: the key means nothing to a reader."""
        super().__init__(ErrorCode.BOARD_GONE)


class UnknownSubjectError(BoardError):
    """The text matches no category, task or model, or more than one."""

    def __init__(self, kind: str, typed: str, nearest: Sequence[str]) -> None:
        """Keep what the user typed, and the nearest labels, which the user can type instead."""
        self.nearest = tuple(nearest)
        if self.nearest:
            super().__init__(ErrorCode.UNKNOWN_SUBJECT, kind=kind, typed=typed, nearest=self.nearest)
        else:
            super().__init__(ErrorCode.UNKNOWN_SUBJECT_UNLIKE_ANY, kind=kind, typed=typed)


class PlanError(UserError):
    """An autopost cannot be saved, found or changed as the user asked."""


class SettingsError(RankingsBotError):
    """A setting is missing or malformed; the operator's sentence names it."""

    code = ErrorCode.WRONG_SETTINGS


class OpenRouterError(RankingsBotError):
    """OpenRouter gave no usable answer."""

    code = ErrorCode.RANKINGS_UNAVAILABLE


class UnsupportedWindowError(OpenRouterError):
    """The endpoint does not offer this window."""


class APIStatusError(OpenRouterError):
    """OpenRouter answered with an error status."""

    def __init__(self, status: int, operator: str | None = None, *, retry_after: timedelta | None = None) -> None:
        """Keep the HTTP status, and how long OpenRouter asks us to wait; None if it does not say."""
        self.status = status
        self.retry_after = retry_after
        super().__init__(operator)


class BadRequestError(APIStatusError):
    """400: OpenRouter did not understand the request."""

    code = ErrorCode.RANKINGS_NEED_OPERATOR


class UnauthorizedError(APIStatusError):
    """401: OpenRouter does not accept the key."""

    code = ErrorCode.RANKINGS_NEED_OPERATOR


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
    """OpenRouter's answer does not match its documentation."""


class QuotaSpentError(RankingsBotError):
    """Neither our own request limits nor OpenRouter's `Retry-After` allow a request yet."""

    code = ErrorCode.NO_DATA_YET

    def __init__(self, until: datetime) -> None:
        """Keep the instant (aware UTC) from which the next request is allowed."""
        self.until = until
        super().__init__(f"The next request to OpenRouter is allowed at {until:%Y-%m-%d %H:%M:%S} UTC.")


class StorageError(RankingsBotError):
    """The database cannot be opened, read or written."""

    code = ErrorCode.DATABASE_UNAVAILABLE


class DiscordUnreachableError(RankingsBotError):
    """No connection to Discord."""

    code = ErrorCode.DISCORD_UNAVAILABLE


class NoSuchDayError(UserError):
    """The archive has no readable data for a day."""

    def __init__(self, as_of: date) -> None:
        """Keep the day, a UTC date."""
        self.as_of = as_of
        super().__init__(ErrorCode.NO_SUCH_DAY, as_of=as_of)
