"""The answer of the endpoint: what is read from it, and what is refused."""

import contextlib
import json
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.errors import InvalidResponseError
from bot.market.models import Snapshot, parse_model_listing
from bot.sample import FETCHED_AT, PATH
from tests.fakes.answers import answer, body, category, model, snapshot, task

SAMPLE = PATH.read_bytes()
SHARED_SAMPLE = "3e39cf29"
SEPTEMBER_1 = datetime(2026, 9, 1, tzinfo=UTC)
DEEP = 100_000


def refusal(of: bytes, *, fetched_at: datetime = SEPTEMBER_1) -> str:
    """The sentence with which a body is refused."""
    with pytest.raises(InvalidResponseError) as refused:
        Snapshot.parse(of, fetched_at=fetched_at)
    return refused.value.sentence


class TestSample:
    """The real answer that comes with the project."""

    def test_it_is_kept_byte_for_byte(self) -> None:
        """The hash is that of the answer as OpenRouter sent it."""
        parsed = Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT)

        assert SAMPLE == parsed.body
        assert sha256(SAMPLE).hexdigest() == parsed.sha256
        assert parsed.sha256.startswith(SHARED_SAMPLE)

    def test_it_holds_what_the_source_says(self) -> None:
        """29 tasks of four macro-categories, ten models each, in the source's order."""
        data = Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT).data

        assert (7, date(2026, 8, 31)) == (data.window_days, data.as_of)
        assert 29 == len(data.classifications)
        assert {"code", "data", "agent", "general"} == {each.key for each in data.macro_categories}
        assert {10} == {len(each.models) for each in data.classifications}
        first = data.classifications[0]
        assert ("classification_tagging", "Classification", "general") == (
            first.tag,
            first.display_name,
            first.macro_category,
        )
        assert (0.231, 0.055, 0.425, 0.243) == (
            first.usage_share,
            first.token_share,
            first.category_usage_share,
            first.category_token_share,
        )
        assert ("google/gemini-2.5-flash-lite", 0.089, 0.036) == tuple(first.models[0].model_dump().values())

    def test_its_sums_are_not_one_and_it_is_accepted(self) -> None:
        """Shares are rounded by the source; nothing is rejected or rescaled for that."""
        data = Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT).data

        assert 1.003 == round(sum(each.token_share for each in data.classifications), 3)
        assert 0.999 == round(sum(each.usage_share for each in data.macro_categories), 3)

    def test_it_is_cited_verbatim(self) -> None:
        """With its date, and with the licence under which it is republished."""
        assert (
            "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."
            == Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT).citation
        )


