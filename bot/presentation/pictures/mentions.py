"""Mentions: a heading with as many names behind it as fit on its line."""

from collections.abc import Sequence

from bot.presentation.palette import FAINT_INK
from bot.presentation.pictures.canvas import Canvas
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.frame import MARGIN, RIGHT, ROOM
from bot.presentation.pictures.lettering import HAIR, Lettering, Style
from bot.presentation.sheets import Row, Section
from bot.presentation.text import clip_apart

HEADING = Style(21, Weight.MEDIUM)
NAMES = Style(21, colour=FAINT_INK)
MOST_LINES = 2
PITCH = 30
GAP = 9
BASE = 25
BELOW = 7


def mentions_height(canvas: Canvas, sections: Sequence[Section]) -> float:
    """The height of the lines of these sections."""
    return PITCH * sum(len(_lines(canvas.lettering, section)) for section in sections) + bool(sections) * BELOW


def draw_mentions(canvas: Canvas, sections: Sequence[Section], *, top: float) -> float:
    """Write each section in a line or two; return where they end."""
    base = top + BASE
    for section in sections:
        left = _left(canvas.lettering, section)
        with canvas.part("mention"):
            canvas.text(_heading(section), (MARGIN, base), HEADING, says="heading")
            for line in _lines(canvas.lettering, section):
                canvas.text(line, (left, base), NAMES, says="names")
                left, base = MARGIN, base + PITCH
    return top + mentions_height(canvas, sections)


def _heading(section: Section) -> str:
    return f"{section.heading} ({section.count})"


def _left(lettering: Lettering, section: Section) -> float:
    return MARGIN + lettering.width(_heading(section), HEADING) + GAP


def _lines(lettering: Lettering, section: Section) -> list[str]:
    """As many rows as fit on the lines, and how many there are beyond them; one of them at least, if need be clipped."""
    names = [lettering.drawable(_mention(row)) for row in section.rows]
    first = RIGHT - _left(lettering, section)
    for shown in range(len(names), 0, -1):
        *others, last = names[:shown]
        pieces = [*(f"{name}," for name in others), last + _more(section.count - shown)]
        lines = _packed(lettering, pieces, first=first)
        if len(lines) <= MOST_LINES and lettering.width(lines[0], NAMES) <= first:
            return lines
    more = _more(section.count - 1)
    left = first - lettering.width(more, NAMES) + HAIR
    (clipped,) = clip_apart(names[:1], left, measure=lambda name: lettering.width(name, NAMES))
    return [clipped + more]


def _packed(lettering: Lettering, pieces: Sequence[str], *, first: float) -> list[str]:
    """Put pieces on lines; the first line has less room. A piece that is wider than a line gets too many lines."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        longer = f"{lines[-1]} {piece}"
        if lettering.width(longer, NAMES) <= (first if len(lines) == 1 else ROOM):
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines if all(lettering.width(line, NAMES) <= ROOM for line in lines) else [*lines, *[""] * MOST_LINES]


def _mention(row: Row) -> str:
    """A model that leads a task now, or a name with its first figure."""
    if row.leader:
        return f"{row.leader.name} in {row.label}"
    return " ".join([row.name, *(figure.spoken for figure in row.figures[:1])])


def _more(count: int) -> str:
    return f" and {count} more" if count else ""
