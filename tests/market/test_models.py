"""Answers of the endpoint that are accepted."""

from collections.abc import Sequence
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
from bot.operations.sample import FETCHED_AT, PATH
from tests.fakes.answers import Json, answer, body, category, model, snapshot, task

SAMPLE = PATH.read_bytes()
SHARED_SAMPLE = "3e39cf29"
SEPTEMBER_1 = datetime(2026, 9, 1, tzinfo=UTC)
DEEP = 100_000


class TestSample:
    """The real answer that comes with the project."""

    def test_it_is_kept_byte_for_byte(self) -> None:
        """The hash is that of the answer as received."""
        parsed = Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT)

        assert SAMPLE == parsed.body
        assert sha256(SAMPLE).hexdigest() == parsed.sha256
        assert parsed.sha256.startswith(SHARED_SAMPLE)

    def test_its_contents(self) -> None:
        """29 tasks of four macro-categories with ten models each, in the source's order."""
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
        """The source rounds its shares; the bot neither refuses nor rescales them."""
        data = Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT).data

        assert 1.003 == round(sum(each.token_share for each in data.classifications), 3)
        assert 0.999 == round(sum(each.usage_share for each in data.macro_categories), 3)

    def test_its_citation(self) -> None:
        """With its date and its licence."""
        assert (
            "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."
            == Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT).citation
        )


class TestAccepted:
    """Changes of the source that need no new version of the bot."""

    def test_new_fields_are_ignored(self) -> None:
        """Anywhere."""
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
        """With the source's own names."""
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
        """Including 0 and 1, also as integers."""
        assert share == snapshot(tasks=[task("x", share)]).data.classifications[0].usage_share

    @pytest.mark.parametrize(
        ("share", "expected"), [(1.0000000000000002, 1.0), (-1e-17, 0.0), (1 + 9e-10, 1.0), (-9e-10, 0.0)]
    )
    def test_a_share_with_a_rounding_error_is_clamped(self, share: float, expected: float) -> None:
        """Sums of fractions may slightly exceed 1."""
        parsed = snapshot(
            tasks=[task("x", share, models=[model("a/b", share)])], categories=[category("y", share)]
        ).data

        assert [expected] * 3 == [
            parsed.classifications[0].usage_share,
            parsed.classifications[0].models[0].tag_usage_share,
            parsed.macro_categories[0].usage_share,
        ]

    def test_a_whole_number_may_be_written_with_a_point(self) -> None:
        """7.0 days are 7 days."""
        days = Snapshot.parse(body(answer(window_days=7.0)), fetched_at=SEPTEMBER_1).data.window_days

        assert (7, int) == (days, type(days))

    @pytest.mark.parametrize(
        "as_of",
        [
            "2026-08-31T00:00:00Z",
            "2026-08-31T23:59:59.999Z",
            "2026-08-31 12:00:00",
            "2026-08-31T23:30",
            "2026-09-01T01:00:00+02:00",
        ],
    )
    def test_a_date_with_a_time_is_its_date(self, as_of: str) -> None:
        """In UTC if it has a time zone."""
        assert date(2026, 8, 31) == snapshot(as_of).as_of

    def test_the_date_may_be_a_little_ahead_of_this_machine(self) -> None:
        """Clocks differ: up to one day is accepted."""
        assert date(2026, 9, 2) == snapshot("2026-09-02", fetched_at=SEPTEMBER_1).as_of

    @settings(deadline=None, max_examples=60)
    @given(
        texts=st.tuples(*[st.text(max_size=50)] * 4),
        shares=st.tuples(*[st.floats(0, 1)] * 4),
    )
    def test_texts_and_shares_are_kept_as_they_are(
        self, texts: tuple[str, str, str, str], shares: tuple[float, float, float, float]
    ) -> None:
        """Any text and any fraction, exactly."""
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


WRONG: Sequence[object] = [None, ..., "0.5", True, [], {}]
"""Invalid shares; `...` stands for a missing one."""


def with_share(entry: Json, name: str, wrong: object) -> Json:
    """An entry with the given value as a share."""
    rest = {key: value for key, value in entry.items() if key != name}
    return rest if wrong is ... else {**rest, name: wrong}


