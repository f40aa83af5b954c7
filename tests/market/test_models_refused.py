"""Answers of the endpoint that are refused, and the place that the error names."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InvalidResponseError
from bot.market.models import Snapshot
from bot.operations.sample import FETCHED_AT, PATH
from tests.fakes.answers import answer, body, category, task

SAMPLE = PATH.read_bytes()
SHARED_SAMPLE = "3e39cf29"
SEPTEMBER_1 = datetime(2026, 9, 1, tzinfo=UTC)
DEEP = 100_000


def refusal(of: bytes, *, fetched_at: datetime = SEPTEMBER_1) -> str:
    """The sentence that refuses a body."""
    with pytest.raises(InvalidResponseError) as refused:
        Snapshot.parse(of, fetched_at=fetched_at)
    return refused.value.operator_sentence


class TestRefused:
    """Answers that do not match the documentation."""

    @pytest.mark.parametrize(
        "share", [float("nan"), float("inf"), -float("inf"), 10**400, -0.001, 1.001, 23.1, "0.5", True, None, [], {}]
    )
    @pytest.mark.parametrize(
        "place",
        [
            "data.classifications.0.usage_share",
            "data.classifications.0.token_share",
            "data.classifications.0.category_usage_share",
            "data.classifications.0.category_token_share",
            "data.classifications.0.models.0.tag_usage_share",
            "data.classifications.0.models.0.tag_token_share",
            "data.macro_categories.0.usage_share",
            "data.macro_categories.0.token_share",
        ],
    )
    def test_a_share_that_is_no_fraction(self, share: object, place: str) -> None:
        """The sentence names its place."""
        odd = answer()
        put(odd, place, share)

        assert f" at {place}: " in refusal(body(odd))

    @pytest.mark.parametrize("share", [1 + 1e-6, -1e-6, 1.5, float("nan")])
    def test_an_invalid_share_refuses_the_day(self, share: float) -> None:
        """It is named even if a malformed entry comes before it."""
        odd = answer(tasks=[task("wrong", usage_share=None), task("fine"), task("untrue", share)])

        assert " at data.classifications.2.usage_share: a share lies between 0 and 1" in refusal(body(odd))

    @pytest.mark.parametrize(
        ("of", "place"),
        [
            (answer(tasks=[task("a", usage_share=None)] * 2 + [task("b")]), "data.classifications.0.usage_share"),
            (answer(tasks=[task("a", models=[{"id": "a/b"}])] * 9), "data.classifications.0.models.0.tag_usage_share"),
            (answer(categories=[category("a", None)]), "data.macro_categories.0.usage_share"),  # type: ignore[arg-type] # the point
        ],
        ids=["most tasks", "every model", "the one category"],
    )
    def test_a_mostly_malformed_list_refuses_the_day(self, of: dict[str, Any], place: str) -> None:
        """Then not the entries are wrong: the format has changed."""
        assert f" at {place}: " in refusal(body(of))

    def test_an_infinite_share(self) -> None:
        """1e999 parses as infinity."""
        assert "usage_share" in refusal(body(answer()).replace(b": 0.1", b": 1e999", 1))

    @pytest.mark.parametrize(
        "as_of",
        [
            "",
            "yesterday",
            "2026-08-32",
            "2026-02-29",
            "31.08.2026",
            "20260831",
            "2026-08-31T25:00:00Z",
            "2026-08-31 and more",
            20260831,
            True,
            None,
            [],
        ],
    )
    def test_an_invalid_date(self, as_of: object) -> None:
        """`as_of` must be written as a date."""
        odd = answer()
        odd["data"]["as_of"] = as_of

        assert " at data.as_of: " in refusal(body(odd))

    @pytest.mark.parametrize("as_of", ["2026-09-03", "2027-08-31", "9999-12-31"])
    def test_a_future_date(self, as_of: str) -> None:
        """Such an answer would stay the latest until that day."""
        assert f"OpenRouter's answer has the date {as_of}, which is in the future." == refusal(body(answer(as_of)))

    def test_no_tasks(self) -> None:
        """An empty ranking is refused."""
        assert " at data.classifications: " in refusal(body(answer(tasks=[])))

    @pytest.mark.parametrize(
        "place",
        [
            "data",
            "data.window_days",
            "data.as_of",
            "data.classifications",
            "data.macro_categories",
            "data.classifications.0.tag",
            "data.classifications.0.display_name",
            "data.classifications.0.macro_category",
            "data.classifications.0.models",
            "data.classifications.0.models.0.id",
            "data.macro_categories.0.key",
            "data.macro_categories.0.label",
        ],
    )
    @pytest.mark.parametrize("wrong", [..., None, True, -1, 1.5])
    def test_a_missing_or_wrongly_typed_field(self, place: str, wrong: object) -> None:
        """The sentence names its place."""
        odd = answer()
        put(odd, place, wrong)

        assert f" at {place}: " in refusal(body(odd))

    @pytest.mark.parametrize(
        "of",
        [
            b"",
            b" ",
            b"null",
            b"[]",
            b'"data"',
            b"<!doctype html><title>502</title>",
            SAMPLE[:-1],
            SAMPLE + b"}",
            SAMPLE.replace(b"Data Extraction", b"Data \xff Extraction"),
            SAMPLE.decode().encode("utf-16"),
            b'{"data":' * DEEP,
            b"[" * DEEP,
            SAMPLE[:-1] + b',"new":' + b"[" * DEEP + b"]" * DEEP + b"}",
            SAMPLE.replace(b"Classification", rb"\ud800", 1),
        ],
        ids=lambda of: repr(of[:20]),
    )
    def test_other_bodies(self, of: bytes) -> None:
        """HTML, truncated JSON, another encoding, endless nesting: one short sentence each."""
        sentence = refusal(of)

        assert sentence.startswith("OpenRouter's answer does not match its documentation")
        assert len(sentence) < 200

    @settings(deadline=None, max_examples=60)
    @given(at=st.integers(0, len(SAMPLE) - 1))
    def test_any_truncated_answer(self, at: int) -> None:
        """It is refused."""
        assert refusal(SAMPLE[:at])

    @settings(deadline=None, max_examples=100)
    @given(at=st.integers(0, len(SAMPLE) - 1), byte=st.integers(0, 255))
    def test_any_changed_byte(self, at: int, byte: int) -> None:
        """A valid answer with another hash, or refused; no other error."""
        odd = SAMPLE[:at] + bytes([byte]) + SAMPLE[at + 1 :]
        with contextlib.suppress(InvalidResponseError):
            parsed = Snapshot.parse(odd, fetched_at=FETCHED_AT)
            assert (odd == SAMPLE) == (parsed.sha256.startswith(SHARED_SAMPLE))

    @settings(deadline=None, max_examples=60)
    @given(
        odd=st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["data", "as_of", "classifications"]), inner, max_size=3)
            ),
        )
    )
    def test_any_other_json(self, odd: object) -> None:
        """It is refused with a sentence."""
        assert refusal(json.dumps(odd).encode())

    def test_the_sentence_does_not_repeat_the_value(self) -> None:
        """The value may be anything, of any length."""
        assert "SECRET" not in refusal(body(answer("SECRET")))


def put(into: Any, place: str, value: object) -> None:
    """Put a value at a place in an answer; `...` removes the place."""
    *path, last = (int(step) if step.isdecimal() else step for step in place.split("."))
    for step in path:
        into = into[step]
    if value is ...:
        del into[last]
    else:
        into[last] = value
