"""A canvas that becomes SVG: texts, bars and signs. Positions are in pixels from the top left corner."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from bot.presentation.palette import GROUND
from bot.presentation.pictures.fonts import FAMILY, Glyphs
from bot.presentation.pictures.lettering import BOX, Lettering, Run, Style
from bot.presentation.pictures.signs import BOX_ADVANCE, box

Point = tuple[float, float]


class Anchor(StrEnum):
    """Which end of a text is at its point."""

    START = "start"
    END = "end"


@dataclass(frozen=True)
class Drawing:
    """A picture as SVG, and the characters that are boxes in it because no known font has them."""

    svg: str
    missing: frozenset[str]


class Canvas:
    """Collects what is drawn. `says` is a label in the SVG for what an element means."""

    def __init__(self, glyphs: Glyphs) -> None:
        """Write with Roboto, and with these glyphs of the host."""
        self.lettering = Lettering(glyphs)
        self._elements: list[str] = []

    def text(self, text: str, at: Point, style: Style, *, anchor: Anchor = Anchor.START, says: str = "") -> None:
        """Write a drawable text; `at` is on its base line."""
        runs = list(self.lettering.runs(text, style))
        if {run.family for run in runs} == {FAMILY}:
            self._write(runs[0], at, style, attributes={"text-anchor": anchor, "data-says": says})
            return
        left = at[0] - (self.lettering.width(text, style) if anchor is Anchor.END else 0)
        for run in runs:
            place = (left + run.x, at[1])
            if run.family == BOX:
                self._boxes(run, place, style)
            else:
                family = "" if run.family == FAMILY else run.family
                self._write(run, place, style, attributes={"font-family": family, "data-says": says})

    def bar(self, at: Point, size: Point, colour: str, *, roundness: float = 1, says: str = "") -> None:
        """Draw a bar from its top left corner; with a roundness of 1 its ends are half circles, with 0 its corners square."""
        (x, y), (length, thickness) = at, size
        radius = roundness * min(length, thickness) / 2
        attributes = {"x": x, "y": y, "width": length, "height": thickness, "rx": radius}
        self._add("rect", attributes | {"fill": colour, "data-says": says})

    def outline(self, path: str, colour: str, *, says: str = "") -> None:
        """Fill an outline; `path` is the path data of SVG."""
        self._add("path", {"d": path, "fill": colour, "fill-rule": "evenodd", "data-says": says})

    def line(self, path: str, colour: str, *, thickness: float, says: str = "") -> None:
        """Draw along a path, with round ends; a path without a length is a dot."""
        look = {"stroke-width": thickness, "stroke-linecap": "round", "stroke-linejoin": "round"}
        self._add("path", {"d": path, "fill": "none", "stroke": colour} | look | {"data-says": says})

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Group elements that belong together, such as those of a row."""
        self._elements.append(f'<g data-part="{escape(name)}">')
        yield
        self._elements.append("</g>")

    def drawing(self, width: float, height: float) -> Drawing:
        """Make the SVG of everything drawn, on an opaque background."""
        size = f'width="{width:g}" height="{height:g}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:g} {height:g}" font-family="{FAMILY}">'
        )
        ground = f'<rect {size} fill="{GROUND}" data-says="ground"/>'
        return Drawing("\n".join([head, ground, *self._elements, "</svg>"]), frozenset(self.lettering.missing))

    def _write(self, run: Run, at: Point, style: Style, *, attributes: dict[str, str]) -> None:
        look = {"font-size": style.size, "font-weight": int(style.weight), "fill": style.colour}
        self._add("text", {"x": at[0], "y": at[1]} | look | attributes, content=run.text)

    def _boxes(self, run: Run, at: Point, style: Style) -> None:
        for number in range(len(run.text)):
            outline = box(at[0] + number * BOX_ADVANCE * style.size, at[1], style.size)
            self.outline(outline, style.colour, says="box")

    def _add(self, name: str, attributes: dict[str, object], *, content: str = "") -> None:
        """Add an element. Everything is escaped, because attributes and texts can hold foreign text."""
        written = "".join(f' {key}="{escape(_short(value))}"' for key, value in attributes.items() if value != "")
        self._elements.append(f"<{name}{written}>{escape(content)}</{name}>" if content else f"<{name}{written}/>")


def _short(value: object) -> str:
    """A number to a tenth of a pixel, without a trailing zero."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
