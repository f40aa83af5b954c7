"""The bot: it loads the cogs, registers their commands, and answers errors in one place."""

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

COGS = ("cogs.rankings", "cogs.autopost", "cogs.about")
LONGEST_SENTENCE = 1900
LONGEST_RATE_LIMIT = 30.0
"""Seconds that discord.py may wait for a rate limit; a post that has to wait longer is tried again later."""

UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060

OUTDATED_COMMAND = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)
"""Raised for a command that is not the same in the user's Discord as in the bot."""

ERROR_CODES: Mapping[type[Exception], ErrorCode] = {
    **dict.fromkeys(OUTDATED_COMMAND, ErrorCode.OUTDATED_COMMAND),
    app_commands.MissingPermissions: ErrorCode.MANAGERS_ONLY,
    app_commands.NoPrivateMessage: ErrorCode.SERVERS_ONLY,
}
"""What discord.py's own errors mean here."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shards:
    """The number of shards and those that this process runs; with None, Discord decides."""

    count: int | None = None
    ids: list[int] | None = None


class RankingsTree(app_commands.CommandTree["RankingsBot"]):
    """The commands, and the one place where users are told of errors."""

    async def on_error(self, interaction: "Interaction", error: app_commands.AppCommandError) -> None:
        """Tell the user what went wrong in a command."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, OUTDATED_COMMAND):
            interaction.client.registrar.recheck()
        await self._answer(interaction, cause)

    async def _call(self, interaction: "Interaction") -> None:
        """Run a command. An autocomplete that fails offers nothing: discord.py would only log it."""
        await super()._call(interaction)
        if interaction.type is discord.InteractionType.autocomplete and not interaction.response.is_done():
            await self._offer_nothing(interaction)

    @asynccontextmanager
    async def answering_errors(self, interaction: "Interaction") -> AsyncIterator[None]:
        """Tell the user what went wrong in a click: discord.py would only log it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the tree's error handler, where every error ends
            await self._answer(interaction, error)

    async def _answer(self, interaction: "Interaction", error: Exception) -> None:
        if isinstance(error, discord.HTTPException) and error.code in (UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED):
            log.warning("An interaction could not be answered in time (%s)", error.code)
            return
        if interaction.type is discord.InteractionType.autocomplete:
            await self._offer_nothing(interaction)
            return
        try:
            await _reply_privately(interaction, error_sentence(_translated(error)))
        except FAILURES as failed:
            log.warning("An error could not be told to its user: %s", failed)

    async def _offer_nothing(self, interaction: "Interaction") -> None:
        """Answer an autocomplete with no choices, as it takes no message."""
        with suppress(*FAILURES):
            await interaction.response.autocomplete([])


class RankingsBot(GatewayBot):
    """The Discord side. It needs no intent: commands, clicks and posts by channel id work without."""

    def __init__(
        self,
        *,
        gallery: Gallery,
        shards: Shards | None = None,
        privacy_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        """Show the cards of `gallery`."""
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
        self.autoposts: Autoposts
        """Set before the login by whoever makes the bot, because the poster posts through it."""
        self.logged_in = asyncio.Event()
        """Set once the bot knows who it is."""
        self.registrar = Registrar(self, self.tree)

    @property
    def answering_errors(self) -> Callable[["Interaction"], AbstractAsyncContextManager[None]]:
        """The tree's error handler for clicks."""
        return cast("RankingsTree", self.tree).answering_errors

    async def setup_hook(self) -> None:
        """Load the cogs and register their commands."""
        self.logged_in.set()
        await self.load_cogs()
        await self.registrar.start()

    async def load_cogs(self) -> None:
        """Load all commands and clicks."""
        for cog in COGS:
            await self.load_extension(cog)

    async def on_ready(self) -> None:
        """Log that the bot is connected; Discord sends this again after each reconnect."""
        log.info("Ready as %s on %d shards", self.user, len(self.shards))


Interaction = discord.Interaction[RankingsBot]


async def defer(interaction: Interaction, *, private: bool = False) -> None:
    """Acknowledge an interaction that is answered later; only its user sees a private answer."""
    interaction.extras["private"] = private
    await interaction.response.defer(ephemeral=private, thinking=True)


def _translated(error: Exception) -> RankingsBotError:
    """Log what concerns the operator; an unexpected error is logged under a number, which the user is told."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, RankingsBotError):
        log.warning("A command failed: %s", error.operator_sentence)
        return error
    for foreign, code in ERROR_CODES.items():
        if isinstance(error, foreign):
            return UserError(code)
    incident = secrets.token_hex(4)
    log.error("Unexpected error %s", incident, exc_info=error)
    return UserError(ErrorCode.UNEXPECTED, incident=incident)


async def _reply_privately(interaction: Interaction, sentence: str) -> None:
    """Answer the user alone. After a public deferral, its placeholder is deleted first."""
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
