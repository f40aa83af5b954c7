"""When OpenRouter may be asked: what the quota allows, and how long a fruitless attempt is followed by silence.

The bounds are far below the source's own (30 requests a minute a key, 500 a day an account), because the
account is shared with whatever else its owner runs.
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
"""How long after UTC midnight the new day's data is first asked for; it was seen before 00:39 UTC."""

SETTLING_JITTER = timedelta(minutes=20)
"""Each process adds a random part of this, so that not all bots of the world ask at once."""

MAX_RETRY_DELAY = timedelta(hours=2)


class Outcome(StrEnum):
    """What came of an attempt."""

    PENDING = "pending"
    """Not known: it is under way, or the process died in it."""
    CURRENT = "current"
    """An answer than which no newer one is due."""
    STALE = "stale"
    """An answer though a newer one is due."""
    FAILED = "failed"
    """No usable answer."""
    REFUSED = "refused"
    """The key is not accepted, which says nothing of any other key."""


FIRST_RETRY_DELAY = {
    Outcome.PENDING: timedelta(seconds=30),
    Outcome.FAILED: timedelta(seconds=30),
    Outcome.REFUSED: timedelta(seconds=30),
    Outcome.STALE: timedelta(minutes=20),
}
"""How long after the first fruitless attempt of a row the next one is made; the gap doubles with each."""


@dataclass(frozen=True)
class Attempt:
    """One request to OpenRouter, as the ledger keeps it."""

    at: datetime
    outcome: Outcome = Outcome.PENDING
    not_before: datetime | None = None
    """What OpenRouter asked for with `Retry-After`, aware UTC."""


def next_allowed(attempts: Sequence[Attempt], now: datetime) -> datetime:
    """The first instant from `now` on (aware UTC) at which a request may be made; `attempts` oldest first."""
    # A clock that ran ahead and was set right must not silence the bot until its wrong time has come.
    past = [attempt for attempt in attempts if attempt.at <= now + MINUTE]
    return max(now, _after_unsuccessful(past), _after_minute(past, now), _after_day(past, now))


def settling_time() -> timedelta:
    """How long after UTC midnight this process first asks."""
    return SETTLES_AFTER + SETTLING_JITTER * random.random()  # noqa: S311 - jitter, not a secret


def next_snapshot_due_at(snapshot: Snapshot, *, settles_after: timedelta) -> datetime:
    """When a newer snapshot may be expected (aware UTC): one day on, and the time that it takes to settle."""
    return snapshot.ends_at + DAY + settles_after


def next_midnight(now: datetime) -> datetime:
    """The next UTC midnight, aware UTC."""
    return datetime.combine(now.date() + DAY, datetime.min.time(), tzinfo=UTC)


def _after_unsuccessful(attempts: Sequence[Attempt]) -> datetime:
    """The end of the silence after the last attempt: it grows with each fruitless one in a row."""
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
