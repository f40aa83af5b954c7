from collections.abc import Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.market.editions import Edition
from bot.market.names import display_name, distinct_names
from bot.operations.sample import SampleMarket
from tests.fakes.answers import category, model, snapshot, task

APRIL = "deepseek/deepseek-v4-flash-20260423"
JULY = "deepseek/deepseek-v4-flash-20260731"
IDS = st.one_of(
    st.text("ab/-:[] ", max_size=8),
    st.from_regex(r"[ab]/[xy](-2026(0[1-3]|1[0-2])(01|15))?(:free)?", fullmatch=True),
)


class TestDisplayName:
    """What a model is called."""

    @pytest.mark.parametrize(
        ("model_id", "name"),
        [
            ("google/gemini-2.5-flash-lite", "Gemini 2.5 Flash Lite"),
            ("openai/gpt-5.6-luna-20260709", "GPT-5.6 Luna"),
            ("openai/gpt-oss-120b", "GPT-OSS 120B"),
            ("openai/gpt-4o-mini", "GPT-4o Mini"),
            ("openai/gpt-4o-2024-08-06", "GPT-4o"),
            (APRIL, "DeepSeek V4 Flash"),
            ("z-ai/glm-5.3-flash-20260826", "GLM 5.3 Flash"),
            ("meta-llama/llama-3.3-70b-instruct", "Llama 3.3 70B Instruct"),
            ("qwen/qwen3-235b-a22b-07-25", "Qwen3 235B A22B"),
            ("stealth/owl-alpha", "Owl Alpha"),
            ("x-ai/grok-4-fast:free", "Grok 4 Fast (free)"),
            ("just-one-word", "Just One Word"),
            ("", ""),
            ("maker/", "maker/"),
        ],
    )
    def test_without_a_catalog_the_id_is_tidied(self, model_id: str, name: str) -> None:
        """No maker, no date, the variant in brackets."""
        assert name == display_name(model_id, {})

    @pytest.mark.parametrize(
        ("known", "name"),
        [
            ("DeepSeek: DeepSeek V4 Flash", "DeepSeek V4 Flash"),
            ("DeepSeek V4 Flash", "DeepSeek V4 Flash"),
            ("Maker: Name: with a colon", "Name: with a colon"),
            ("Maker: ", "Maker:"),
            (" ", "DeepSeek V4 Flash"),
        ],
    )
    def test_the_catalog_knows_better(self, known: str, name: str) -> None:
        """Its name without the maker before the colon; a blank one is none."""
        assert name == display_name(APRIL, {APRIL: known})

    def test_a_variant_has_the_name_of_its_model(self) -> None:
        """The suffix is no part of the slug."""
        assert "DeepSeek V4 Flash (free)" == display_name(f"{APRIL}:free", {APRIL: "DeepSeek: DeepSeek V4 Flash"})


class TestDistinctNames:
    """Never are two models called alike."""

    def test_two_of_one_name_differ_by_their_date(self) -> None:
        """The two DeepSeek V4 Flash of the real answer."""
        names = {APRIL: "DeepSeek V4 Flash 04-23", JULY: "DeepSeek V4 Flash 07-31"}

        assert names == distinct_names([APRIL, JULY], {})
        assert names == distinct_names([APRIL, JULY], dict.fromkeys(names, "DeepSeek: DeepSeek V4 Flash"))

    def test_one_alone_needs_no_date(self) -> None:
        """Nor does one whose name the other does not have."""
        assert {APRIL: "DeepSeek V4 Flash"} == distinct_names([APRIL], {})
        assert {APRIL: "Old", JULY: "DeepSeek V4 Flash"} == distinct_names([APRIL, JULY], {APRIL: "Old"})

    def test_variants_keep_theirs_behind_the_date(self) -> None:
        """So that both can be told."""
        assert {
            f"{APRIL}:free": "DeepSeek V4 Flash 04-23 (free)",
            f"{JULY}:free": "DeepSeek V4 Flash 07-31 (free)",
            APRIL: "DeepSeek V4 Flash",
        } == distinct_names([f"{APRIL}:free", f"{JULY}:free", APRIL], {})

    def test_where_the_date_is_not_enough_the_id_is_shown(self) -> None:
        """Two makers, two years, or no date at all."""
        assert {"a/x": "X [a/x]", "b/x": "X [b/x]"} == distinct_names(["a/x", "b/x"], {})
        assert {"a/x-20250423": "X 04-23 [a/x-20250423]", "a/x-20260423": "X 04-23 [a/x-20260423]"} == distinct_names(
            ["a/x-20250423", "a/x-20260423"], {}
        )

    @settings(deadline=None, max_examples=100)
    @given(ids=st.lists(IDS, unique=True, max_size=8), catalog=st.dictionaries(IDS, st.text("AB []/-x:", max_size=6)))
    @example(ids=["a/x", "b/x", "c/y"], catalog={"c/y": "X [a/x]"})
    def test_distinct_ids_never_share_a_name(self, ids: list[str], catalog: Mapping[str, str]) -> None:
        """Whatever the source calls them."""
        names = distinct_names(ids, catalog)

        assert ids == list(names)
        assert len(ids) == len(set(names.values()))


class TestEdition:
    """A snapshot with names."""

    def test_the_sample_names_every_model(self) -> None:
        """Each by a name of its own that is shorter than a line on a phone is long."""
        names = SampleMarket().find_edition().model_names

        assert len(names) == len(set(names.values()))
        assert max(len(name) for name in names.values()) <= 34
        assert {"DeepSeek V4 Flash 04-23", "DeepSeek V4 Flash 07-31"} == {names[APRIL], names[JULY]}
        assert not any("[" in name for name in names.values())

    def test_tasks_are_found_by_tag_label_and_category(self) -> None:
        """The label to read names the category."""
        edition = Edition(
            snapshot(tasks=[task("code:x", display_name="Ex")], categories=[category("code", label="Coding")])
        )

        assert [("code:x", "Ex (Coding)", ("Ex", "Coding"))] == [
            (found.key, found.label, found.aliases) for found in edition.tasks
        ]

    def test_models_are_found_by_id_and_name(self) -> None:
        """Each once, however many tasks list it."""
        tasks = [task("x", models=[model("a/x-1"), model("a/y")]), task("y", models=[model("a/y")])]
        edition = Edition(snapshot(tasks=tasks), {"a/y": "A: Why"})

        assert [("a/x-1", "X 1"), ("a/y", "Why")] == [(found.key, found.label) for found in edition.models]

    def test_what_can_be_found_is_made_once(self) -> None:
        """Autocomplete looks at it with each keystroke."""
        edition = Edition(snapshot())

        assert edition.boards is edition.boards
        assert edition.boards[0].lines is edition.boards[0].lines

    def test_the_key_changes_with_what_a_card_shows(self) -> None:
        """With the figures and with the names, but not with names of models that are not there."""
        plain = Edition(snapshot())
        same = Edition(snapshot(), {"not/there": "Not There"})
        renamed = Edition(snapshot(), {"maker/alpha-20260101": "Maker: Prima"})
        revised = Edition(snapshot(tasks=[task("other")]))

        assert plain.key == same.key
        assert 3 == len({plain.key, renamed.key, revised.key})

    def test_labels_of_categories_are_at_hand(self) -> None:
        """Also of one that only a task names."""
        assert {"code": "Code", "music": "music"} == Edition(
            snapshot(tasks=[task("x", macro_category="music")])
        ).category_labels
