"""Models over tasks, and tasks over models, side by side: checked against a plain computation."""

from itertools import combinations

import pytest

from bot.market.boards import Metric
from bot.market.comparisons import SideBySide, compare_models, compare_tasks
from bot.market.editions import Edition
from bot.market.models import TaskClassificationData
from tests.odd_snapshots import ODD, model, snapshot_of, task

A, B = "maker/a", "maker/b"


def plain_share(data: TaskClassificationData, tag: str, model_id: str, metric: Metric) -> float | None:
    """The share that the first task with this tag lists for a model."""
    for entry in data.classifications:
        if entry.tag == tag:
            shares = {one.id: (one.tag_usage_share, one.tag_token_share) for one in entry.models}
            return shares[model_id][metric is Metric.TOKENS] if model_id in shares else None
    return None


def shares_of(row: SideBySide) -> list[float | None]:
    return [side.share for side in row.sides]


@pytest.mark.parametrize("metric", Metric)
class TestTheSample:
    def test_models(self, sample: Edition, metric: Metric) -> None:
        """For all pairs of models: each task that lists either, with both shares, the largest first."""
        data = sample.snapshot.data
        tags = [entry.tag for entry in data.classifications]
        for pair in list(combinations([one.key for one in sample.models], 2))[::7]:
            expected = {tag: [plain_share(data, tag, each, metric) for each in pair] for tag in tags}
            rows = compare_models(data, pair, metric)
            assert {tag: shares for tag, shares in expected.items() if any(share is not None for share in shares)} == {
                row.key: shares_of(row) for row in rows
            }
            largest = [max(share for share in shares_of(row) if share is not None) for row in rows]
            assert sorted(largest, reverse=True) == largest == [row.largest for row in rows]

    def test_tasks(self, sample: Edition, metric: Metric) -> None:
        """For three tasks at a time: each model that any lists, with its shares."""
        data = sample.snapshot.data
        ids = {one.id for entry in data.classifications for one in entry.models}
        for tags in list(combinations([entry.tag for entry in data.classifications], 3))[::97]:
            expected = {each: [plain_share(data, tag, each, metric) for tag in tags] for each in ids}
            rows = compare_tasks(data, tags, metric)
            assert {each: shares for each, shares in expected.items() if shares != [None] * 3} == {
                row.key: shares_of(row) for row in rows
            }


class TestWhoIsAhead:
    def ahead(self, *models: tuple[str, float], metric: Metric = Metric.REQUESTS) -> set[int]:
        """The places of those ahead, of A and B in one task with these models."""
        listed = [model(model_id, share, share) for model_id, share in models]
        (row,) = compare_models(snapshot_of([task("t", models=listed)]).data, [A, B], metric)
        return set(row.ahead)

    def test_the_larger_share_is_ahead(self) -> None:
        """Whatever the order is."""
        assert ({0}, {1}) == (self.ahead((A, 0.2), (B, 0.1)), self.ahead((B, 0.2), (A, 0.1)))

    def test_equal_shares_are_a_tie(self) -> None:
        """The card shows one figure twice, so none is ahead of the other."""
        assert {0, 1} == self.ahead((A, 0.1), (B, 0.1))

    def test_a_listed_model_has_more_requests_than_one_that_is_not(self) -> None:
        """Because the source lists the models with the most requests, even if the share is the smallest of the list."""
        assert {0} == self.ahead(("x", 0.5), (A, 0.1))

    def test_a_model_that_is_not_listed_may_have_more_tokens(self) -> None:
        """So nobody can be called ahead, unless both are listed."""
        assert set() == self.ahead(("x", 0.5), (A, 0.1), metric=Metric.TOKENS)
        assert {1} == self.ahead((A, 0.1), (B, 0.4), metric=Metric.TOKENS)

    def test_a_share_of_another_task_is_bounded_by_its_list(self) -> None:
        """What is not listed has no more than the smallest listed share, which may be more than the other task's share."""
        for smallest, expected in ((0.3, set()), (0.1, {0}), (0.2, {0})):
            lists = {"one": [model(A, 0.2)], "two": [model(B, 0.9), model("x", smallest)]}
            data = snapshot_of([task(tag, models=models) for tag, models in lists.items()]).data
            row = next(row for row in compare_tasks(data, ["one", "two"], Metric.REQUESTS) if row.key == A)
            assert expected == row.ahead, smallest

    def test_nothing_is_known_of_a_task_that_the_data_does_not_have(self) -> None:
        """Nor of one that lists no models."""
        data = snapshot_of([task("one", models=[model(A, 0.2)]), task("empty", models=[])]).data
        for other in ("gone", "empty"):
            (row,) = compare_tasks(data, ["one", other], Metric.REQUESTS)
            assert ([0.2, None], frozenset(), 0) == (shares_of(row), row.ahead, row.sides[1].listed)


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("metric", Metric)
def test_odd_snapshots_are_compared(name: str, metric: Metric) -> None:
    """Each row has a share, and who is ahead has the largest one."""
    data = ODD[name]().data
    ids = list(dict.fromkeys(one.id for entry in data.classifications for one in entry.models))[:4]
    tags = list(dict.fromkeys(entry.tag for entry in data.classifications))[:4]
    for row in (*compare_models(data, ids, metric), *compare_tasks(data, tags, metric)):
        shares = shares_of(row)
        assert any(share is not None for share in shares)
        assert all(shares[place] == row.largest for place in row.ahead)
