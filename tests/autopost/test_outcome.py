from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.autopost.outcome import (
    LONGEST_BACKOFF,
    NO_ANSWER,
    AlreadyThere,
    Answer,
    Ended,
    EndReason,
    InvalidAnswers,
    OurFault,
    Outcome,
    Paused,
    PauseReason,
    Sent,
    TryAgain,
    Unauthorized,
    backoff,
    outcome,
)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=200, message_id=7), Sent(7)),
        (Answer(status=200), TryAgain()),
        (Answer(status=404, code=10008), AlreadyThere()),
        (Answer(status=404, code=10003), Ended(EndReason.NO_CHANNEL)),
        (Answer(status=404, code=10004), Ended(EndReason.NO_SERVER)),
        (Answer(status=403, code=50001), Paused(PauseReason.NO_ACCESS)),
        (Answer(status=403, code=50013), Paused(PauseReason.NO_PERMISSION)),
        (Answer(status=400, code=50024), Paused(PauseReason.WRONG_CHANNEL)),
        (Answer(status=400, code=50008), Paused(PauseReason.WRONG_CHANNEL)),
        (Answer(status=400, code=50083), Paused(PauseReason.ARCHIVED)),
        (Answer(status=403, code=160005), Paused(PauseReason.LOCKED)),
        (Answer(status=400, code=200000), Paused(PauseReason.BLOCKED)),
        (Answer(status=400, code=50035), OurFault(400, 50035)),
        (Answer(status=401, code=0), Unauthorized()),
        (Answer(status=401, code=40001), Unauthorized()),
        (Answer(status=429, retry_after=timedelta(seconds=3)), TryAgain(timedelta(seconds=3))),
        (Answer(status=429, code=20016, retry_after=MINUTE), TryAgain(MINUTE)),
        (Answer(status=500), TryAgain()),
        (Answer(status=502), TryAgain()),
        (Answer(status=503, code=10003), TryAgain()),
        (Answer(status=503, retry_after=MINUTE), TryAgain(MINUTE)),
        (Answer(status=408), TryAgain()),
        (NO_ANSWER, TryAgain()),
    ],
)
def test_each_answer_of_discord_has_one_meaning(answer: Answer, expected: Outcome) -> None:
    """Codes and statuses lead to what the plan does next."""
    assert expected == outcome(answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=403, code=987654), Paused(PauseReason.REFUSED)),
        (Answer(status=404, code=10999), Paused(PauseReason.REFUSED)),
        (Answer(status=403), TryAgain()),
        (Answer(status=403, code=0), TryAgain()),
        (Answer(status=403, code=40333), TryAgain()),
        (Answer(status=404, code=0), OurFault(404, 0)),
        (Answer(status=400, code=987654), OurFault(400, 987654)),
        (Answer(status=413), OurFault(413, None)),
    ],
)
def test_an_unknown_refusal_is_bounded_and_deletes_nothing(answer: Answer, expected: Outcome) -> None:
    """Unknown codes pause the plan or fail this one post; only a proxy's bare 403 is tried again."""
    assert expected == outcome(answer)


@given(
    status=st.none() | st.integers(200, 599),
    code=st.none() | st.integers(0, 300_000),
    message_id=st.none() | st.integers(1, 2**63),
)
def test_no_answer_is_without_an_outcome(status: int | None, code: int | None, message_id: int | None) -> None:
    """Whatever comes back has an outcome, and only a message's id makes it sent."""
    found = outcome(Answer(status=status, code=code, message_id=message_id))
    accepted = status is not None and status < 400 and message_id is not None
    assert accepted == isinstance(found, Sent)


@given(code=st.integers(0, 300_000))
def test_a_plan_ends_only_when_its_channel_or_server_is_gone(code: int) -> None:
    """No code but 10003 and 10004 ends a plan."""
    assert (code in {10003, 10004}) == isinstance(outcome(Answer(status=404, code=code)), Ended)


@pytest.mark.parametrize("reason", [*PauseReason, *EndReason])
def test_each_reason_has_a_plain_sentence(reason: PauseReason | EndReason) -> None:
    """A reason is told in short, whole sentences without a code."""
    sentence = reason.sentence
    assert sentence.endswith(".")
    assert len(sentence) <= 200
    assert not any(map(str.isdigit, sentence))


def test_a_pause_says_that_it_is_tried_again() -> None:
    """Moderators learn that nothing has to be set up anew."""
    assert all(reason.sentence.endswith("I try again every day.") for reason in PauseReason)


@pytest.mark.parametrize("found", [OurFault(400, 50035), Unauthorized()])
def test_a_fault_on_our_side_has_a_sentence_too(found: OurFault | Unauthorized) -> None:
    """What moderators cannot put right is told as well."""
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (10, 512), (11, 600), (10**6, 600)])
def test_backoff_doubles_up_to_ten_minutes(attempt: int, seconds: int) -> None:
    """Without the jitter's luck, each wait is twice the one before, and bounded."""
    assert timedelta(seconds=seconds) == backoff(attempt, jitter=1.0)


@given(attempt=st.integers(0, 100), jitter=st.floats(0, 1))
def test_backoff_has_full_jitter(attempt: int, jitter: float) -> None:
    """The wait lies anywhere between nothing and its longest."""
    wait = backoff(attempt, jitter=jitter)
    assert timedelta(0) <= wait <= LONGEST_BACKOFF
    assert backoff(attempt, jitter=1.0) * jitter == wait


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
