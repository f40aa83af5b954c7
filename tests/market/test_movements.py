from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise

import pytest

from bot.market.boards import Metric
from bot.market.editions import earlier_day
from bot.market.models import Snapshot, TaskClassificationData
from bot.market.movements import (
    Lead,
    Movement,
    Status,
    category_movements,
    gone_models,
    largest_falls,
    largest_rises,
    leads,
    model_movements,
    new_models,
    placement_movements,
    task_movements,
)
from bot.market.queries import find_task, task_label
from bot.operations.sample import PATH
from tests.fakes.answers import category, model, snapshot, task
from tests.fakes.archives import CATEGORIES, archived_days, newest_revisions
from tests.market.plain_movements import (
    Moved,
    Raw,
    first_only,
    listed_ids,
    plain_categories,
    plain_leader,
    plain_models,
    plain_tasks,
    raw,
    tasks_by_tag,
)
from tests.odd_snapshots import ODD

Pair = tuple[Snapshot, Snapshot]

SEEDS = range(5)


def data_of(*tasks: Raw, categories: Sequence[Raw] = ()) -> TaskClassificationData:
    """Parsed data with these tasks."""
    return snapshot(tasks=[dict(each) for each in tasks], categories=[dict(each) for each in categories]).data


def only(movements: Sequence[Movement]) -> Movement:
    """The one movement."""
    (movement,) = movements
    return movement


def moved(earlier: float, share: float) -> Movement:
    """A task's share then and now."""
    return only(task_movements(data_of(task("x", earlier)), data_of(task("x", share)), Metric.REQUESTS))


def ranked_as(key: str, change: float) -> Movement:
    """An entry with this change from 0.5."""
    return Movement(key, 0.5, round(0.5 + change, 3), 1, 1)


class TestChange:
    """The difference of two shares of the same entry."""

    @pytest.mark.parametrize(
        ("earlier", "share", "change", "status"),
        [
            (0.04, 0.048, 0.008, Status.ROSE),
            (0.101, 0.083, -0.018, Status.FELL),
            (0.023, 0.023, 0.0, Status.UNCHANGED),
            (0.0, 0.001, 0.001, Status.ROSE),
            (0.001, 0.0, -0.001, Status.FELL),
            (0.0, 1.0, 1.0, Status.ROSE),
            (0.04, 0.0409, 0.0, Status.UNCHANGED),
            (0.0409, 0.04, 0.0, Status.UNCHANGED),
            (0.0, 1e-9, 0.0, Status.UNCHANGED),
            (0.04, 0.0415, 0.002, Status.ROSE),
            (0.0415, 0.04, -0.002, Status.FELL),
        ],
    )
    def test_it_is_exact(self, earlier: float, share: float, change: float, status: Status) -> None:
        """In thousandths; less than one thousandth, the resolution of the source, is no change."""
        movement = moved(earlier, share)

        assert (change, status) == (movement.change, movement.status)

    def test_every_pair_of_thousandths_has_its_exact_change(self) -> None:
        """No difference carries a rounding error of binary fractions."""
        shares = [*range(60), 333, 500, 999, 1000]

        for first in shares:
            for second in shares:
                movement = Movement("x", first / 1000, second / 1000, None, None)
                assert (second - first) / 1000 == movement.change