class TestAccepted:
    """What may change in the source without the bot's being changed."""

    def test_new_fields_are_ignored(self) -> None:
        """Wherever they turn up."""
        new: dict[str, Any] = {"meta": {"x": [1]}, "new": None}
        told = answer(
            tasks=[task("code:x", **new, models=[{**model("a/b"), **new}])], categories=[category("code", **new)], **new
        )
        plain = answer(tasks=[task("code:x", models=[model("a/b")])])

        assert (
            Snapshot.parse(body(plain), fetched_at=SEPTEMBER_1).data
            == Snapshot.parse(body({**told, **new}), fetched_at=SEPTEMBER_1).data
        )

    def test_new_tags_categories_and_models_are_kept(self) -> None:
        """With the source's own words."""
        data = snapshot(
            tasks=[
                task(
                    "music:mixing",
                    display_name="Mixing & Mastering",
                    macro_category="music",
                    models=[model("stealth/x:free")],
                )
            ],
            categories=[category("video", label="Video!")],
        ).data

        assert ("music:mixing", "Mixing & Mastering", "music") == (
            data.classifications[0].tag,
            data.classifications[0].display_name,
            data.classifications[0].macro_category,
        )
        assert "stealth/x:free" == data.classifications[0].models[0].id
        assert ["Video!"] == [each.label for each in data.macro_categories]

    def test_lists_may_be_empty_where_that_makes_sense(self) -> None:
        """A task without models, an answer without macro-categories."""
        data = snapshot(tasks=[task("x", models=[])], categories=[]).data

        assert ((), ()) == (data.classifications[0].models, data.macro_categories)

    @pytest.mark.parametrize("share", [0, 1, 0.0, 1.0, -0.0, 0.001, 5e-324])
    def test_every_fraction_is_a_share(self, share: float) -> None:
        """Both ends included, written as a whole number or not."""
        assert share == snapshot(tasks=[task("x", share)]).data.classifications[0].usage_share

    def test_the_date_may_be_a_little_ahead_of_this_machine(self) -> None:
        """Clocks differ: a day is let pass."""
        assert date(2026, 9, 2) == snapshot("2026-09-02", fetched_at=SEPTEMBER_1).as_of

    @settings(deadline=None, max_examples=60)
    @given(
        texts=st.tuples(*[st.text(max_size=50)] * 4),
        shares=st.tuples(*[st.floats(0, 1)] * 4),
    )
    def test_texts_and_shares_are_kept_as_they_are(
        self, texts: tuple[str, str, str, str], shares: tuple[float, float, float, float]
    ) -> None:
        """Any text, any fraction, to the last bit."""
        tag, label, key, model_id = texts
        parsed = snapshot(
            tasks=[
                task(
                    tag,
                    shares[0],
                    shares[1],
                    display_name=label,
                    macro_category=key,
                    models=[model(model_id, *shares[2:])],
                )
            ]
        ).data.classifications[0]

        assert texts == (parsed.tag, parsed.display_name, parsed.macro_category, parsed.models[0].id)
        assert shares == (
            parsed.usage_share,
            parsed.token_share,
            parsed.models[0].tag_usage_share,
            parsed.models[0].tag_token_share,
        )


class TestRefused:
    """What is not what the description says, and where."""

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
        """It is named by its place."""
        odd = answer()
        put(odd, place, share)

        assert f" at {place}: " in refusal(body(odd))

    def test_a_share_beyond_all_numbers(self) -> None:
        """1e999 reads as infinite."""
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
            "2026-08-31T01:00:00Z",
            20260831,
            True,
            None,
            [],
        ],
    )
    def test_a_date_that_is_none(self, as_of: object) -> None:
        """`as_of` is a date, written as one."""
        odd = answer()
        odd["data"]["as_of"] = as_of

        assert " at data.as_of: " in refusal(body(odd))

    @pytest.mark.parametrize("as_of", ["2026-09-03", "2027-08-31", "9999-12-31"])
    def test_a_date_that_has_not_come(self, as_of: str) -> None:
        """An answer of the future would stay the latest until then."""
        assert f"OpenRouter's answer is of {as_of}, which has not come yet." == refusal(body(answer(as_of)))

    def test_no_tasks(self) -> None:
        """An empty ranking is no ranking."""
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
    def test_a_field_that_is_missing_or_of_another_kind(self, place: str, wrong: object) -> None:
        """It is named by its place, too."""
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
    def test_what_is_no_such_answer_at_all(self, of: bytes) -> None:
        """HTML, a torn text, another encoding, nesting without end: one sentence each, and not a long one."""
        sentence = refusal(of)

        assert sentence.startswith("OpenRouter's answer is not what its description says")
        assert len(sentence) < 200

    @settings(deadline=None, max_examples=60)
    @given(at=st.integers(0, len(SAMPLE) - 1))
    def test_it_breaks_off_anywhere(self, at: int) -> None:
        """No beginning of an answer is an answer."""
        assert refusal(SAMPLE[:at])

    @settings(deadline=None, max_examples=100)
    @given(at=st.integers(0, len(SAMPLE) - 1), byte=st.integers(0, 255))
    def test_a_byte_is_changed_anywhere(self, at: int, byte: int) -> None:
        """It is still an answer with another hash, or it is refused: nothing else is raised."""
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
        """Whatever it is, it is refused with a sentence."""
        assert refusal(json.dumps(odd).encode())

    def test_the_sentence_does_not_repeat_what_was_there(self) -> None:
        """It may be anything, and long."""
        assert "SECRET" not in refusal(body(answer("SECRET")))


