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
    """Attempts so long before noon."""
    return [Attempt(NOON - each, outcome) for each in ago]


def test_who_never_asked_may_ask_now() -> None:
    """An empty ledger allows the first request at once."""
    assert NOON == next_allowed([], NOON)


def test_who_had_an_answer_may_ask_again() -> None:
    """Only the bounds of the minute and the day hold after a success: when to ask is not the quota's business."""
    assert NOON == next_allowed(attempts(SECOND), NOON)


def test_a_minute_holds_two_requests() -> None:
    """The third waits until a minute after the first."""
    assert NOON + 20 * SECOND == next_allowed(attempts(40 * SECOND, 10 * SECOND), NOON)
    assert NOON == next_allowed(attempts(60 * SECOND, 10 * SECOND), NOON)


def test_a_day_holds_twenty_four_requests() -> None:
    """The next waits until midnight, UTC."""
    spent = [Attempt(NOON - n * 10 * MINUTE, Outcome.CURRENT) for n in range(REQUESTS_A_DAY, 0, -1)]

    assert MIDNIGHT == next_allowed(spent, NOON)
    assert NOON == next_allowed(spent[1:], NOON)
    assert MIDNIGHT == next_allowed(spent, MIDNIGHT)


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.FAILED, Outcome.REFUSED, Outcome.STALE])
def test_each_fruitless_attempt_doubles_the_silence(outcome: Outcome) -> None:
    """Up to the longest gap, from then on it stays so."""
    for count in range(1, 20):
        row = [Attempt(NOON - (count - n) * HOUR, outcome) for n in range(1, count + 1)]
        gap = min(MAX_RETRY_DELAY, FIRST_RETRY_DELAY[outcome] * 2 ** (count - 1))
        assert NOON + gap == next_allowed(row, NOON)


def test_a_success_ends_the_row_of_fruitless_attempts() -> None:
    """The next failure begins with the first gap again."""
    row = [*attempts(5 * HOUR, 4 * HOUR, outcome=Outcome.FAILED), *attempts(3 * HOUR)]
    row += attempts(timedelta(0), outcome=Outcome.FAILED)

    assert NOON + FIRST_RETRY_DELAY[Outcome.FAILED] == next_allowed(row, NOON)


def test_retry_after_outlasts_the_gap_and_later_attempts() -> None:
    """What OpenRouter asked for holds, whatever came of other attempts."""
    asked_for = Attempt(NOON - 2 * HOUR, Outcome.FAILED, not_before=NOON + HOUR)

    assert NOON + HOUR == next_allowed([asked_for], NOON)
    assert NOON + HOUR == next_allowed([asked_for, *attempts(HOUR)], NOON)
    assert NOON + 2 * HOUR == next_allowed([asked_for], NOON + 2 * HOUR)


def test_a_short_retry_after_does_not_shorten_the_gap() -> None:
    """It is a least, not a most."""
    hasty = Attempt(NOON, Outcome.FAILED, not_before=NOON + SECOND)

    assert NOON + FIRST_RETRY_DELAY[Outcome.FAILED] == next_allowed([hasty], NOON)


@pytest.mark.parametrize("ahead", [HOUR, DAY, 3650 * DAY], ids=str)
def test_attempts_of_a_clock_that_ran_ahead_are_no_reason_to_be_silent(ahead: timedelta) -> None:
    """Once it is set right, the requests of its wrong time do not count, nor what was asked for in them."""
    wrong = Attempt(NOON + ahead, Outcome.FAILED, not_before=NOON + ahead + DAY)

    assert NOON == next_allowed([wrong] * REQUESTS_A_DAY, NOON)


def test_the_clocks_of_two_processes_may_differ_a_little() -> None:
    """An attempt that another process entered some seconds ahead of this one's clock counts."""
    assert NOON + 70 * SECOND == next_allowed(attempts(-10 * SECOND, -10 * SECOND), NOON)


def test_a_newer_snapshot_is_due_a_day_after_and_settled() -> None:
    """Data of 31 August is there on 1 September, and followed on 2 September shortly after midnight."""
    assert MIDNIGHT + 20 * MINUTE == next_snapshot_due_at(snapshot("2026-08-31"), settles_after=20 * MINUTE)


def test_processes_settle_at_different_times() -> None:
    """Each within its bounds, so that not all bots of the world ask at once."""
    times = {settling_time() for _ in range(50)}

    assert 2 <= len(times)
    assert SETTLES_AFTER <= min(times)
    assert max(times) <= SETTLES_AFTER + SETTLING_JITTER


def test_midnight_is_by_utc() -> None:
    """At midnight itself the next one is a day away."""
    assert MIDNIGHT == next_midnight(NOON)
    assert MIDNIGHT + DAY == next_midnight(MIDNIGHT)


@settings(deadline=None, max_examples=60)
@given(
    outcomes=st.lists(st.sampled_from(Outcome), min_size=1, max_size=12),
    waits=st.lists(st.timedeltas(timedelta(0), HOUR), min_size=1, max_size=12),
    asked_for=st.lists(st.none() | st.timedeltas(timedelta(0), 3 * HOUR), min_size=1, max_size=12),
)
def test_whatever_comes_of_them_the_bounds_hold(
    outcomes: Sequence[Outcome], waits: Sequence[timedelta], asked_for: Sequence[timedelta | None]
) -> None:
    """Who asks as soon as it is allowed, for days, never exceeds the minute's bound nor the day's."""
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
def test_no_history_silences_the_bot_for_more_than_a_day(row: Sequence[Attempt]) -> None:
    """Whatever the clock did in the past, without a word of OpenRouter's a request is allowed by midnight or soon."""
    assert NOON <= next_allowed(row, NOON) <= MIDNIGHT + MAX_RETRY_DELAY
