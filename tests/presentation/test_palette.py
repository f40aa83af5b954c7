from itertools import combinations
from math import dist

import pytest

from bot.presentation.palette import (
    FAINT_INK,
    GROUND,
    INK,
    NEUTRAL,
    OF_CATEGORY,
    SPARE,
    TRACK,
    Palette,
)

DISTANCE_THAT_IS_SEEN = 15.0
"""In CIELAB, where a distance of about 2.3 is just noticeable."""

Colour = tuple[float, float, float]

SIGHTS: dict[str, tuple[Colour, Colour, Colour]] = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    # Viénot, Brettel and Mollon 1999, on linear light.
    "protanopia": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "deuteranopia": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


def linear(colour: str) -> Colour:
    """Turn `#rrggbb` into linear light, 0–1."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return _light(red), _light(green), _light(blue)


def _light(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def seen(light: Colour, sight: str) -> Colour:
    """How a colour looks to a kind of sight."""
    red, green, blue = (sum(part * of for part, of in zip(row, light, strict=True)) for row in SIGHTS[sight])
    return red, green, blue


def luminance(light: Colour) -> float:
    """The luminance of WCAG 2."""
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, 1–21."""
    darker, lighter = sorted((luminance(linear(one)), luminance(linear(other))))
    return (lighter + 0.05) / (darker + 0.05)


def lab(light: Colour) -> Colour:
    """CIELAB under D65, from linear light."""
    red, green, blue = light
    x = _bent((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = _bent(luminance(light))
    z = _bent((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _bent(value: float) -> float:
    return float(value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116)


@pytest.mark.parametrize("colour", [*OF_CATEGORY.values(), *SPARE, NEUTRAL])
def test_every_bar_stands_out_from_the_ground(colour: str) -> None:
    """WCAG requires 3 : 1 for graphics."""
    assert contrast(colour, GROUND) >= 3


@pytest.mark.parametrize(("ink", "least"), [(INK, 7), (FAINT_INK, 4.5)])
def test_texts_can_be_read(ink: str, least: float) -> None:
    """WCAG requires 4.5 : 1 for text. The figures meet its stricter 7 : 1."""
    assert contrast(ink, GROUND) >= least


@pytest.mark.parametrize("colour", OF_CATEGORY.values())
def test_end_of_a_bar_is_seen(colour: str) -> None:
    """A bar stands out from the track that it could still fill, and even more from the background."""
    assert contrast(colour, TRACK) >= 3
    assert contrast(colour, GROUND) >= 4.5


@pytest.mark.parametrize("sight", SIGHTS)
def test_categories_are_told_apart(sight: str) -> None:
    """Readers who cannot see red or green can distinguish the known categories and three new ones."""
    distances = {
        (one, other): dist(lab(seen(linear(one), sight)), lab(seen(linear(other), sight)))
        for one, other in combinations([*OF_CATEGORY.values(), *SPARE], 2)
    }
    assert min(distances.values()) >= DISTANCE_THAT_IS_SEEN, distances


def test_known_categories_keep_their_colour() -> None:
    """Whatever other categories a snapshot has, and in any order."""
    assert OF_CATEGORY == {key: Palette.of(["new", *reversed(OF_CATEGORY)]).colour(key) for key in OF_CATEGORY}


def test_new_categories_get_the_spare_colours() -> None:
    """Seven categories have a colour of their own. From the eighth on, they are neutral."""
    keys = [*OF_CATEGORY, *(f"category {number}" for number in range(5, 10))]
    palette = Palette.of(keys)
    assert [*OF_CATEGORY.values(), *SPARE, NEUTRAL, NEUTRAL] == [palette.colour(key) for key in keys]


@pytest.mark.parametrize("key", [None, "", "unheard of"])
def test_what_belongs_to_no_category_is_neutral(key: str | None) -> None:
    """An overview, a model, or a task that is not in the data."""
    assert NEUTRAL == Palette.of(list(OF_CATEGORY)).colour(key)
