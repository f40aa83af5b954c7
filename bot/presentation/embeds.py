"""A sheet as an embed: lines that wrap by themselves, for people who see no picture, search or listen."""

import re
from collections.abc import Iterator
from dataclasses import replace

import discord

from bot.market.boards import Metric
from bot.presentation.palette import Palette
from bot.presentation.row_texts import changes_in_words, figures_in_words, leader_in_words
from bot.presentation.sheets import Row, Section, Sheet, age_in_words
from bot.presentation.text import (
    NAMELESS,
    NO_BREAK_SPACE,
    Markup,
    clip_apart,
    first_that_fits,
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
    rows = section.rows
    labels = clip_apart([row.label for row in rows], width, sanitize=_plain)
    leaders = clip_apart([row.leader.name if row.leader else "" for row in rows], width, sanitize=_plain)
    for row, label, leader in zip(rows, labels, leaders, strict=True):
        said = [_row_in_words(row, label)]
        if row.leader:
            said.append(leader_in_words(row.leader, sanitize(leader, limit=LONGEST_NAME), metric=metric))
        yield _unbroken("; ".join(said))
    if section.left_out:
        yield f"and {section.left_out} more"


def _paragraphs(sheet: Sheet, width: int) -> Iterator[str]:
    yield f"**{sanitize(sheet.lead, limit=LONGEST_TITLE)}**"
    if age := age_in_words(sheet.age_days):
        yield f"**{age}**"
    if sheet.id:
        yield f"`{sanitize(sheet.id, limit=LONGEST_ID, markup=Markup.CODE)}`"
    for note in sheet.notes:
        yield sanitize(note, limit=LONGEST_ID)
    for section in sheet.sections:
        yield ""
        if len(sheet.sections) > 1:
            yield f"__{section.heading}__"
        yield from row_lines(_shortened(section, sheet), metric=sheet.board.metric, width=width)
    if sheet.rows and (changes := changes_in_words(sheet)):
        yield f"\n{changes}"


def _shortened(section: Section, sheet: Sheet) -> Section:
    """The first rows of a ranking below a summary, because its picture has more of them."""
    if not sheet.summarized or section is sheet.sections[0]:
        return section
    shown = section.rows[:MOST_BELOW_A_SUMMARY]
    return replace(section, rows=shown, left_out=section.left_out + len(section.rows) - len(shown))


def _row_in_words(row: Row, label: str) -> str:
    """Rank, name and figures. Whatever the name is, the line does not begin with a list mark."""
    rank = f"{row.rank} " if row.rank is not None else ""
    return f"{rank}**{sanitize(label, limit=LONGEST_NAME)}** {figures_in_words(row, has_details=False)}"


def _unbroken(said: str) -> str:
    """Keep each figure on one line with its direction and its unit."""
    return INSIDE_A_FIGURE.sub(NO_BREAK_SPACE, said)


def _plain(text: str) -> str:
    return sanitize(text, limit=LONGEST_NAME, markup=Markup.PLAIN) or NAMELESS
