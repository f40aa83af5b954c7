"""One colour per macro-category. Colour-blind readers can tell them apart too.

The colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OF_CATEGORY = {"code": "#56b4e9", "data": "#e69f00", "agent": "#009e73", "general": "#cc79a7"}
SPARE = ("#f0e442", "#d55e00", "#0072b2")
NEUTRAL = "#999999"
COMPARED = ("#56b4e9", "#e69f00", "#cc79a7", "#f0e442")
"""The colours of up to four that are compared."""

# An opaque background looks the same on Discord's dark, light and midnight themes.
GROUND = "#17181c"
TRACK = "#282b31"
"""The colour of the part of a track that a bar leaves empty."""

INK = "#f2f3f5"
FAINT_INK = "#aeb3bd"
RISEN = "#5fd38d"
FALLEN = "#ff9a76"
NEW = "#ffd166"


@dataclass(frozen=True)
class Palette:
    """The colours of a snapshot's macro-categories, by key."""

    colours: Mapping[str, str]

    @classmethod
    def of(cls, keys: Sequence[str]) -> "Palette":
        """Give known categories their own colours, and new ones the spare colours in turn."""
        spare = iter(SPARE)
        return cls({key: OF_CATEGORY.get(key) or next(spare, NEUTRAL) for key in keys})

    def colour(self, key: str | None) -> str:
        """The colour of a category, as `#rrggbb`; neutral without a category."""
        return self.colours.get(key, NEUTRAL) if key else NEUTRAL
