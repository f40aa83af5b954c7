"""Wording: figures as text, foreign text made harmless, columns that line up."""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import partial
from itertools import groupby, islice

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
MINUS = "\N{MINUS SIGN}"
NAMELESS = "(no name)"
BACKTICK_LOOKALIKE = "\N{MODIFIER LETTER GRAVE ACCENT}"
ZERO_WIDTH_SPACE = "\u200b"

Measure = Callable[[str], float]
"""Gives the width of a text, in cells or pixels or what a text is clipped by."""

_MARKDOWN = re.compile(r"[\\*_~`|<>#\[\]:]")
_LIST_MARKS = ("-", "+")
_MOST_MARKS = 2
"""How many characters without a width of their own may follow one that has; some scripts need two."""
_SMALLEST = Decimal("0.1")


class Markup(Enum):
    """Where foreign text is put, and so what must be done to it."""

    MARKDOWN = "markdown"
    CODE = "code"
    PLAIN = "plain"


def sanitize(text: str, *, limit: int, markup: Markup = Markup.MARKDOWN) -> str:
    """Make text that is not ours harmless where it is put, on one line, and at most `limit` UTF-16 units long."""
    line = _one_line(text)
    pieces = [_harmless(character, markup) for character in line]
    if markup is Markup.MARKDOWN and line.startswith(_LIST_MARKS):
        pieces[0] = f"\\{line[0]}"
    whole = "".join(pieces)
    if units(whole) <= limit:
        return whole
    kept, room = [], limit - units(ELLIPSIS)
    for piece in pieces:
        room -= units(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + ELLIPSIS


def percent(share: float) -> str:
    """A share (fraction 0–1) with one decimal, as fine as the source is; one that rounds to zero is “<0.1 %”."""
    figure = (Decimal(str(share)) * 100).quantize(_SMALLEST, rounding=ROUND_HALF_UP)
    return f"{figure} %" if figure else f"<{_SMALLEST} %"


def points(change: float) -> str:
    """A difference of shares (fractions 0–1) in points, with its sign and one decimal; “=” is none that is seen."""
    figure = (Decimal(str(change)) * 100).quantize(_SMALLEST, rounding=ROUND_HALF_UP)
    return f"{figure:+}".replace("-", MINUS) if figure else "="


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def clip_apart(
    texts: Sequence[str], width: float, *, sanitize: Callable[[str], str] = str, measure: Measure = cell_len
) -> list[str]:
    """Sanitize each text and clip it to a width, so that two different texts never look alike.

    `measure` gives the width of a text: in cells, unless it says otherwise. A longer text must not be narrower.
    """
    sanitized = {text: sanitize(text) for text in texts}
    clipped = {text: _clip_end(harmless, width, measure) for text, harmless in sanitized.items()}
    taken = Counter(clipped.values())
    shown_as: dict[str, str] = {}
    for text, shown in clipped.items():
        told_apart = shown if taken[shown] == 1 else _clip_middle(sanitized[text], width, measure)
        shown_as[text] = _unlike(told_apart, set(shown_as.values()), partial(_cut, width=width, measure=measure))
    return [shown_as[text] for text in texts]


def align_left(text: str, width: int) -> str:
    """Pad to `width` cells, the text at the left."""
    return set_cell_size(text, width)


def align_right(text: str, width: int) -> str:
    """Pad to `width` cells, the text at the right."""
    return " " * max(0, width - cell_len(text)) + text


def units(text: str) -> int:
    """The length in UTF-16 units, which is never less than what Discord counts."""
    return len(text.encode("utf-16-le")) // 2


def _one_line(text: str) -> str:
    """Let no control, direction or zero-width character through, no line break, and no tower of marks."""
    if text.isascii() and text.isprintable():  # as nearly every text is, and a menu of plans has 50 of them
        return " ".join(text.split())
    visible = (" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    runs = groupby(visible, key=lambda character: cell_len(character) > 0)
    kept = ("".join(run if has_width else islice(run, _MOST_MARKS)) for has_width, run in runs)
    return " ".join("".join(kept).split())


def _harmless(character: str, markup: Markup) -> str:
    if markup is Markup.CODE:
        return BACKTICK_LOOKALIKE if character == "`" else character
    if character == "@" and markup is Markup.MARKDOWN:
        return f"@{ZERO_WIDTH_SPACE}"
    return f"\\{character}" if markup is Markup.MARKDOWN and _MARKDOWN.match(character) else character


def _clip_end(text: str, width: float, measure: Measure) -> str:
    return text if measure(text) <= width else _cut(text, ELLIPSIS, width=width, measure=measure)


def _clip_middle(text: str, width: float, measure: Measure) -> str:
    if measure(text) <= width:
        return text
    tail = _beginning(text[::-1], width // 3, measure)[::-1].lstrip()
    return _cut(text, ELLIPSIS + tail, width=width, measure=measure)


def _unlike(shown: str, others: Collection[str], cut: Callable[[str, str], str]) -> str:
    """Number a clipped text that is still like an earlier one."""
    unlike, number = shown, 1
    while unlike in others:
        number += 1
        unlike = cut(shown.rstrip(f" {ELLIPSIS}"), f"{ELLIPSIS}{number}")
    return unlike


def _cut(text: str, end: str, *, width: float, measure: Measure) -> str:
    """As much of a text as there is room for, and an end."""
    return _beginning(text, width - measure(end), measure).rstrip(f" {ELLIPSIS}") + end


def _beginning(text: str, width: float, measure: Measure) -> str:
    """The longest beginning of a text that is not wider than `width`."""
    place = bisect_right(range(1, len(text) + 1), width, key=lambda length: measure(text[:length]))
    return text[:place]