class TestLeftOut:
    """A malformed entry is skipped, and the rest of the day is kept."""

    @pytest.mark.parametrize("wrong", WRONG)
    @pytest.mark.parametrize("name", ["usage_share", "token_share", "category_usage_share", "category_token_share"])
    def test_a_task(self, name: str, wrong: object) -> None:
        """The others keep their order; the log names the place."""
        read = snapshot(tasks=[task("a"), with_share(task("b"), name, wrong), task("c")])

        assert ["a", "c"] == [each.tag for each in read.data.classifications]
        assert read.left_out.startswith(
            f"Malformed entries skipped in OpenRouter's answer: 1, the first at data.classifications.1.{name}: "
        )

    @pytest.mark.parametrize("wrong", WRONG)
    @pytest.mark.parametrize("name", ["tag_usage_share", "tag_token_share"])
    def test_a_model(self, name: str, wrong: object) -> None:
        """Its task and the other tasks stay."""
        models = [
            with_share(model("a/b"), name, wrong),
            model("c/d"),
            model("e/f"),
            with_share(model("g"), name, wrong),
        ]
        read = snapshot(tasks=[task("a", models=models), task("b")])

        assert [["c/d", "e/f"], ["maker/alpha-20260101"]] == [
            [each.id for each in found.models] for found in read.data.classifications
        ]
        assert ": 2, the first at data.classifications.0.models.0." in read.left_out

    @pytest.mark.parametrize("wrong", WRONG)
    def test_a_macro_category(self, wrong: object) -> None:
        """Its tasks still mention it."""
        categories = [category("a"), with_share(category("b"), "usage_share", wrong)]

        assert ["a"] == [each.key for each in snapshot(categories=categories).data.macro_categories]

    @pytest.mark.parametrize("name", ["tag", "display_name", "macro_category", "models"])
    @pytest.mark.parametrize("wrong", [None, ..., 7])
    def test_any_other_part(self, name: str, wrong: object) -> None:
        """Whichever part of an entry is malformed."""
        tasks = [with_share(task("a"), name, wrong), task("b")]

        assert ["b"] == [each.tag for each in snapshot(tasks=tasks).data.classifications]

    def test_a_task_with_mostly_malformed_models(self) -> None:
        """Its ranking would be wrong, so the task is skipped."""
        tasks = [task("a", models=[model("a/b"), {"id": "c"}, None]), task("b")]
        read = snapshot(tasks=tasks)

        assert ["b"] == [each.tag for each in read.data.classifications]
        assert ": 2, the first at data.classifications.0.models.1.tag_usage_share: " in read.left_out

    def test_a_task_and_models_beside_it(self) -> None:
        """Each malformed entry is skipped, wherever it is."""
        wrong = with_share(model("x"), "tag_usage_share", None)
        tasks: list[Json | None] = [
            task("a", models=[wrong, model("a/b")]),
            None,
            task("c", models=[model("c/d"), wrong]),
            with_share(task("d", models=[wrong, model("e")]), "tag", None),
        ]
        left = snapshot(tasks=tasks).data.classifications  # type: ignore[arg-type] # None is no task

        assert [("a", ["a/b"]), ("c", ["c/d"])] == [(each.tag, [found.id for found in each.models]) for each in left]

    def test_the_body_is_kept_as_it_was_received(self) -> None:
        """Parsing it again gives the same."""
        sent = body(answer(tasks=[task("a"), task("b", usage_share=None)], new=float("nan")))
        read = Snapshot.parse(sent, fetched_at=SEPTEMBER_1)
        again = Snapshot.parse(read.body, fetched_at=SEPTEMBER_1)

        assert sent == read.body
        assert (read.data, read.left_out) == (again.data, again.left_out)

    def test_nothing_is_said_where_nothing_is_left_out(self) -> None:
        """The usual case."""
        assert not Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT).left_out


class TestFrozen:
    """A snapshot is a value."""

    def test_it_is_immutable(self) -> None:
        """Neither the snapshot nor its data."""
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
        """The time of the fetch counts, cached values do not."""
        first, second = snapshot(), snapshot()
        assert first.sha256 == second.sha256
        assert first == second
        assert first != snapshot(fetched_at=SEPTEMBER_1 + timedelta(seconds=1))

    def test_its_repr_is_short(self) -> None:
        """It does not contain the body."""
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
        """They share a slug: the model's name wins, whatever the order."""
        listed = [
            {"id": "a/b", "canonical_slug": "a/b-20260101", "name": "A: B"},
            {"id": "a/b:thinking", "canonical_slug": "a/b-20260101", "name": "A: B Thinker"},
        ]
        assert {"a/b-20260101": "A: B"} == parse_model_listing(
            body({"data": listed[::-1] if variant_first else listed})
        )

    def test_the_name_of_a_variant(self) -> None:
        """Without its suffix, if the model itself is not listed."""
        listed = [{"id": "a/b:free", "canonical_slug": "a/b-20260101", "name": "A: B (free)"}]

        assert {"a/b-20260101": "A: B"} == parse_model_listing(body({"data": listed}))

    @pytest.mark.parametrize("wrong", [{"id": None}, {"canonical_slug": None}, {"name": None}, {"name": 7}])
    def test_a_malformed_row_is_skipped(self, wrong: dict[str, object]) -> None:
        """The names of all other models are known."""
        right = {"id": "a/b", "canonical_slug": "a/b-20260101", "name": "A: B"}

        assert {"a/b-20260101": "A: B"} == parse_model_listing(body({"data": [{**right, **wrong}, right]}))

    @pytest.mark.parametrize(
        "of",
        [b"", b"<html>", b"{}", b"[]", b'{"data": {}}', b'{"data": [{"id": "a/b"}]}', b'{"data": [1]}', b"[" * DEEP],
    )
    def test_an_invalid_answer_is_refused(self, of: bytes) -> None:
        """The sentence says which answer it was."""
        with pytest.raises(InvalidResponseError, match="list of models"):
            parse_model_listing(of)
