"""A sheet as an embed. Its rows are in a code block, so that they line up on a phone and no line wraps."""

from collections.abc import Sequence

import discord
from rich.cells import cell_len

from bot.presentation.palette import Palette
from bot.presentation.sheets import FIGURES, Row, Section, Sheet, age_in_words
from bot.presentation.text import NAMELESS, Markup, align_left, align_right, clip_apart, sanitize

WIDTH = 35
"""Cells per line. A phone wraps longer lines of a code block."""

LONGEST_TITLE = 200
LONGEST_ID = 300
LONGEST_LABEL = 1000


def make_embed(sheet: Sheet, palette: Palette, *, picture: str | None) -> discord.Embed:
    """Make the embed of a sheet; `picture` is the file name of the attachment that it shows, if any."""
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
    """Lay out the rows of a section in columns, at most `width` cells wide."""
    rows, kinds = section.rows, section.kinds
    ranks = [f"{row.rank} " if row.rank is not None else "" for row in rows]
    rank_width = max(map(cell_len, ranks))
    texts = [row.texts(kinds) for row in rows]
    columns = [max(map(cell_len, column)) for column in zip(*texts, strict=True)]
    labels = clip_apart([row.label for row in rows], width - rank_width - sum(columns) - len(columns), sanitize=_coded)
    label_width = max(map(cell_len, labels))
    leaders = _leader_lines(rows, width - rank_width)
    headings = [FIGURES[kind].heading for kind in kinds]
    # One column needs no heading: the text above the table explains its figures.
    lines = [" " * (rank_width + label_width) + _in_columns(headings, columns)] if len(kinds) > 1 else []
    for rank, label, figures, leader in zip(ranks, labels, texts, leaders, strict=True):
        lines.append(f"{align_right(rank, rank_width)}{align_left(label, label_width)}{_in_columns(figures, columns)}")
        lines.extend(f"{' ' * rank_width}{line}" for line in leader)
    if section.left_out:
        lines.append(f"and {section.left_out} more")
    return lines


def _paragraphs(sheet: Sheet) -> list[str]:
    paragraphs = [f"**{sanitize(sheet.lead, limit=LONGEST_TITLE)}**"]
    if age := age_in_words(sheet.age_days):
        paragraphs.append(f"**{age}**")
    if sheet.id:
        paragraphs.append(f"`{sanitize(sheet.id, limit=LONGEST_ID, markup=Markup.CODE)}`")
    blocks = ["\n".join(table(section)) for section in sheet.sections]
    if len(blocks) > 1:
        blocks = [f"{section.heading}\n{block}" for section, block in zip(sheet.sections, blocks, strict=True)]
    if blocks:
        paragraphs.append("```\n" + "\n\n".join(blocks) + "\n```")
    return [*paragraphs, *(sanitize(note, limit=LONGEST_ID) for note in sheet.notes)]


def _in_columns(texts: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f" {align_right(text, width)}" for text, width in zip(texts, widths, strict=True))


def _leader_lines(rows: Sequence[Row], width: int) -> list[list[str]]:
    """The line below each row: its leading model, if it has one, and the model's share."""
    shares = [row.leader.figure.text if row.leader else "" for row in rows]
    room = width - max(map(cell_len, shares)) - 1
    names = clip_apart([row.leader.name if row.leader else "" for row in rows], room, sanitize=_coded)
    return [[f"{name} {share}"] if share else [] for name, share in zip(names, shares, strict=True)]


def _coded(text: str) -> str:
    return sanitize(text, limit=LONGEST_LABEL, markup=Markup.CODE) or NAMELESS