class TestTasks:
    """What happened to the tasks."""

    def test_a_new_task_has_no_change(self) -> None:
        """It did not rise from zero."""
        movements = task_movements(data_of(task("x")), data_of(task("x"), task("y", 0.1)), Metric.REQUESTS)

        assert Movement("y", None, 0.1, None, 2) == movements[1]
        assert (None, Status.NEW) == (movements[1].change, movements[1].status)

    def test_a_task_that_is_no_longer_listed_has_no_change(self) -> None:
        """It did not fall to zero."""
        movements = task_movements(data_of(task("x"), task("y", 0.1)), data_of(task("x")), Metric.REQUESTS)

        assert Movement("y", 0.1, None, 2, None) == movements[1]
        assert (None, Status.GONE) == (movements[1].change, movements[1].status)

    def test_a_renamed_label_is_the_same_task(self) -> None:
        """And a tag that differs is another task, whatever its label."""
        earlier = data_of(task("x", 0.1, display_name="SQL & Database"))
        data = data_of(task("x", 0.2, display_name="SQL & Databases"), task("z", display_name="SQL & Database"))

        assert [("x", Status.ROSE), ("z", Status.NEW)] == [
            (movement.key, movement.status) for movement in task_movements(earlier, data, Metric.REQUESTS)
        ]

    def test_the_newer_order_comes_first(self) -> None:
        """Then what is gone, in the order of the earlier data."""
        earlier = data_of(task("gone-1", 0.9), task("b", 0.4), task("gone-2", 0.3), task("a", 0.2))
        data = data_of(task("a", 0.4), task("new", 0.3), task("b", 0.2))

        keys = [movement.key for movement in task_movements(earlier, data, Metric.TOKENS)]

        assert ["a", "new", "b", "gone-1", "gone-2"] == keys

    def test_in_a_category_the_ranks_are_those_of_the_category(self) -> None:
        """Other categories do not count."""
        tasks = [task("a", 0.4), task("m", 0.3, macro_category="data"), task("b", 0.2)]

        movements = task_movements(data_of(*tasks), data_of(*tasks), Metric.REQUESTS, category="code")

        assert [("a", 1, 1), ("b", 2, 2)] == [(each.key, each.earlier_rank, each.rank) for each in movements]

    def test_a_task_that_changed_its_category_is_neither_new_nor_gone(self) -> None:
        """It belongs to its newer category, with its earlier share of all traffic, but no earlier rank there."""
        earlier = data_of(task("x", 0.4), task("y", 0.2))
        data = data_of(task("x", 0.5, macro_category="data"), task("y", 0.2))

        in_data, in_code = (task_movements(earlier, data, Metric.REQUESTS, category=key) for key in ("data", "code"))

        assert (Movement("x", 0.4, 0.5, None, 1),) == in_data
        assert ["y"] == [movement.key for movement in in_code]


class TestCategories:
    """What happened to the macro-categories."""

    def test_they_are_found_by_their_key(self) -> None:
        """One that the source drops is gone, a new one is new."""
        earlier = data_of(task("x"), categories=[category("code", 0.5, label="Code"), category("data", 0.2)])
        data = data_of(task("x"), categories=[category("music", 0.1), category("code", 0.6, label="Coding")])

        assert (
            Movement("music", None, 0.1, None, 2),
            Movement("code", 0.5, 0.6, 1, 1),
            Movement("data", 0.2, None, 2, None),
        ) == category_movements(earlier, data, Metric.REQUESTS)


class TestModels:
    """What happened to the models of a task."""

    EARLIER = task("x", models=[model("a", 0.3, 0.1), model("b", 0.2, 0.2), model("c", 0.1, 0.3)])
    NEWER = task("x", models=[model("b", 0.3, 0.1), model("a", 0.2, 0.1), model("d", 0.1, 0.5)])

    def test_by_requests_they_have_ranks(self) -> None:
        """A model that left the top ten is no longer listed."""
        earlier, data = data_of(self.EARLIER).classifications[0], data_of(self.NEWER).classifications[0]

        assert (
            Movement("b", 0.2, 0.3, 2, 1),
            Movement("a", 0.3, 0.2, 1, 2),
            Movement("d", None, 0.1, None, 3),
            Movement("c", 0.1, None, 3, None),
        ) == model_movements(earlier, data, Metric.REQUESTS)

    def test_by_tokens_they_have_none(self) -> None:
        """But changes."""
        earlier, data = data_of(self.EARLIER).classifications[0], data_of(self.NEWER).classifications[0]

        movements = model_movements(earlier, data, Metric.TOKENS)

        assert {(None, None)} == {(movement.earlier_rank, movement.rank) for movement in movements}
        assert [-0.1, 0.0, None, None] == [movement.change for movement in movements]

    def test_all_models_of_a_new_task_are_new(self) -> None:
        """And all of a task that is gone are gone."""
        one = data_of(self.EARLIER).classifications[0]

        assert {Status.NEW} == {each.status for each in model_movements(None, one, Metric.REQUESTS)}
        assert {Status.GONE} == {each.status for each in model_movements(one, None, Metric.REQUESTS)}
        assert () == model_movements(None, None, Metric.REQUESTS)

    def test_a_model_moves_in_each_task_by_itself(self) -> None:
        """The tasks in the newer order, then those that are gone."""
        earlier = data_of(task("gone", models=[model("a", 0.4)]), self.EARLIER)
        data = data_of(task("new", models=[model("a", 0.1)]), self.NEWER)

        placements = placement_movements(earlier, data, Metric.REQUESTS)

        assert ["new", "x", "x", "x", "x", "gone"] == [each.tag for each in placements]
        assert [("new", Status.NEW), ("x", Status.FELL), ("gone", Status.GONE)] == [
            (each.tag, each.status) for each in placements if each.key == "a"
        ]

    def test_new_and_gone_models_are_those_of_all_lists(self) -> None:
        """A model that only changes the task is neither."""
        earlier = data_of(task("x", models=[model("a"), model("b")]), task("y", models=[model("c")]))
        data = data_of(task("x", models=[model("d"), model("c")]), task("y", models=[model("b"), model("e")]))

        assert ("d", "e") == new_models(earlier, data)
        assert ("a",) == gone_models(earlier, data)


