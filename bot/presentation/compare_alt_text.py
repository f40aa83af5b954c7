"""The alt text of a picture of a comparison."""

from collections.abc import Iterator

from bot.presentation.alt_text import LONGEST_ALT_TEXT, NAME_WIDTHS, plain_words
from bot.presentation.row_texts import caveat, compared_in_words
from bot.presentation.sheets import Sheet
from bot.presentation.text import clip_apart, first_that_fits

FEWEST_ROWS = 1


def compare_alt_text(sheet: Sheet) -> str:
    """Say where each is ahead or who leads it, and the figures of the rows; names get shorter, and then rows fewer, to fit."""
    return first_that_fits(_drafts(sheet), LONGEST_ALT_TEXT)


def _drafts(sheet: Sheet) -> Iterator[str]:
    (title,) = clip_apart([sheet.title], NAME_WIDTHS[0], sanitize=plain_words)
    all_rows = len(sheet.pictured)
    for most in (all_rows, *range(all_rows - 1, FEWEST_ROWS - 1, -1)):
        for width in NAME_WIDTHS if most in (all_rows, FEWEST_ROWS) else NAME_WIDTHS[1:3]:
            said = (title, sheet.lead, *_comparison(sheet, most, width), caveat(sheet), sheet.caution)
            yield plain_words(". ".join([*(part.removesuffix(".") for part in said if part), sheet.citation]))


def _comparison(sheet: Sheet, most: int, width: int) -> Iterator[str]:
    names = clip_apart([each.name for each in sheet.compared], width, sanitize=plain_words)
    yield "; ".join(f"{name}: {each.result}" for name, each in zip(names, sheet.compared, strict=True))
    yield sheet.scale
    rows, subject = sheet.pictured[:most], sheet.sections[-1].subject
    labels = clip_apart([row.label for row in rows], width, sanitize=plain_words)
    said = [
        f"{label}: {compared_in_words(row, names, subject=subject)}" for label, row in zip(labels, rows, strict=True)
    ]
    left_out = len(sheet.pictured) + sheet.unpictured - len(rows)
    yield "; ".join([*said, *([f"and {left_out} more"] if left_out else [])])
