"""What `/autopost` does once it is understood: checks, keeps, shows and changes a server's plans."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import discord

from bot.app import Interaction, defer
from bot.autopost.asking import Asked, read_board, read_schedule
from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, PlanState
from bot.autopost.schedule import next_instant
from bot.channels import fetch_access
from bot.errors import PlanError
from bot.messages import NOBODY, CardMessage, message_of
from bot.presentation.plans import POST_NOW_PREFIX, confirmation, plan_label, plan_list

PlanChange = Callable[[Interaction, str], Awaitable[None]]
AnyChannel = discord.app_commands.AppCommandChannel | discord.app_commands.AppCommandThread

_TAKES_POSTS = frozenset(
    {
        discord.ChannelType.text,
        discord.ChannelType.news,
        discord.ChannelType.news_thread,
        discord.ChannelType.public_thread,
        discord.ChannelType.private_thread,
    }
)


class ChannelPicker(discord.app_commands.Transformer):
    """Takes channels of every kind, so that one that cannot be posted to is refused with the reason."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel, of no kind in particular."""
        return discord.AppCommandOptionType.channel

    async def transform(self, _: discord.Interaction[Any], value: AnyChannel) -> AnyChannel:
        """Take the channel as it is."""
        return value


Channel = discord.app_commands.Transform[AnyChannel, ChannelPicker]


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What may come with a post."""

    mention: discord.Role | None = None
    silent: bool = False
    publish: bool = False


async def add_plan(interaction: Interaction, channel: Channel, *, asked: Asked, extras: Extras) -> None:
    """Keep a new plan if it can work, and show what it will post; raise PlanError or BoardError."""
    bot, guild_id = interaction.client, _managed_guild(interaction)
    await defer(interaction, private=True)
    edition, now = await bot.gallery.market.load_edition(), bot.gallery.clock()
    board, schedule = read_board(asked.board, edition), read_schedule(asked, now=now)
    _refuse_wrong_kind(channel, extras)
    request = PlanRequest(
        guild_id=guild_id,
        channel_id=channel.id,
        board=board,
        schedule=schedule,
        mention_role_id=extras.mention.id if extras.mention else None,
        silent=extras.silent,
        publish=extras.publish,
    )
    await _check_access(interaction, request, extras)
    card = await bot.gallery.load_card(board)
    plan = await bot.desk.plans.add(request, now=now)
    bot.desk.poster.wake()
    content = f"{confirmation(plan, edition, now=now)}\nIt will look like this:"
    files = [file] if (file := message_of(card).get("file")) else []
    await interaction.edit_original_response(
        content=content, embed=card.embed, attachments=files, allowed_mentions=NOBODY
    )


async def show_plans(interaction: Interaction) -> None:
    """List the server's plans privately."""
    bot = interaction.client
    plans = await bot.desk.plans.load_guild(_managed_guild(interaction))
    first, *others = plan_list(
        plans, bot.gallery.market.glance(), now=bot.gallery.clock(), standstill=bot.desk.poster.standstill
    )
    await interaction.response.send_message(embed=first, ephemeral=True, allowed_mentions=NOBODY)
    for page in others:
        await interaction.followup.send(embed=page, ephemeral=True, allowed_mentions=NOBODY)


async def preview_plan(interaction: Interaction, plan_id: str) -> None:
    """Show privately what a plan posts, with a button that posts it now; raise PlanError."""
    plan = await find_plan(interaction, plan_id)
    await defer(interaction, private=True)
    card = await interaction.client.gallery.load_card(plan.request.board)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Post now", custom_id=f"{POST_NOW_PREFIX}{plan.id}"))
    view.stop()
    parts: CardMessage = message_of(card)
    await interaction.edit_original_response(
        embed=card.embed, attachments=[parts["file"]] if "file" in parts else [], view=view, allowed_mentions=NOBODY
    )


async def post_now(interaction: Interaction, plan_id: str) -> None:
    """Post a plan's newest data at a moderator's word, unless it is there already; raise PlanError."""
    plan = await find_plan(interaction, plan_id)
    await defer(interaction, private=True)
    if await interaction.client.desk.poster.post_now(plan):
        said = f"Posted to <#{plan.channel_id}>."
    else:
        said = "Nothing was posted: this data is posted already, or just being posted, or Discord refused. See `/autopost list`."
    await interaction.edit_original_response(content=said, allowed_mentions=NOBODY)


