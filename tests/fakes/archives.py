"""Archives of many days, made by a seed: a small market that drifts, with everything that a source may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from bot.market.models import Snapshot
from tests.fakes.answers import Json, answer, body, category, model, task

FIRST_DAY = date(2026, 6, 1)
CATEGORIES = ("code", "data", "agent", "general")
TAGS = (*(f"{key}:{name}" for key in CATEGORIES[:3] for name in ("plan", "write", "check")), "math", "devops")
MODELS = tuple(f"maker/model-{number}-20260{number % 6 + 1}01" for number in range(14))
LISTED = 5
"""How many models a task lists, at most."""


@dataclass
class _Task:
    """A task as it is today, with shares in thousandths."""

    tag: str
    category: str
    requests: int
    tokens: int
    models: dict[str, tuple[int, int]]
    label: str = ""
    is_listed: bool = True


@dataclass
class _Market:
    random: Random
    tasks: list[_Task] = field(default_factory=list)

    def happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def drift(self, thousandths: int) -> int:
        """A share a day later: often the same, seldom far away."""
        return max(0, thousandths + self.random.choice((0, 0, 0, 1, -1, 2, -2, 9, -9)))

    def share(self) -> int:
        return self.random.randrange(0, 60)


def archived_days(seed: int, *, days: int = 40) -> list[Snapshot]:
    """The snapshots of so many days in the order in which they were fetched.

    Some days are missing; a revised day has two snapshots, of which the later counts. Labels are renamed, tasks and
    categories vanish and return, tasks move between categories, models enter and leave the lists, shares tie. Now and
    then an answer is unsorted, lists a task or a model twice, or lists no models for a task.
    """
    market = _Market(Random(seed))
    market.tasks = [_new_task(market, tag) for tag in TAGS]
    snapshots: list[Snapshot] = []
    for day in (FIRST_DAY + timedelta(days=number) for number in range(days)):
        _live_a_day(market)
        if market.happens(0.15):
            continue
        snapshots.append(_answer(market, day, hour=1))
        if market.happens(0.1):
            _live_a_day(market)
            snapshots.append(_answer(market, day, hour=13))
    return snapshots


def newest_revisions(snapshots: Sequence[Snapshot]) -> Mapping[date, Snapshot]:
    """The snapshot that counts for each day, of snapshots in the order in which they were fetched."""
    return {snapshot.as_of: snapshot for snapshot in snapshots}


def _new_task(market: _Market, tag: str) -> _Task:
    key = tag.partition(":")[0] if ":" in tag else "general"
    models = {name: (market.share(), market.share()) for name in market.random.sample(MODELS, LISTED)}
    return _Task(tag, key, market.share(), market.share(), models, label=tag.title())


def _live_a_day(market: _Market) -> None:
    for each in market.tasks:
        each.requests, each.tokens = market.drift(each.requests), market.drift(each.tokens)
        each.models = {name: (market.drift(one), market.drift(two)) for name, (one, two) in each.models.items()}
        if market.happens(0.2):
            _exchange_a_model(market, each)
        if market.happens(0.05):
            each.label += "s"
        if market.happens(0.05):
            each.is_listed = not each.is_listed
        if market.happens(0.02):
            each.category = market.random.choice(CATEGORIES)


def _exchange_a_model(market: _Market, each: _Task) -> None:
    if each.models:
        del each.models[market.random.choice(list(each.models))]
    for name in market.random.sample(MODELS, LISTED):
        if len(each.models) < LISTED:
            each.models.setdefault(name, (market.share(), market.share()))


def _answer(market: _Market, day: date, *, hour: int) -> Snapshot:
    listed = [each for each in market.tasks if each.is_listed] or market.tasks
    tasks = _as_listed(market, [_task_json(market, each) for each in listed], "tag", "usage_share")
    categories = [_category_json(key, listed) for key in CATEGORIES if not market.happens(0.05)]
    fetched_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(days=1)
    return Snapshot.parse(body(answer(day, tasks=tasks, categories=categories)), fetched_at=fetched_at)


def _task_json(market: _Market, each: _Task) -> Json:
    models = [model(name, one / 1000, two / 1000) for name, (one, two) in each.models.items()]
    return task(
        each.tag,
        each.requests / 1000,
        each.tokens / 1000,
        display_name=each.label,
        macro_category=each.category,
        models=[] if market.happens(0.03) else _as_listed(market, models, "id", "tag_usage_share"),
    )


def _category_json(key: str, tasks: Sequence[_Task]) -> Json:
    inside = [each for each in tasks if each.category == key]
    return category(key, sum(each.requests for each in inside) / 1000, sum(each.tokens for each in inside) / 1000)


def _as_listed(market: _Market, entries: list[Json], key: str, share: str) -> list[Json]:
    """Sort as the source does, by requests; seldom not, and seldom a key is there twice, with another's figures."""
    entries = sorted(entries, key=lambda entry: float(entry[share]), reverse=not market.happens(0.03))
    if market.happens(0.05):
        one, other = (market.random.choice(entries) for _ in range(2))
        entries.append({**other, key: one[key], share: market.random.choice((0, other[share], 0.5))})
    return entries
