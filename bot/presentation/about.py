"""What the bot says of itself: what the numbers are, where they come from, what is kept."""

from datetime import datetime

import discord

from bot.market.editions import Edition
from bot.market.models import RANKINGS_URL
from bot.presentation.text import plural

PRIVACY_ID = "about:privacy"

PRIVACY = (
    "The bot stores nothing about persons: no names, no messages, not who asked for what. "
    "It keeps what OpenRouter publishes, when it asked OpenRouter, and the autoposts of each server. "
    "Discord hands it each command's user and channel to answer it, and it forgets them with the answer."
)
"""What PRIVACY.md says at more length."""


SAMPLED = (
    "OpenRouter samples the requests that it routes to language models and classifies them by task. "
    "Every figure here is a share of that classified sample; how much traffic there is in all is not published."
)
METRICS = (
    "Requests count each call once; tokens count prompt and completion, so long calls weigh more. "
    "Each provider counts tokens with a tokenizer of its own, so token shares compare models only roughly. "
    "OpenRouter's website shows spend over another window: its figures differ from these."
)
LICENCE = "OpenRouter publishes the data under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)."


def make_about(edition: Edition, *, now: datetime, version: str) -> discord.Embed:
    """Explain the numbers of an edition."""
    data = edition.snapshot.data
    days = max(0, (now.date() - data.as_of).days)
    embed = discord.Embed(
        title="About these rankings",
        url=RANKINGS_URL,
        description=(
            f"{SAMPLED} Each task lists only its top models, by requests. "
            "Only differences of more than a rounding step (0.1 %) mean anything."
        ),
    )
    embed.add_field(name="Window", value=f"the last {plural(data.window_days, 'day')}")
    embed.add_field(name="As of", value=f"{data.as_of.isoformat()} (UTC), {plural(days, 'day')} ago")
    embed.add_field(name="Version", value=version)
    embed.add_field(name="Metrics", value=METRICS, inline=False)
    embed.add_field(name="Licence", value=f"{LICENCE} This bot is not affiliated with OpenRouter.", inline=False)
    embed.set_footer(text=edition.snapshot.citation)
    return embed
