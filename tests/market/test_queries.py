from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.boards import Metric
from bot.market.models import Snapshot, TaskClassificationData
from bot.market.queries import (
    category_keys,
    category_label,
    category_share,
    find_category,
    find_task,
    leading_model,
    model_ids,
    placements,
    rank,
    task_label,
    top_categories,
    top_models,
    top_tasks,
    traffic_share,
)
from bot.operations.sample import PATH
from tests.fakes.answers import category, model, snapshot, task

SHARES = st.lists(st.sampled_from([0, 0.001, 0.04, 0.5, 1]), max_size=12)


@pytest.fixture(scope="module")
def sample() -> TaskClassificationData:
    """The real answer."""
    return Snapshot.parse(PATH.read_bytes(), fetched_at=datetime(2026, 9, 1, tzinfo=UTC)).data


def ranked(*shares: float, metric: Metric) -> list[tuple[float, int | None]]:
    """The ranks of plain shares."""
    return [(row.share, row.rank) for row in rank(shares, float, metric=metric)]


class TestRank:
    """Which entries share a rank."""

    def test_by_requests_the_sources_order_breaks_ties(self) -> None:
        """It sorts before it rounds to three decimals, so the position is the rank."""
        assert [(0.3, 1), (0.2, 2), (0.2, 3), (0.1, 4)] == ranked(0.3, 0.2, 0.2, 0.1, metric=Metric.REQUESTS)

    def test_by_tokens_equal_shares_share_a_rank(self) -> None:
        """The source does not sort by tokens; the next rank counts all of them."""
        assert [(0.3, 1), (0.2, 2), (0.2, 2), (0.1, 4)] == ranked(0.2, 0.1, 0.3, 0.2, metric=Metric.TOKENS)
        assert [(0.2, 1), (0.2, 1)] == ranked(0.2, 0.2, metric=Metric.TOKENS)

    def test_an_unsorted_source_does_not_break_ties(self) -> None:
        """If its order contradicts the shares, equal shares share a rank by requests too."""
        assert [(0.3, 1), (0.2, 2), (0.2, 2), (0.1, 4)] == ranked(0.2, 0.3, 0.2, 0.1, metric=Metric.REQUESTS)

    def test_an_empty_list(self) -> None:
        """It has no ranks."""
        assert [] == ranked(metric=Metric.REQUESTS)

    @settings(deadline=None)
    @given(shares=SHARES, metric=st.sampled_from(Metric))
    def test_ranks_follow_the_shares(self, shares: list[float], metric: Metric) -> None:
        """A larger share never has a larger rank, ranks start at 1, and every entry is kept."""
        rows = rank(shares, float, metric=metric)

        assert sorted(shares, reverse=True) == [row.share for row in rows]
        for position, row in enumerate(rows, start=1):
            better = sum(share > row.share for share in shares)
            assert row.rank is not None
            assert better + 1 <= row.rank <= position


class TestTasks:
    """Tasks by their share of all classified traffic."""

    def test_the_overview_ranks_them_all(self, sample: TaskClassificationData) -> None:
        """By requests in the source's order; by tokens in another."""
        by_requests, by_tokens = (top_tasks(sample, metric) for metric in Metric)

        assert [each.tag for each in sample.classifications] == [row.entry.tag for row in by_requests]
        assert list(range(1, 30)) == [row.rank for row in by_requests]
        assert ("classification_tagging", 0.231) == (by_requests[0].entry.tag, by_requests[0].share)
        assert "classification_tagging" != by_tokens[0].entry.tag
        assert sorted((row.share for row in by_tokens), reverse=True) == [row.share for row in by_tokens]

    def test_tasks_of_a_category(self, sample: TaskClassificationData) -> None:
        """By the task's `macro_category`, not by its tag."""
        counts = {key: len(top_tasks(sample, Metric.REQUESTS, category=key)) for key in category_keys(sample)}
        assert {"agent": 5, "code": 9, "data": 2, "general": 13} == counts
        code = top_tasks(sample, Metric.REQUESTS, category="code")
        assert ("Code Generation", 0.04, 1) == (task_label(code[0].entry), code[0].share, code[0].rank)
        assert 0.125 == traffic_share(code[0].entry, Metric.TOKENS)

        odd = snapshot(tasks=[task("code:x", macro_category="data"), task("math", macro_category="code")]).data
        assert ["math"] == [row.entry.tag for row in top_tasks(odd, Metric.REQUESTS, category="code")]

    def test_an_unknown_category_has_none(self, sample: TaskClassificationData) -> None:
        """Keys are case-sensitive."""
        assert () == top_tasks(sample, Metric.REQUESTS, category="Code")

    def test_category_share(self) -> None:
        """By each metric."""
        one = snapshot(tasks=[task("x", category_usage_share=0.4, category_token_share=0.2)]).data.classifications[0]

        assert [0.4, 0.2] == [category_share(one, metric) for metric in Metric]
        assert [0.1, 0.1] == [traffic_share(one, metric) for metric in Metric]