class TestFrozen:
    """A snapshot is a value."""

    def test_nothing_of_it_can_be_changed(self) -> None:
        """Neither it nor what it says."""
        parsed = snapshot()
        with pytest.raises(FrozenInstanceError):
            parsed.body = b""  # type: ignore[misc] # that is the point
        parts: list[BaseModel] = [
            parsed.data,
            parsed.data.classifications[0],
            parsed.data.classifications[0].models[0],
            parsed.data.macro_categories[0],
        ]
        for part in parts:
            for name in type(part).model_fields:
                with pytest.raises(ValidationError, match="frozen"):
                    setattr(part, name, None)
        assert tuple is type(parsed.data.classifications)

    def test_equal_bodies_of_one_fetch_are_equal(self) -> None:
        """When it was fetched makes a difference; what is cached on the way does not."""
        first, second = snapshot(), snapshot()
        assert first.sha256 == second.sha256
        assert first == second
        assert first != snapshot(fetched_at=SEPTEMBER_1 + timedelta(seconds=1))

    def test_its_repr_is_short(self) -> None:
        """The body would drown a log."""
        assert len(repr(Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT))) < 200

    def test_its_age_counts_from_the_end_of_its_day(self) -> None:
        """The window ends with the UTC date `as_of`."""
        assert SEPTEMBER_1 == snapshot("2026-08-31").ends_at


class TestModelListing:
    """The answer of `GET /models`."""

    def test_each_slug_has_its_name(self) -> None:
        """Other fields are ignored."""
        listed = [
            {"id": "openai/gpt-x", "canonical_slug": "openai/gpt-x-20260709", "name": "OpenAI: GPT-X", "pricing": {}},
            {"id": "z-ai/glm", "canonical_slug": "z-ai/glm-20260826", "name": "Z.AI: GLM"},
        ]
        assert {"openai/gpt-x-20260709": "OpenAI: GPT-X", "z-ai/glm-20260826": "Z.AI: GLM"} == parse_model_listing(
            body({"data": listed})
        )

    @pytest.mark.parametrize("variant_first", [True, False])
    def test_a_model_comes_before_its_variant(self, *, variant_first: bool) -> None:
        """They share a slug: the name is the model's, wherever in the list it stands."""
        listed = [
            {"id": "a/b", "canonical_slug": "a/b-20260101", "name": "A: B"},
            {"id": "a/b:thinking", "canonical_slug": "a/b-20260101", "name": "A: B Thinker"},
        ]
        assert {"a/b-20260101": "A: B"} == parse_model_listing(
            body({"data": listed[::-1] if variant_first else listed})
        )

    def test_a_variant_lends_its_name_without_the_variant(self) -> None:
        """Where the model itself is not listed."""
        listed = [{"id": "a/b:free", "canonical_slug": "a/b-20260101", "name": "A: B (free)"}]

        assert {"a/b-20260101": "A: B"} == parse_model_listing(body({"data": listed}))

    @pytest.mark.parametrize(
        "of",
        [b"", b"<html>", b"{}", b"[]", b'{"data": {}}', b'{"data": [{"id": "a/b"}]}', b'{"data": [1]}', b"[" * DEEP],
    )
    def test_what_is_none_is_refused(self, of: bytes) -> None:
        """With a sentence that says which answer it was."""
        with pytest.raises(InvalidResponseError, match="list of models"):
            parse_model_listing(of)


def put(into: Any, place: str, value: object) -> None:
    """Put a value at a place of an answer; the ellipsis leaves the place out."""
    *path, last = (int(step) if step.isdecimal() else step for step in place.split("."))
    for step in path:
        into = into[step]
    if value is ...:
        del into[last]
    else:
        into[last] = value
