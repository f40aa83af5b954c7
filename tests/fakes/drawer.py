"""A drawer that takes no time, because pictures have their own tests."""

from collections.abc import Collection

from bot.presentation.pictures.fonts import Glyph, Glyphs

PNG = b"\x89PNG"


class FakeDrawer:
    """Returns `png` for every SVG, and records the SVGs."""

    def __init__(self, glyphs: Glyphs | None = None) -> None:
        self.glyphs = glyphs or {}
        self.drawn: list[str] = []
        self.png: bytes | None = PNG

    async def draw(self, svg: str) -> bytes | None:
        self.drawn.append(svg)
        return self.png

    async def find_glyphs(self, characters: Collection[str]) -> dict[str, Glyph]:
        return {each: self.glyphs[each] for each in characters if each in self.glyphs}
