"""Reads a picture from its SVG: its texts and shapes, with their boxes and their meaning."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.queries import category_keys
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import PICTURES
from bot.presentation.palette import Palette
from bot.presentation.pictures.bars import draw_bars
from bot.presentation.pictures.canvas import Drawing
from bot.presentation.pictures.fonts import FAMILY, Glyphs, Weight, packaged_advance
from bot.presentation.pictures.lettering import HOST_SPACE
from bot.presentation.sheets import Sheet

SVG = "{http://www.w3.org/2000/svg}"
ASCENT, DESCENT = 0.74, 0.22
"""How far capitals reach above the base line, and g below it, in em."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Whether the two have an area in common."""
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > 0.05 and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.05


@dataclass(frozen=True)
class Element:
    """A text or a shape; `says` is what it means."""

    name: str
    says: str
    text: str
    box: Box
    colour: str
    size: float
    weight: str = ""


class Picture:
    """The elements of an SVG."""

    def __init__(self, drawing: Drawing, glyphs: Glyphs | None = None) -> None:
        self.svg = drawing.svg
        self.missing = drawing.missing
        self._glyphs = glyphs or {}
        self.root = ET.fromstring(drawing.svg)  # noqa: S314 - written by the code under test
        self.width, self.height = float(self.root.attrib["width"]), float(self.root.attrib["height"])

    @property
    def elements(self) -> list[Element]:
        """Everything drawn on the background."""
        return [element for element in self._elements_of(self.root) if element.says != "ground"]

    @property
    def texts(self) -> list[str]:
        """All texts, in order."""
        return [element.text for element in self.elements if element.name == "text"]

    def parts(self, name: str) -> list[list[Element]]:
        """The elements of each part with a name, such as each row."""
        return [list(self._elements_of(part)) for part in self.root.iter(f"{SVG}g") if part.get("data-part") == name]

    def rows(self, name: str = "row") -> list[dict[str, str]]:
        """The texts of each row, by their meaning."""
        return [{each.says: each.text for each in part if each.name == "text"} for part in self.parts(name)]

    def _elements_of(self, parent: ET.Element) -> Iterator[Element]:
        for node in parent.iter():
            name = node.tag.removeprefix(SVG)
            if name in {"text", "rect", "path"}:
                box = {"text": self._text_box, "rect": _bar_box, "path": _path_box}[name](node)
                said = node.attrib.get("data-says", "")
                size, weight = float(node.get("font-size", 0)), node.get("font-weight", "")
                yield Element(name, said, node.text or "", box, node.attrib["fill"], size, weight)

    def _text_box(self, node: ET.Element) -> Box:
        size, x, y = (float(node.attrib[name]) for name in ("font-size", "x", "y"))
        weight, text = Weight(int(node.attrib["font-weight"])), node.text or ""
        is_packaged = node.get("font-family", FAMILY) == FAMILY
        host = {
            each: HOST_SPACE if each == " " else self._glyphs[each].advance for each in ("" if is_packaged else text)
        }
        advances = [packaged_advance(each, weight) if is_packaged else host[each] for each in text]
        width = sum(advance or 0 for advance in advances) * size
        left = x - width if node.get("text-anchor") == "end" else x
        return Box(left, y - ASCENT * size, left + width, y + DESCENT * size)


def _bar_box(node: ET.Element) -> Box:
    x, y, width, height = (float(node.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height)


def _path_box(node: ET.Element) -> Box:
    """Follow an outline of absolute moves, relative lines and half circles that begin at their left or right."""
    points, at = [], (0.0, 0.0)
    for command, numbers in re.findall(r"([MlhvazZ])([^MlhvazZ]*)", node.attrib["d"]):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "M":
            at = (values[0], values[1])
        elif command in "hv":
            at = (at[0] + values[0], at[1]) if command == "h" else (at[0], at[1] + values[0])
        elif command == "l":
            at = (at[0] + values[0], at[1] + values[1])
        elif command == "a":
            radius, reach = values[0], values[-2]
            points += [(at[0] + reach / 2, at[1] + side * radius) for side in (-1, 1)]
            at, values = (at[0] + reach, at[1]), []
        points.append(at)
        for x, y in zip(values[2::2], values[3::2], strict=True):
            at = (at[0] + x, at[1] + y)
            points.append(at)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def picture_of(board: Board | str, edition: Edition, glyphs: Glyphs | None = None) -> Picture:
    """Draw a board."""
    asked = Board.parse(board) if isinstance(board, str) else board
    return draw(make_sheet(asked, edition, age=None), edition, glyphs)


def draw(sheet: Sheet, edition: Edition, glyphs: Glyphs | None = None) -> Picture:
    """Draw a sheet."""
    draw_it = PICTURES.get(sheet.board.kind, draw_bars)
    return Picture(draw_it(sheet, Palette.of(category_keys(edition.snapshot.data)), glyphs or {}), glyphs)


def overlapping(elements: Sequence[Element]) -> list[tuple[str, str]]:
    """The pairs of elements that overlap, except bars on their tracks."""
    ordered = sorted(elements, key=lambda element: element.box.top)
    found = []
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.box.top >= one.box.bottom:
                break
            is_bar_on_track = {"bar", "part"} & {one.says, other.says} and "track" in {one.says, other.says}
            if one.box.overlaps(other.box) and not is_bar_on_track:
                found.append((one.text or one.says, other.text or other.says))
    return found
