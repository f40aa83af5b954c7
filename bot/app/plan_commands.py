"""The subcommands of `/autopost`: check, save, show and change a server's plans."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import discord

from bot.app.bot import Interaction, RankingsBot, defer
from bot.app.messages import NOBODY, PreparedCard, files_of, send_card
from bot.app.permissions import AnyChannel, check_bot, check_member, managed_guild
from bot.autopost.plan_input import PlanInput, read_schedule
from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, UnreadablePlan
from bot.autopost.schedule import next_instant
from bot.autopost.transitions import PlanState
from bot.errors import ErrorCode, PlanError, StorageError
from bot.market.board_input import read_board
from bot.presentation import replies
from bot.presentation.plan_texts import POST_NOW_PREFIX, plan_label, plan_list

PlanChange = Callable[[Interaction, str], Awaitable[None]]

OPTIONAL_TIMEOUT = timedelta(seconds=1.5)
"""How long to wait for optional data in an answer; Discord waits three seconds for choices."""

_POSTABLE_CHANNELS = frozenset(
    {
        discord.ChannelType.text,
        discord.ChannelType.news,
        discord.ChannelType.news_thread,
        discord.ChannelType.public_thread,
        discord.ChannelType.private_thread,
    }
)

T = TypeVar("T")

log = logging.getLogger(__name__)


class ChannelPicker(discord.app_commands.Transformer):
    """Accepts channels of every type, so that the bot can refuse a wrong one with a reason."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel of any type."""
        return discord.AppCommandOptionType.channel

    async def transform(self, _: discord.Interaction[Any], value: AnyChannel) -> AnyChannel:
        """Return the channel unchanged."""
        return value


Channel = discord.app_commands.Transform[AnyChannel, ChannelPicker]


@dataclass(frozen=True, kw_only=True)
class PostOptions:
    """The options of a plan besides its board and its schedule."""

    mention: discord.Role | None = None
    silent: bool = False
    publish: bool = False


async def add_plan(interaction: Interaction, channel: Channel, *, asked: PlanInput, extras: PostOptions) -> None:
    """Save a new plan if it can work, and show what it will post; raise MissingPermissions, PlanError or BoardError."""
    bot, guild_id = interaction.client, managed_guild(interaction)
    _check_channel(channel, extras)
    check_member(channel, mentions=extras.mention, publishes=extras.publish)
    await _authorize_and_defer(interaction)
    edition, now = await bot.gallery.market.load_edition(), bot.gallery.clock()
    request = PlanRequest(
        guild_id=guild_id,
        channel_id=channel.id,
        board=read_board(asked.board, edition),
        schedule=read_schedule(asked, now=now),
        mention_role_id=extras.mention.id if extras.mention else None,
        silent=extras.silent,
        publish=extras.publish,
    )
    await check_bot(bot, channel, guild_id=guild_id, mentions=extras.mention)
    card = await bot.gallery.load_card(request.board)
    plan = await bot.autoposts.plans.add(request, now=now)
    bot.autoposts.poster.wake()
    await _show_card(interaction, card, content=replies.added(plan, edition, now=now))


async def show_plans(interaction: Interaction) -> None:
    """List the server's plans privately."""
    bot, guild_id = interaction.client, await _authorize_and_defer(interaction)
    plans = await _load_plans(bot, guild_id)
    mentions = any(isinstance(plan, Plan) and plan.request.mention_role_id for plan in plans)
    first, *others = plan_list(
        plans,
        bot.gallery.market.find_edition(),
        now=bot.gallery.clock(),
        stopped_by=bot.autoposts.poster.stopped_by,
        roles=await _within_timeout(_fetch_roles(bot, guild_id)) if mentions else None,
    )
    await interaction.edit_original_response(embed=first, allowed_mentions=NOBODY)
    for page in others:
        await interaction.followup.send(embed=page, ephemeral=True, allowed_mentions=NOBODY)


async def preview_plan(interaction: Interaction, plan_id: str) -> None:
    """Show privately what a plan posts, with a button that posts it now; raise PlanError."""
    plan = await _load_plan(interaction, plan_id)
    card = await interaction.client.gallery.load_card(plan.request.board)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=replies.POST_NOW, custom_id=f"{POST_NOW_PREFIX}{plan.id}"))
    view.stop()
    await _show_card(interaction, card, view=view)


async def post_now(interaction: Interaction, plan_id: str) -> None:
    """Post a plan's newest data now, unless it is posted already; raise PlanError."""
    plan = await _load_plan(interaction, plan_id)
    has_posted = await interaction.client.autoposts.poster.post_now(plan)
    await _confirm(interaction, replies.posted(plan.channel_id) if has_posted else replies.not_posted())


async def remove_plan(interaction: Interaction, plan_id: str) -> None:
    """Delete a plan; raise PlanError."""
    bot, guild_id = interaction.client, await _authorize_and_defer(interaction)
    plan = _pick(await _load_plans(bot, guild_id), plan_id)
    await bot.autoposts.plans.remove(plan.id, guild_id=guild_id, now=bot.gallery.clock())
    await _confirm(interaction, replies.removed(plan.channel_id))


