"""The bot: loads the cogs, registers their commands, and reports errors to users in one place."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast

import discord
from discord import app_commands

from bot.app.connection import FAILURES
from bot.app.gallery import Gallery
from bot.app.gateway import GatewayBot
from bot.app.http_trace import HTTPTrace
from bot.app.registration import Registrar
from bot.autopost.autoposts import Autoposts
from bot.errors import ErrorCode, RankingsBotError, UserError
from bot.presentation.error_texts import error_sentence
from bot.presentation.text import sanitize

COGS = ("cogs.rankings", "cogs.trends", "cogs.cards", "cogs.autopost", "cogs.about")
LONGEST_SENTENCE = 1900
LONGEST_RATE_LIMIT = 30.0
"""Seconds that discord.py may wait for a rate limit; a request that would wait longer raises discord.RateLimited."""

UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060

OUTDATED_COMMAND = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)
"""Raised if Discord sends a command that the bot does not have, or has with other options."""

ERROR_CODES: Mapping[type[Exception], ErrorCode] = {
    **dict.fromkeys(OUTDATED_COMMAND, ErrorCode.OUTDATED_COMMAND),
    app_commands.MissingPermissions: ErrorCode.MANAGERS_ONLY,
    app_commands.NoPrivateMessage: ErrorCode.SERVERS_ONLY,
}
"""What to tell the user for discord.py's own errors."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shards:
    """The total number of shards (None: Discord decides) and the ids of those that this process runs (None: all)."""

    count: int | None = None
    ids: list[int] | None = None


class RankingsTree(app_commands.CommandTree["RankingsBot"]):
    """The commands, and the one place that tells users about errors."""

    async def on_error(self, interaction: "Interaction", error: app_commands.AppCommandError) -> None:
        """Tell the user why a command failed."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, OUTDATED_COMMAND):
            interaction.client.registrar.recheck()
        await self._answer(interaction, cause)

    async def _call(self, interaction: "Interaction") -> None:
        """Run a command. discord.py only logs a failed autocomplete and leaves it open, so send it no choices."""
        await super()._call(interaction)
        if interaction.type is discord.InteractionType.autocomplete and not interaction.response.is_done():
            await self._offer_nothing(interaction)

    @asynccontextmanager
    async def answering_errors(self, interaction: "Interaction") -> AsyncIterator[None]:
        """Tell the user why a click failed; discord.py would only log it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the tree's error handler is where every error ends
            await self._answer(interaction, error)

    async def _answer(self, interaction: "Interaction", error: Exception) -> None:
        if isinstance(error, discord.HTTPException) and error.code in (UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED):
            log.warning("An interaction could not be answered in time (code %s)", error.code)
            return
        if interaction.type is discord.InteractionType.autocomplete:
            await self._offer_nothing(interaction)
            return
        try:
            await _reply_privately(interaction, error_sentence(_translated(error)))
        except FAILURES as failed:
            log.warning("The user could not be told about an error: %s", failed)

    async def _offer_nothing(self, interaction: "Interaction") -> None:
        """Answer an autocomplete with no choices, because it cannot show a message."""
        with suppress(*FAILURES):
            await interaction.response.autocomplete([])


class RankingsBot(GatewayBot):
    """The Discord client. It needs no intents: commands, clicks and posts by channel id work without them."""

    def __init__(
        self,
        *,
        gallery: Gallery,
        shards: Shards | None = None,
        privacy_url: str | None = None,
        figures_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        """Make a bot that is not logged in yet and shows the cards of `gallery`; `proxy` is an HTTP proxy's URL."""
        shards = shards or Shards()
        self.requests = HTTPTrace()
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=RankingsTree,
            intents=discord.Intents.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT,
            http_trace=self.requests.config(),
            proxy=proxy,
            shard_count=shards.count,
            shard_ids=shards.ids,
        )
        self.gallery = gallery
        self.privacy_url = privacy_url
        self.figures_url = figures_url
        self.autoposts: Autoposts
        """Set before the login by the code that makes the bot; not an argument, because the poster needs the bot."""
        self.logged_in = asyncio.Event()
        """Set after the login, when the bot knows its own user."""
        self.registrar = Registrar(self, self.tree)

    @property
    def answering_errors(self) -> Callable[["Interaction"], AbstractAsyncContextManager[None]]:
        """The tree's context manager that reports the errors of a click."""
        return cast("RankingsTree", self.tree).answering_errors

    async def setup_hook(self) -> None:
        """Load the cogs and register their commands; discord.py calls this after the login."""
        self.logged_in.set()
        await self.load_cogs()
        await self.registrar.start()

    async def load_cogs(self) -> None:
        """Load all cogs, with their commands, buttons and menus."""
        for cog in COGS:
            await self.load_extension(cog)

    async def on_ready(self) -> None:
        """Log that the bot is connected. discord.py calls this again after some reconnects."""
        log.info("Ready as %s on %d shards", self.user, len(self.shards))


Interaction = discord.Interaction[RankingsBot]


async def defer(interaction: Interaction, *, private: bool = False) -> None:
    """Acknowledge an interaction that is answered later; if `private`, only the user sees the answer."""
    interaction.extras["private"] = private
    await interaction.response.defer(ephemeral=private, thinking=True)


def _translated(error: Exception) -> RankingsBotError:
    """Translate an error for the user and log what the operator needs; unexpected ones get a number in both places."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, RankingsBotError):
        log.warning("A command failed: %s", error.operator_sentence)
        return error
    for kind, code in ERROR_CODES.items():
        if isinstance(error, kind):
            return UserError(code)
    incident = secrets.token_hex(4)
    log.error("Unexpected error %s", incident, exc_info=error)
    return UserError(ErrorCode.UNEXPECTED, incident=incident)


async def _reply_privately(interaction: Interaction, sentence: str) -> None:
    """Send the user a private message. After a public deferral, delete its placeholder first."""
    content = sanitize(sentence, limit=LONGEST_SENTENCE)
    if not interaction.response.is_done():
        await interaction.response.send_message(content, ephemeral=True)
        return
    if interaction.extras.get("private"):
        await interaction.edit_original_response(content=content)
        return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        with suppress(discord.NotFound):
            await interaction.delete_original_response()
    await interaction.followup.send(content, ephemeral=True)
