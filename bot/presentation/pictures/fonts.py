"""The font of the pictures, and the glyphs of the host's fonts for characters that it lacks.

Roboto is a package, so that a picture is the same on every machine. All its digits have the same width.
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
"""The most characters whose widths are kept in memory."""


class Weight(IntEnum):
    """How bold a text is, as a number of SVG."""

    REGULAR = 400
    MEDIUM = 500
    BOLD = 700


FILES: Mapping[Weight, Path] = {
    weight: Path(font_roboto.font_directory, f"{FAMILY}-{weight.name.title()}.ttf") for weight in Weight
}


class Glyph(NamedTuple):
    """A character in the host's fonts: the family that has it, and its advance width in em."""

    family: str
    advance: float


Glyphs = Mapping[str, Glyph]
"""The characters that Roboto lacks and the host has."""


@lru_cache(MOST_CHARACTERS)
def packaged_advance(character: str, weight: Weight) -> float | None:
    """The advance width of a character in Roboto, in em; None if Roboto does not have it."""
    return _face(weight).advance(character)


def is_packaged(character: str) -> bool:
    """Whether Roboto has a character."""
    return packaged_advance(character, Weight.REGULAR) is not None


@cache
def _face(weight: Weight) -> Face:
    return next(read_faces(FILES[weight].read_bytes()))
