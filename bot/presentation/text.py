"""Text: figures in words, foreign text made harmless, columns that line up."""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import partial
from itertools import groupby, islice

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
NAMELESS = "(no name)"
BACKTICK_LOOKALIKE = "\N{MODIFIER LETTER GRAVE ACCENT}"
ZERO_WIDTH_SPACE = "\u200b"
NO_BREAK_SPACE = "\u00a0"
RISING, FALLING, UNCHANGED = "▲", "▼", "="

Measure = Callable[[str], float]
"""Gives the width of a text, in cells or pixels."""

_MARKDOWN = re.compile(r"[\\*_~`|<>#\[\]:]")
_NUMBERED = re.compile(r"^(\d+)\. ")
_LIST_MARKS = ("-", "+")
_MOST_MARKS = 2
"""The most zero-width characters that may follow another character. Some scripts need two."""
_SMALLEST = Decimal("0.1")


class Markup(Enum):
    """Where foreign text goes. This decides how it is made harmless."""

    MARKDOWN = "markdown"
    CODE = "code"
    PLAIN = "plain"


def sanitize(text: str, *, limit: int, markup: Markup = Markup.MARKDOWN) -> str:
    """Make foreign text harmless for its place, put it on one line, and clip it to `limit` UTF-16 units."""
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


def plain(text: str, *, limit: int) -> str:
    """Foreign text for a place without markup, at most `limit` UTF-16 units; “(no name)” if nothing of it is visible."""
    return sanitize(text, limit=limit, markup=Markup.PLAIN) or NAMELESS


def percent(share: float) -> str:
    """A share (fraction 0–1) as a percentage with one decimal, like the source's; “<0.1 %” if it rounds to zero."""
    figure = _in_percent(share)
    return f"{figure} %" if figure else f"<{_SMALLEST} %"


def points(change: float) -> str:
    """A difference of two shares (fractions) in percentage points: “▲ 0.8”, “▼ 0.2”, or “=” if it rounds to zero."""
    figure = _in_percent(change)
    return f"{RISING if figure > 0 else FALLING} {abs(figure)}" if figure else UNCHANGED


def points_in_words(change: float) -> str:
    """The same in words, such as “up 0.8 points”; “unchanged” if it rounds to zero."""
    figure = _in_percent(change)
    return f"{'up' if figure > 0 else 'down'} {abs(figure)} points" if figure else "unchanged"


def at_line_start(escaped: str) -> str:
    """Keep an escaped text from starting a numbered list, where it starts a line."""
    return _NUMBERED.sub(r"\1\\. ", escaped)


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def in_a_row(parts: Sequence[str]) -> str:
    """Several parts of a sentence, with “and” before the last one."""
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


def clip_apart(
    texts: Sequence[str], width: float, *, sanitize: Callable[[str], str] = str, measure: Measure = cell_len
) -> list[str]:
    """Sanitize each text and clip it to a width, so that two different texts never look alike.

    `measure` gives the width of a text, by default in cells. A longer text must not be narrower.
    """
    sanitized = {text: sanitize(text) for text in texts}
    clipped = {text: _clip_end(harmless, width, measure) for text, harmless in sanitized.items()}
    taken = Counter(clipped.values())
    shown_as: dict[str, str] = {}
    for text, shown in clipped.items():
        told_apart = shown if taken[shown] == 1 else clip_middle(sanitized[text], width, measure)
        shown_as[text] = _unlike(told_apart, set(shown_as.values()), partial(_cut, width=width, measure=measure))
    return [shown_as[text] for text in texts]


def wrap(text: str, width: float, *, most: int, measure: Measure = cell_len) -> list[str]:
    """Break a text between words into at most `most` lines; a longer word is broken, and a longer rest clipped."""
    lines: list[str] = []
    rest = text
    while len(lines) < most - 1 and measure(rest) > width:
        line = _beginning(rest, width, measure)
        line = _whole_words(line, rest) or line
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return [*lines, _clip_end(rest, width, measure)]


def clip_middle(text: str, width: float, measure: Measure) -> str:
    """Clip a text in its middle, if possible between words. Its last third, such as a figure, stays."""
    if measure(text) <= width:
        return text
    end = _beginning(text[::-1], width // 3, measure)
    tail = ELLIPSIS + (_whole_words(end, text[::-1]) or end)[::-1].lstrip()
    start = _beginning(text, width - measure(tail), measure)
    words = _whole_words(start, text)
    return (words if len(words) > len(start) / 2 else start).rstrip(f" {ELLIPSIS}") + tail


def align_left(text: str, width: int) -> str:
    """Pad to `width` cells, the text at the left."""
    return set_cell_size(text, width)


def align_right(text: str, width: int) -> str:
    """Pad to `width` cells, the text at the right."""
    return " " * max(0, width - cell_len(text)) + text


def units(text: str) -> int:
    """The length in UTF-16 units, which is never less than the length that Discord counts."""
    return len(text.encode("utf-16-le")) // 2


def first_that_fits(drafts: Iterable[str], limit: int) -> str:
    """The first of several drafts that has at most `limit` UTF-16 units; the last one if none has."""
    draft = ""
    for draft in drafts:
        if units(draft) <= limit:
            break
    return draft


def _in_percent(fraction: float) -> Decimal:
    return (Decimal(str(fraction)) * 100).quantize(_SMALLEST, rounding=ROUND_HALF_UP)


def _one_line(text: str) -> str:
    """Replace line breaks, control and direction characters by spaces, and drop stacked marks beyond two."""
    if text.isascii() and text.isprintable():  # the usual case, and a list of plans has 50 texts
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


def _whole_words(beginning: str, text: str) -> str:
    """Leave out the last word of a text's beginning, if it is cut."""
    is_cut = len(beginning) < len(text) and text[len(beginning)] != " "
    return beginning[: beginning.rfind(" ") + 1] if is_cut else beginning


def _unlike(shown: str, others: Collection[str], cut: Callable[[str, str], str]) -> str:
    """Number a clipped text that still equals an earlier one."""
    unlike, number = shown, 1
    while unlike in others:
        number += 1
        unlike = cut(shown.rstrip(f" {ELLIPSIS}"), f"{ELLIPSIS}{number}")
    return unlike


def _cut(text: str, end: str, *, width: float, measure: Measure) -> str:
    """Clip a text so that it fits the width with an end."""
    return _beginning(text, width - measure(end), measure).rstrip(f" {ELLIPSIS}") + end


def _beginning(text: str, width: float, measure: Measure) -> str:
    """The longest beginning of a text that is not wider than `width`."""
    place = bisect_right(range(1, len(text) + 1), width, key=lambda length: measure(text[:length]))
    return text[:place]
