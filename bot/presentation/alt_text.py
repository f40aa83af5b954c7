"""The alt text of a picture: what it shows, for people who hear it instead."""

from collections.abc import Iterator, Sequence
from functools import partial

from bot.presentation.figures import FIGURES, FigureKind
from bot.presentation.row_texts import caveat, changes_in_words, figures_in_words, leader_in_words
from bot.presentation.sheets import Row, Sheet
from bot.presentation.text import clip_apart, first_that_fits, plain

LONGEST_CATEGORY = 16
"""Cells of a category's name beside a share of it."""

LONGEST_ALT_TEXT = 1024
NAME_WIDTHS = (36, 24, 16, 12, 8)
"""The most cells of a name: the first of these at which the whole text fits."""

LEAST_WITH_DETAILS = 16
"""The shares within a category are left out before names get shorter than this."""

plain_words = partial(plain, limit=10 * LONGEST_ALT_TEXT)
"""Foreign text as part of an alt text, before it is clipped."""


def alt_text(sheet: Sheet) -> str:
    """Describe the picture of a sheet with all figures of its rows; details and leaders are left out if they do not fit."""
    return first_that_fits(_drafts(sheet), LONGEST_ALT_TEXT)


def _drafts(sheet: Sheet) -> Iterator[str]:
    (title,) = clip_apart([sheet.title], NAME_WIDTHS[0], sanitize=plain_words)
    for rankings in _rankings(sheet):
        said = (
            title,
            sheet.lead,
            sheet.scale,
            *rankings,
            caveat(sheet),
            sheet.caution,
            changes_in_words(sheet),
            sheet.citation,
        )
        yield plain_words(
            ". ".join(part.removesuffix(".") if part != sheet.citation else part for part in said if part)
        )


def _rankings(sheet: Sheet) -> Iterator[list[str]]:
    """Summary and rows in words: first with everything and names that can be read, at last without leaders."""
    readable = [width for width in NAME_WIDTHS if width >= LEAST_WITH_DETAILS]
    forms = [(width, True, has_details) for has_details in (True, False) for width in readable]
    forms += [(width, has_leaders, True) for has_leaders in (True, False) for width in NAME_WIDTHS]
    for width, has_leaders, has_details in forms:
        yield [
            "; ".join(_rows(rows, sheet, width=width, has_leaders=has_leaders, has_details=has_details))
            for rows in (sheet.summarized, sheet.pictured)
        ]


def _rows(rows: Sequence[Row], sheet: Sheet, *, width: int, has_leaders: bool, has_details: bool) -> Iterator[str]:
    labels = clip_apart([row.label for row in rows], width, sanitize=plain_words)
    leaders = clip_apart([row.leader.name if row.leader else "" for row in rows], width, sanitize=plain_words)
    for row, label, leader in zip(rows, labels, leaders, strict=True):
        rank = f"{row.rank} " if row.rank is not None else ""
        said = [f"{rank}{label} {figures_in_words(row, has_details=False)}"]
        said += _details(row, sheet) if has_details else []
        if row.leader and has_leaders:
            said.append(leader_in_words(row.leader, leader, metric=sheet.board.metric))
        yield ", ".join(said)


def _details(row: Row, sheet: Sheet) -> list[str]:
    """Its other figures; a share within a category names the category: “36.8 % of Code”."""
    label = sheet.category_labels.get(row.macro_category, row.macro_category)
    (category,) = clip_apart([label], LONGEST_CATEGORY, sanitize=plain_words)
    return [
        f"{figure.text} of {category}" if figure.kind is FigureKind.WITHIN else figure.spoken
        for figure in row.figures
        if FIGURES[figure.kind].is_detail
    ]
