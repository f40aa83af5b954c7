"""What Discord's answers mean, and how long to wait before the next attempt."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.autopost.codes import ProblemCode
from bot.autopost.outcome import (
    LONGEST_BACKOFF,
    NO_ANSWER,
    AlreadyThere,
    Answer,
    Missing,
    NeedsModerator,
    OurFault,
    Outcome,
    Place,
    Sent,
    TryAgain,
    Unauthorized,
    backoff,
    outcome,
)

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=200, message_id=7), Sent(7)),
        (Answer(status=200), TryAgain()),
        (Answer(status=404, code=10008), AlreadyThere()),
        (Answer(status=404, code=10003), Missing(Place.CHANNEL)),
        (Answer(status=404, code=10004), Missing(Place.SERVER)),
        (Answer(status=403, code=50001), NeedsModerator(ProblemCode.NO_ACCESS)),
        (Answer(status=403, code=50013), NeedsModerator(ProblemCode.NO_PERMISSION)),
        (Answer(status=400, code=50024), NeedsModerator(ProblemCode.WRONG_CHANNEL)),
        (Answer(status=400, code=50008), NeedsModerator(ProblemCode.WRONG_CHANNEL)),
        (Answer(status=400, code=50083), NeedsModerator(ProblemCode.ARCHIVED)),
        (Answer(status=403, code=160005), NeedsModerator(ProblemCode.LOCKED)),
        (Answer(status=400, code=200000), NeedsModerator(ProblemCode.BLOCKED)),
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
    """Status and code decide what happens next."""
    assert expected == outcome(answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=403, code=987654), NeedsModerator(ProblemCode.REFUSED)),
        (Answer(status=404, code=10999), NeedsModerator(ProblemCode.REFUSED)),
        (Answer(status=403), TryAgain()),
        (Answer(status=403, code=0), TryAgain()),
        (Answer(status=403, code=40333), TryAgain()),
        (Answer(status=404, code=0), TryAgain()),
        (Answer(status=400, code=0), TryAgain()),
        (Answer(status=400, is_page=True), TryAgain()),
        (Answer(status=401, is_page=True), TryAgain()),
        (Answer(status=403, is_page=True, retry_after=MINUTE), TryAgain(MINUTE)),
        (Answer(status=404, is_page=True), TryAgain()),
        (Answer(status=429, is_page=True, retry_after=MINUTE), TryAgain(MINUTE)),
        (Answer(status=413), TryAgain()),
        (Answer(status=400, code=987654), OurFault(400, 987654)),
    ],
)
def test_an_unknown_refusal_never_ends_a_plan(answer: Answer, expected: Outcome) -> None:
    """An unknown code blocks the plan until it is fixed or fails one post; an answer without a code is retried."""
    assert expected == outcome(answer)


@given(
    status=st.none() | st.integers(200, 599),
    code=st.none() | st.integers(0, 300_000),
    message_id=st.none() | st.integers(1, 2**63),
)
def test_every_answer_has_an_outcome(status: int | None, code: int | None, message_id: int | None) -> None:
    """Only a success with a message id means that the post was sent."""
    found = outcome(Answer(status=status, code=code, message_id=message_id))
    accepted = status is not None and status < 400 and message_id is not None
    assert accepted == isinstance(found, Sent)


@given(code=st.integers(0, 300_000))
def test_a_place_is_missing_only_if_discord_says_so(code: int) -> None:
    """Only the codes 10003 and 10004 may end a plan."""
    assert (code in {10003, 10004}) == isinstance(outcome(Answer(status=404, code=code)), Missing)


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (10, 512), (11, 600), (10**6, 600)])
def test_backoff_doubles_up_to_ten_minutes(attempt: int, seconds: int) -> None:
    """With the largest jitter each wait is twice the one before, up to ten minutes."""
    assert timedelta(seconds=seconds) == backoff(attempt, jitter=1.0)


@given(attempt=st.integers(0, 100), jitter=st.floats(0, 1))
def test_backoff_has_full_jitter(attempt: int, jitter: float) -> None:
    """The wait is between zero and its longest value, in proportion to the jitter."""
    wait = backoff(attempt, jitter=jitter)
    assert timedelta(0) <= wait <= LONGEST_BACKOFF
    assert backoff(attempt, jitter=1.0) * jitter == wait
