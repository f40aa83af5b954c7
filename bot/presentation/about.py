"""What `/about` says: what the numbers mean, where they come from, and what the bot stores."""

from datetime import datetime

import discord

from bot.market.editions import Edition
from bot.market.models import RANKINGS_URL
from bot.presentation.text import plural

PRIVACY_ID = "about:privacy"

PRIVACY = (
    "The bot stores nothing about people: no names, no messages, no record of who asked for what. "
    "It stores what OpenRouter publishes, when it asked OpenRouter, and the autoposts of each server. "
    "Discord sends it the user and the channel of each command. It uses them to answer, then forgets them."
)
"""PRIVACY.md in short."""

SAMPLED = (
    "OpenRouter samples the requests that it routes to language models and classifies them by task. "
    "Every figure here is a share of that classified sample; total traffic is not published."
)
METRICS = (
    "By requests, each call counts once. By tokens, prompt and completion tokens both count, so long calls weigh more. "
    "Each provider counts tokens with its own tokenizer, so token shares compare models only roughly. "
    "OpenRouter's website shows spending over another window, so its figures differ from these."
)
FIGURES_PAGE = "docs/figures.md"
COMPUTED = (
    "Shares are OpenRouter's. Ranks, leaders, changes and what is new are computed by this bot from them; "
    "{page} explains each, with an example."
)
LICENCE = "OpenRouter publishes the data under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)."


def computed(figures_url: str | None) -> str:
    """Say what is computed, and where that is explained: a link if its address is known."""
    return COMPUTED.format(page=f"[{FIGURES_PAGE}]({figures_url})" if figures_url else FIGURES_PAGE)


def make_about(edition: Edition, *, now: datetime, version: str, figures_url: str | None = None) -> discord.Embed:
    """Explain the numbers of an edition; `figures_url` is where `docs/figures.md` can be read."""
    data = edition.snapshot.data
    days = max(0, (now.date() - data.as_of).days)
    embed = discord.Embed(
        title="About these rankings",
        url=RANKINGS_URL,
        description=(
            f"{SAMPLED} Each task lists only its top models by requests. A difference of 0.1 % may be due to rounding."
        ),
    )
    embed.add_field(name="Window", value=f"the last {plural(data.window_days, 'day')}")
    embed.add_field(name="As of", value=f"{data.as_of.isoformat()} (UTC), {plural(days, 'day')} ago")
    embed.add_field(name="Version", value=version)
    embed.add_field(name="Metrics", value=METRICS, inline=False)
    embed.add_field(name="Computed", value=computed(figures_url), inline=False)
    embed.add_field(name="Licence", value=f"{LICENCE} This bot is not affiliated with OpenRouter.", inline=False)
    embed.set_footer(text=edition.snapshot.citation)
    return embed
