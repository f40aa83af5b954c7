"""The scene of the tests of `/autopost`: a server whose moderator plans posts, and the running poster."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

import discord
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle
from simcord.enums import ChannelType
from simcord.results import InteractionResult, ResponseMessage

from bot.app.bot import RankingsBot
from bot.autopost.plans import PlanRequest
from bot.autopost.schedule import Schedule
from bot.market.boards import Board
from bot.storage.database import Database
from bot.storage.plan_store import PlanStore
from bot.supervise import supervising
from tests.cogs.scene import Scene, Sent, answer_of
from tests.discord_description import Operation, assert_valid_body
from tests.fakes.clock import FakeClock
from tests.wire.bell import PATIENCE


@dataclass(frozen=True)
class Autoposts:
    """A server with a moderator and a member, and their actions with `/autopost`."""

    scene: Scene
    guild: GuildHandle
    moderator: MemberActor
    clock: FakeClock
    database: Database
    channel: ChannelHandle

    @property
    def env(self) -> simcord.Env:
        return self.scene.env

    def moved_to(self, guild: GuildHandle, channel: ChannelHandle, moderator: MemberActor) -> "Autoposts":
        """The same actions in another server of the same bot."""
        return replace(self, guild=guild, channel=channel, moderator=moderator)

    @property
    def bot(self) -> RankingsBot:
        assert isinstance(self.env.bot, RankingsBot)
        return self.env.bot

    async def ask(self, command: str, **options: Any) -> InteractionResult:
        """Send `/autopost COMMAND` as the moderator."""
        return await self.moderator.slash(self.channel, f"autopost {command}", **options)

    async def reply_to(self, command: str, **options: Any) -> str:
        """The text of the private reply to `/autopost COMMAND`."""
        said = answer_of(await self.ask(command, **options))
        assert said.ephemeral
        return said.content

    async def refuse(self, command: str, **options: Any) -> str:
        """The private sentence that refuses the moderator's command."""
        return as_read(self.scene.refusal_of(await self.ask(command, **options)))

    async def add(self, channel: ChannelHandle | None = None, **options: Any) -> ResponseMessage:
        """Plan a post, by default of the overview at nine in the evening."""
        chosen = {"channel": channel or self.channel, "board": "overview", "time": "9pm", **options}
        return answer_of(await self.ask("add", **{name: value for name, value in chosen.items() if value is not None}))

    async def refuse_to_add(self, channel: ChannelHandle | None = None, **options: Any) -> str:
        """The private sentence that refuses the plan; and check that no plan was saved."""
        before = await self.count()
        said = await self.refuse("add", channel=channel or self.channel, **{"board": "overview", **options})
        assert before == await self.count()
        return said

    async def offered(self, command: str, option: str, typed: str) -> list[Mapping[str, Any]]:
        """The values that autocomplete offers."""
        return list(await self.moderator.autocomplete(self.channel, f"autopost {command}", option, typed))

    async def offered_names(self, command: str, option: str, typed: str) -> list[str]:
        """The labels that autocomplete offers."""
        return [choice["name"] for choice in await self.offered(command, option, typed)]

    async def listed(self) -> str:
        """The private reply to `/autopost list`."""
        result = await self.ask("list")
        pages = [message for message in (result.response, *result.followups) if message is not None]
        assert all(page.ephemeral for page in pages)
        return "\n".join(embed.description or "" for page in pages for embed in page.embeds)

    async def count(self) -> int:
        """The number of the server's plans."""
        return len(await PlanStore(self.database).load_guild(self.guild.id))

    async def fill(self, count: int, *, timezone: str = "America/Argentina/ComodRivadavia") -> None:
        """Add so many plans, each for another board, with the longest name of a zone."""
        offered = await self.offered("add", "board", "")
        for choice in offered[-count:]:
            request = PlanRequest(
                guild_id=self.guild.id,
                channel_id=self.channel.id,
                board=Board.parse(choice["value"]),
                schedule=Schedule(time(21), timezone),
            )
            await PlanStore(self.database).add(request, now=self.clock())

    def channel_denying(self, *permissions: str) -> ChannelHandle:
        """A channel in which the bot lacks these permissions."""
        assert self.bot.user is not None
        denied = discord.PermissionOverwrite(**dict.fromkeys(permissions, False))
        return self.guild.create_text_channel("closed", overwrites={self.bot.user: denied})

    def channel_closed_to_the_moderator(self, *permissions: str, kind: ChannelType = ChannelType.TEXT) -> ChannelHandle:
        """A channel in which the moderator, but not the bot, lacks these permissions."""
        denied = discord.PermissionOverwrite(**dict.fromkeys(permissions, False))
        channel = self.guild.create_text_channel("closed", overwrites={self.moderator: denied})
        self.env.backend.get_channel(channel.id).type = kind
        return channel

    def registered(self) -> dict[str, Any]:
        """The registered command."""
        found = self.env.backend.find_command("autopost", None)
        assert found is not None
        return found

    def option(self, command: str, name: str) -> dict[str, Any]:
        """An option of a registered command."""
        subcommands = {one["name"]: one for one in self.registered()["options"]}
        return next(option for option in subcommands[command]["options"] if option["name"] == name)

    def open_to_everybody(self) -> None:
        """Let everyone in the server use the command, as administrators can."""
        self.guild.set_command_permissions(int(self.registered()["id"]), {self.guild.default_role: True})

    @asynccontextmanager
    async def posting(self) -> AsyncIterator[None]:
        """Run the poster while the block runs."""
        async with supervising({"poster": self.bot.autoposts.poster.run}):
            yield

    async def pass_time(self, hours: float) -> None:
        """Move the clock, and wait until the poster has done all that is due."""
        self.clock.advance(timedelta(hours=hours))
        await self.until_idle()

    async def until_idle(self) -> None:
        """Wait until nothing is due any more."""
        plans = PlanStore(self.database)
        async with asyncio.timeout(PATIENCE):
            while True:
                self.bot.autoposts.poster.wake()
                await asyncio.sleep(0.005)
                soonest = await plans.load_next_look()
                if soonest is None or soonest > self.clock() or self.bot.autoposts.poster.stopped_by:
                    return

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(PATIENCE):
            while not happened():  # noqa: ASYNC110 - no event signals it
                await asyncio.sleep(0.005)

    def posts(self, channel: ChannelHandle | None = None) -> list[discord.Message]:
        """The messages in a channel that are not replies to commands."""
        history = (channel or self.channel).history()
        return [message for message in history if message.interaction_metadata is None and message.embeds]

    def requests(self, operation: Operation) -> list[Sent]:
        """The requests of the bot to Discord."""
        return [request for request in self.scene.sent if request.operation is operation]

    def take_mentioning_request(self) -> Any:
        """Remove the one post with a mention from the requests; validate its body except for the mention."""
        (request,) = [
            request for request in self.requests(Operation.CREATE_MESSAGE) if request.body["allowed_mentions"]["roles"]
        ]
        self.scene.sent.remove(request)
        without_mention = {**request.body, "allowed_mentions": {"parse": []}}
        assert_valid_body(Operation.CREATE_MESSAGE, without_mention, files=request.files)
        return request.body


def as_read(text: str) -> str:
    """A text as Discord shows it, without backslashes and zero-width spaces."""
    return re.sub(r"\\(\W|_)", r"\1", text).replace("\u200b", "")
