"""Synthetic days: answers made up from the two real ones with a seed, because a history needs more days than two.

Each says `"synthetic": true` beside its data, and nothing made of them carries OpenRouter's citation.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from bot.market.models import TaskClassificationData, TaskClassificationItem

SEED = 7
DAYS = 60
"""How many days before the older answer there are, the missing ones included."""

MISSING = range(24, 29)
"""Days before the older answer that are missing, so that a history shows a gap."""

MODELS = 10
DAILY_CHANGE = 0.05
"""The usual change of a weight from one day to the next, as a part of it."""

PULL = 0.04
"""The part of the way back to its beginning that a weight goes each day."""

LEAST = 0.0004
"""The weight of a share that is rounded to zero."""

BELOW_THE_LAST = 0.7
"""The most that a model that is not listed has, as a part of the last listed one's share."""

RISE = 14
"""The days in which a new model reaches its weight, unless the older answer has it sooner."""

Pair = tuple[float, float]
"""By requests, by tokens."""

Weights = Mapping[str, Pair]


@dataclass(frozen=True)
class _State:
    """The weights of the tasks, and of each task's models, on a day."""

    tasks: Weights
    models: Mapping[str, Weights]

    def towards(self, other: "_State", *, part: float) -> "_State":
        """The weights after a part (0-1) of the way to other ones."""
        models = {tag: _towards(weights, other.models[tag], part) for tag, weights in self.models.items()}
        return _State(_towards(self.tasks, other.tasks, part), models)

    def shaken(self, random: Random) -> "_State":
        """The weights after a random step of each."""
        models = {tag: _shaken(weights, random) for tag, weights in self.models.items()}
        return _State(_shaken(self.tasks, random), models)


def synthetic_bodies(older: TaskClassificationData, newer: TaskClassificationData) -> Mapping[date, bytes]:
    """Make the bodies of answers, oldest first: for 60 days before the older answer without five, and between the two.

    Both answers have the same tasks.
    """
    random = Random(SEED)  # noqa: S311 - a fixed seed is intended: the days are the same everywhere
    pools = _pools(older, newer, random)
    first, last = (_state_of(answer, pools) for answer in (older, newer))
    states: dict[date, _State] = {}
    state = first
    for distance in range(1, DAYS + 1):
        state = state.towards(first, part=PULL).shaken(random)
        if distance not in MISSING:
            states[older.as_of - timedelta(days=distance)] = state
    days = (newer.as_of - older.as_of).days
    for passed in range(1, days):
        states[older.as_of + timedelta(days=passed)] = first.towards(last, part=passed / days)
    return {day: _body(older, states[day], day) for day in sorted(states)}


def _pools(older: TaskClassificationData, newer: TaskClassificationData, random: Random) -> Mapping[str, Sequence[str]]:
    """The models that may be listed by each task: those of both answers, and some others."""
    listed: dict[str, dict[str, None]] = {}
    for task in (*older.classifications, *newer.classifications):
        listed.setdefault(task.tag, {}).update(dict.fromkeys(model.id for model in task.models))
    everywhere = sorted({model for models in listed.values() for model in models})
    return {
        tag: [
            *models,
            *sorted((one for one in everywhere if one not in models), key=lambda _: random.random())[:MODELS],
        ]
        for tag, models in listed.items()
    }


def _state_of(answer: TaskClassificationData, pools: Mapping[str, Sequence[str]]) -> _State:
    """The weights that an answer's shares stand for; what it does not list has less than the last that it lists."""
    tasks = {task.tag: (max(task.usage_share, LEAST), max(task.token_share, LEAST)) for task in answer.classifications}
    return _State(tasks, {task.tag: dict(_model_weights(task, pools[task.tag])) for task in answer.classifications})


def _model_weights(task: TaskClassificationItem, pool: Sequence[str]) -> Iterator[tuple[str, Pair]]:
    shares = {model.id: (max(model.tag_usage_share, LEAST), max(model.tag_token_share, LEAST)) for model in task.models}
    requests, tokens = (min(each) * BELOW_THE_LAST for each in zip(*shares.values(), strict=True))
    for place, model in enumerate(pool):
        yield model, shares.get(model, (requests * 0.95**place, tokens * 0.95**place))


