"""A sheet as an embed: lines that wrap by themselves, for people who see no picture, search or listen."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import discord

from bot.market.boards import Metric
from bot.presentation.figures import FigureKind
from bot.presentation.palette import Palette
from bot.presentation.row_texts import changes_in_words, compared_in_words, figures_in_words, leader_in_words
from bot.presentation.sheets import Row, Section, Sheet
from bot.presentation.text import (
    NAMELESS,
    NO_BREAK_SPACE,
    Markup,
    clip_apart,
    first_that_fits,
    plain,
    sanitize,
)

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 4096
LONGEST_ID = 300
LONGEST_NAME = 1000
NAME_WIDTHS = (60, 40, 25, 15, 8)
"""The most cells of a name: the first of these at which the whole text fits."""

MOST_BELOW_A_SUMMARY = 5
INSIDE_A_FIGURE = re.compile(r"(?<=\d) (?=%|points)|(?<= up) (?=\d)|(?<= down) (?=\d)")

_plain = partial(plain, limit=LONGEST_NAME)


def make_embed(sheet: Sheet, palette: Palette, *, picture: str | None) -> discord.Embed:
    """Make the embed of a sheet; `picture` is the file name of the attachment that it shows, if any."""
    drafts = ("\n".join(_paragraphs(sheet, width)) for width in NAME_WIDTHS)
    embed = discord.Embed(
        title=sanitize(sheet.title, limit=LONGEST_TITLE) or NAMELESS,
        url=sheet.url,
        description=first_that_fits(drafts, LONGEST_DESCRIPTION),
        colour=discord.Colour.from_str(palette.colour(sheet.macro_category)),
    )
    embed.set_footer(text=sheet.citation)
    if picture is not None:
        embed.set_image(url=f"attachment://{picture}")
    return embed


def row_lines(section: Section, *, metric: Metric, width: int = NAME_WIDTHS[0]) -> Iterator[str]:
    """Say each row of a section and its leader in one line; names have at most `width` cells."""
    compared = _compared_names(section, width)
    for row, label, leader, earlier in _named(section.rows, width):
        in_words = compared_in_words(row, compared, subject=section.subject, bold="**")
        said = [in_words or figures_in_words(row, has_details=False)] if row.figures or row.compared else []
        if row.leader:
            name = sanitize(leader, limit=LONGEST_NAME)
            said.append(leader_in_words(row.leader, name, metric=metric, earlier=earlier))
        yield _unbroken(_row_line(row, label, "; ".join(said)))
    if section.left_out:
        yield f"and {section.left_out} more"


def inline_rows(section: Section, *, width: int = NAME_WIDTHS[0]) -> str:
    """Say a section in one line: its heading and its rows, or its heading, how many rows there are, and some of them."""
    said = [
        f"{sanitize(leader, limit=LONGEST_NAME)} in {sanitize(label, limit=LONGEST_NAME)}"
        if row.leader
        else _row_line(
            replace(row, rank=None), label, figures_in_words(_without_earlier(row), has_details=False)
        ).rstrip()
        for row, label, leader, _ in _named(section.rows, width)
    ]
    count, more = (f" ({section.count})", f" and {section.left_out} more") if section.left_out else ("", "")
    return _unbroken(f"__{section.heading}{count}__ {'; '.join(said)}{more}")


def _without_earlier(row: Row) -> Row:
    """A row with its share and its change only, because a line of several rows is long enough."""
    figures = tuple(figure for figure in row.figures if figure.kind is not FigureKind.EARLIER)
    return replace(row, mark=None, figures=figures or row.figures)


def _named(rows: Sequence[Row], width: int) -> Iterator[tuple[Row, str, str, str]]:
    """Each row with its name and those of the models that lead it and led it before, clipped so that they stay distinct."""
    names = clip_apart([row.name for row in rows], width, sanitize=_plain)
    led = [each for row in rows for each in ((row.leader.name, row.leader.earlier or "") if row.leader else ("", ""))]
    clipped = clip_apart(led, width, sanitize=_plain)
    for row, name, leader, earlier in zip(rows, names, clipped[::2], clipped[1::2], strict=True):
        has_earlier = row.leader is not None and row.leader.earlier is not None
        yield row, name, leader, sanitize(earlier, limit=LONGEST_NAME) if has_earlier else ""


def _paragraphs(sheet: Sheet, width: int) -> Iterator[str]:
    yield f"**{sanitize(sheet.lead, limit=LONGEST_TITLE)}**"
    if sheet.caution:
        yield f"**{sheet.caution}**"
    if sheet.id:
        yield f"`{sanitize(sheet.id, limit=LONGEST_ID, markup=Markup.CODE)}`"
    for note in sheet.notes:
        yield sanitize(note, limit=LONGEST_ID)
    was_inline = False
    for section in sheet.sections:
        if not (section.is_inline and was_inline):
            yield ""
        was_inline = section.is_inline
        if section.is_inline:
            yield inline_rows(section, width=width)
            continue
        if len(sheet.sections) > 1:
            yield f"__{section.heading}__"
        yield from row_lines(_shortened(section, sheet), metric=sheet.board.metric, width=width)
    if sheet.rows and (changes := changes_in_words(sheet)):
        yield f"\n{changes}"


def _compared_names(section: Section, width: int) -> list[str]:
    """The names of what is compared, which are in every line: the more, the shorter."""
    names = [each.name for each in section.compared]
    clipped = clip_apart(names, width / (len(names) or 1), sanitize=_plain)
    return [sanitize(name, limit=LONGEST_NAME) for name in clipped]


def _shortened(section: Section, sheet: Sheet) -> Section:
    """The first rows of a ranking below a summary, or of a comparison, because its picture has more of them."""
    if not section.compared and (not sheet.summarized or section is sheet.sections[0]):
        return section
    shown = section.rows[:MOST_BELOW_A_SUMMARY]
    return replace(section, rows=shown, left_out=section.left_out + len(section.rows) - len(shown))


def _row_line(row: Row, label: str, figures: str) -> str:
    """Rank, name and figures. Whatever the name is, the line does not begin with a list mark."""
    rank = f"{row.rank} " if row.rank is not None else ""
    return f"{rank}**{sanitize(label, limit=LONGEST_NAME)}** {figures}"


def _unbroken(said: str) -> str:
    """Keep each figure on one line with its direction and its unit."""
    return INSIDE_A_FIGURE.sub(NO_BREAK_SPACE, said)
