"""Wording: figures as text, foreign text made harmless, columns that line up."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
BACKTICK_LOOKALIKE = "\N{MODIFIER LETTER GRAVE ACCENT}"
ZERO_WIDTH_SPACE = "\u200b"

_MARKDOWN = re.compile(r"[\\*_~`|<>#\[\]:]")
_LIST_MARKS = ("-", "+")
_SMALLEST = Decimal("0.1")


class Markup(Enum):
    """Where foreign text is put, and so what must be done to it."""

    MARKDOWN = "markdown"
    CODE = "code"
    PLAIN = "plain"


def foreign(text: str, *, limit: int, markup: Markup = Markup.MARKDOWN) -> str:
    """Make text that is not ours harmless where it is put, on one line, and at most `limit` UTF-16 units long."""
    line = _one_line(text)
    pieces = [_harmless(character, markup) for character in line]
    if markup is Markup.MARKDOWN and line.startswith(_LIST_MARKS):
        pieces[0] = f"\\{line[0]}"
    if sum(map(_units, pieces)) <= limit:
        return "".join(pieces)
    kept, room = [], limit - _units(ELLIPSIS)
    for piece in pieces:
        room -= _units(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + ELLIPSIS


def percent(share: float) -> str:
    """A share (fraction 0–1) with one decimal, as fine as the source is; one that rounds to zero is “<0.1 %”."""
    figure = (Decimal(str(share)) * 100).quantize(_SMALLEST, rounding=ROUND_HALF_UP)
    return f"{figure} %" if figure else f"<{_SMALLEST} %"


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def clip_apart(texts: Sequence[str], width: int) -> list[str]:
    """Clip each text to `width` cells so that two different ones never come to look alike."""
    clipped = dict.fromkeys(texts)
    for clip in (_clip_end, _clip_middle):
        taken = Counter(shown for shown in clipped.values() if shown is not None)
        alike = [text for text, shown in clipped.items() if shown is None or taken[shown] > 1]
        clipped.update({text: clip(text, width) for text in alike})
    shown_as: dict[str, str] = {}
    for text, shown in clipped.items():
        shown_as[text] = _unlike(shown or "", set(shown_as.values()), width)
    return [shown_as[text] for text in texts]


def left(text: str, width: int) -> str:
    """Pad to `width` cells, the text at the left."""
    return set_cell_size(text, width)


def right(text: str, width: int) -> str:
    """Pad to `width` cells, the text at the right."""
    return " " * max(0, width - cell_len(text)) + text


def _one_line(text: str) -> str:
    """Let no control, direction or zero-width character through, and no line break."""
    visible = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return " ".join(visible.split())


def _harmless(character: str, markup: Markup) -> str:
    if markup is Markup.CODE:
        return BACKTICK_LOOKALIKE if character == "`" else character
    if character == "@" and markup is Markup.MARKDOWN:
        return f"@{ZERO_WIDTH_SPACE}"
    return f"\\{character}" if markup is Markup.MARKDOWN and _MARKDOWN.match(character) else character


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _clip_end(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + ELLIPSIS


def _clip_middle(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    tail = text[-(width // 3) :]
    return set_cell_size(text, width - 1 - cell_len(tail)).rstrip() + ELLIPSIS + tail


def _unlike(shown: str, others: Collection[str], width: int) -> str:
    """Number a clipped text that is still like an earlier one."""
    unlike, number = shown, 1
    while unlike in others:
        number += 1
        mark = f"{ELLIPSIS}{number}"
        unlike = set_cell_size(shown, width - cell_len(mark)).rstrip() + mark
    return unlike
