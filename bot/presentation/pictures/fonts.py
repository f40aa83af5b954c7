"""The font of the pictures, and which characters of the host's fonts help out where it has none.

Roboto comes along as a package, so that a picture is the same on every machine. Its figures all have one width.
"""

from collections.abc import Mapping
from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import font_roboto  # type: ignore[import-untyped]  # it has no types

from bot.presentation.pictures.truetype import Face, read_faces

FAMILY = "Roboto"

MOST_CHARACTERS = 4096
"""How many are kept in memory with their widths."""


class Weight(IntEnum):
    """How bold a text is, as SVG counts it."""

    REGULAR = 400
    MEDIUM = 500
    BOLD = 700


FILES: Mapping[Weight, Path] = {
    weight: Path(font_roboto.font_directory, f"{FAMILY}-{weight.name.title()}.ttf") for weight in Weight
}


class Glyph(NamedTuple):
    """A character of the host's fonts: the family that has it, and how far it moves the pen, in em."""

    family: str
    advance: float


Glyphs = Mapping[str, Glyph]
"""The characters that Roboto lacks and the host has."""


@lru_cache(MOST_CHARACTERS)
def packaged_advance(character: str, weight: Weight) -> float | None:
    """How far a character of Roboto moves the pen, in em; None if it has no such character."""
    return _face(weight).advance(character)


def is_packaged(character: str) -> bool:
    """Tell whether Roboto has a character."""
    return packaged_advance(character, Weight.REGULAR) is not None


@cache
def _face(weight: Weight) -> Face:
    return next(read_faces(FILES[weight].read_bytes()))
