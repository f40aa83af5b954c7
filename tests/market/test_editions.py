import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.market.boards import PERIODS
from bot.market.editions import Edition, comparable_days, comparable_from, earlier_day
from bot.market.models import Snapshot
from bot.market.names import display_name, distinct_names
from bot.operations.sample import SampleMarket
from tests.fakes.answers import answer, body, category, model, snapshot, task

AS_OF = date(2026, 8, 31)
DAY = timedelta(days=1)
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
    def test_without_a_catalog_the_id_is_made_readable(self, model_id: str, name: str) -> None:
        """No maker, no date, the variant in parentheses."""
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
    def test_name_from_the_catalog(self, known: str, name: str) -> None:
        """Without the maker before the colon; a blank name counts as missing."""
        assert name == display_name(APRIL, {APRIL: known})

    def test_a_variant_has_the_name_of_its_model(self) -> None:
        """The suffix is not part of the slug."""
        assert "DeepSeek V4 Flash (free)" == display_name(f"{APRIL}:free", {APRIL: "DeepSeek: DeepSeek V4 Flash"})


class TestDistinctNames:
    """No two models have the same name."""

    def test_two_of_one_name_differ_by_their_date(self) -> None:
        """Such as the two DeepSeek V4 Flash of the real answer."""
        names = {APRIL: "DeepSeek V4 Flash 04-23", JULY: "DeepSeek V4 Flash 07-31"}

        assert names == distinct_names([APRIL, JULY], {})
        assert names == distinct_names([APRIL, JULY], dict.fromkeys(names, "DeepSeek: DeepSeek V4 Flash"))

    def test_one_alone_needs_no_date(self) -> None:
        """A unique name stays as it is."""
        assert {APRIL: "DeepSeek V4 Flash"} == distinct_names([APRIL], {})
        assert {APRIL: "Old", JULY: "DeepSeek V4 Flash"} == distinct_names([APRIL, JULY], {APRIL: "Old"})

    def test_variant_follows_the_date(self) -> None:
        """So that both can be read."""
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


class TestEarlierDay:
    """The day to compare with."""

    @pytest.mark.parametrize("window_days", [1, 3, 7, 8, 10, 11, 10**12])
    def test_it_is_the_nearest_to_a_week_before(self, window_days: int) -> None:
        """For any set of archived days: at least the window and at most 10 days before."""
        for chosen in product((False, True), repeat=12):
            archived = {AS_OF - distance * DAY for distance, is_there in enumerate(chosen) if is_there}
            fit = [(AS_OF - day).days for day in archived if window_days <= (AS_OF - day).days <= 10]
            nearest = min(fit, key=lambda days: (abs(days - 7), days), default=None)

            expected = None if nearest is None else AS_OF - nearest * DAY
            assert expected == earlier_day(AS_OF, archived, window_days=window_days)

    def test_a_later_day_does_not_count(self) -> None:
        """Nor does the day itself."""
        assert earlier_day(AS_OF, {AS_OF, AS_OF + 7 * DAY}, window_days=7) is None

    @pytest.mark.parametrize("day", [1, 8, 11])
    def test_first_days_of_the_calendar(self, day: int) -> None:
        """There is no day before the first."""
        assert [date(1, 1, day - distance) for distance in (7, 8, 9, 10) if distance < day] == comparable_days(
            date(1, 1, day), window_days=7
        )

    @pytest.mark.parametrize("window_days", range(1, 12))
    def test_first_day_that_can_be_compared(self, window_days: int) -> None:
        """It is the first one whose comparable days contain the oldest; a window over 10 days can never be compared."""
        days = [AS_OF + distance * DAY for distance in range(30)]
        can_be = [day for day in days if AS_OF in comparable_days(day, window_days=window_days)]
        assert next(iter(can_be), None) == comparable_from(AS_OF, window_days=window_days)

    @pytest.mark.parametrize(("day", "expected"), [(24, date.max), (25, None), (31, None)])
    def test_last_days_of_the_calendar(self, day: int, expected: date | None) -> None:
        """There is no day after the last."""
        assert expected == comparable_from(date(9999, 12, day), window_days=7)