async def pause_plan(interaction: Interaction, plan_id: str) -> None:
    """Pause a plan; raise PlanError."""
    plan = await _load_plan(interaction, plan_id)
    if not await interaction.client.autoposts.plans.pause(plan.id, guild_id=plan.request.guild_id):
        raise PlanError(ErrorCode.PLAN_HAS_ENDED)
    await _confirm(interaction, replies.paused(plan.channel_id))


async def resume_plan(interaction: Interaction, plan_id: str) -> None:
    """Make a paused or ended plan active again; raise PlanError. An active plan keeps its next post."""
    bot = interaction.client
    plan, now = await _load_plan(interaction, plan_id), bot.gallery.clock()
    is_inactive = plan.state is not PlanState.ACTIVE
    if is_inactive and not await bot.autoposts.plans.resume(plan.id, guild_id=plan.request.guild_id, now=now):
        raise PlanError(ErrorCode.NO_SUCH_PLAN)
    bot.autoposts.poster.wake()
    upcoming = next_instant(plan.request.schedule, after=now)
    await _confirm(interaction, replies.resumed(plan.channel_id, upcoming=upcoming))


async def offer_plans(interaction: Interaction, typed: str) -> list[tuple[str, str]]:
    """The server's plans as choices, ended ones last; none if the database takes longer than OPTIONAL_TIMEOUT."""
    bot = interaction.client
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        return []
    plans = await _within_timeout(_load_offered(bot, interaction.guild_id)) or ()
    edition = bot.gallery.market.find_edition()
    ended_last = sorted(plans, key=lambda plan: isinstance(plan, Plan) and plan.state is PlanState.ENDED)
    labels = [(plan_label(plan, edition), str(plan.id)) for plan in ended_last]
    return [(label, value) for label, value in labels if typed.casefold() in label.casefold()][:MOST_PLANS]


async def _within_timeout(optional: Awaitable[T]) -> T | None:
    """Await something optional; None after OPTIONAL_TIMEOUT. It is not cancelled, because others may need it."""
    try:
        async with asyncio.timeout(OPTIONAL_TIMEOUT.total_seconds()):
            return await asyncio.shield(optional)
    except TimeoutError:
        return None


async def _load_offered(bot: RankingsBot, guild_id: int) -> Sequence[Plan | UnreadablePlan]:
    try:
        return await _load_plans(bot, guild_id)
    except StorageError as failed:
        log.warning("No autoposts are offered as choices: %s", failed.operator_sentence)
        return ()


async def _fetch_roles(bot: RankingsBot, guild_id: int) -> frozenset[int] | None:
    """Fetch the ids of a server's roles; None if Discord does not answer."""
    try:
        guild = await bot.fetch_guild(guild_id, with_counts=False)
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as failed:
        log.info("The roles of a server could not be fetched: %s", type(failed).__name__)
        return None
    return frozenset(role.id for role in guild.roles)


async def _load_plans(bot: RankingsBot, guild_id: int) -> list[Plan | UnreadablePlan]:
    """Load a server's plans, oldest first, including those that this version cannot read."""
    readable, unreadable = (
        await bot.autoposts.plans.load_guild(guild_id),
        await bot.autoposts.plans.load_unreadable(guild_id),
    )
    plans: list[Plan | UnreadablePlan] = [*readable, *unreadable]
    return sorted(plans, key=lambda plan: plan.id)


def _pick(plans: Sequence[Plan | UnreadablePlan], plan_id: str) -> Plan | UnreadablePlan:
    """Find a plan by its id; raise PlanError."""
    for plan in plans:
        if str(plan.id) == plan_id:
            return plan
    raise PlanError(ErrorCode.NO_SUCH_PLAN)


async def _load_plan(interaction: Interaction, plan_id: str) -> Plan:
    """Authorize the user, defer, and load one of the server's plans; raise MissingPermissions or PlanError."""
    guild_id = await _authorize_and_defer(interaction)
    plan = _pick(await _load_plans(interaction.client, guild_id), plan_id)
    if isinstance(plan, UnreadablePlan):
        raise PlanError(ErrorCode.UNREADABLE_PLAN, why=plan.why)
    return plan


async def _authorize_and_defer(interaction: Interaction) -> int:
    """Check the Manage Server permission and defer, before any query; raise MissingPermissions. Return the server's id.

    The user may just have fixed a missing permission, so the poster retries the server's refused plans now.
    """
    guild_id = managed_guild(interaction)
    await defer(interaction, private=True)
    interaction.client.autoposts.poster.try_refused(guild_id)
    return guild_id


async def _show_card(interaction: Interaction, card: PreparedCard, **others: Any) -> None:  # noqa: ANN401 - discord.py's
    await send_card(
        lambda: interaction.edit_original_response(
            embed=card.embed, attachments=files_of(card), allowed_mentions=NOBODY, **others
        )
    )


async def _confirm(interaction: Interaction, reply: str) -> None:
    await interaction.edit_original_response(content=reply, allowed_mentions=NOBODY)


def _check_channel(channel: Channel, extras: PostOptions) -> None:
    if channel.type not in _POSTABLE_CHANNELS:
        raise PlanError(ErrorCode.CHANNEL_TAKES_NO_POSTS, channel_kind=channel.type.name)
    if extras.publish and channel.type is not discord.ChannelType.news:
        raise PlanError(ErrorCode.NOT_ANNOUNCEMENT_CHANNEL)
    if extras.mention is not None and extras.mention.is_default():
        raise PlanError(ErrorCode.MENTIONS_EVERYONE)
