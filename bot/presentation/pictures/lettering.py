"""Lettering: foreign text made fit for a picture, measured by its fonts, shrunk or clipped to the room that it has."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bot.presentation.palette import INK
from bot.presentation.pictures.fonts import FAMILY, Glyphs, Weight, is_packaged, packaged_advance
from bot.presentation.pictures.signs import BOX_ADVANCE
from bot.presentation.text import NAMELESS, Markup, clip_apart, sanitize

BOX = "\N{WHITE SQUARE}"
"""Stands for a character that no font has, and is drawn as a sign."""

LONGEST = 1000
"""UTF-16 units that are looked at of a text."""

HAIR = 1e-6
"""What sums of fractions may be off by, in pixels."""

INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""What Unicode calls ignorable, other than control characters."""


@dataclass(frozen=True)
class Style:
    """The size of a text in pixels, its weight and its colour."""

    size: float
    weight: Weight = Weight.REGULAR
    colour: str = INK


@dataclass(frozen=True)
class Run:
    """A part of a text in one font; `x` is where it begins, in pixels from the text's own beginning."""

    text: str
    family: str
    x: float


class _Advances(dict[str, float]):
    """How far each drawable character moves the pen, in em, looked up in the fonts once."""

    def __init__(self, weight: Weight, glyphs: Glyphs) -> None:
        super().__init__()
        self._weight = weight
        self._glyphs = glyphs

    def __missing__(self, character: str) -> float:
        advance = packaged_advance(character, self._weight)
        if advance is None:
            advance = self._glyphs[character].advance if character in self._glyphs else BOX_ADVANCE
        self[character] = advance
        return advance


class Lettering:
    """Writes with Roboto, and with the glyphs of the host where Roboto has none."""

    def __init__(self, glyphs: Glyphs) -> None:
        """Take the glyphs of the host."""
        self._glyphs = glyphs
        self._advances = {weight: _Advances(weight, glyphs) for weight in Weight}
        self.missing: set[str] = set()
        """The characters that neither has, of all texts so far."""

    def fit(self, texts: Sequence[str], style: Style, *, room: float, least: float) -> tuple[list[str], Style]:
        """Make the texts of a column as large as the room allows, `least` at the smallest; clip what is too long then.

        Different texts stay different.
        """
        longest = max((self.width(self.drawable(text), style) for text in texts), default=0.0)
        size = style.size if longest <= room else max(least, style.size * room / longest)
        fitting = replace(style, size=size)
        return clip_apart(
            texts, room + HAIR, sanitize=self.drawable, measure=lambda text: self.width(text, fitting)
        ), fitting

    def drawable(self, text: str) -> str:
        """Put a text on one line, and a box in the place of each character that no font has."""
        line = INVISIBLE.sub("", sanitize(text, limit=LONGEST, markup=Markup.PLAIN)).strip() or NAMELESS
        missing = {each for each in set(line) if not is_packaged(each) and each not in self._glyphs}
        self.missing |= missing
        return "".join(BOX if each in missing else each for each in line)

    def width(self, text: str, style: Style) -> float:
        """How far a drawable text moves the pen, in pixels; without kerning, which mostly moves it back."""
        return sum(map(self._advances[style.weight].__getitem__, text)) * style.size

    def runs(self, text: str, style: Style) -> Iterator[Run]:
        """Give the parts of a drawable text by font; the family of boxes is BOX."""
        x = 0.0
        for family, characters in groupby(self._in_families(text), key=lambda pair: pair[0]):
            part = "".join(character for _, character in characters)
            words = part.strip()
            before = part[: len(part) - len(part.lstrip())]
            if words:
                yield Run(words, family, x + self.width(before, style))
            x += self.width(part, style)

    def _in_families(self, text: str) -> Iterator[tuple[str, str]]:
        """Give each character with its font.

        A space between two words of one font is that font's too, for the order of words that are written from the right.
        """
        families = [self._family(character) for character in text]
        for place, character in enumerate(text):
            around = families[place - 1 : place + 2 : 2] if 0 < place < len(text) - 1 else []
            is_between = character == " " and around[:1] == around[1:] != [BOX]
            yield (around[0] if is_between and around else families[place]), character

    def _family(self, character: str) -> str:
        if is_packaged(character):
            return FAMILY
        return self._glyphs[character].family if character in self._glyphs else BOX
