"""A day of the unmodified process `python -m bot`, with a Discord and an OpenRouter on loopback."""

import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.market.boards import Board
from bot.operations.sample import PATH
from tests.discord_description import Operation, assert_valid_body
from tests.wire.discord import DiscordStandIn
from tests.wire.interactions import InteractionAnswer
from tests.wire.openrouter import OpenRouterStandIn
from tests.wire.process import BotProcess
from tests.wire.starting import Start, execute
from tests.wire.values import Channel, User

KEY = "sk-or-v1-0123456789abcdef-the-key-of-this-test"
LUNA = "openai/gpt-5.6-luna-20260709"
FLASH = "deepseek/deepseek-v4-flash-20260731"
COMPARED_BY_TOKENS = Board.parse(f"compare:model:{LUNA}|model:{FLASH}/tokens")
MODELS = {"data": [{"id": "openai/gpt-5.6-luna", "canonical_slug": LUNA, "name": "OpenAI: GPT-5.6 Luna"}]}
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
FRESH_ANSWER = PATH.read_bytes().replace(b'"as_of":"2026-08-31"', f'"as_of":"{YESTERDAY}"'.encode())
"""The real answer, byte for byte except for its date."""

WITHOUT_CLICK = Path(__file__).with_name("wire") / "without_click"

REGISTER = ("PUT", "/applications/*/commands")


@dataclass
class World:
    """Both stand-ins, a user in a channel, and the directory in which the bot runs."""

    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    directory: Path
    channel: Channel
    user: User

    def start(self, start: Start = execute, **environment: str) -> BotProcess:
        """A process of the bot."""
        given = {
            "OPENROUTER_API_KEY": KEY,
            "OPENROUTER_BASE_URL": self.openrouter.base_url,
            "PYTHONPATH": str(WITHOUT_CLICK),
            **environment,
        }
        return BotProcess(discord=self.discord, directory=self.directory, environment=given, start=start)

    async def ask(self, *path: str, **options: str) -> InteractionAnswer:
        """Send a slash command of the user, and return its answer."""
        command = self.discord.slash_command(*path, user=self.user, channel=self.channel, options=options)
        return await self.discord.interact(command)

    def places_of(self, secret: str) -> list[str]:
        """Where a secret occurs: the files that the bot wrote, and the bodies that it sent to Discord."""
        wanted = secret.encode()
        written = [str(path) for path in self.directory.rglob("*") if path.is_file() and wanted in path.read_bytes()]
        sent = [
            request.path
            for request in self.discord.requests
            if secret in json.dumps(request.json) or any(wanted in file.data for file in request.files)
        ]
        return written + sent


@asynccontextmanager
async def open_world(directory: Path) -> AsyncIterator[World]:
    """A world; at the end, Discord's description must accept every body that was sent."""
    models = json.dumps(MODELS).encode()
    async with DiscordStandIn() as discord, OpenRouterStandIn(FRESH_ANSWER, models=models) as openrouter:
        guild = discord.world.add_guild()
        channel, user = discord.world.add_channel(guild), discord.world.add_member(guild)
        yield World(discord, openrouter, directory, channel, user)
        assert [] == discord.unknown_requests + openrouter.unknown_requests
        for request in discord.requests:
            operation = Operation.of(request.method, request.path)
            if operation is not None:
                assert_valid_body(operation, request.json, files=[file.filename for file in request.files])


@dataclass
class Seen:
    """What one process did, from its start to its end."""

    answers: dict[str, InteractionAnswer] = field(default_factory=dict)
    choices: list[dict[str, Any]] = field(default_factory=list)
    health: int = 0
    mib_idle: float = 0
    """Without the drawing process, which ends when there is nothing to draw."""
    mib_with_pictures: float = 0
    seconds_to_connect: float = 0
    seconds_to_first_card: float = 0
    seconds_to_end: float = 0
    code: int | None = None
    stdout: str = ""
    stderr: str = ""
    registrations: int = 0
    requests_to_openrouter: int = 0


@dataclass
class Story:
    """Two processes, one after the other, on the same database."""

    first: Seen
    second: Seen
    secrets_found: list[str]
    key_was_sent_to_openrouter: bool


async def live_through(directory: Path) -> Story:
    async with open_world(directory) as world:
        first = await first_run(world)
        second = await second_run(world, first)
        secrets = [place for secret in (KEY, world.discord.token) for place in world.places_of(secret)]
        sent = [request.headers.get("Authorization") for request in world.openrouter.task_requests]
        return Story(first, second, secrets, [f"Bearer {KEY}"] * len(sent) == sent)


async def first_run(world: World) -> Seen:
    """Start in an empty directory, request a few cards, and end."""
    seen = Seen()
    port = free_port()
    began = time.perf_counter()
    async with world.start(HEALTH_PORT=str(port), LOG_FORMAT="json") as process:
        await process.wait_for_line("Ready as")
        seen.seconds_to_connect = time.perf_counter() - began
        await world.openrouter.wait_for_request("GET", OpenRouterStandIn.models_path)
        seen.health = await health_of(port)
        seen.mib_idle = process.own_rss_mib()
        began = time.perf_counter()
        seen.answers["code"] = await world.ask("rankings", "code")
        seen.seconds_to_first_card = time.perf_counter() - began
        seen.answers["tokens"] = await world.ask("rankings", "code", metric="tokens")
        seen.answers["model"] = await world.ask("rankings", "model", model="luna")
        seen.answers["about"] = await world.ask("about")
        alone = world.discord.slash_command("rankings", "code", user=world.user, user_install=True)
        seen.answers["alone"] = await world.discord.interact(alone)
        typed = world.discord.autocomplete(
            "rankings", "task", focused="task", options={"task": "debug"}, user=world.user
        )
        seen.choices = (await world.discord.interact(typed)).choices
        for command in ("overview", "data", "agent", "general"):
            await world.ask("rankings", command)
        for command in ("overview", "data", "agent"):
            await world.ask("rankings", command, metric="tokens")
        seen.answers["compare"] = await world.ask("rankings", "compare", first="luna", second=FLASH)
        seen.mib_with_pictures = process.rss_mib()
        await end(world, process, seen)
    return seen


async def second_run(world: World, first: Seen) -> Seen:
    """Start again on the same database, and click on a card of the first run."""
    seen = Seen()
    async with world.start() as process:
        await world.discord.wait_connected(2)
        seen.answers["code"] = await world.ask("rankings", "code")
        shown = first.answers["code"].message
        click = world.discord.component_click(shown, "board:show:code/tokens", user=world.user)
        seen.answers["click"] = await world.discord.interact(click)
        compared = first.answers["compare"].message
        click = world.discord.component_click(compared, f"board:show:{COMPARED_BY_TOKENS.key}", user=world.user)
        seen.answers["click on a short key"] = await world.discord.interact(click)
        await end(world, process, seen)
    return seen


async def end(world: World, process: BotProcess, seen: Seen) -> None:
    seen.seconds_to_end = await process.terminate()
    seen.code, seen.stdout, seen.stderr = process.returncode, process.stdout, process.stderr
    seen.registrations = len(world.discord.find_requests(*REGISTER))
    seen.requests_to_openrouter = len(world.openrouter.requests)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def health_of(port: int) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as answer:
        return answer.status


def embed_of(answer: InteractionAnswer) -> dict[str, Any]:
    return dict(answer.message.embeds[0])