class TestPeriods:
    """Movers compare snapshots that are one, two or four weeks apart."""

    @pytest.mark.parametrize(
        ("period", "distances"),
        [(7, [7, 8, 9, 10]), (14, [14, 13, 15, 12, 16, 11, 17, 10, 9, 8, 7])],
    )
    def test_days_of_a_period_the_best_first(self, period: int, distances: list[int]) -> None:
        """The nearest, never fewer than the window before, and at most three days more than the period."""
        days = comparable_days(AS_OF, window_days=7, period=period)
        assert [AS_OF - distance * DAY for distance in distances] == days

    @settings(deadline=None, max_examples=100)
    @given(ago=st.sets(st.integers(0, 40), max_size=6), period=st.sampled_from(PERIODS))
    def test_first_day_that_can_be_compared(self, ago: set[int], period: int) -> None:
        """It is the first of the coming days with an archived day within three days of the period."""
        archived = {AS_OF - distance * DAY for distance in ago} | {AS_OF}
        coming = [AS_OF + distance * DAY for distance in range(1, 80)]
        reach = range(max(7, period - 3), period + 4)
        can_be = [day for day in coming if any(day - distance * DAY in archived for distance in reach)]
        assert can_be[0] == comparable_from(AS_OF, archived, window_days=7, period=period)


class TestEdition:
    """A snapshot with names."""

    def test_the_sample_names_every_model(self) -> None:
        """Each has a distinct name that fits a line on a phone."""
        names = SampleMarket().find_edition().model_names

        assert len(names) == len(set(names.values()))
        assert max(len(name) for name in names.values()) <= 34
        assert {"DeepSeek V4 Flash 04-23", "DeepSeek V4 Flash 07-31"} == {names[APRIL], names[JULY]}
        assert not any("[" in name for name in names.values())

    def test_tasks_are_found_by_tag_label_and_category(self) -> None:
        """The label names the category."""
        edition = Edition(
            snapshot(tasks=[task("code:x", display_name="Ex")], categories=[category("code", label="Coding")])
        )

        assert [("code:x", "Ex (Coding)", ("Ex", "Coding"))] == [
            (found.key, found.label, found.aliases) for found in edition.tasks
        ]

    def test_models_are_found_by_id_and_name(self) -> None:
        """Each once, however many tasks list it."""
        tasks = [task("x", models=[model("a/x-1"), model("a/y")]), task("y", models=[model("a/y")])]
        edition = Edition(snapshot(tasks=tasks), names={"a/y": "A: Why"})

        assert [("a/x-1", "X 1"), ("a/y", "Why")] == [(found.key, found.label) for found in edition.models]

    def test_candidates_are_made_once(self) -> None:
        """Autocomplete searches them with each keystroke."""
        edition = Edition(snapshot())

        assert edition.boards is edition.boards
        assert edition.boards[0].lines is edition.boards[0].lines

    def test_the_key_is_the_same_for_the_same_figures(self) -> None:
        """Whatever the bytes, the time of the fetch and the order of the names."""
        source, again = answer(), body(answer(meta={"new": 1}))
        names = {"maker/alpha-20260101": "Maker: Prima", "not/there": "Not There"}
        first, second = body(source), json.dumps(source, indent=1).encode()
        later = datetime(2026, 9, 1, 12, tzinfo=UTC)
        keys = {
            Edition(Snapshot.parse(sent, fetched_at=at), Snapshot.parse(sent, fetched_at=at), names).key
            for sent, at in ((first, later), (second, later), (again, later - timedelta(hours=1)))
        }
        names = dict(reversed(names.items()))

        assert keys == {Edition(snapshot(), snapshot(), names).key}

    def test_the_key_is_the_same_in_another_process(self) -> None:
        """Cards may outlive the process that made them."""
        code = "from bot.operations.sample import SampleMarket; print(SampleMarket().find_edition().key)"
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert SampleMarket().find_edition().key == told.stdout.strip()

    def test_the_key_changes_with_the_earlier_snapshot(self) -> None:
        """With its figures and its models' names, even of models that are no longer ranked."""
        gone = [task("code:debugging", models=[model("maker/gone")])]
        editions = [
            Edition(snapshot()),
            Edition(snapshot(), snapshot("2026-08-24")),
            Edition(snapshot(), snapshot("2026-08-23")),
            Edition(snapshot(), snapshot("2026-08-24", tasks=gone)),
            Edition(snapshot(), snapshot("2026-08-24", tasks=gone), {"maker/gone": "Maker: Lost"}),
        ]

        assert len(editions) == len({edition.key for edition in editions})

    def test_the_key_changes_with_what_a_card_shows(self) -> None:
        """With the figures and the names, but not with names of other models."""
        plain = Edition(snapshot())
        same = Edition(snapshot(), names={"not/there": "Not There"})
        renamed = Edition(snapshot(), names={"maker/alpha-20260101": "Maker: Prima"})
        revised = Edition(snapshot(tasks=[task("other")]))

        assert plain.key == same.key
        assert 3 == len({plain.key, renamed.key, revised.key})

    def test_labels_of_categories(self) -> None:
        """Including one that only a task mentions."""
        assert {"code": "Code", "music": "music"} == Edition(
            snapshot(tasks=[task("x", macro_category="music")])
        ).category_labels
