"""What a test of `/autopost` holds in its hands: a server whose moderator plans posts, and the poster at work."""

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
    """A server with a moderator and a member, and what they do with `/autopost`."""

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
        """Another server, under the same bot."""
        return replace(self, guild=guild, channel=channel, moderator=moderator)

    @property
    def bot(self) -> RankingsBot:
        assert isinstance(self.env.bot, RankingsBot)
        return self.env.bot

    async def ask(self, command: str, **options: Any) -> InteractionResult:
        """The moderator's `/autopost COMMAND`."""
        return await self.moderator.slash(self.channel, f"autopost {command}", **options)

    async def tell(self, command: str, **options: Any) -> str:
        """The words with which `/autopost COMMAND` is answered, to the moderator alone."""
        said = answer_of(await self.ask(command, **options))
        assert said.ephemeral
        return said.content

    async def refuse(self, command: str, **options: Any) -> str:
        """The one private sentence that the moderator gets instead."""
        return as_read(self.scene.refusal_of(await self.ask(command, **options)))

    async def add(self, channel: ChannelHandle | None = None, **options: Any) -> ResponseMessage:
        """Plan a post, of the overview at nine in the evening unless told otherwise."""
        chosen = {"channel": channel or self.channel, "board": "overview", "time": "9pm", **options}
        return answer_of(await self.ask("add", **{name: value for name, value in chosen.items() if value is not None}))

    async def refuse_to_add(self, channel: ChannelHandle | None = None, **options: Any) -> str:
        """The one private sentence that is said instead of planning a post; and indeed nothing is planned."""
        before = await self.count()
        said = await self.refuse("add", channel=channel or self.channel, **{"board": "overview", **options})
        assert before == await self.count()
        return said

    async def offered(self, command: str, option: str, typed: str) -> list[Mapping[str, Any]]:
        """What is offered while the moderator types."""
        return list(await self.moderator.autocomplete(self.channel, f"autopost {command}", option, typed))

    async def offered_names(self, command: str, option: str, typed: str) -> list[str]:
        """What is offered while the moderator types, as it reads."""
        return [choice["name"] for choice in await self.offered(command, option, typed)]

    async def listed(self) -> str:
        """What `/autopost list` says, to the moderator alone."""
        result = await self.ask("list")
        pages = [message for message in (result.response, *result.followups) if message is not None]
        assert all(page.ephemeral for page in pages)
        return "\n".join(embed.description or "" for page in pages for embed in page.embeds)

    async def count(self) -> int:
        """How many plans the server has."""
        return len(await PlanStore(self.database).load_guild(self.guild.id))

    async def fill(self, count: int, *, timezone: str = "America/Argentina/ComodRivadavia") -> None:
        """Have so many plans, each of another board; the zone's name is the longest."""
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
        """A channel in which the moderator lacks these permissions, and the bot has them."""
        denied = discord.PermissionOverwrite(**dict.fromkeys(permissions, False))
        channel = self.guild.create_text_channel("closed", overwrites={self.moderator: denied})
        self.env.backend.get_channel(channel.id).type = kind
        return channel

    def registered(self) -> dict[str, Any]:
        """The command as Discord knows it."""
        found = self.env.backend.find_command("autopost", None)
        assert found is not None
        return found

    def option(self, command: str, name: str) -> dict[str, Any]:
        """An option of a command as Discord knows it."""
        subcommands = {one["name"]: one for one in self.registered()["options"]}
        return next(option for option in subcommands[command]["options"] if option["name"] == name)

    def open_to_everybody(self) -> None:
        """Let everybody in the server use the command, as its administrators may."""
        self.guild.set_command_permissions(int(self.registered()["id"]), {self.guild.default_role: True})

    @asynccontextmanager
    async def posting(self) -> AsyncIterator[None]:
        """Let the poster work for as long as the block lasts."""
        async with supervising({"poster": self.bot.autoposts.poster.run}):
            yield

    async def pass_time(self, hours: float) -> None:
        """Let so much time pass, and the poster do all that falls due."""
        self.clock.advance(timedelta(hours=hours))
        await self.until_idle()

    async def until_idle(self) -> None:
        """Wait until nothing is left that is due by now."""
        plans = PlanStore(self.database)
        async with asyncio.timeout(PATIENCE):
            while True:
                self.bot.autoposts.poster.wake()
                await asyncio.sleep(0.005)
                soonest = await plans.load_next_look()
                if soonest is None or soonest > self.clock() or self.bot.autoposts.poster.standstill:
                    return

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something has happened that follows by itself."""
        async with asyncio.timeout(PATIENCE):
            while not happened():  # noqa: ASYNC110 - there is nobody to tell
                await asyncio.sleep(0.005)

    def posts(self, channel: ChannelHandle | None = None) -> list[discord.Message]:
        """What stands in a channel that answers nobody."""
        history = (channel or self.channel).history()
        return [message for message in history if message.interaction_metadata is None and message.embeds]

    def requests(self, operation: Operation) -> list[Sent]:
        """What the bot asked Discord to do."""
        return [request for request in self.scene.sent if request.operation is operation]

    def take_mentioning_request(self) -> Any:
        """The body of the one post that mentions somebody, held against Discord's description but for the mention."""
        (request,) = [
            request for request in self.requests(Operation.CREATE_MESSAGE) if request.body["allowed_mentions"]["roles"]
        ]
        self.scene.sent.remove(request)
        sanitize = {**request.body, "allowed_mentions": {"parse": []}}
        assert_valid_body(Operation.CREATE_MESSAGE, sanitize, files=request.files)
        return request.body


def as_read(text: str) -> str:
    """A text as Discord shows it, without the backslashes and the spaces of no width that sanitize it."""
    return re.sub(r"\\(\W|_)", r"\1", text).replace("\u200b", "")
