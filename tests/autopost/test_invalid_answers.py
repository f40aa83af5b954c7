"""Refusals by Discord are counted: too many stop posting before Discord blocks the host's IP address."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.autopost.invalid_answers import REFUSED_PLANS_LIMIT, InvalidAnswers

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def noted(count: int, *, status: int | None = 403, now: datetime = NOON) -> InvalidAnswers:
    answers = InvalidAnswers()
    for _ in range(count):
        answers.note(status, now=now)
    return answers


def test_five_hundred_invalid_answers_are_allowed() -> None:
    """The limit itself does not stop posting."""
    assert noted(500).stopped_until(now=NOON) is None


@pytest.mark.parametrize("status", [401, 403, 429])
def test_one_more_stops_posting_for_ten_minutes(status: int) -> None:
    """The 501st invalid answer within ten minutes stops posting for ten."""
    expected = NOON + 10 * MINUTE
    assert expected == noted(501, status=status).stopped_until(now=NOON)


@pytest.mark.parametrize("status", [None, 200, 400, 404, 500])
def test_other_answers_do_not_count(status: int | None) -> None:
    """Only 401, 403 and 429 count towards Discord's limit."""
    assert noted(2000, status=status).stopped_until(now=NOON) is None


def test_the_window_slides() -> None:
    """Invalid answers that are at least ten minutes old do not count."""
    answers = noted(500)
    answers.note(403, now=NOON + 10 * MINUTE)
    assert answers.stopped_until(now=NOON + 10 * MINUTE) is None


def test_all_answers_in_the_window_count() -> None:
    """500 answers at once and one more just before ten minutes have passed stop posting."""
    answers = noted(500)
    last = NOON + timedelta(minutes=9, seconds=59)
    answers.note(403, now=last)
    assert last + 10 * MINUTE == answers.stopped_until(now=last)


def test_posting_resumes_after_the_pause_with_a_reset_count() -> None:
    """After ten minutes posting resumes, and one more invalid answer does not stop it again."""
    answers, later = noted(501), NOON + 10 * MINUTE
    assert answers.stopped_until(now=later) is None
    answers.note(403, now=later)
    assert answers.stopped_until(now=later) is None


def test_answers_that_arrive_during_the_pause_do_not_extend_it() -> None:
    """Answers to requests that were in progress do not restart the pause."""
    answers = noted(501)
    answers.note(429, now=NOON + MINUTE)
    assert NOON + 10 * MINUTE == answers.stopped_until(now=NOON + MINUTE)


def test_a_clock_set_back_does_not_extend_the_pause() -> None:
    """However far the clock jumps back, the pause is over ten minutes later."""
    answers, earlier = noted(501), NOON - timedelta(days=1)
    assert earlier + 10 * MINUTE == answers.stopped_until(now=earlier)
    assert answers.stopped_until(now=earlier + 10 * MINUTE) is None


def refused_plans(count: int, *, status: int = 403) -> InvalidAnswers:
    answers = InvalidAnswers()
    for _ in range(count):
        with answers.trying_refused_plan():
            answers.note(status, now=NOON)
    return answers


@pytest.mark.parametrize(("for_moderator", "most"), [(False, 80), (True, REFUSED_PLANS_LIMIT)])
def test_refused_plans_may_cause_a_hundred_of_the_five_hundred(*, for_moderator: bool, most: int) -> None:
    """20 of them are reserved for moderators who have just acted; when they are used up, other plans go on."""
    answers = refused_plans(most - 1)
    assert answers.allows_refused_plan(now=NOON, for_moderator=for_moderator)

    answers = refused_plans(most)
    assert not answers.allows_refused_plan(now=NOON, for_moderator=for_moderator)
    assert answers.stopped_until(now=NOON) is None


def test_refused_plans_in_progress_count() -> None:
    """Plans that are tried at the same time do not exceed the hundred together."""
    answers = refused_plans(REFUSED_PLANS_LIMIT - 1)
    with answers.trying_refused_plan():
        assert not answers.allows_refused_plan(now=NOON, for_moderator=True)
    assert answers.allows_refused_plan(now=NOON, for_moderator=True)


def test_accepted_posts_of_refused_plans_do_not_count() -> None:
    """After an outage any number of plans can recover at once."""
    assert refused_plans(5000, status=200).allows_refused_plan(now=NOON)


def test_the_window_of_refused_plans_slides_too() -> None:
    """Ten minutes later a hundred more are allowed."""
    assert refused_plans(REFUSED_PLANS_LIMIT).allows_refused_plan(now=NOON + 10 * MINUTE)


def test_answers_to_other_plans_do_not_count_for_refused_ones() -> None:
    """Only answers to refused plans count towards their hundred."""
    assert noted(400).allows_refused_plan(now=NOON)