async def remove_plan(interaction: Interaction, plan_id: str) -> None:
    """Forget a plan; raise PlanError."""
    plan = await find_plan(interaction, plan_id)
    bot = interaction.client
    await bot.desk.plans.remove(plan.id, guild_id=plan.request.guild_id, now=bot.gallery.clock())
    await _confirm(interaction, f"The autopost to <#{plan.channel_id}> is removed.")


async def pause_plan(interaction: Interaction, plan_id: str) -> None:
    """Let a plan rest; raise PlanError."""
    plan = await find_plan(interaction, plan_id)
    if not await interaction.client.desk.plans.pause(plan.id, guild_id=plan.request.guild_id):
        raise PlanError("This autopost has ended: it posts nothing until you use /autopost resume.")
    await _confirm(interaction, f"The autopost to <#{plan.channel_id}> rests until `/autopost resume`.")


async def resume_plan(interaction: Interaction, plan_id: str) -> None:
    """Let a plan post again; one that does so already keeps what it is about to post; raise PlanError."""
    bot = interaction.client
    plan, now = await find_plan(interaction, plan_id), bot.gallery.clock()
    rests = plan.state is not PlanState.ACTIVE
    if rests and not await bot.desk.plans.resume(plan.id, guild_id=plan.request.guild_id, now=now):
        raise PlanError("This server has no such autopost: pick one from the list.")
    bot.desk.poster.wake()
    upcoming = discord.utils.format_dt(next_instant(plan.request.schedule, after=now), "F")
    await _confirm(interaction, f"The autopost to <#{plan.channel_id}> goes on: next {upcoming}.")


async def find_plan(interaction: Interaction, plan_id: str) -> Plan:
    """Find a plan among the server's own, for who may manage it; raise MissingPermissions or PlanError."""
    for plan in await interaction.client.desk.plans.load_guild(_managed_guild(interaction)):
        if str(plan.id) == plan_id:
            return plan
    raise PlanError("This server has no such autopost: pick one from the list.")


async def offer_plans(interaction: Interaction, typed: str) -> list[tuple[str, str]]:
    """Offer the server's plans as choices."""
    bot = interaction.client
    if not interaction.permissions.manage_guild:
        return []
    plans = await bot.desk.plans.load_guild(_managed_guild(interaction))
    edition = bot.gallery.market.glance()
    ended_last = sorted(plans, key=lambda plan: plan.state is PlanState.ENDED)
    labels = [(plan_label(plan, edition), str(plan.id)) for plan in ended_last]
    return [(label, value) for label, value in labels if typed.casefold() in label.casefold()][:MOST_PLANS]


async def _confirm(interaction: Interaction, sentence: str) -> None:
    await interaction.response.send_message(sentence, ephemeral=True, allowed_mentions=NOBODY)


def _managed_guild(interaction: Interaction) -> int:
    """The one gate to a server's plans: give the server to who may manage it; raise MissingPermissions."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise discord.app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild_id


def _refuse_wrong_kind(channel: Channel, extras: Extras) -> None:
    if channel.type not in _TAKES_POSTS:
        kind = channel.type.name.replace("_", " ")
        raise PlanError(f"A {kind} channel takes no daily posts: pick a text or announcement channel, or a thread.")
    if extras.publish and channel.type is not discord.ChannelType.news:
        raise PlanError("Only posts in an announcement channel can be published: leave publish out, or pick one.")
    if extras.mention is not None and extras.mention.is_default():
        raise PlanError("I mention no @everyone: pick a role that people chose, or leave mention out.")


async def _check_access(interaction: Interaction, request: PlanRequest, extras: Extras) -> None:
    """Ask Discord what the bot may do in the channel; raise PlanError naming what is missing."""
    with _refused_as_a_sentence():
        access = await fetch_access(interaction.client, guild_id=request.guild_id, channel_id=request.channel_id)
    missing = access.missing(mentions=extras.mention)
    if missing:
        raise PlanError(f"In that channel I lack: {', '.join(missing)}. Give me that there and ask again.")


@contextmanager
def _refused_as_a_sentence() -> Iterator[None]:
    try:
        yield
    except (discord.Forbidden, discord.NotFound):
        raise PlanError("I cannot see that channel: invite me to this server and give me View Channel there.") from None
