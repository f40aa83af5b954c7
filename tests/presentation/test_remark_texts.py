"""What is noted about plans and posts: every code has a sentence that says what to do."""

import pytest

from bot.autopost.outcome import OurFault
from bot.autopost.remarks import Problem, ProblemCode, Result, ResultCode
from bot.presentation.remark_texts import problem_sentence, result_in_words

PAUSES = [
    ProblemCode.NO_ACCESS,
    ProblemCode.NO_PERMISSION,
    ProblemCode.WRONG_CHANNEL,
    ProblemCode.ARCHIVED,
    ProblemCode.LOCKED,
    ProblemCode.BLOCKED,
    ProblemCode.REFUSED,
]


@pytest.mark.parametrize("code", ProblemCode)
def test_each_problem_has_a_plain_sentence(code: ProblemCode) -> None:
    """A reason is told in short, whole sentences without a code."""
    sentence = problem_sentence(Problem(code))

    assert sentence.endswith(".")
    assert len(sentence) <= 200
    assert not any(map(str.isdigit, sentence))


@pytest.mark.parametrize("code", PAUSES)
def test_a_pause_says_that_it_is_tried_again(code: ProblemCode) -> None:
    """Moderators learn that nothing has to be set up anew."""
    assert "I will try again later" in problem_sentence(Problem(code))


@pytest.mark.parametrize("code", ResultCode)
def test_each_result_has_its_words(code: ResultCode) -> None:
    """They stand behind “last:”."""
    assert result_in_words(Result(code))


def test_a_fault_on_our_side_has_a_sentence_too() -> None:
    """What moderators cannot put right is told as well."""
    assert result_in_words(OurFault(400, 50035).result).endswith(".")


@pytest.mark.parametrize("stored", ["", "of_a_later_version"])
def test_code_of_a_later_version_can_be_read(stored: str) -> None:
    """It stops nobody."""
    assert (ProblemCode.UNKNOWN, ResultCode.UNKNOWN) == (ProblemCode(stored), ResultCode(stored))
