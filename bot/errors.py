"""Every error that the project raises on purpose.

Each one has a code with parameters, of which `bot.presentation.error_texts` makes the sentence that users read, and a
sentence for the operator, in English, for the log and the command line.

RankingsBotError
├── UserError                   the user can do something about it, and the operator nothing
│   ├── BoardError              this cannot be shown
│   │   ├── UnknownBoardError   no such board
│   │   ├── BoardGoneError      a control leads to what the newest data does not have
│   │   └── UnknownSubjectError no such category, task or model; it names the nearest
│   ├── NoSuchDayError          the archive has no data of that day
│   └── PlanError               this cannot be posted every day
├── SettingsError               a setting is missing or malformed
├── OpenRouterError             OpenRouter gave no usable answer
│   ├── UnsupportedWindowError  refused before a request is spent
│   ├── APIStatusError          an answer with an error status, and the time to wait if it says so
│   │   ├── BadRequestError             400
│   │   ├── UnauthorizedError           401
│   │   ├── TooManyRequestsError        429
│   │   ├── InternalServerError         500
│   │   └── APIError                    any other
│   ├── RequestTimeoutError     no answer in time
│   ├── UnreachableError        no connection
│   └── InvalidResponseError    an answer that differs from its description
├── QuotaSpentError             the ledger allows no request for now
├── StorageError                the database cannot be used
└── DiscordUnreachableError     no connection to Discord
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class ErrorCode(StrEnum):
    """What a user is told; what stands behind a code names its parameters."""

    FAILED = "failed"
    UNEXPECTED = "unexpected"
    """`incident`: the number under which the log has the traceback."""
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
    """`typed`"""
    UNKNOWN_SUBJECT = "unknown_subject"
    """`kind` of what was looked for, `typed`, and the labels of the `nearest` that exist."""
    UNKNOWN_SUBJECT_UNLIKE_ANY = "unknown_subject_unlike_any"
    """`kind` and `typed`, where nothing is near."""
    BOARD_GONE = "board_gone"
    NO_SUCH_DAY = "no_such_day"
    """`as_of`, a UTC date."""

    UNREADABLE_TIME = "unreadable_time"
    UNREADABLE_DAYS = "unreadable_days"
    UNKNOWN_PLACE = "unknown_place"
    """The IANA names of the nearest `zones`."""
    AMBIGUOUS_PLACE = "ambiguous_place"
    """The `place` as it was typed, and its `meanings`: pairs of a label and the IANA names of its zones."""

    CHANNEL_TAKES_NO_POSTS = "channel_takes_no_posts"
    """`channel_kind`, by discord.py's name."""
    CHANNEL_HIDDEN = "channel_hidden"
    NOT_ANNOUNCEMENT_CHANNEL = "not_announcement_channel"
    MENTIONS_EVERYONE = "mentions_everyone"
    MEMBER_LACKS_PERMISSIONS = "member_lacks_permissions"
    """`permissions`, by discord.py's names."""
    BOT_LACKS_PERMISSIONS = "bot_lacks_permissions"
    """`permissions`, by discord.py's names."""

    PLAN_EXISTS = "plan_exists"
    TOO_MANY_PLANS = "too_many_plans"
    """How many `most_plans` a server may have."""
    NO_SUCH_PLAN = "no_such_plan"
    PLAN_HAS_ENDED = "plan_has_ended"
    UNREADABLE_PLAN = "unreadable_plan"
    """`why` this version cannot read it."""


class RankingsBotError(Exception):
    """An error with a code for the user, and with the operator's sentence as its text."""

    code = ErrorCode.FAILED
    parameters: Mapping[str, object] = MappingProxyType({})
    """Plain values that the user's sentence names; they cannot be changed."""

    def __init__(self, operator: str | None = None) -> None:
        """Keep the operator's sentence; without one the code has to do."""
        super().__init__(operator or str(self.code))

    @property
    def operator_sentence(self) -> str:
        """The sentence for the log and the command line."""
        return str(self)


class UserError(RankingsBotError):
    """Only the user needs to be told: the operator has nothing to do, or has it in the log already."""

    def __init__(self, code: ErrorCode, /, **parameters: object) -> None:
        """Keep the code and the values that its sentence names."""
        self.code = code
        self.parameters = MappingProxyType(parameters)
        super().__init__(f"{code} {parameters}" if parameters else str(code))


class BoardError(UserError):
    """What was asked for cannot be shown."""


class UnknownBoardError(BoardError):
    """The text names no board."""

    def __init__(self, typed: str) -> None:
        """Keep what was typed."""
        super().__init__(ErrorCode.UNKNOWN_BOARD, typed=typed)


class BoardGoneError(BoardError):
    """A control with a short key leads to a board that the newest edition does not have."""

    def __init__(self) -> None:
        """It has no parameters: the key says nothing to anybody."""
        super().__init__(ErrorCode.BOARD_GONE)


class UnknownSubjectError(BoardError):
    """The text names no category, task or model, or more than one."""

    def __init__(self, kind: str, typed: str, nearest: Sequence[str]) -> None:
        """Keep what was typed and the nearest that exist, as the user may type them."""
        self.nearest = tuple(nearest)
        if self.nearest:
            super().__init__(ErrorCode.UNKNOWN_SUBJECT, kind=kind, typed=typed, nearest=self.nearest)
        else:
            super().__init__(ErrorCode.UNKNOWN_SUBJECT_UNLIKE_ANY, kind=kind, typed=typed)


class PlanError(UserError):
    """A daily post cannot be planned as asked."""


class SettingsError(RankingsBotError):
    """A setting is missing or malformed; the operator's sentence names it."""

    code = ErrorCode.WRONG_SETTINGS


class OpenRouterError(RankingsBotError):
    """OpenRouter gave no usable answer."""

    code = ErrorCode.RANKINGS_UNAVAILABLE


class UnsupportedWindowError(OpenRouterError):
    """The endpoint does not serve this window."""


class APIStatusError(OpenRouterError):
    """OpenRouter answered with an error status."""

    def __init__(self, status: int, operator: str | None = None, *, retry_after: timedelta | None = None) -> None:
        """Keep the HTTP status, and how long OpenRouter asks to wait, if it says so."""
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
    """OpenRouter's answer differs from its description."""


class QuotaSpentError(RankingsBotError):
    """The ledger allows no request for now."""

    code = ErrorCode.NO_DATA_YET

    def __init__(self, until: datetime) -> None:
        """Keep the instant (aware UTC) from which the next request is allowed."""
        self.until = until
        super().__init__(
            f"OpenRouter is not asked before {until:%Y-%m-%d %H:%M:%S} UTC: it wants a pause, or its quota is spared."
        )


class StorageError(RankingsBotError):
    """The database cannot be opened, read or written."""

    code = ErrorCode.DATABASE_UNAVAILABLE


class DiscordUnreachableError(RankingsBotError):
    """No connection to Discord."""

    code = ErrorCode.DISCORD_UNAVAILABLE


class NoSuchDayError(UserError):
    """The archive has no data of a day, or none that can be read."""

    def __init__(self, as_of: date) -> None:
        """Keep the day, a UTC date."""
        self.as_of = as_of
        super().__init__(ErrorCode.NO_SUCH_DAY, as_of=as_of)
