"""A sheet as an embed: rows in a code block, so that they line up on a phone and nothing wraps."""

from collections.abc import Sequence

import discord
from rich.cells import cell_len

from bot.presentation.palette import Palette
from bot.presentation.sheets import Row, Section, Sheet
from bot.presentation.text import NAMELESS, Markup, clip_apart, left, percent, right, sanitize

WIDTH = 35
"""Cells of a line; about what a phone shows of a code block without wrapping."""

LONGEST_TITLE = 200
LONGEST_ID = 300
LONGEST_LABEL = 1000


def make_embed(sheet: Sheet, palette: Palette, *, picture: str | None) -> discord.Embed:
    """Lay a sheet out; `picture` is the name of the attachment to show below it, if any."""
    embed = discord.Embed(
        title=sanitize(sheet.title, limit=LONGEST_TITLE) or NAMELESS,
        url=sheet.url,
        description="\n".join(_paragraphs(sheet)),
        colour=discord.Colour.from_str(palette.colour(sheet.macro_category)),
    )
    embed.set_footer(text=sheet.citation)
    if picture is not None:
        embed.set_image(url=f"attachment://{picture}")
    return embed


def table(section: Section, width: int = WIDTH) -> list[str]:
    """Lay the rows of a section out in columns, at most `width` cells wide."""
    rows = section.rows
    ranks = [f"{row.rank} " if row.rank is not None else "" for row in rows]
    rank_width = max(map(cell_len, ranks))
    shares = [_figures(row) for row in rows]
    columns = [max(map(cell_len, column)) for column in zip(*shares, strict=True)]
    labels = clip_apart([row.label for row in rows], width - rank_width - sum(columns) - len(columns), sanitize=_coded)
    label_width = max(map(cell_len, labels))
    leaders = _leader_lines(rows, width - rank_width)
    lines = _header(columns, rank_width + label_width)
    for rank, label, figures, leader in zip(ranks, labels, shares, leaders, strict=True):
        numbers = "".join(f" {right(figure, column)}" for figure, column in zip(figures, columns, strict=True))
        lines.append(f"{right(rank, rank_width)}{left(label, label_width)}{numbers}")
        lines.extend(f"{' ' * rank_width}{line}" for line in leader)
    if section.left_out:
        lines.append(f"and {section.left_out} more")
    return lines


def _paragraphs(sheet: Sheet) -> list[str]:
    paragraphs = [f"**{sanitize(sheet.lead, limit=LONGEST_TITLE)}**"]
    if sheet.age:
        paragraphs.append(f"**{sheet.age}**")
    if sheet.id:
        paragraphs.append(f"`{sanitize(sheet.id, limit=LONGEST_ID, markup=Markup.CODE)}`")
    blocks = ["\n".join(table(section)) for section in sheet.sections]
    if len(blocks) > 1:
        blocks = [f"{section.heading}\n{block}" for section, block in zip(sheet.sections, blocks, strict=True)]
    if blocks:
        paragraphs.append("```\n" + "\n\n".join(blocks) + "\n```")
    return [*paragraphs, *(sanitize(note, limit=LONGEST_ID) for note in sheet.notes)]


def _figures(row: Row) -> list[str]:
    within = [] if row.share_within is None else [percent(row.share_within)]
    return [percent(row.share), *within]


def _header(columns: Sequence[int], indent: int) -> list[str]:
    """Name the figures where a row has two of them."""
    if len(columns) == 1:
        return []
    names = ("all", "within")
    return [" " * indent + "".join(f" {right(name, width)}" for name, width in zip(names, columns, strict=True))]


def _leader_lines(rows: Sequence[Row], width: int) -> list[list[str]]:
    """Under each row that has one: the leading model and its share."""
    shares = [percent(row.leader.share) if row.leader else "" for row in rows]
    room = width - max(map(cell_len, shares)) - 1
    names = clip_apart([row.leader.name if row.leader else "" for row in rows], room, sanitize=_coded)
    return [[f"{name} {share}"] if share else [] for name, share in zip(names, shares, strict=True)]


def _coded(text: str) -> str:
    return sanitize(text, limit=LONGEST_LABEL, markup=Markup.CODE) or NAMELESS
