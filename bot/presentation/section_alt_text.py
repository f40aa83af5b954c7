"""The alt text of a picture of several sections, such as rises, falls and new leaders."""

from collections.abc import Iterator
from dataclasses import replace

from bot.market.boards import Metric
from bot.presentation.alt_text import LONGEST_ALT_TEXT, plain_words
from bot.presentation.row_texts import changes_in_words, figures_in_words, leader_in_words
from bot.presentation.sheets import Row, Section, Sheet
from bot.presentation.text import clip_apart, first_that_fits

LONGEST_TITLE = 36
EXTENTS = ((10, 60), (5, 60), (5, 36), (3, 60), (3, 36), (2, 36), (2, 24), (1, 24), (1, 12), (1, 8))
"""The most rows of a section and the most cells of a name: the first of these at which the whole text fits."""


def section_alt_text(sheet: Sheet) -> str:
    """Say each section with as many rows as fit, and how many there are beyond them."""
    return first_that_fits(_drafts(sheet), LONGEST_ALT_TEXT)


def _drafts(sheet: Sheet) -> Iterator[str]:
    (title,) = clip_apart([sheet.title], LONGEST_TITLE, sanitize=plain_words)
    for most, width in EXTENTS:
        sections = [_said(section, sheet.board.metric, most=most, width=width) for section in sheet.sections]
        said = (title, sheet.lead, sheet.scale, *sections, changes_in_words(sheet), sheet.caution)
        yield plain_words(". ".join([*(part.removesuffix(".") for part in said if part), sheet.citation]))


def _said(section: Section, metric: Metric, *, most: int, width: int) -> str:
    rows = section.rows[:most]
    names = clip_apart([row.name for row in rows], width, sanitize=plain_words)
    leaders = clip_apart([row.leader.name if row.leader else "" for row in rows], width, sanitize=plain_words)
    left_out = section.count - len(rows)
    more = f"; and {left_out} more" if left_out else ""
    said = [_row(row, name, leader, metric=metric) for row, name, leader in zip(rows, names, leaders, strict=True)]
    return f"{section.heading}: {'; '.join(said)}{more}"


def _row(row: Row, name: str, leader: str, *, metric: Metric) -> str:
    """A name with its figures and its leader, or who leads a task now. The heading says what is new or gone."""
    if row.leader and not row.figures:
        return f"{leader} in {name}"
    figures = f"{name} {figures_in_words(replace(row, mark=None), has_details=False)}".rstrip()
    return f"{figures}, {leader_in_words(row.leader, leader, metric=metric)}" if row.leader else figures
