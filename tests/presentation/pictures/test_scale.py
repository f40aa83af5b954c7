from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.presentation.pictures.scale import round_steps, spread

PITCH, LOW, HIGH = 60.0, 100.0, 500.0


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0.0, [0, 0.001]),
        (0.0004, [0, 0.001]),
        (0.004, [0, 0.001, 0.002, 0.003, 0.004]),
        (0.031, [0, 0.01, 0.02, 0.03, 0.04]),
        (0.106, [0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12]),
        (0.217, [0, 0.05, 0.1, 0.15, 0.2, 0.25]),
        (0.3, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
        (0.55, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_steps_are_round(highest: float, expected: list[float]) -> None:
    """They begin at 0, and the last one is not below the highest share."""
    assert expected == round_steps(highest)


@given(st.floats(0, 1))
def test_steps_are_few_and_even(highest: float) -> None:
    """Two to seven of them, and the highest share lies below the last one only."""
    steps = round_steps(highest)
    gaps = {round(after - before, 9) for before, after in pairwise(steps)}
    assert (True, 1, 0) == (2 <= len(steps) <= 7, len(gaps), steps[0])
    assert steps[-1] >= highest
    assert len(steps) == 2 or steps[-2] < highest


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([300], [300]),
        ([0], [100]),
        ([900], [500]),
        ([200, 300], [200, 300]),
        ([300, 300], [270, 330]),
        ([300, 310, 500], [275, 335, 500]),
        ([490, 500], [440, 500]),
        ([100, 100, 100, 100], [100, 160, 220, 280]),
        ([200, 260, 261], [180.33, 240.33, 300.33]),
    ],
)
def test_labels_move_apart_as_little_as_possible(wanted: list[float], expected: list[float]) -> None:
    """Labels that collide move up and down alike, as far as there is room."""
    assert expected == [round(place, 2) for place in spread(wanted, pitch=PITCH, low=LOW, high=HIGH)]


@given(st.lists(st.floats(0, 600), max_size=7).map(sorted))
def test_labels_stay_in_order_apart_and_inside(wanted: list[float]) -> None:
    """Whatever their places are."""
    places = spread(wanted, pitch=PITCH, low=LOW, high=HIGH)
    assert len(wanted) == len(places)
    assert all(after - before >= PITCH - 1e-6 for before, after in pairwise(places))
    assert all(LOW - 1e-6 <= place <= HIGH + 1e-6 for place in places)
