"""Lettering: prepares foreign text for a picture, measures it with its fonts, and shrinks or clips it to fit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bot.presentation.palette import INK
from bot.presentation.pictures.fonts import FAMILY, Glyphs, Weight, is_packaged, packaged_advance
from bot.presentation.pictures.signs import BOX_ADVANCE
from bot.presentation.text import NAMELESS, Markup, clip_apart, sanitize, wrap

BOX = "\N{WHITE SQUARE}"
"""Replaces a character that no font has; it is drawn as a sign."""

LONGEST = 1000
"""UTF-16 units; the rest of a text is ignored."""

HAIR = 1e-6
"""The rounding error that a sum of widths may have, in pixels."""

HOST_SPACE = 0.35
"""An upper bound for a space in a host's font, in em, so that what follows is not overlapped; DejaVu's has 0.32."""

INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters that Unicode calls ignorable, other than control characters."""


@dataclass(frozen=True)
class Style:
    """The size of a text in pixels, its weight and its colour."""

    size: float
    weight: Weight = Weight.REGULAR
    colour: str = INK


@dataclass(frozen=True)
class Run:
    """A part of a text in one font; `x` is its distance from the start of the text, in pixels."""

    text: str
    family: str
    x: float


class _Advances(dict[str, float]):
    """The advance widths of drawable characters, in em; each is looked up in the fonts once."""

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
    """Writes with Roboto, and with the host's glyphs for characters that Roboto lacks."""

    def __init__(self, glyphs: Glyphs) -> None:
        """Take the glyphs of the host."""
        self._glyphs = glyphs
        self._advances = {weight: _Advances(weight, glyphs) for weight in Weight}
        self.missing: set[str] = set()
        """The characters of all texts so far that neither has."""

    def fit(self, texts: Sequence[str], style: Style, *, room: float, least: float) -> tuple[list[str], Style]:
        """Shrink the texts of a column to fit the room, at most to the size `least`; then clip what is still too long.

        Different texts stay different.
        """
        longest = max((self.width(self.drawable(text), style) for text in texts), default=0.0)
        size = style.size if longest <= room else max(least, style.size * room / longest)
        fitting = replace(style, size=size)
        return clip_apart(
            texts, room + HAIR, sanitize=self.drawable, measure=lambda text: self.width(text, fitting)
        ), fitting

    def lines(self, text: str, styles: Sequence[Style], *, room: float, most: int = 1) -> tuple[list[str], Style]:
        """Write a text on one line, in the first style that fits the room, or else on up to `most` lines in the last."""
        drawable = self.drawable(text)
        fitting = next((style for style in styles if self.width(drawable, style) <= room), styles[-1])
        return wrap(drawable, room + HAIR, most=most, measure=lambda part: self.width(part, fitting)), fitting

    def drawable(self, text: str) -> str:
        """Put a text on one line, and replace each character that no font has by a box."""
        line = INVISIBLE.sub("", sanitize(text, limit=LONGEST, markup=Markup.PLAIN)).strip() or NAMELESS
        missing = {each for each in set(line) if not is_packaged(each) and each not in self._glyphs}
        self.missing |= missing
        return "".join(BOX if each in missing else each for each in line)

    def width(self, text: str, style: Style) -> float:
        """The width of a drawable text in pixels, without kerning, which mostly makes it narrower.

        A space between two words in a host's font is drawn in that font.
        """
        advances = self._advances[style.weight]
        if all(map(is_packaged, text)):
            return sum(map(advances.__getitem__, text)) * style.size
        parts = self._in_families(text)
        return style.size * sum(
            HOST_SPACE if each == " " and family not in {FAMILY, BOX} else advances[each] for family, each in parts
        )

    def runs(self, text: str, style: Style) -> Iterator[Run]:
        """Split a drawable text into parts by font; the family of boxes is BOX."""
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

        A space between two words in one font has that font too, so that right-to-left words keep their order.
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
