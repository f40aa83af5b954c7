from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.quota import (
    FIRST_RETRY_DELAY,
    MAX_RETRY_DELAY,
    REQUESTS_A_DAY,
    REQUESTS_A_MINUTE,
    SETTLES_AFTER,
    SETTLING_JITTER,
    Attempt,
    Outcome,
    next_allowed,
    next_midnight,
    next_snapshot_due_at,
    settling_time,
)
from tests.fakes.answers import snapshot

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 9, 2, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def attempts(*ago: timedelta, outcome: Outcome = Outcome.CURRENT) -> list[Attempt]:
    """Attempts at these times before noon."""
    return [Attempt(NOON - each, outcome) for each in ago]


def test_first_request_is_allowed_at_once() -> None:
    """The ledger is empty."""
    assert NOON == next_allowed([], NOON)


def test_a_success_causes_no_wait() -> None:
    """Only the limits per minute and day apply."""
    assert NOON == next_allowed(attempts(SECOND), NOON)


def test_two_requests_per_minute() -> None:
    """The third waits until a minute after the first."""
    assert NOON + 20 * SECOND == next_allowed(attempts(40 * SECOND, 10 * SECOND), NOON)
    assert NOON == next_allowed(attempts(60 * SECOND, 10 * SECOND), NOON)


def test_twenty_four_requests_per_day() -> None:
    """The next waits until midnight, UTC."""
    spent = [Attempt(NOON - n * 10 * MINUTE, Outcome.CURRENT) for n in range(REQUESTS_A_DAY, 0, -1)]

    assert MIDNIGHT == next_allowed(spent, NOON)
    assert NOON == next_allowed(spent[1:], NOON)
    assert MIDNIGHT == next_allowed(spent, MIDNIGHT)


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.FAILED, Outcome.REFUSED, Outcome.STALE])
def test_each_unsuccessful_attempt_doubles_the_wait(outcome: Outcome) -> None:
    """Up to the maximum."""
    for count in range(1, 20):
        row = [Attempt(NOON - (count - n) * HOUR, outcome) for n in range(1, count + 1)]
        gap = min(MAX_RETRY_DELAY, FIRST_RETRY_DELAY[outcome] * 2 ** (count - 1))
        assert NOON + gap == next_allowed(row, NOON)


def test_a_success_resets_the_backoff() -> None:
    """The next failure has the first delay again."""
    row = [*attempts(5 * HOUR, 4 * HOUR, outcome=Outcome.FAILED), *attempts(3 * HOUR)]
    row += attempts(timedelta(0), outcome=Outcome.FAILED)

    assert NOON + FIRST_RETRY_DELAY[Outcome.FAILED] == next_allowed(row, NOON)


def test_retry_after_outlasts_the_backoff_and_later_attempts() -> None:
    """It is obeyed whatever the outcome of other attempts."""
    asked_for = Attempt(NOON - 2 * HOUR, Outcome.FAILED, not_before=NOON + HOUR)

    assert NOON + HOUR == next_allowed([asked_for], NOON)
    assert NOON + HOUR == next_allowed([asked_for, *attempts(HOUR)], NOON)
    assert NOON + 2 * HOUR == next_allowed([asked_for], NOON + 2 * HOUR)


def test_a_short_retry_after_does_not_shorten_the_backoff() -> None:
    """It is a minimum."""
    hasty = Attempt(NOON, Outcome.FAILED, not_before=NOON + SECOND)

    assert NOON + FIRST_RETRY_DELAY[Outcome.FAILED] == next_allowed([hasty], NOON)


@pytest.mark.parametrize("ahead", [HOUR, DAY, 3650 * DAY], ids=str)
def test_attempts_in_the_future_do_not_block_requests(ahead: timedelta) -> None:
    """After the clock is corrected, neither they nor their `Retry-After` count."""
    wrong = Attempt(NOON + ahead, Outcome.FAILED, not_before=NOON + ahead + DAY)

    assert NOON == next_allowed([wrong] * REQUESTS_A_DAY, NOON)


def test_the_clocks_of_two_processes_may_differ_a_little() -> None:
    """An attempt of another process a few seconds in the future counts."""
    assert NOON + 70 * SECOND == next_allowed(attempts(-10 * SECOND, -10 * SECOND), NOON)


def test_when_a_newer_snapshot_is_due() -> None:
    """After the data of 31 August, the next is due on 2 September shortly after midnight."""
    assert MIDNIGHT + 20 * MINUTE == next_snapshot_due_at(snapshot("2026-08-31"), settles_after=20 * MINUTE)


def test_processes_settle_at_different_times() -> None:
    """Within the limits, so that not all bots ask at once."""
    times = {settling_time() for _ in range(50)}

    assert 2 <= len(times)
    assert SETTLES_AFTER <= min(times)
    assert max(times) <= SETTLES_AFTER + SETTLING_JITTER


def test_midnight_is_by_utc() -> None:
    """At midnight, the next one is a day away."""
    assert MIDNIGHT == next_midnight(NOON)
    assert MIDNIGHT + DAY == next_midnight(MIDNIGHT)


@settings(deadline=None, max_examples=60)
@given(
    outcomes=st.lists(st.sampled_from(Outcome), min_size=1, max_size=12),
    waits=st.lists(st.timedeltas(timedelta(0), HOUR), min_size=1, max_size=12),
    asked_for=st.lists(st.none() | st.timedeltas(timedelta(0), 3 * HOUR), min_size=1, max_size=12),
)
def test_the_limits_hold_for_any_outcomes(
    outcomes: Sequence[Outcome], waits: Sequence[timedelta], asked_for: Sequence[timedelta | None]
) -> None:
    """For days of requests as soon as allowed, neither the minute's nor the day's limit is exceeded."""
    made: list[Attempt] = []
    now = NOON
    for turn in range(120):
        now += waits[turn % len(waits)]
        now = next_allowed(made[-2 * REQUESTS_A_DAY :], now)
        wait = asked_for[turn % len(asked_for)]
        made.append(Attempt(now, outcomes[turn % len(outcomes)], None if wait is None else now + wait))

    instants = [attempt.at for attempt in made]
    days = [at.date() for at in instants]
    assert REQUESTS_A_DAY >= max(map(days.count, days))
    assert MINUTE <= min(
        later - earlier for earlier, later in zip(instants, instants[REQUESTS_A_MINUTE:], strict=False)
    )
    assert all(
        attempt.not_before is None or attempt.not_before <= following.at for attempt, following in pairwise(made)
    )


@settings(deadline=None)
@given(
    row=st.lists(
        st.builds(
            Attempt,
            st.datetimes(datetime(2026, 8, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants it so
            st.sampled_from(Outcome),
        ),
        max_size=60,
    )
)
def test_no_history_blocks_the_bot_for_more_than_a_day(row: Sequence[Attempt]) -> None:
    """Without `Retry-After`, whatever the clock did in the past."""
    assert NOON <= next_allowed(row, NOON) <= MIDNIGHT + MAX_RETRY_DELAY
