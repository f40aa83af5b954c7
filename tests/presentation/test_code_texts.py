"""The notes about plans and posts: every code has a sentence."""

import pytest

from bot.autopost.codes import Problem, ProblemCode, Result, ResultCode
from bot.autopost.outcome import OurFault
from bot.presentation.code_texts import problem_sentence, result_in_words

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
    """In short, whole sentences without a code."""
    sentence = problem_sentence(Problem(code))

    assert sentence.endswith(".")
    assert len(sentence) <= 200
    assert not any(map(str.isdigit, sentence))


@pytest.mark.parametrize("code", PAUSES)
def test_a_pause_says_that_it_is_tried_again(code: ProblemCode) -> None:
    """So moderators know that they need not set up the autopost again."""
    assert "I will try again later" in problem_sentence(Problem(code))


@pytest.mark.parametrize("code", ResultCode)
def test_each_result_has_its_words(code: ResultCode) -> None:
    """They follow “last:”."""
    assert result_in_words(Result(code))


def test_a_fault_on_our_side_has_a_sentence_too() -> None:
    """Moderators also read about problems that they cannot fix."""
    assert result_in_words(OurFault(400, 50035).result).endswith(".")


@pytest.mark.parametrize("stored", ["", "of_a_later_version"])
def test_code_of_a_later_version_can_be_read(stored: str) -> None:
    """It reads as unknown."""
    assert (ProblemCode.UNKNOWN, ResultCode.UNKNOWN) == (ProblemCode(stored), ResultCode(stored))
