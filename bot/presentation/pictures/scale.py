"""Round steps for an axis, and labels that do not overlap."""

import math
from collections.abc import Sequence
from decimal import Decimal

MOST_STEPS = 6
LEAST_STEP = Decimal("0.001")
"""The source's resolution."""


def round_steps(highest: float) -> Sequence[float]:
    """Round shares from 0 up, evenly spaced, of which the last is not below `highest`: 2 to 7 of them."""
    step = next(step for step in _round_shares() if step * MOST_STEPS >= Decimal(str(highest)))
    return [float(step * number) for number in range(max(1, math.ceil(Decimal(str(highest)) / step)) + 1)]


def _round_shares() -> Sequence[Decimal]:
    """0.1 %, 0.2 %, 0.5 %, 1 % and so on up to 50 %."""
    return [factor * LEAST_STEP * 10**power for power in range(3) for factor in (1, 2, 5)]


def spread(wanted: Sequence[float], *, pitch: float, low: float, high: float) -> Sequence[float]:
    """Move sorted places apart, by as little as possible, until they have the pitch; all stay between `low` and `high`.

    They stay in their order. If there is no room for all, the last ones go beyond `high`.
    """
    groups: list[list[float]] = []
    for number, place in enumerate(wanted):
        groups.append([place - number * pitch])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            groups[-2:] = [[*groups[-2], *groups[-1]]]
    starts = [_mean(group) for group in groups for _ in group]
    latest = max(low, high - (len(wanted) - 1) * pitch)
    return [min(max(start, low), latest) + number * pitch for number, start in enumerate(starts)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