class TestLeads:
    """Who leads a task."""

    def test_a_new_leader_is_a_changed_lead(self) -> None:
        """Only tasks of both snapshots have a lead, in the newer order."""
        earlier = data_of(task("a", models=[model("m")]), task("b", models=[model("m")]), task("gone"))
        data = data_of(task("new"), task("b", models=[model("n"), model("m")]), task("a", models=[model("m")]))

        found = leads(earlier, data)

        assert (Lead("b", "m", "n"), Lead("a", "m", "m")) == found
        assert [True, False] == [lead.changed for lead in found]

    def test_without_models_there_is_no_leader(self) -> None:
        """So nobody took the lead, and nobody lost it."""
        listed, empty = data_of(task("x", models=[model("m")])), data_of(task("x", models=[]))

        assert (Lead("x", None, "m"),) == leads(empty, listed)
        assert (Lead("x", "m", None),) == leads(listed, empty)
        assert not any(lead.changed for pair in ((empty, listed), (listed, empty)) for lead in leads(*pair))

    def test_equal_shares_leave_the_lead_to_the_first(self) -> None:
        """The source sorts before it rounds."""
        earlier = data_of(task("x", models=[model("m", 0.2), model("n", 0.2)]))
        data = data_of(task("x", models=[model("n", 0.2), model("m", 0.2)]))

        assert (Lead("x", "m", "n"),) == leads(earlier, data)


class TestLargest:
    """The movers of a board."""

    MIXED = (
        ranked_as("a", 0.002),
        ranked_as("b", -0.01),
        ranked_as("c", 0.1),
        ranked_as("d", 0.0),
        ranked_as("e", 0.002),
        ranked_as("f", -0.1),
        Movement("new", None, 1.0, None, 1),
        Movement("gone", 1.0, None, 1, None),
        ranked_as("g", -0.01),
    )

    def test_rises(self) -> None:
        """The largest first, ties in the order of the source; what is new did not rise."""
        assert ["c", "a", "e"] == [movement.key for movement in largest_rises(self.MIXED, 9)]
        assert ["c", "a"] == [movement.key for movement in largest_rises(self.MIXED, 2)]

    def test_falls(self) -> None:
        """The largest first, ties in the order of the source; what is gone did not fall."""
        assert ["f", "b", "g"] == [movement.key for movement in largest_falls(self.MIXED, 9)]
        assert ["f", "b"] == [movement.key for movement in largest_falls(self.MIXED, 2)]


@pytest.fixture(scope="module")
def answers() -> Pair:
    """The two real answers, a week apart."""
    paths = [PATH.with_name(f"classifications-task-{day}.json") for day in ("2026-08-31", "2026-09-07")]
    earlier, data = (Snapshot.parse(path.read_bytes(), fetched_at=datetime(2026, 9, 8, tzinfo=UTC)) for path in paths)
    return earlier, data


