"""The guide to a card: how to read its figures, and what its data is."""

from datetime import date

import discord

from bot.presentation.about import LICENCE, METRICS, SAMPLED, computed
from bot.presentation.row_texts import changes_in_words
from bot.presentation.sheets import Sheet
from bot.presentation.text import FALLING, NAMELESS, RISING, UNCHANGED, plural, sanitize

LONGEST_TITLE = 100
LONGEST_NOTE = 300
SIGNS = (
    f"{RISING} 0.8 means 0.8 points more than then, {FALLING} 0.8 that much less, {UNCHANGED} a difference of less than "
    "0.1 points. “new” was not listed then. A leader is new if another model led then."
)


def make_guide(sheet: Sheet, *, figures_url: str | None = None) -> discord.Embed:
    """Say what the figures of a card are and are not, and their window, date and licence.

    `figures_url` is where `docs/figures.md` can be read.
    """
    figures = [f"{sheet.lead}.", *sheet.notes]
    embed = discord.Embed(
        title="How to read this",
        url=sheet.url,
        description=f"**{_title(sheet)}**\n" + " ".join(sanitize(one, limit=LONGEST_NOTE) for one in figures),
    )
    if not sheet.is_synthetic:
        embed.add_field(name="What it is, and is not", value=f"{SAMPLED} {METRICS}", inline=False)
    if changes := changes_in_words(sheet):
        embed.add_field(name="Changes", value=f"{changes} {SIGNS}" if sheet.compared_with else changes, inline=False)
    if not sheet.is_synthetic:
        embed.add_field(name="Computed", value=computed(figures_url), inline=False)
    compared = f", compared with those up to {sheet.compared_with}" if sheet.compared_with else ""
    embed.add_field(name="Window", value=f"the {plural(sheet.window_days, 'day')} up to {sheet.as_of} (UTC){compared}")
    if not sheet.is_synthetic:
        embed.add_field(name="Licence", value=LICENCE, inline=False)
    embed.set_footer(text=sheet.citation)
    return embed


def about_data(sheet: Sheet, *, asked: date | None) -> str:
    """The text above the CSV file of a sheet; `asked` is the day of the card, which may not be archived."""
    lines = [f"**{_title(sheet)}** by {sheet.board.metric}, as CSV. Shares are fractions. {sheet.citation}"]
    if asked is not None and asked.isoformat() != sheet.as_of:
        lines.append(f"The data of {asked.isoformat()} is not in the archive, so this is the newest.")
    return "\n".join(lines)


def _title(sheet: Sheet) -> str:
    return sanitize(sheet.title, limit=LONGEST_TITLE) or NAMELESS