def _towards(weights: Weights, others: Weights, part: float) -> Weights:
    return {
        key: (requests ** (1 - part) * others[key][0] ** part, tokens ** (1 - part) * others[key][1] ** part)
        for key, (requests, tokens) in weights.items()
    }


def _shaken(weights: Weights, random: Random) -> Weights:
    """Only `random()` is used, because it alone is the same in every version of Python."""
    factors = (math.exp(DAILY_CHANGE * math.sqrt(12) * (random.random() - 0.5)) for _ in range(2 * len(weights)))
    return {key: (requests * next(factors), tokens * next(factors)) for key, (requests, tokens) in weights.items()}


def _body(like: TaskClassificationData, state: _State, day: date) -> bytes:
    """Write the answer of a day, in the source's order, with three decimals."""
    totals = (sum(task.usage_share for task in like.classifications), sum(t.token_share for t in like.classifications))
    shares = _scaled(state.tasks, totals)
    sums = {
        each.key: _sum(shares[task.tag] for task in like.classifications if task.macro_category == each.key)
        for each in like.macro_categories
    }
    tasks = sorted(like.classifications, key=lambda task: -shares[task.tag][0])
    data = {
        "window_days": like.window_days,
        "as_of": day.isoformat(),
        "classifications": [
            _task(
                task,
                shares[task.tag],
                sums[task.macro_category],
                models=_top_models(task, state.models[task.tag], day, until=like.as_of),
            )
            for task in tasks
        ],
        "macro_categories": [
            {"key": each.key, "label": each.label} | _named(sums[each.key]) for each in like.macro_categories
        ],
    }
    return json.dumps({"synthetic": True, "data": data}, separators=(",", ":"), ensure_ascii=False).encode()


def _task(like: TaskClassificationItem, share: Pair, category: Pair, *, models: Weights) -> dict[str, object]:
    return {
        "tag": like.tag,
        "display_name": like.display_name,
        "macro_category": like.macro_category,
        **_named(share),
        **_named((share[0] / category[0], share[1] / category[1]), "category_"),
        "models": [{"id": model} | _named(pair, "tag_") for model, pair in models.items()],
    }


def _top_models(like: TaskClassificationItem, weights: Weights, day: date, *, until: date) -> Weights:
    """The shares of a task's top models that had come by a day; together they have as much as in the real answer."""
    risen = {model: _times(pair, _risen(model, day, until=until)) for model, pair in weights.items()}
    top = dict(sorted(risen.items(), key=lambda model: -model[1][0])[:MODELS])
    return _scaled(top, _sum((model.tag_usage_share, model.tag_token_share) for model in like.models))


def _risen(model: str, day: date, *, until: date) -> float:
    """How far a model has risen by a day (0-1), if its id ends with the day on which it came."""
    came = _came(model)
    return min(1.0, max(0.0, (day - came).days / max(1, min(RISE, (until - came).days))))


@cache
def _came(model: str) -> date:
    dated = re.search(r"-(20\d\d)(\d\d)(\d\d)\b", model)
    return date(*map(int, dated.groups())) if dated else date.min


def _scaled(weights: Weights, totals: Pair) -> Weights:
    """Weights as shares that add up to totals."""
    sums = _sum(weights.values())
    return {key: (pair[0] / sums[0] * totals[0], pair[1] / sums[1] * totals[1]) for key, pair in weights.items()}


def _times(pair: Pair, factor: float) -> Pair:
    return pair[0] * factor, pair[1] * factor


def _sum(pairs: Iterable[Pair]) -> Pair:
    requests, tokens = zip(*pairs, strict=True)
    return sum(requests), sum(tokens)


def _named(pair: Pair, prefix: str = "") -> dict[str, float]:
    """A pair of shares under OpenRouter's names."""
    return {f"{prefix}usage_share": round(pair[0], 3), f"{prefix}token_share": round(pair[1], 3)}