class TestRealAnswers:
    """The week from 2026-08-31 to 2026-09-07, as computed by hand."""

    def test_rises_and_falls(self, answers: Pair) -> None:
        """By requests, in thousandths."""
        earlier, data = (each.data for each in answers)
        movements = task_movements(earlier, data, Metric.REQUESTS)
        labels = {each.tag: task_label(each) for each in data.classifications}

        assert [
            ("Code Generation", 0.008),
            ("Tool Dispatch", 0.007),
            ("Classification", 0.006),
            ("Workflow Execution", 0.006),
        ] == [(labels[each.key], each.change) for each in largest_rises(movements, 4)]
        assert [("Roleplay & Fiction", -0.018), ("Translation", -0.009)] == [
            (labels[each.key], each.change) for each in largest_falls(movements, 2)
        ]
        assert 29 == len(movements)

    def test_categories(self, answers: Pair) -> None:
        """Code by requests from 12.2 % to 13.1 %, by tokens from 37.3 % to 37.8 %."""
        earlier, data = (each.data for each in answers)
        by_requests, by_tokens = (category_movements(earlier, data, metric)[0] for metric in Metric)

        assert ("code", 0.122, 0.131, 0.009) == (
            by_requests.key,
            by_requests.earlier,
            by_requests.share,
            by_requests.change,
        )
        assert (0.373, 0.378, 0.005) == (by_tokens.earlier, by_tokens.share, by_tokens.change)

    def test_leaders(self, answers: Pair) -> None:
        """14 of 29 tasks have a new one."""
        found = leads(answers[0].data, answers[1].data)
        debugging = next(lead for lead in found if lead.tag == "code:debugging")

        assert (29, 14) == (len(found), sum(lead.changed for lead in found))
        assert ("deepseek/deepseek-v4-flash-20260731", "openai/gpt-5.6-luna-20260709") == (
            debugging.earlier,
            debugging.model,
        )

    def test_models(self, answers: Pair) -> None:
        """Ten came, three went."""
        earlier, data = (each.data for each in answers)

        assert 10 == len(new_models(earlier, data))
        assert {
            "anthropic/claude-4.5-haiku-20251001",
            "qwen/qwen3.5-397b-a17b-20260216",
            "stealth/ox-alpha",
        } == set(gone_models(earlier, data))


def as_found(movements: Sequence[Movement]) -> list[Moved]:
    """What the code says, in the form of the plain computation."""
    return [
        (each.key, each.earlier, each.share, each.earlier_rank, each.rank, each.change, each.status.value)
        for each in movements
    ]


def comparable_pairs(snapshots: Sequence[Snapshot]) -> Iterator[Pair]:
    """Each archived day with its earlier day, both in their newest revision."""
    archive = newest_revisions(snapshots)
    for day, newer in archive.items():
        then = earlier_day(day, archive, window_days=newer.data.window_days)
        if then is not None:
            yield archive[then], newer


def distant_pairs(snapshots: Sequence[Snapshot]) -> Iterator[Pair]:
    """Any two archived days whose windows share no day."""
    archive = newest_revisions(snapshots)
    for day, newer in archive.items():
        yield from ((archive[then], newer) for then in archive if day - then >= timedelta(days=7))


