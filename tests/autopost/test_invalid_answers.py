"""Discord's refusals are counted: too many of them stop posting before Discord blocks the host's address."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.autopost.invalid_answers import LIMIT_OF_PAUSED_PLANS, InvalidAnswers

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def noted(count: int, *, status: int | None = 403, now: datetime = NOON) -> InvalidAnswers:
    answers = InvalidAnswers()
    for _ in range(count):
        answers.note(status, now=now)
    return answers


def test_five_hundred_invalid_answers_are_borne() -> None:
    """The limit itself does not stop posting."""
    assert noted(500).stopped_until(now=NOON) is None


@pytest.mark.parametrize("status", [401, 403, 429])
def test_one_more_stops_posting_for_ten_minutes(status: int) -> None:
    """The 501st invalid answer within ten minutes stops posting for ten."""
    expected = NOON + 10 * MINUTE
    assert expected == noted(501, status=status).stopped_until(now=NOON)


@pytest.mark.parametrize("status", [None, 200, 400, 404, 500])
def test_other_answers_do_not_count(status: int | None) -> None:
    """Only 401, 403 and 429 endanger the host's address."""
    assert noted(2000, status=status).stopped_until(now=NOON) is None


def test_the_window_slides() -> None:
    """Invalid answers older than ten minutes are forgotten."""
    answers = noted(500)
    answers.note(403, now=NOON + 10 * MINUTE)
    assert answers.stopped_until(now=NOON + 10 * MINUTE) is None


def test_answers_over_the_window_count_together() -> None:
    """500 answers at once and one more just within the ten minutes stop posting."""
    answers = noted(500)
    last = NOON + timedelta(minutes=9, seconds=59)
    answers.note(403, now=last)
    assert last + 10 * MINUTE == answers.stopped_until(now=last)


def test_posting_goes_on_after_the_pause_with_a_clean_slate() -> None:
    """After ten minutes posting goes on, and one more invalid answer does not stop it again."""
    answers, later = noted(501), NOON + 10 * MINUTE
    assert answers.stopped_until(now=later) is None
    answers.note(403, now=later)
    assert answers.stopped_until(now=later) is None


def test_answers_that_were_under_way_do_not_lengthen_the_pause() -> None:
    """What still comes in after the stop does not begin it anew."""
    answers = noted(501)
    answers.note(429, now=NOON + MINUTE)
    assert NOON + 10 * MINUTE == answers.stopped_until(now=NOON + MINUTE)


def test_a_clock_set_back_does_not_lengthen_the_pause() -> None:
    """However far the clock jumps back, the pause is over ten minutes later."""
    answers, earlier = noted(501), NOON - timedelta(days=1)
    assert earlier + 10 * MINUTE == answers.stopped_until(now=earlier)
    assert answers.stopped_until(now=earlier + 10 * MINUTE) is None


def refused_plans(count: int, *, status: int = 403) -> InvalidAnswers:
    answers = InvalidAnswers()
    for _ in range(count):
        with answers.trying_paused_plan():
            answers.note(status, now=NOON)
    return answers


@pytest.mark.parametrize(("for_moderator", "most"), [(False, 80), (True, LIMIT_OF_PAUSED_PLANS)])
def test_paused_plans_use_a_hundred_of_the_five_hundred(*, for_moderator: bool, most: int) -> None:
    """The last of them are kept for who has just put something right; one more waits, and everybody else goes on."""
    answers = refused_plans(most - 1)
    assert answers.allows_paused_plan(now=NOON, for_moderator=for_moderator)

    answers = refused_plans(most)
    assert not answers.allows_paused_plan(now=NOON, for_moderator=for_moderator)
    assert answers.stopped_until(now=NOON) is None


def test_paused_plans_that_are_under_way_are_reckoned_with() -> None:
    """Many that are tried at once do not exceed the hundred together."""
    answers = refused_plans(LIMIT_OF_PAUSED_PLANS - 1)
    with answers.trying_paused_plan():
        assert not answers.allows_paused_plan(now=NOON, for_moderator=True)
    assert answers.allows_paused_plan(now=NOON, for_moderator=True)


def test_what_discord_takes_again_costs_paused_plans_nothing() -> None:
    """After an outage however many plans recover at once."""
    assert refused_plans(5000, status=200).allows_paused_plan(now=NOON)


def test_the_window_of_paused_plans_slides_too() -> None:
    """Ten minutes later there is room for a hundred more."""
    assert refused_plans(LIMIT_OF_PAUSED_PLANS).allows_paused_plan(now=NOON + 10 * MINUTE)


def test_other_plans_leave_paused_ones_their_share() -> None:
    """Only what paused plans cause counts as theirs."""
    assert noted(400).allows_paused_plan(now=NOON)
