"""When the bot may send requests to OpenRouter: its own rate limits, and the backoff after unsuccessful requests.

The limits are far below OpenRouter's (30 requests per minute and key, 500 per day and account), because the owner may
use the account for other programs.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.market.models import Snapshot

REQUESTS_A_DAY = 24
REQUESTS_A_MINUTE = 2
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

SETTLES_AFTER = timedelta(minutes=20)
"""How long after UTC midnight to ask for the new day's data at the earliest; it was seen before 00:39 UTC."""

SETTLING_JITTER = timedelta(minutes=20)
"""Each process adds a random part of this, so that not all bots ask at once."""

MAX_RETRY_DELAY = timedelta(hours=2)


class Outcome(StrEnum):
    """The outcome of a request."""

    PENDING = "pending"
    """Unknown: it is in progress, or the process died during it."""
    CURRENT = "current"
    """An answer, and no newer one is due yet."""
    STALE = "stale"
    """An answer, but a newer one was due."""
    FAILED = "failed"
    """No usable answer."""
    REFUSED = "refused"
    """The key was rejected; another key may work."""


FIRST_RETRY_DELAY = {
    Outcome.PENDING: timedelta(seconds=30),
    Outcome.FAILED: timedelta(seconds=30),
    Outcome.REFUSED: timedelta(seconds=30),
    Outcome.STALE: timedelta(minutes=20),
}
"""The wait after the first unsuccessful request; it doubles with each consecutive one, up to MAX_RETRY_DELAY."""


@dataclass(frozen=True)
class Attempt:
    """One request to OpenRouter, as recorded in the ledger."""

    at: datetime
    outcome: Outcome = Outcome.PENDING
    not_before: datetime | None = None
    """The earliest next request (aware UTC) according to `Retry-After`; None without one."""


def next_allowed(attempts: Sequence[Attempt], now: datetime) -> datetime:
    """The first instant from `now` on (aware UTC) at which a request is allowed; `attempts` are oldest first."""
    # After a clock that was ahead has been corrected, attempts from the future must not block the bot.
    past = [attempt for attempt in attempts if attempt.at <= now + MINUTE]
    return max(now, _after_unsuccessful(past), _after_minute(past, now), _after_day(past, now))


def settling_time() -> timedelta:
    """How long after UTC midnight this process first asks; random, 20 to 40 minutes."""
    return SETTLES_AFTER + SETTLING_JITTER * random.random()  # noqa: S311 - jitter, not a secret


def next_snapshot_due_at(snapshot: Snapshot, *, settles_after: timedelta) -> datetime:
    """When a newer snapshot is due (aware UTC): one day and `settles_after` after the snapshot's end."""
    return snapshot.ends_at + DAY + settles_after


def next_midnight(now: datetime) -> datetime:
    """The next UTC midnight after `now`, aware UTC."""
    return datetime.combine(now.date() + DAY, datetime.min.time(), tzinfo=UTC)


def _after_unsuccessful(attempts: Sequence[Attempt]) -> datetime:
    """When the backoff after the last attempt ends, and every `Retry-After`."""
    if not attempts:
        return datetime.min.replace(tzinfo=UTC)
    last = attempts[-1]
    gap = timedelta(0)
    if last.outcome in FIRST_RETRY_DELAY:
        gap = min(MAX_RETRY_DELAY, FIRST_RETRY_DELAY[last.outcome] * 2 ** (_unsuccessful_in_a_row(attempts) - 1))
    asked_for = max((attempt.not_before for attempt in attempts if attempt.not_before), default=last.at)
    return max(last.at + gap, asked_for)


def _unsuccessful_in_a_row(attempts: Sequence[Attempt]) -> int:
    count = 0
    for attempt in reversed(attempts):
        if attempt.outcome not in FIRST_RETRY_DELAY:
            break
        count += 1
    return min(count, REQUESTS_A_DAY)


def _after_minute(attempts: Sequence[Attempt], now: datetime) -> datetime:
    recent = [attempt.at for attempt in attempts if attempt.at > now - MINUTE]
    return recent[-REQUESTS_A_MINUTE] + MINUTE if len(recent) >= REQUESTS_A_MINUTE else now


def _after_day(attempts: Sequence[Attempt], now: datetime) -> datetime:
    today = [attempt for attempt in attempts if attempt.at.date() == now.date()]
    return next_midnight(now) if len(today) >= REQUESTS_A_DAY else now