@pytest.fixture(scope="module")
def archives() -> list[list[Snapshot]]:
    """Several archives of weeks."""
    return [archived_days(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def pairs(archives: list[list[Snapshot]], answers: Pair) -> list[Pair]:
    """The real pair, each day of the archives with its earlier day, and any two days of a short archive."""
    each_day = chain.from_iterable(comparable_pairs(snapshots) for snapshots in archives)
    return [answers, *each_day, *distant_pairs(archived_days(len(SEEDS), days=20))]


def surprises(pair: Pair) -> Iterator[str]:
    """What there is between two snapshots that could be computed wrongly."""
    earlier, data = pair
    then, now = tasks_by_tag(raw(earlier)), tasks_by_tag(raw(data))
    kept = [tag for tag in now if tag in then]
    yield from (
        name for tag in kept for name in ("display_name", "macro_category") if then[tag][name] != now[tag][name]
    )
    yield from _oddities(raw(data)["classifications"], "tag", "usage_share")
    for each in now.values():
        yield from _oddities(each["models"], "id", "tag_usage_share")
    for movements in (task_movements, category_movements):
        yield from (movement.status for movement in movements(earlier.data, data.data, Metric.REQUESTS))
    yield from ("new leader" for lead in leads(earlier.data, data.data) if lead.changed)


def _oddities(entries: Sequence[Raw], key: str, share: str) -> Iterator[str]:
    shares = [entry[share] for entry in entries]
    found = {
        "empty": not entries,
        "tie": len(set(shares)) < len(shares),
        "unsorted": shares != sorted(shares, reverse=True),
        "repeated": len(first_only(entries, key)) < len(entries),
    }
    yield from (name for name, is_so in found.items() if is_so)


class TestEveryPairOfDays:
    """The movements equal those of the independent computation."""

    @pytest.mark.parametrize("metric", Metric)
    def test_tasks_and_categories(self, pairs: list[Pair], metric: Metric) -> None:
        """All tasks, those of each category, and the categories."""
        for earlier, data in pairs:
            then, now = raw(earlier), raw(data)
            for key in (None, *CATEGORIES):
                found = task_movements(earlier.data, data.data, metric, category=key)
                assert plain_tasks(then, now, metric, key) == as_found(found)
            assert plain_categories(then, now, metric) == as_found(category_movements(earlier.data, data.data, metric))

    @pytest.mark.parametrize("metric", Metric)
    def test_models(self, pairs: list[Pair], metric: Metric) -> None:
        """Of every task that either day has, one by one and all together."""
        for earlier, data in pairs:
            then, now = tasks_by_tag(raw(earlier)), tasks_by_tag(raw(data))
            expected = {tag: plain_models(then.get(tag), now.get(tag), metric) for tag in (now | then)}
            for tag, rows in expected.items():
                both = find_task(earlier.data, tag), find_task(data.data, tag)
                assert rows == as_found(model_movements(*both, metric))
            found = placement_movements(earlier.data, data.data, metric)
            assert [tag for tag, rows in expected.items() for _ in rows] == [each.tag for each in found]
            assert [row for rows in expected.values() for row in rows] == as_found(found)

    def test_leaders(self, pairs: list[Pair]) -> None:
        """Of every task that both days have."""
        for earlier, data in pairs:
            then, now = tasks_by_tag(raw(earlier)), tasks_by_tag(raw(data))
            expected = [(tag, plain_leader(then[tag]), plain_leader(now[tag])) for tag in now if tag in then]
            assert expected == [(each.tag, each.earlier, each.model) for each in leads(earlier.data, data.data)]

    def test_new_and_gone_models(self, pairs: list[Pair]) -> None:
        """Over all lists."""
        for earlier, data in pairs:
            then, now = listed_ids(raw(earlier)), listed_ids(raw(data))
            assert tuple(each for each in now if each not in then) == new_models(earlier.data, data.data)
            assert tuple(each for each in then if each not in now) == gone_models(earlier.data, data.data)

    def test_the_archives_hold_every_surprise(self, archives: list[list[Snapshot]], pairs: list[Pair]) -> None:
        """Gaps, revisions, renamed labels, ties, moved tasks, empty, unsorted and repeated lists, and every status."""
        seen = Counter(name for pair in pairs for name in surprises(pair))
        for snapshots in archives:
            days = sorted(newest_revisions(snapshots))
            seen["revision"] += len(snapshots) - len(days)
            seen["gap"] += sum(two - one > timedelta(days=1) for one, two in pairwise(days))

        lists = ["empty", "tie", "unsorted", "repeated", "display_name", "macro_category"]
        assert [] == [name for name in (*Status, *lists, "new leader", "revision", "gap") if seen[name] < 5]

    def test_a_seed_makes_the_same_archive_again(self) -> None:
        """Byte for byte, so that a failure can be repeated."""
        first, second = (archived_days(3, days=5) for _ in range(2))

        assert first == second
        assert first != archived_days(4, days=5)


class TestOddData:
    """Unusual data that is still valid."""

    def test_the_first_of_a_repeated_tag_key_or_model_counts(self) -> None:
        """With its own share and rank."""
        data = ODD["duplicate_tags"]().data

        assert [("code:one", 1)] == [(each.key, each.rank) for each in task_movements(data, data, Metric.REQUESTS)]
        assert [("code", 0.1)] == [(each.key, each.share) for each in category_movements(data, data, Metric.REQUESTS)]
        assert [("a/b", 0.2, 1)] == [
            (each.key, each.share, each.rank) for each in placement_movements(data, data, Metric.REQUESTS)
        ]

    @pytest.mark.parametrize("name", ODD)
    def test_nothing_moves_between_equal_snapshots(self, name: str) -> None:
        """Whatever is in them."""
        data = ODD[name]().data

        for metric in Metric:
            everything = (
                *task_movements(data, data, metric),
                *category_movements(data, data, metric),
                *placement_movements(data, data, metric),
            )
            assert {Status.UNCHANGED} == {movement.status for movement in everything}
            assert [] == [each for each in everything if (each.earlier, each.earlier_rank) != (each.share, each.rank)]
        assert [] == [lead for lead in leads(data, data) if lead.changed]

    def test_what_came_one_way_went_the_other(self) -> None:
        """Between any two of them, in both directions."""
        odd = [make().data for make in ODD.values() if make is not ODD["nearly_alike"]]

        for one, two in pairwise([*odd, odd[0]]):
            forth, back = (task_movements(*pair, Metric.REQUESTS) for pair in ((one, two), (two, one)))
            came = {movement.key for movement in forth if movement.status is Status.NEW}
            assert came == {movement.key for movement in back if movement.status is Status.GONE}
            assert new_models(one, two) == gone_models(two, one)
