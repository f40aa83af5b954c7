"""The answer of the endpoint: what is read from it."""

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

    @pytest.mark.parametrize(
        ("share", "expected"), [(1.0000000000000002, 1.0), (-1e-17, 0.0), (1 + 9e-10, 1.0), (-9e-10, 0.0)]
    )
    def test_a_share_that_was_rounded_over_the_edge_is_on_it(self, share: float, expected: float) -> None:
        """As sums of fractions come out."""
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
        """In UTC, if it names a zone."""
        assert date(2026, 8, 31) == snapshot(as_of).as_of

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


WRONG: Sequence[object] = [None, ..., "0.5", True, [], {}]
"""What a share should never be; the ellipsis leaves it out."""


def with_share(entry: Json, name: str, wrong: object) -> Json:
    """An entry with that in the place of a share."""
    rest = {key: value for key, value in entry.items() if key != name}
    return rest if wrong is ... else {**rest, name: wrong}


class TestLeftOut:
    """An entry that is wrong in form costs itself, not the day."""

    @pytest.mark.parametrize("wrong", WRONG)
    @pytest.mark.parametrize("name", ["usage_share", "token_share", "category_usage_share", "category_token_share"])
    def test_a_task(self, name: str, wrong: object) -> None:
        """The others stay, in their order; the log learns where it was."""
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
        """Its tasks still name it."""
        categories = [category("a"), with_share(category("b"), "usage_share", wrong)]

        assert ["a"] == [each.key for each in snapshot(categories=categories).data.macro_categories]

    @pytest.mark.parametrize("name", ["tag", "display_name", "macro_category", "models"])
    @pytest.mark.parametrize("wrong", [None, ..., 7])
    def test_any_other_part(self, name: str, wrong: object) -> None:
        """Whatever of an entry is wrong in form."""
        tasks = [with_share(task("a"), name, wrong), task("b")]

        assert ["b"] == [each.tag for each in snapshot(tasks=tasks).data.classifications]

    def test_a_task_of_which_most_models_are_wrong(self) -> None:
        """Its ranking would be none: the task is left out."""
        tasks = [task("a", models=[model("a/b"), {"id": "c"}, None]), task("b")]
        read = snapshot(tasks=tasks)

        assert ["b"] == [each.tag for each in read.data.classifications]
        assert ": 2, the first at data.classifications.0.models.1.tag_usage_share: " in read.left_out

    def test_a_task_and_models_beside_it(self) -> None:
        """Each costs just itself, wherever it stands."""
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
        """The archive reads the same from it again."""
        sent = body(answer(tasks=[task("a"), task("b", usage_share=None)], new=float("nan")))
        read = Snapshot.parse(sent, fetched_at=SEPTEMBER_1)
        again = Snapshot.parse(read.body, fetched_at=SEPTEMBER_1)

        assert sent == read.body
        assert (read.data, read.left_out) == (again.data, again.left_out)

    def test_nothing_is_said_where_nothing_is_left_out(self) -> None:
        """Most days."""
        assert not Snapshot.parse(SAMPLE, fetched_at=FETCHED_AT).left_out


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

    @pytest.mark.parametrize("wrong", [{"id": None}, {"canonical_slug": None}, {"name": None}, {"name": 7}])
    def test_a_row_that_is_wrong_in_form_costs_itself(self, wrong: dict[str, object]) -> None:
        """The names of all other models are known."""
        right = {"id": "a/b", "canonical_slug": "a/b-20260101", "name": "A: B"}

        assert {"a/b-20260101": "A: B"} == parse_model_listing(body({"data": [{**right, **wrong}, right]}))

    @pytest.mark.parametrize(
        "of",
        [b"", b"<html>", b"{}", b"[]", b'{"data": {}}', b'{"data": [{"id": "a/b"}]}', b'{"data": [1]}', b"[" * DEEP],
    )
    def test_what_is_none_is_refused(self, of: bytes) -> None:
        """With a sentence that says which answer it was."""
        with pytest.raises(InvalidResponseError, match="list of models"):
            parse_model_listing(of)