class TestCategories:
    """Macro-categories by their share of all classified traffic."""

    def test_they_are_sorted_here(self) -> None:
        """The source does not sort them, so equal shares share a rank by either metric."""
        listed = [category("a", 0.1, 0.5), category("b", 0.4, 0.1), category("c", 0.4, 0.5)]
        data = snapshot(categories=listed).data

        assert [("b", 1), ("c", 1), ("a", 3)] == [
            (row.entry.key, row.rank) for row in top_categories(data, Metric.REQUESTS)
        ]
        assert [("a", 1), ("c", 1), ("b", 3)] == [
            (row.entry.key, row.rank) for row in top_categories(data, Metric.TOKENS)
        ]

    def test_the_sample_has_four(self, sample: TaskClassificationData) -> None:
        """In another order by each metric."""
        assert [1, 2, 3, 4] == [row.rank for row in top_categories(sample, Metric.REQUESTS)]
        assert [row.entry.key for row in top_categories(sample, Metric.REQUESTS)] != [
            row.entry.key for row in top_categories(sample, Metric.TOKENS)
        ]

    def test_a_category_is_found_by_its_key(self, sample: TaskClassificationData) -> None:
        """Exactly."""
        found = find_category(sample, "code")

        assert found is not None
        assert "code" == found.key
        assert find_category(sample, "music") is None

    def test_it_is_labelled_as_the_source_does(self) -> None:
        """Its key, if the source has no label."""
        data = snapshot(categories=[category("code", label="Code & more"), category("data", label=" ")]).data

        assert ["Code & more", "data", "music"] == [category_label(data, key) for key in ("code", "data", "music")]

    def test_one_that_only_a_task_names_exists_too(self) -> None:
        """After those that the source lists."""
        data = snapshot(tasks=[task("x", macro_category="music"), task("y")]).data

        assert ("code", "music") == category_keys(data)


class TestModels:
    """The models of a task."""

    def test_by_requests_they_are_ranked(self) -> None:
        """In the source's order."""
        one = snapshot(tasks=[task("x", models=[model("a", 0.2, 0.1), model("b", 0.2, 0.3)])]).data.classifications[0]

        assert [("a", 1), ("b", 2)] == [(row.entry.id, row.rank) for row in top_models(one, Metric.REQUESTS)]

    def test_by_tokens_they_are_ordered_but_have_no_rank(self) -> None:
        """An unlisted model may have more tokens than all listed ones."""
        one = snapshot(tasks=[task("x", models=[model("a", 0.2, 0.1), model("b", 0.1, 0.3)])]).data.classifications[0]

        assert [("b", 0.3, None), ("a", 0.1, None)] == [
            (row.entry.id, row.share, row.rank) for row in top_models(one, Metric.TOKENS)
        ]

    def test_the_leader_is_by_requests(self, sample: TaskClassificationData) -> None:
        """Even if another model has more tokens, or the source is unsorted."""
        generation = top_tasks(sample, Metric.REQUESTS, category="code")[0].entry
        leader = leading_model(generation)
        assert leader is not None
        assert ("openai/gpt-5.6-luna-20260709", 0.192, 0.216) == (
            leader.id,
            leader.tag_usage_share,
            leader.tag_token_share,
        )

        unsorted = snapshot(
            tasks=[task("x", models=[model("a", 0.1, 0.9), model("b", 0.3, 0.1)])]
        ).data.classifications[0]
        assert "b" == getattr(leading_model(unsorted), "id", None)

    def test_a_task_without_models_has_no_leader(self) -> None:
        """And no ranking."""
        empty = snapshot(tasks=[task("x", models=[])]).data.classifications[0]

        assert leading_model(empty) is None
        assert () == top_models(empty, Metric.REQUESTS)

    def test_they_are_listed_once(self) -> None:
        """In order of first appearance."""
        tasks = [task("x", models=[model("b"), model("a")]), task("y", models=[model("c"), model("b")])]

        assert ("b", "a", "c") == model_ids(snapshot(tasks=tasks).data)


class TestPlacements:
    """The tasks that list a model."""

    TASKS = (
        task("x", models=[model("a", 0.5, 0.1), model("b", 0.3, 0.2)]),
        task("y", models=[model("b", 0.4, 0.1), model("a", 0.2, 0.6)]),
        task("z", models=[model("b", 0.9, 0.9)]),
    )

    def test_the_largest_share_comes_first(self) -> None:
        """By the given metric; the rank is always by requests."""
        data = snapshot(tasks=self.TASKS).data

        assert [("x", 1, 0.5), ("y", 2, 0.2)] == [
            (p.task.tag, p.rank, p.share) for p in placements(data, "a", Metric.REQUESTS)
        ]
        assert [("y", 2, 0.6), ("x", 1, 0.1)] == [
            (p.task.tag, p.rank, p.share) for p in placements(data, "a", Metric.TOKENS)
        ]

    def test_an_unlisted_model_has_none(self) -> None:
        """A part of an id does not match."""
        assert () == placements(snapshot(tasks=self.TASKS).data, "", Metric.REQUESTS)

    def test_each_model_of_the_sample_is_placed_wherever_it_is_listed(self, sample: TaskClassificationData) -> None:
        """All 290 rows are found again, by either metric."""
        for metric in Metric:
            assert 290 == sum(len(placements(sample, model_id, metric)) for model_id in model_ids(sample))


def test_a_task_is_found_by_its_tag(sample: TaskClassificationData) -> None:
    """Exactly, including its prefix."""
    found = find_task(sample, "code:debugging")

    assert found is not None
    assert "Debugging" == task_label(found)
    assert find_task(sample, "debugging") is None


def test_a_task_without_a_label_is_called_by_its_tag() -> None:
    """A blank label counts as missing."""
    assert "x:y" == task_label(snapshot(tasks=[task("x:y", display_name=" \n")]).data.classifications[0])
